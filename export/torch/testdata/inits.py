"""Inits of test.net, a PyTorch module made by netc.

Inits takes images of shape [64, 4, 4], 876480 parameters and 6955008 multiply-accumulates an image.
The names in its state_dict are those netc knows the weights by.
"""

import math
from collections import OrderedDict

from torch import nn


def initialise(layer):
    """Gives a layer the values that training starts from."""
    if isinstance(layer, nn.Conv2d):
        fan_in = layer.kernel_size[0] * layer.kernel_size[1] * layer.in_channels / layer.groups
        fan_out = layer.kernel_size[0] * layer.kernel_size[1] * layer.out_channels / layer.groups
        start = getattr(layer, "start", "torch")
        if start == "torch":
            return layer.reset_parameters()
        elif start == "fan_out":
            nn.init.normal_(layer.weight, 0.0, math.sqrt(2.0 / fan_out))
        elif start == "fan_in":
            nn.init.normal_(layer.weight, 0.0, math.sqrt(2.0 / fan_in))
        elif start == "normal":
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif start == "xavier":
            bound = math.sqrt(6.0 / (fan_in + fan_out))
            nn.init.uniform_(layer.weight, -bound, bound)
    elif isinstance(layer, nn.Linear):
        fan_in = layer.in_features
        fan_out = layer.out_features
        start = getattr(layer, "start", "normal")
        if start == "normal":
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif start == "fan_out":
            bound = 1.0 / math.sqrt(layer.out_features)
            nn.init.uniform_(layer.weight, -bound, bound)
        elif start == "fan_in":
            nn.init.normal_(layer.weight, 0.0, math.sqrt(2.0 / fan_in))
        elif start == "torch":
            return layer.reset_parameters()
        elif start == "xavier":
            bound = math.sqrt(6.0 / (fan_in + fan_out))
            nn.init.uniform_(layer.weight, -bound, bound)
    else:
        return  # batch norm starts with weight 1 and bias 0 by itself
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def starting(layer, start):
    """Returns the layer, whose values training starts from in another way than those of most others."""
    layer.start = start
    return layer


class BatchNorm2d(nn.BatchNorm2d):
    """PyTorch's batch norm without num_batches_tracked, which nothing but a momentum of None reads."""

    def __init__(self, channels, eps=0.001, momentum=0.1, zero=False):
        super().__init__(channels, eps=eps, momentum=momentum)
        if zero:
            nn.init.zeros_(self.weight)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)


class Inits(nn.Module):
    """The network.

    num_classes: how many values it returns of an image
    """

    def __init__(self, num_classes=448):
        super().__init__()
        if not num_classes >= 1:
            raise ValueError(f"num_classes is {num_classes}, but must be at least 1")
        self.part1 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(64, 128, 3, padding=1, groups=2),
            norm=BatchNorm2d(128),
        ))
        self.part2 = nn.Sequential(OrderedDict(
            conv=starting(nn.Conv2d(128, 128, 3, padding=1, groups=2), "fan_in"),
            norm=BatchNorm2d(128, zero=True),
        ))
        self.part3 = nn.Sequential(OrderedDict(
            conv=starting(nn.Conv2d(128, 128, 3, padding=1, groups=2), "fan_out"),
            norm=BatchNorm2d(128),
        ))
        self.part4 = nn.Sequential(OrderedDict(
            conv=starting(nn.Conv2d(128, 128, 3, padding=1, groups=2), "xavier"),
            norm=BatchNorm2d(128),
        ))
        self.part5 = nn.Sequential(OrderedDict(
            conv=starting(nn.Conv2d(128, 128, 3, padding=1, groups=2), "normal"),
            norm=BatchNorm2d(128),
        ))
        self.part6 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(128, 128, 3, padding=1, groups=2),
            norm=BatchNorm2d(128),
        ))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.vector1 = starting(nn.Linear(128, 128), "fan_in")
        self.vector2 = starting(nn.Linear(128, 192), "fan_out")
        self.vector3 = starting(nn.Linear(192, 256), "xavier")
        self.vector4 = nn.Linear(256, 320)
        self.vector5 = starting(nn.Linear(320, 384), "torch")
        self.vector6 = nn.Linear(384, num_classes)
        self.apply(initialise)

    def forward_features(self, x):
        """What the classifier takes: [128, 4, 4] of an image."""
        x = self.part1(x)
        x = self.part2(x)
        x = self.part3(x)
        x = self.part4(x)
        x = self.part5(x)
        return self.part6(x)

    def forward_head(self, x):
        """What is returned of the features."""
        x = self.pool(x)
        x = self.flat(x)
        x = self.vector1(x)
        x = self.vector2(x)
        x = self.vector3(x)
        x = self.vector4(x)
        x = self.vector5(x)
        return self.vector6(x)

    def forward(self, x):
        return self.forward_head(self.forward_features(x))
