"""class \"\"\" 1\\ of test.net, a PyTorch module made by netc.

Class1 takes images of shape [4, 11, 11], 14398 parameters and 365238 multiply-accumulates an image.
It takes no other size: what it computes with depends on it. For another, let netc write another module.
It returns a tuple:

    logits [5]
    hidden.1 [6]

The names in its state_dict are those netc knows the weights by.
"""

import math
from collections import OrderedDict
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint


def initialise(layer):
    """Gives a layer the start values that the authors of EfficientNet use."""
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
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

    def __init__(self, channels, eps=1e-05, momentum=0.1):
        super().__init__(channels, eps=eps, momentum=momentum)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)


class PaddedConv2d(nn.Conv2d):
    """A convolution of an image padded by pad: left, right, top, bottom."""

    def __init__(self, *args, pad, **settings):
        super().__init__(*args, **settings)
        self.pad = pad

    def forward(self, x):
        return super().forward(F.pad(x, self.pad))


class CroppedConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution whose result is cut off by crop: left, right, top, bottom."""

    def __init__(self, *args, crop, **settings):
        super().__init__(*args, **settings)
        self.crop = crop

    def forward(self, x):
        return F.pad(super().forward(x), [-side for side in self.crop])


class PaddedMaxPool2d(nn.MaxPool2d):
    """The maximum of each window of an image padded by pad: left, right, top, bottom. Padding never wins."""

    def __init__(self, *args, pad, **settings):
        super().__init__(*args, **settings)
        self.pad = pad

    def forward(self, x):
        return super().forward(F.pad(x, self.pad, value=float("-inf")))


class PaddedAvgPool2d(nn.AvgPool2d):
    """The mean of each window of an image padded by pad: left, right, top, bottom."""

    def __init__(self, *args, pad, **settings):
        super().__init__(*args, **settings)
        self.pad = pad

    def forward(self, x):
        mean = super().forward(F.pad(x, self.pad))
        if self.count_include_pad:
            return mean
        inside = F.pad(torch.ones_like(x[:1, :1]), self.pad)
        return mean / super().forward(inside)


class Slice(nn.Module):
    """The channels from start up to but not including end."""

    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def forward(self, x):
        return x[:, self.start : self.end]


class HardSigmoid(nn.Module):
    """slope * x + offset, between 0 and 1."""

    def __init__(self, slope, offset):
        super().__init__()
        self.slope, self.offset = slope, offset

    def forward(self, x):
        return torch.clamp(self.slope * x + self.offset, 0, 1)


class HardSwish(nn.Module):
    """x times slope * x + offset, which is kept between 0 and 1."""

    def __init__(self, slope, offset):
        super().__init__()
        self.slope, self.offset = slope, offset

    def forward(self, x):
        return x * torch.clamp(self.slope * x + self.offset, 0, 1)


class Layers(nn.Module):
    """Holds layers, by names that may be any, for the module around it to call."""

    def __init__(self, layers):
        super().__init__()
        self._modules.update(layers)

    def __getitem__(self, name):
        return self._modules[name]


def extended(layer, layers):
    """Returns the layer, made to hold other layers too."""
    layer._modules.update(layers)
    return layer


class Forward(nn.Module):
    """The part forward."""

    def __init__(self):
        super().__init__()
        self._modules["class"] = PaddedConv2d(4, 8, 4, stride=2, pad=(1, 2, 1, 2), groups=2)
        self._modules["1"] = BatchNorm2d(8)
        self._modules["type"] = nn.Hardswish()

    def forward(self, x):
        x = self._modules["class"](x)
        x = self._modules["1"](x)
        return self._modules["type"](x)


class FunctionsReLU(nn.Module):
    """The part ReLU."""

    def __init__(self):
        super().__init__()
        self.f = nn.ReLU()

    def forward(self, x):
        f = self.f(x)
        return f + x


class FunctionsReLU6(nn.Module):
    """The part ReLU6."""

    def __init__(self):
        super().__init__()
        self.f = nn.ReLU6()

    def forward(self, x):
        f = self.f(x)
        return f + x


class FunctionsLeakyReLU(nn.Module):
    """The part LeakyReLU."""

    def __init__(self):
        super().__init__()
        self.f = nn.LeakyReLU(0.01)
        self.other = nn.LeakyReLU(0.0075)

    def forward(self, x):
        f = self.f(x)
        sum = f + x
        other = self.other(sum)
        return other + sum


class FunctionsELU(nn.Module):
    """The part ELU."""

    def __init__(self):
        super().__init__()
        self.f = nn.ELU(1)
        self.other = nn.ELU(0.75)

    def forward(self, x):
        f = self.f(x)
        sum = f + x
        other = self.other(sum)
        return other + sum


class FunctionsHardTanh(nn.Module):
    """The part HardTanh."""

    def __init__(self):
        super().__init__()
        self.f = nn.Hardtanh(-1, 1)
        self.other = nn.Hardtanh(-0.75, 1.25)

    def forward(self, x):
        f = self.f(x)
        sum = f + x
        other = self.other(sum)
        return other + sum


class FunctionsSiLU(nn.Module):
    """The part SiLU."""

    def __init__(self):
        super().__init__()
        self.f = nn.SiLU()

    def forward(self, x):
        f = self.f(x)
        return f + x


class FunctionsSigmoid(nn.Module):
    """The part Sigmoid."""

    def __init__(self):
        super().__init__()
        self.f = nn.Sigmoid()

    def forward(self, x):
        f = self.f(x)
        return f + x


class FunctionsHardSwish(nn.Module):
    """The part HardSwish."""

    def __init__(self):
        super().__init__()
        self.f = nn.Hardswish()
        self.other = HardSwish(0.125, 0.625)

    def forward(self, x):
        f = self.f(x)
        sum = f + x
        other = self.other(sum)
        return other + sum


class FunctionsHardSigmoid(nn.Module):
    """The part HardSigmoid."""

    def __init__(self):
        super().__init__()
        self.f = nn.Hardsigmoid()
        self.other = HardSigmoid(0.125, 0.625)

    def forward(self, x):
        f = self.f(x)
        sum = f + x
        other = self.other(sum)
        return other + sum


class FunctionsTanh(nn.Module):
    """The part Tanh."""

    def __init__(self):
        super().__init__()
        self.f = nn.Tanh()

    def forward(self, x):
        f = self.f(x)
        return f + x


class FunctionsGELU(nn.Module):
    """The part GELU."""

    def __init__(self):
        super().__init__()
        self.f = nn.GELU()

    def forward(self, x):
        f = self.f(x)
        return f + x


class FunctionsMish(nn.Module):
    """The part Mish."""

    def __init__(self):
        super().__init__()
        self.f = nn.Mish()

    def forward(self, x):
        f = self.f(x)
        return f + x


class FunctionsSoftplus(nn.Module):
    """The part Softplus."""

    def __init__(self):
        super().__init__()
        self.f = nn.Softplus()

    def forward(self, x):
        f = self.f(x)
        return f + x


class Mixed(nn.Module):
    """The part mixed."""

    def __init__(self):
        super().__init__()
        self.left = Layers({
            "part": Slice(0, 3),
            "conv": nn.Conv2d(3, 4, 3, padding=1, bias=False),
        })
        self.right = Layers({
            "part": Slice(3, 8),
            "conv": nn.Conv2d(5, 4, 5, padding=2, bias=False),
        })

    def forward(self, x):
        part = self.left["part"](x)
        x = self.right["part"](x)
        conv = self.left["conv"](part)
        x = self.right["conv"](x)
        return torch.cat([conv, x], dim=1)


class Class1(nn.Module):
    """The network.

    num_classes: how many values it returns of an image
    drop_rate: the rate of its dropout
    """

    def __init__(self, num_classes=5, drop_rate=0.5):
        super().__init__()
        if not num_classes >= 1:
            raise ValueError(f"num_classes is {num_classes}, but must be at least 1")
        if not 0 <= drop_rate < 1:
            raise ValueError(f"drop_rate is {drop_rate}, but must be at least 0 and below 1")
        self._modules["forward"] = Forward()
        self._modules["lambda"] = extended(nn.Conv2d(8, 8, 3, padding=(1, 2), dilation=2, bias=False), {
            "inner": BatchNorm2d(8, eps=0.001),
        })
        self.tall = nn.Conv2d(8, 8, (1, 3), stride=(2, 1), padding=(1, 2), dilation=(1, 2), bias=False)
        self.mixed = Mixed()
        self.unused = nn.Conv2d(8, 2, 1, bias=False)
        self.pools = nn.Sequential(OrderedDict({
            "1": nn.ConstantPad2d((-2, 1, 1, 2), 0.5),
            "2": nn.Upsample(scale_factor=(2, 1)),
            "3": nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            "4": nn.Upsample(scale_factor=(1, 2), mode="bilinear", align_corners=True),
            "5": nn.PixelShuffle(2),
            "6": nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2),
            "7": CroppedConvTranspose2d(4, 2, 2, crop=(0, 1, 0, 1), dilation=2, bias=False),
            "8": nn.MaxPool2d(3, stride=1, padding=1),
            "9": PaddedMaxPool2d(2, stride=1, pad=(0, 1, 0, 1)),
            "10": nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            "11": nn.AvgPool2d(3, stride=1, padding=1),
            "12": PaddedAvgPool2d(2, stride=1, pad=(0, 1, 0, 1), count_include_pad=False),
            "13": PaddedAvgPool2d(2, stride=1, pad=(0, 1, 0, 1)),
            "14": PaddedAvgPool2d(3, stride=2, pad=(2, 2, 2, 2), count_include_pad=False),
            "15": nn.MaxPool2d((1, 2), stride=(1, 2)),
            "16": nn.AvgPool2d((3, 1), stride=1, padding=(1, 0), count_include_pad=False),
        }))
        self.functions = nn.Sequential(OrderedDict(
            ReLU=FunctionsReLU(),
            ReLU6=FunctionsReLU6(),
            LeakyReLU=FunctionsLeakyReLU(),
            ELU=FunctionsELU(),
            HardTanh=FunctionsHardTanh(),
            SiLU=FunctionsSiLU(),
            Sigmoid=FunctionsSigmoid(),
            HardSwish=FunctionsHardSwish(),
            HardSigmoid=FunctionsHardSigmoid(),
            Tanh=FunctionsTanh(),
            GELU=FunctionsGELU(),
            Mish=FunctionsMish(),
            Softplus=FunctionsSoftplus(),
        ))
        self.slopes = nn.Sequential(OrderedDict(
            each=nn.PReLU(2),
            one=nn.PReLU(),
        ))
        self.gate = nn.Sequential(OrderedDict(
            pool=nn.AdaptiveAvgPool2d(1),
            sigmoid=nn.Sigmoid(),
        ))
        self.flat = nn.Flatten()
        self.hidden = nn.Sequential(
            nn.Linear(2100, 6, bias=False),
            nn.Dropout(drop_rate),
        )
        self.logits = nn.Linear(6, num_classes)
        self.apply(initialise)

    def forward_features(self, x):
        """What the classifier takes: [2, 50, 21] of an image."""
        torch._assert(x.shape[2] == 11, "the image must be 11 pixels high: what is computed here depends on it")
        torch._assert(x.shape[3] == 11, "the image must be 11 pixels wide: what is computed here depends on it")
        x = self._modules["forward"](x)
        x = self._modules["lambda"](x)
        x = self.tall(x)
        x = self._modules["lambda"]._modules["inner"](x)
        x = self.mixed(x)
        x = self.pools(x)
        x = self.functions(x)
        x = self.slopes(x)
        gate = self.gate(x)
        return gate * x

    def forward_head(self, x):
        """What is returned of the features."""
        x = self.flat(x)
        x = self.hidden(x)
        logits = self.logits(x)
        return logits, x

    def forward(self, x):
        return self.forward_head(self.forward_features(x))

    def set_grad_checkpointing(self, enable=True):
        """Whether training forgets what blocks compute and does it again for the gradients: less memory, more time.

        The running statistics of batch norm then see every batch twice.
        """
        for block in [self._modules["forward"], self.mixed, *self.functions]:
            block.__dict__.pop("forward", None)
            if enable:
                block.forward = partial(checkpoint, block.forward, use_reentrant=False)
