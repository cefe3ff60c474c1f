"""Writes the checkpoints that torch_test.go reads, with PyTorch 1.13: python3 make_checkpoints.py, in this folder."""
import argparse
import collections
import pathlib

import numpy
import torch

values = torch.arange(6, dtype=torch.float32).reshape(2, 3) - 2
state = collections.OrderedDict(
    weight=values,
    transposed=values.t(),
    shared=values.flatten()[2:4],
    half=values.half(),
    bfloat=values.bfloat16(),
    double=values.double(),
    parameter=torch.nn.Parameter(values.clone()),
    num_batches_tracked=torch.tensor(7),
)
torch.save(state, "zip.pth")
legacy = collections.OrderedDict((k, state[k]) for k in ("weight", "transposed", "half"))
torch.save(legacy, "legacy.pth", _use_new_zipfile_serialization=False)

model = torch.nn.Linear(3, 2, bias=False)
optimizer = torch.optim.Adam(model.parameters())
model(torch.ones(1, 3)).sum().backward()
optimizer.step()
model.weight.data.copy_(values)
torch.save(
    {
        "epoch": 3,
        "rng": torch.zeros(4, dtype=torch.uint8),
        "seed": 2**70,
        "state_dict": model.state_dict(),
        "ema": {"decay": 0.999, "shadow": {"weight": torch.ones(2)}},
        "optimizer": optimizer.state_dict(),
        "history": [0.5, {"loss": torch.ones(1)}],
    },
    "training.pth",
)


class Buffered(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Sequential(torch.nn.Linear(3, 2, bias=False))
        self.inner[0].weight.data.copy_(values)
        self.register_buffer("mean", values[0].clone())
        self.register_buffer("scratch", torch.zeros(1), persistent=False)


torch.save({"model": Buffered(), "epoch": 3}, "whole.pth")
torch.jit.script(torch.nn.Sequential(Buffered().inner)).save("script.pt")
torch.save(  # as timm's train.py
    {
        "epoch": 3,
        "state_dict": model.state_dict(),
        "args": argparse.Namespace(lr=0.1, data=pathlib.PosixPath("/data"), opt=numpy.str_("sgd")),
        "metric": numpy.float64(76.5),
    },
    "namespace.pth",
)
