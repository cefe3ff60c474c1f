"""norms of test.net, a PyTorch module made by netc.

Norms takes images of shape [3, 5, 5], 556 parameters and 13500 multiply-accumulates an image.
The names in its state_dict are those netc knows the weights by.
"""

import math
from collections import OrderedDict

from torch import nn


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

    def __init__(self, channels, eps=0.001, momentum=0.1, scale=True, shift=True):
        super().__init__(channels, eps=eps, momentum=momentum)
        if not scale:
            self.weight = None
        if not shift:
            self.bias = None
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)


class Norms(nn.Module):
    """The network."""

    def __init__(self):
        super().__init__()
        self.part1 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(3, 4, 3, padding=1, bias=False),
            norm=BatchNorm2d(4, scale=False),
        ))
        self.part2 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(4, 4, 3, padding=1, bias=False),
            norm=BatchNorm2d(4, shift=False),
        ))
        self.part3 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(4, 4, 3, padding=1, bias=False),
            norm=BatchNorm2d(4, scale=False, shift=False),
        ))
        self.part4 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(4, 4, 3, padding=1, bias=False),
            norm=BatchNorm2d(4),
        ))
        self.apply(initialise)

    def forward(self, x):
        x = self.part1(x)
        x = self.part2(x)
        x = self.part3(x)
        return self.part4(x)
