"""Writes what training tools write around a network, with PyTorch 1.13: python3 make_trainers.py, in this folder.

Every value of a parameter is the parameter's place in the network, from 2 on in steps of 2^-6.
"""
import argparse
import collections
import copy
import pathlib
import pickle

import numpy
import torch


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 4, 3, groups=2, bias=False)
        self.norm = torch.nn.BatchNorm2d(4)

    def forward(self, x):
        return self.norm(self.conv(x))


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = Block()
        self.logits = torch.nn.Linear(4, 3)
        weights = [v for k, v in self.state_dict().items() if not k.endswith("num_batches_tracked")]
        for i, value in enumerate(weights):
            value.fill_(2 + i / 64)

    def forward(self, x):
        return self.logits(self.conv(x).mean((2, 3)))


class Wrapper(torch.nn.Module):
    """A LightningModule, a DataParallel: what holds a network under a name."""

    def __init__(self, **inner):
        super().__init__()
        for name, module in inner.items():
            setattr(self, name, module)


net = Tiny()
state = net.state_dict()
before = copy.deepcopy(state)
optimizer = torch.optim.Adam(net.parameters())
net(torch.zeros(1, 2, 4, 4)).sum().backward()
optimizer.step()
net.load_state_dict(before)

wrapped = Wrapper(model=net, criterion=torch.nn.BCEWithLogitsLoss(pos_weight=torch.ones(5)))
metric = Wrapper(model=net)
metric.register_buffer("total", torch.tensor(7))

torch.save(
    {  # Lightning 2: ModelCheckpoint's scores are tensors
        "epoch": 3, "global_step": 99, "pytorch-lightning_version": "2.1.0",
        "state_dict": Wrapper(model=net).state_dict(),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'acc'}": {
            "best_model_score": torch.tensor(0.75), "best_k_models": {"/a.ckpt": torch.tensor(0.75)}, "dirpath": "/"}},
        "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [],
        "hparams_name": "kwargs", "hyper_parameters": {"path": pathlib.PosixPath("/data"), "lr": numpy.float64(0.1)},
    }, "lightning.ckpt")
torch.save(
    {  # PyTorch's examples/imagenet/main.py
        "epoch": 3, "arch": "resnet50", "state_dict": Wrapper(module=net).state_dict(), "best_acc1": torch.tensor(76.1),
        "optimizer": optimizer.state_dict(), "scheduler": {"last_epoch": 3},
    }, "imagenet.pth")
torch.save(
    {  # timm's train.py
        "epoch": 3, "arch": "tiny", "state_dict": state, "optimizer": optimizer.state_dict(), "version": 2,
        "args": argparse.Namespace(lr=0.1, data_dir=pathlib.PosixPath("/data"), mean=(0.5,)), "metric": numpy.float64(76.5),
    }, "timm.pth")
torch.save(  # fastai's learn.save
    {"model": state, "opt": {"state": [{"grad_avg": torch.ones(4), "sqr_avg": torch.ones(4)}] * 3,
                             "hypers": [{"lr": numpy.float64(0.1)}]}}, "fastai.pth")
torch.save(  # mmengine
    {"meta": {"epoch": 3, "time": numpy.datetime64("2024-01-01"), "CLASSES": ("a", "b", "c")}, "state_dict": Wrapper(backbone=net).state_dict(),
     "message_hub": {"log_scalars": {"loss": collections.deque([0.5])}}, "optimizer": optimizer.state_dict()}, "mmengine.pth")
torch.save(  # ultralytics: whole modules in half precision
    {"epoch": -1, "best_fitness": None, "model": Wrapper(model=copy.deepcopy(net).half()), "ema": None, "updates": None, "optimizer": None}, "whole.pt")
torch.save(torch.nn.DataParallel(net), "parallel.pt")
torch.jit.script(net).save("script.pt")
torch.save(torch.optim.swa_utils.AveragedModel(net).state_dict(), "swa.pth")
torch.save({"model": net.state_dict(), "model_ema": torch.optim.swa_utils.AveragedModel(net).state_dict(),
            "args": argparse.Namespace(device=torch.device("cuda"), dtype=torch.float16)}, "references.pth")
torch.save(metric.state_dict(), "counter.pth")
torch.save(wrapped.state_dict(), "criterion.pth")
torch.save([net.state_dict(), optimizer.state_dict(), 3], "list.pth")
torch.save(Wrapper(teacher=net, student=net).state_dict(), "distillation.pth")
torch.save({"net": {k: v.numpy() for k, v in net.state_dict().items()}}, "arrays.pth")
torch.save(optimizer.state_dict(), "optimizer.pt")
torch.save({"args": argparse.Namespace(output_dir="out")}, "training_args.bin")
pruned = copy.deepcopy(net)
import torch.nn.utils.prune  # noqa: E402

torch.nn.utils.prune.l1_unstructured(pruned.conv.conv, "weight", 0.5)
torch.save(pruned.state_dict(), "pruned.pth")
quantised = torch.quantization.quantize_dynamic(copy.deepcopy(net), {torch.nn.Linear})
torch.save(quantised.state_dict(), "quantised.pth")
spectral = copy.deepcopy(net)
torch.nn.utils.parametrizations.spectral_norm(spectral.logits)
torch.save(spectral.state_dict(), "spectral.pth")
torch.save({k: v.to_sparse() if k == "logits.weight" else v for k, v in state.items()}, "sparse.pth")
empty = {k: torch.empty(0) if v.dim() else v for k, v in state.items()}
torch.save({"module": empty, "ds_config": {"zero_optimization": {"stage": 3}}, "param_shapes": [collections.OrderedDict(a=torch.Size([1]))]},
           "mp_rank_00_model_states.pt")  # DeepSpeed's third stage
arrays = {k: v.numpy() for k, v in net.state_dict().items()}
arrays["logits.weight"] = numpy.asfortranarray(arrays["logits.weight"])
for name, protocol, value in [
    ("detectron2.pkl", 4, {"model": arrays, "__author__": "someone", "matching_heuristics": True}),
    ("detectron2_2.pkl", 2, {"model": arrays, "__author__": "someone"}),
    ("paddle.pdparams", 5, {**arrays, "StructuredToParameterName@@": {k: k + "_0" for k in arrays}}),
    ("dump.pkl", 4, net.state_dict()),
    ("pipeline.pkl", 4, collections.UserDict(arrays)),
]:
    with open(name, "wb") as f:
        pickle.dump(value, f, protocol)
