"""EfficientNet-Tiny of test.net, a PyTorch module made by netc.

EfficientNetTiny takes images of shape [3, 16, 16], 14016 parameters and 136752 multiply-accumulates an image.
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

    def __init__(self, channels, eps=0.001, momentum=0.01):
        super().__init__(channels, eps=eps, momentum=momentum)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)


class SqueezeExcite(nn.Module):
    """The block SqueezeExcite."""

    def __init__(self, channels, reduce_channels):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(channels, reduce_channels, 1),
            act=nn.SiLU(),
        ))
        self.expand = nn.Conv2d(reduce_channels, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x):
        pool = self.pool(x)
        reduce = self.reduce(pool)
        expand = self.expand(reduce)
        gate = self.gate(expand)
        return x * gate


class MBConvWithoutExpand(nn.Module):
    """The block MBConv without expand."""

    def __init__(self):
        super().__init__()
        self.depthwise = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False),
            norm=BatchNorm2d(8),
            act=nn.SiLU(),
        ))
        self.squeeze = SqueezeExcite(8, reduce_channels=2)
        self.project = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(8, 8, 1, bias=False),
            norm=BatchNorm2d(8),
        ))

    def forward(self, x):
        depthwise = self.depthwise(x)
        squeeze = self.squeeze(depthwise)
        project = self.project(squeeze)
        return project + x


class MBConvWithoutResidual(nn.Sequential):
    """The block MBConv without residual."""

    def __init__(self, in_channels, kernel, squeeze_reduce_channels, out_channels):
        super().__init__()
        self.expand = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(in_channels, 48, 1, bias=False),
            norm=BatchNorm2d(48),
            act=nn.SiLU(),
        ))
        self.depthwise = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(48, 48, kernel, stride=2, padding=kernel // 2, groups=48, bias=False),
            norm=BatchNorm2d(48),
            act=nn.SiLU(),
        ))
        self.squeeze = SqueezeExcite(48, reduce_channels=squeeze_reduce_channels)
        self.project = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(48, out_channels, 1, bias=False),
            norm=BatchNorm2d(out_channels),
        ))


class MBConv(nn.Module):
    """The block MBConv."""

    def __init__(self, channels, expand_channels, kernel, squeeze_reduce_channels):
        super().__init__()
        self.expand = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(channels, expand_channels, 1, bias=False),
            norm=BatchNorm2d(expand_channels),
            act=nn.SiLU(),
        ))
        self.depthwise = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(expand_channels, expand_channels, kernel, padding=kernel // 2, groups=expand_channels, bias=False),
            norm=BatchNorm2d(expand_channels),
            act=nn.SiLU(),
        ))
        self.squeeze = SqueezeExcite(expand_channels, reduce_channels=squeeze_reduce_channels)
        self.project = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(expand_channels, channels, 1, bias=False),
            norm=BatchNorm2d(channels),
        ))

    def forward(self, x):
        expand = self.expand(x)
        depthwise = self.depthwise(expand)
        squeeze = self.squeeze(depthwise)
        project = self.project(squeeze)
        return project + x


class EfficientNetTiny(nn.Module):
    """The network."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            norm=BatchNorm2d(8),
            act=nn.SiLU(),
        ))
        self.stage1 = nn.Sequential(
            MBConvWithoutExpand(),
        )
        self.stage2 = nn.Sequential(
            MBConvWithoutResidual(8, kernel=3, squeeze_reduce_channels=2, out_channels=12),
            MBConv(12, expand_channels=72, kernel=3, squeeze_reduce_channels=3),
        )
        self.stage3 = nn.Sequential(
            MBConvWithoutResidual(12, kernel=5, squeeze_reduce_channels=3, out_channels=16),
            MBConv(16, expand_channels=64, kernel=5, squeeze_reduce_channels=4),
        )
        self.head = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(16, 32, 1, bias=False),
            norm=BatchNorm2d(32),
            act=nn.SiLU(),
        ))
        self.pool = nn.Sequential(OrderedDict(
            mean=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            dropout=nn.Dropout(0.2),
        ))
        self.logits = nn.Linear(32, 10)
        self.apply(initialise)

    def forward(self, x):
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.head(x)
        x = self.pool(x)
        return self.logits(x)
