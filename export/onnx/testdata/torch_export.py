"""Writes emitted modules as ONNX with torch.onnx.export: torch_export.py FOLDER...

Each FOLDER holds module.py, whose last class is the network, weights.json with [name, shape] of every parameter, weights.f32 with
their values one after the other and shape.json with the shape of an image. Writes FOLDER/torch.onnx and prints the number of its
operations, and how often each occurs, as one line of JSON.
"""
import array
import collections
import importlib.util
import json
import os
import re
import sys

import onnx
import torch

OPSET = 16  # the newest that torch 1.13 writes


def load(folder):
    path = os.path.join(folder, "module.py")
    spec = importlib.util.spec_from_file_location("emitted", path)
    emitted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(emitted)
    with open(path) as f:
        name = re.findall(r"^class (\w+)\(", f.read(), re.M)[-1]
    network = getattr(emitted, name)()
    values = array.array("f")
    with open(os.path.join(folder, "weights.f32"), "rb") as f:
        values.frombytes(f.read())
    flat, at, state = torch.tensor(values), 0, {}
    with open(os.path.join(folder, "weights.json")) as f:
        for key, shape in json.load(f):
            count = torch.Size(shape).numel()
            state[key], at = flat[at : at + count].reshape(shape), at + count
    network.load_state_dict(state, strict=True)
    return network.eval()


for folder in sys.argv[1:]:
    with open(os.path.join(folder, "shape.json")) as f:
        shape = json.load(f)
    out = os.path.join(folder, "torch.onnx")
    axes = {"image": {0: "N"}, "logits": {0: "N"}}
    torch.onnx.export(load(folder), torch.zeros(1, *shape), out, opset_version=OPSET, input_names=["image"], output_names=["logits"], dynamic_axes=axes)
    operators = collections.Counter(node.op_type for node in onnx.load(out).graph.node)
    print(json.dumps(operators, sort_keys=True))
