"""Writes the files that keras_test.go reads, with h5py 3.7, laid out as Keras 2.15 and 3.8 lay them out: python3 make_files.py, in this folder.

Each weight counts from the number of its place in the list.
"""
import io
import json
import zipfile

import h5py
import numpy

LAYERS = [  # class, name, settings, weights as Keras 3 numbers them
    ("InputLayer", "image", {}, {}),
    ("Conv2D", "stem", {"padding": "same"}, {"kernel": (3, 3, 3, 4)}),
    ("BatchNormalization", "stem_bn", {"scale": True, "center": True, "epsilon": 0.001}, {n: (4,) for n in ("gamma", "beta", "moving_mean", "moving_variance")}),
    ("DepthwiseConv2D", "deep", {"padding": "same"}, {"depthwise_kernel": (3, 3, 4, 1)}),
    ("BatchNormalization", "deep_bn", {"scale": False, "center": True, "epsilon": 0.001}, {n: (4,) for n in ("beta", "moving_mean", "moving_variance")}),
    ("ReLU", "act", {}, {}),
    ("Conv2D", "last", {"padding": "same"}, {"kernel": (1, 1, 4, 8), "bias": (8,)}),
    ("Dense", "logits", {}, {"kernel": (8, 5), "bias": (5,)}),
]
SNAKE = {"InputLayer": "input_layer", "Conv2D": "conv2d", "BatchNormalization": "batch_normalization", "DepthwiseConv2D": "depthwise_conv2d", "ReLU": "re_lu", "Dense": "dense"}


def numbers(start, shape):
    return (numpy.arange(numpy.prod(shape), dtype=numpy.float32) + start).reshape(shape)


def weights():
    place = 0
    for layer in LAYERS:
        values = {}
        for name, shape in layer[3].items():
            values[name] = numbers(place, shape)
            place += 1
        yield *layer[:3], values


def keras2(group, before=""):  # hdf5_format.save_weights_to_hdf5_group; Keras 3 writes the model's name before
    group.attrs["layer_names"] = [name.encode() for _, name, _, _ in weights()]
    group.attrs["backend"] = b"tensorflow"
    for _, name, _, values in weights():
        g = group.create_group(name)
        g.attrs["weight_names"] = [f"{before}{name}/{v}:0".encode() for v in values]
        for v, w in values.items():
            g[f"{before}{name}/{v}:0"] = w


def keras3(f, named):  # saving_lib.save_weights_only
    used = {}
    for kind, name, _, values in weights():
        group = SNAKE[kind]
        used[group] = used.get(group, -1) + 1
        if used[group]:
            group += f"_{used[group]}"
        if not values and not named:
            continue
        variables = f.create_group(f"layers/{group}/vars")
        if named:
            variables.attrs["name"] = name
        for i, w in enumerate(values.values()):
            variables[str(i)] = w
    f["optimizer/vars/0"] = numpy.int64(12)
    f["optimizer/vars/1"] = numpy.float32(0.1)


with h5py.File("keras2.weights.h5", "w") as f:
    keras2(f)
with h5py.File("keras2_model.h5", "w") as f:
    f.attrs["model_config"] = json.dumps({"class_name": "Functional"})
    keras2(f.create_group("model_weights"), "functional/")
    f["optimizer_weights/Adam/iteration:0"] = numpy.int64(12)
with h5py.File("keras3.weights.h5", "w") as f:
    keras3(f, True)
with h5py.File("keras3_old.weights.h5", "w") as f:
    keras3(f, False)
memory = io.BytesIO()
with h5py.File(memory, "w") as f:
    keras3(f, False)
layers = [{"class_name": kind, "config": {"name": name, **settings}, "name": name} for kind, name, settings, _ in weights()]
config = {"module": "keras", "class_name": "Functional", "config": {"name": "net", "trainable": True, "layers": layers}}
with zipfile.ZipFile("model.keras", "w") as z:
    z.writestr("metadata.json", json.dumps({"keras_version": "3.8.0"}))
    z.writestr("config.json", json.dumps(config), zipfile.ZIP_DEFLATED)
    z.writestr("model.weights.h5", memory.getvalue())
# A model in a model, and a layer of a class that netc does not know.
memory = io.BytesIO()
with h5py.File(memory, "w") as f:
    f["layers/functional/layers/conv2d/vars/0"] = numbers(0, (1, 1, 2, 3))
    f["layers/own_layer/vars/0"] = numbers(1, (3,))
    f["layers/dense/vars/0"] = numbers(2, (3, 2))
nested = {"class_name": "Functional", "config": {"name": "backbone", "layers": [{"class_name": "Conv2D", "config": {"name": "stem"}}]}}
config = {"class_name": "Functional", "config": {"name": "net", "layers": [nested, {"class_name": "OwnLayer", "config": {"name": "own"}}, {"class_name": "Dense", "config": {"name": "logits"}}]}}
with zipfile.ZipFile("nested.keras", "w") as z:
    z.writestr("config.json", json.dumps(config))
    z.writestr("model.weights.h5", memory.getvalue())
