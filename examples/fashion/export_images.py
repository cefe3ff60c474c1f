#!/usr/bin/python3
"""Writes the first test image of each class as a PNG into images/: python3 export_images.py [FOLDER]."""
import os
import struct
import sys
import zlib

import dataset


def png(pixels):
    """Returns a grey 8-bit PNG of one image."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = dataset.SIZE
    rows = b"".join(b"\0" + pixels[y * size : (y + 1) * size] for y in range(size))
    header = struct.pack(">2I5B", size, size, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")
    os.makedirs(folder, exist_ok=True)
    pixels, labels = dataset.read("t10k")
    area = dataset.SIZE * dataset.SIZE
    for label, name in enumerate(dataset.CLASSES):
        i = labels.index(label)
        with open(os.path.join(folder, f"{label}-{name}.png"), "wb") as f:
            f.write(png(bytes(pixels[i * area : (i + 1) * area])))


if __name__ == "__main__":
    main()
