"""Imports emitted modules and runs them: run.py (MODULE CLASS FOLDER)...

FOLDER/params.json lists [name, shape] of every parameter, FOLDER/params.f32 holds their values one after the other,
FOLDER/image.f32 one value of each input, whose names and shapes FOLDER/shape.json lists. Checks that the module has exactly these parameters, trains it for one
step, loads the values strictly and writes all results of the image to FOLDER/results.f32.
"""
import array
import importlib.util
import json
import os
import sys

import torch


def read(path, shape):
    values = array.array("f")
    with open(path, "rb") as f:
        values.frombytes(f.read())
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def run(module, name, folder):
    spec = importlib.util.spec_from_file_location("emitted", module)
    emitted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(emitted)
    torch.manual_seed(1)
    network = getattr(emitted, name)()

    with open(os.path.join(folder, "params.json")) as f:
        params = json.load(f)
    have = {key: list(value.shape) for key, value in network.state_dict().items()}
    want = dict(params)
    if have != want:
        differ = sorted(k for k in set(have) | set(want) if have.get(k) != want.get(k))
        sys.exit(f"{folder}: state_dict differs: " + ", ".join(f"{k}: module {have.get(k)}, graph {want.get(k)}" for k in differ))

    with open(os.path.join(folder, "shape.json")) as f:
        inputs = json.load(f)

    def results(values):
        out = network(**values) if len(values) > 1 else network(*values.values())
        return out if isinstance(out, tuple) else (out,)

    # Trained parameters are those the loss depends on; a layer that nothing reads gets no gradient.
    loss = sum(out.square().mean() for out in results({name: torch.randn(4, *shape) for name, shape in inputs}))
    loss.backward()
    if not any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in network.parameters()):
        sys.exit(f"{folder}: nothing can be trained")

    values, at = {}, 0
    flat = read(os.path.join(folder, "params.f32"), [-1])
    for key, size in params:
        count = torch.Size(size).numel()
        values[key], at = flat[at : at + count].reshape(size), at + count
    network.load_state_dict(values, strict=True)
    network.eval()
    given, at = {}, 0
    flat = read(os.path.join(folder, "image.f32"), [-1])
    for key, size in inputs:
        count = torch.Size(size).numel()
        given[key], at = flat[at : at + count].reshape([1] + size), at + count
    with torch.no_grad():
        outs = results(given)
    with open(os.path.join(folder, "results.f32"), "wb") as f:
        for out in outs:
            array.array("f", out.flatten().tolist()).tofile(f)


for i in range(1, len(sys.argv), 3):
    run(*sys.argv[i : i + 3])
