"""EfficientNet-Tiny of test.net, a PyTorch module made by netc.

EfficientNetTiny takes images of shape [3, 16, 16], 14016 parameters and 136752 multiply-accumulates an image.
The names in its state_dict are those netc knows the weights by.
"""

import math
from collections import OrderedDict
from functools import partial

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

    def __init__(self, channels, eps=0.001, momentum=0.01):
        super().__init__(channels, eps=eps, momentum=momentum)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)


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

    def __init__(self, drop_path):
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
        self.drop = DropPath(drop_path)

    def forward(self, x):
        depthwise = self.depthwise(x)
        squeeze = self.squeeze(depthwise)
        project = self.project(squeeze)
        drop = self.drop(project)
        return drop + x


class MBConvWithoutShortcut(nn.Sequential):
    """The block MBConv without drop, residual."""

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

    def __init__(self, channels, expand_channels, kernel, squeeze_reduce_channels, drop_path):
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
        self.drop = DropPath(drop_path)

    def forward(self, x):
        expand = self.expand(x)
        depthwise = self.depthwise(expand)
        squeeze = self.squeeze(depthwise)
        project = self.project(squeeze)
        drop = self.drop(project)
        return drop + x


class EfficientNetTiny(nn.Module):
    """The network.

    num_classes: how many values it returns of an image
    drop_rate: the rate of its dropout
    drop_path_rate: the rate of its stochastic depth; the i-th of N blocks, counted from 0, has i / N of it
    """

    def __init__(self, num_classes=10, drop_rate=0.2, drop_path_rate=0.2):
        super().__init__()
        if not num_classes >= 1:
            raise ValueError(f"num_classes is {num_classes}, but must be at least 1")
        if not 0 <= drop_rate < 1:
            raise ValueError(f"drop_rate is {drop_rate}, but must be at least 0 and below 1")
        if not 0 <= drop_path_rate < 1:
            raise ValueError(f"drop_path_rate is {drop_path_rate}, but must be at least 0 and below 1")
        self.stem = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            norm=BatchNorm2d(8),
            act=nn.SiLU(),
        ))
        self.stage1 = nn.Sequential(
            MBConvWithoutExpand(drop_path=drop_path_rate * 0 / 5),
        )
        self.stage2 = nn.Sequential(
            MBConvWithoutShortcut(8, kernel=3, squeeze_reduce_channels=2, out_channels=12),
            MBConv(12, expand_channels=72, kernel=3, squeeze_reduce_channels=3, drop_path=drop_path_rate * 2 / 5),
        )
        self.stage3 = nn.Sequential(
            MBConvWithoutShortcut(12, kernel=5, squeeze_reduce_channels=3, out_channels=16),
            MBConv(16, expand_channels=64, kernel=5, squeeze_reduce_channels=4, drop_path=drop_path_rate * 4 / 5),
        )
        self.head = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(16, 32, 1, bias=False),
            norm=BatchNorm2d(32),
            act=nn.SiLU(),
        ))
        self.pool = nn.Sequential(OrderedDict(
            mean=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            dropout=nn.Dropout(drop_rate),
        ))
        self.logits = nn.Linear(32, num_classes)
        self.apply(initialise)

    def forward_features(self, x):
        """What the classifier takes: [32, 2, 2] of an image."""
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        return self.head(x)

    def forward_head(self, x):
        """What is returned of the features."""
        x = self.pool(x)
        return self.logits(x)

    def forward(self, x):
        return self.forward_head(self.forward_features(x))

    def set_grad_checkpointing(self, enable=True):
        """Whether training forgets what blocks compute and does it again for the gradients: less memory, more time.

        The running statistics of batch norm then see every batch twice.
        """
        for block in [*self.stage1, *self.stage2, *self.stage3]:
            block.__dict__.pop("forward", None)
            if enable:
                block.forward = partial(checkpoint, block.forward, use_reentrant=False)
