"""Shared-A, a PyTorch module made by netc.

SharedA takes images of shape [4, 18, 18], 4597 parameters and 2501440 multiply-accumulates an image.
It returns a tuple:

    both.mul [5]
    unfolded [16, 9, 9]
    stage.1.add [16, 18, 18]

The names in its state_dict are those netc knows the weights by.
"""

import math
from collections import OrderedDict
from functools import partial

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def initialise(layer):
    """Gives a layer the start values that the authors of EfficientNet use."""
    if isinstance(layer, nn.Conv2d):
        fan_out = layer.kernel_size[0] * layer.kernel_size[1] * layer.out_channels / layer.groups
        nn.init.normal_(layer.weight, 0.0, math.sqrt(2.0 / fan_out))
    elif isinstance(layer, nn.Linear):
        bound = 1.0 / math.sqrt(layer.out_features)
        nn.init.uniform_(layer.weight, -bound, bound)
    else:
        return  # batch norm starts with weight 1 and bias 0 by itself
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


class BatchNorm2d(nn.BatchNorm2d):
    """PyTorch's batch norm without num_batches_tracked, which nothing but a momentum of None reads."""

    def __init__(self, channels, eps=0.001, momentum=0.1):
        super().__init__(channels, eps=eps, momentum=momentum)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)


class Learned(nn.Module):
    """A tensor that is learned, for each element of the batch of what it is called with."""

    def __init__(self, shape, value=0, deviation=0):
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, float(value)) + deviation * torch.randn(shape))

    def forward(self, x):
        return self.weight.expand(x.shape[0], *self.weight.shape)


class Head(nn.Module):
    """The part head."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(16, 32, 1, bias=False),
            norm=BatchNorm2d(32),
            act=nn.SiLU(),
        ))
        self.deep = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(32, 32, 3, padding=1, groups=32, bias=False),
            norm=BatchNorm2d(32),
            prelu=nn.PReLU(32),
        ))
        self.narrow = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(32, 16, 1),
            norm=BatchNorm2d(16),
        ))
        self.scale = Learned((16, 1, 1), value=0.5, deviation=0.1)

    def forward(self, x):
        wide = self.wide(x)
        deep = self.deep(wide)
        narrow = self.narrow(deep)
        scale = self.scale(x)
        mul = narrow * scale
        return mul + x


class SharedA(nn.Module):
    """The network.

    num_classes: how many values it returns of an image
    """

    def __init__(self, num_classes=5):
        super().__init__()
        if not num_classes >= 1:
            raise ValueError(f"num_classes is {num_classes}, but must be at least 1")
        self.stem = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(4, 16, 3, padding=1, bias=False),
            norm=BatchNorm2d(16),
            act=nn.SiLU(),
        ))
        self.coarse = nn.MaxPool2d(2, stride=2)
        self.head = Head()
        self.last = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.folded = nn.Sequential(OrderedDict(
            norm=BatchNorm2d(16),
        ))
        self.own = BatchNorm2d(16)
        self.vector3 = nn.Sequential(OrderedDict(
            pool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
        ))
        self.vector4 = nn.Sequential(OrderedDict(
            pool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
        ))
        self.tail = nn.Linear(16, num_classes)
        self.apply(initialise)

    def forward(self, x):
        x = self.stem(x)
        coarse = self.coarse(x)
        head = self.head(x)
        p4 = self.head(coarse)
        x = self.head(x)
        x = self.head(x)
        last = self.last(head)
        folded = self.folded(last)
        unfolded = self.last(p4)
        own = self.own(unfolded)
        vector3 = self.vector3(folded)
        vector4 = self.vector4(own)
        tail = self.tail(vector3)
        right = self.tail(vector4)
        both = tail * right
        return both, unfolded, x

    def set_grad_checkpointing(self, enable=True):
        """Whether training forgets what blocks compute and does it again for the gradients: less memory, more time.

        The running statistics of batch norm then see every batch twice.
        """
        for block in [self.head]:
            block.__dict__.pop("forward", None)
            if enable:
                block.forward = partial(checkpoint, block.forward, use_reentrant=False)
