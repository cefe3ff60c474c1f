"""twoInputs of test.net, a PyTorch module made by netc.

TwoInputs has 156 parameters and takes 11676 multiply-accumulates for one value of each input:

    left [3, 9, 9]
    right [1, 9, 9]

It returns a tuple:

    class [3]
    sum [4, 9, 9]
    left [3, 9, 9]

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


class TwoInputs(nn.Module):
    """The network.

    num_classes: how many values it returns of an image
    """

    def __init__(self, num_classes=3):
        super().__init__()
        if not num_classes >= 1:
            raise ValueError(f"num_classes is {num_classes}, but must be at least 1")
        self.near = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.far = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.head = nn.Linear(4, num_classes, bias=False)
        self.apply(initialise)

    def forward(self, left, right):
        near = self.near(left)
        far = self.far(right)
        sum = near + far
        pool = self.pool(sum)
        flat = self.flat(pool)
        head = self.head(flat)
        return head, sum, left
