"""sizes, a PyTorch module made by netc.

Sizes takes images of shape [3, 21, 30], 116 parameters and 17820 multiply-accumulates an image.
It returns a tuple:

    mask [8, 21, 30]
    seven [4, 7, 13]
    smaller [4, 7, 10]

The names in its state_dict are those netc knows the weights by.
"""

import math

import torch
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

    def __init__(self, channels, eps=0.001, momentum=0.1):
        super().__init__(channels, eps=eps, momentum=momentum)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)


def extended(layer, layers):
    """Returns the layer, made to hold other layers too."""
    layer._modules.update(layers)
    return layer


class Sizes(nn.Module):
    """The network."""

    def __init__(self):
        super().__init__()
        self.fine = extended(nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), {
            "norm": BatchNorm2d(4),
        })
        self.coarse = nn.MaxPool2d(3, stride=2)
        self.other = nn.MaxPool2d(2, stride=3)
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.apply(initialise)

    def forward(self, x):
        fine = self.fine(x)
        norm = self.fine._modules["norm"](fine)
        coarse = self.coarse(norm)
        nearest = nn.functional.interpolate(coarse, size=fine.shape[-2:], mode="nearest")
        gated = norm * nearest
        other = self.other(x)
        smaller = nn.functional.interpolate(gated, size=other.shape[-2:], mode="bilinear", align_corners=False)
        seven = nn.functional.interpolate(smaller, size=(7, 13), mode="bilinear", align_corners=True)
        mean = self.mean(smaller)
        spread = nn.functional.interpolate(mean, size=gated.shape[-2:], mode="bilinear", align_corners=False)
        both = torch.cat([gated, spread], dim=1)
        mask = nn.functional.interpolate(both, size=x.shape[-2:], mode="bilinear", align_corners=False)
        return mask, seven, smaller
