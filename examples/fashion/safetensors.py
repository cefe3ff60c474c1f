"""Reads and writes safetensors files of 32-bit floats, the format netc takes weights in.

A file is the length of a header (8 bytes, little-endian), the header in JSON, which gives each tensor's type, shape and
place, and the values.
"""
import json
import struct

import torch


def save(path, tensors):
    """Writes named tensors."""
    header, values, at = {}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().to(torch.float32).contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(data)]}
        values.append(data)
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(values))


def load(path):
    """Returns the tensors of a file by name."""
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length))
        values = bytearray(f.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, not F32")
        start, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(values, dtype=torch.float32, offset=start, count=(end - start) // 4).reshape(entry["shape"])
    return tensors
