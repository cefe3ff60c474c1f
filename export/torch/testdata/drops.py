"""Drops of test.net, a PyTorch module made by netc.

Drops takes images of shape [6, 4, 5], 12 parameters and 240 multiply-accumulates an image.
It returns a tuple:

    elements [6, 4, 5]
    channels [6, 4, 5]
    first [6, 4, 5]
    third [6, 4, 5]
    conv [2, 4, 5]

The names in its state_dict are those netc knows the weights by.
"""

import math

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


class DropPath(nn.Module):
    """Stochastic depth, arXiv:1603.09382: while training, each image of a batch loses all of x with the probability
    rate, and what is left is divided by 1 - rate."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        left = 1 - self.rate
        return x * x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(left).div_(left)

    def extra_repr(self):
        return f"rate={self.rate}"


class Drops(nn.Module):
    """The network.

    drop_rate: the rate of its dropout
    drop_path_rate: the rate of its stochastic depth; the i-th of N blocks, counted from 0, has i / N of it
    """

    def __init__(self, drop_rate=0.25, drop_path_rate=0.5):
        super().__init__()
        if not 0 <= drop_rate < 1:
            raise ValueError(f"drop_rate is {drop_rate}, but must be at least 0 and below 1")
        if not 0 <= drop_path_rate < 1:
            raise ValueError(f"drop_path_rate is {drop_path_rate}, but must be at least 0 and below 1")
        self.elements = nn.Dropout(drop_rate)
        self.channels = nn.Dropout2d(drop_rate)
        self.first = DropPath(drop_path_rate * 0 / 4)
        self.third = DropPath(drop_path_rate * 2 / 4)
        self.conv = nn.Conv2d(6, 2, 1, bias=False)
        self.apply(initialise)

    def forward(self, x):
        elements = self.elements(x)
        channels = self.channels(x)
        first = self.first(x)
        third = self.third(x)
        x = self.conv(x)
        return elements, channels, first, third, x
