"""Reads Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv:1708.07747) as Debian's package dataset-fashion-mnist installs it.

Standard library only. Images are 28×28 grey, one byte a pixel: 0 is the black background, 255 is white.
"""
import gzip
import os
import struct

FOLDER = "/usr/share/datasets/fashion-mnist"
SIZE = 28

# Of all pixels of the 60,000 training images, divided by 255. A network's input is (pixel / 255 - MEAN) / DEVIATION.
MEAN, DEVIATION = 0.2860, 0.3530

# By label, which is also the place of the class's logit.
CLASSES = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"]


def read(part, folder=FOLDER):
    """Returns the pixels of all images and their labels, as two bytearrays; part is "train" or "t10k"."""
    with gzip.open(os.path.join(folder, part + "-images-idx3-ubyte.gz")) as f:
        magic, count, height, width = struct.unpack(">4I", f.read(16))
        if (magic, height, width) != (2051, SIZE, SIZE):
            raise ValueError(f"{f.name} is no file of {SIZE}×{SIZE} images")
        pixels = bytearray(f.read(count * SIZE * SIZE))
    with gzip.open(os.path.join(folder, part + "-labels-idx1-ubyte.gz")) as f:
        magic, labelled = struct.unpack(">2I", f.read(8))
        if magic != 2049 or labelled != count:
            raise ValueError(f"{f.name} does not hold {count} labels")
        labels = bytearray(f.read(count))
    if len(pixels) != count * SIZE * SIZE or len(labels) != count:
        raise ValueError(f"the {part} files of {folder} are cut short")
    return pixels, labels
