"""Writes what GhostNetV2 computes, for ghostnetv2_test.go:

    python3 ghostnetv2.py WIDTH HEIGHT WIDTH_OF_IMAGE FOLDER

FOLDER/model.pth is its state dict under timm's names, image.bin a random picture and logits.bin its logits, both
float32. The network is written down from its paper, arXiv:2211.12905, and GhostNet's, arXiv:1911.11907, with the layout
of timm's ghostnetv2_100 to ghostnetv2_160. It has the weights of torchvision_logits.py.
"""
import sys

import torch
from torch import nn
from torch.nn import functional as F

from torchvision_logits import randomise

# kernel, middle, out, squeezes, stride of each block; the lists are those that timm calls blocks.0 to blocks.8
STAGES = [
    [(3, 16, 16, False, 1)], [(3, 48, 24, False, 2)], [(3, 72, 24, False, 1)],
    [(5, 72, 40, True, 2)], [(5, 120, 40, True, 1)], [(3, 240, 80, False, 2)],
    [(3, 200, 80, False, 1), (3, 184, 80, False, 1), (3, 184, 80, False, 1), (3, 480, 112, True, 1), (3, 672, 112, True, 1)],
    [(5, 672, 160, True, 2)],
    [(5, 960, 160, False, 1), (5, 960, 160, True, 1), (5, 960, 160, False, 1), (5, 960, 160, True, 1)],
]


def divisible(value):
    rounded = max(4, int(value + 2) // 4 * 4)
    return rounded + 4 if rounded < 0.9 * value else rounded


def conv(inputs, out, kernel=1, stride=1, groups=1, bias=False):
    rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    return nn.Conv2d(inputs, out, (rows, columns), stride, (rows // 2, columns // 2), groups=groups, bias=bias)


class Ghost(nn.Module):
    """Half of the channels, and the other half made of them; attention over half the image weights both."""

    def __init__(self, inputs, out, active, attention=False):
        super().__init__()
        half = (out + 1) // 2
        after = nn.ReLU() if active else nn.Identity()
        self.out = out
        self.primary_conv = nn.Sequential(conv(inputs, half), nn.BatchNorm2d(half), after)
        self.cheap_operation = nn.Sequential(conv(half, half, 3, groups=half), nn.BatchNorm2d(half), after)
        if attention:
            layers = [conv(inputs, out), conv(out, out, (1, 5), groups=out), conv(out, out, (5, 1), groups=out)]
            self.short_conv = nn.Sequential(*[m for layer in layers for m in (layer, nn.BatchNorm2d(out))])

    def forward(self, x):
        primary = self.primary_conv(x)
        y = torch.cat((primary, self.cheap_operation(primary)), 1)[:, :self.out]
        if hasattr(self, "short_conv"):
            gate = self.short_conv(F.avg_pool2d(x, 2)).sigmoid()
            y = y * F.interpolate(gate, size=y.shape[-2:])
        return y


class Squeeze(nn.Module):
    def __init__(self, channels):
        super().__init__()
        few = divisible(channels / 4)
        self.conv_reduce, self.conv_expand = conv(channels, few, bias=True), conv(few, channels, bias=True)

    def forward(self, x):
        return x * F.hardsigmoid(self.conv_expand(self.conv_reduce(x.mean((2, 3), keepdim=True)).relu()))


class Bottleneck(nn.Module):
    def __init__(self, inputs, kernel, middle, out, squeezes, stride, attention):
        super().__init__()
        self.ghost1 = Ghost(inputs, middle, True, attention)
        if stride > 1:
            self.conv_dw, self.bn_dw = conv(middle, middle, kernel, stride, middle), nn.BatchNorm2d(middle)
        if squeezes:
            self.se = Squeeze(middle)
        self.ghost2 = Ghost(middle, out, False)
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != out:
            self.shortcut = nn.Sequential(conv(inputs, inputs, kernel, stride, inputs), nn.BatchNorm2d(inputs),
                                          conv(inputs, out), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.ghost1(x)
        if hasattr(self, "conv_dw"):
            y = self.bn_dw(self.conv_dw(y))
        if hasattr(self, "se"):
            y = self.se(y)
        return self.ghost2(y) + self.shortcut(x)


class GhostNetV2(nn.Module):
    def __init__(self, width):
        super().__init__()
        channels = divisible(16 * width)
        self.conv_stem, self.bn1 = conv(3, channels, 3, 2), nn.BatchNorm2d(channels)
        stages, count = [], 0
        for blocks in STAGES:
            made = []
            for kernel, middle, out, squeezes, stride in blocks:
                middle, out = divisible(middle * width), divisible(out * width)
                made.append(Bottleneck(channels, kernel, middle, out, squeezes, stride, attention=count > 1))
                channels, count = out, count + 1
            stages.append(nn.Sequential(*made))
        last = nn.Sequential()
        last.add_module("conv", conv(channels, middle))
        last.add_module("bn1", nn.BatchNorm2d(middle))
        last.add_module("act", nn.ReLU())
        self.blocks = nn.Sequential(*stages, nn.Sequential(last))
        self.conv_head, self.classifier = conv(middle, 1280, bias=True), nn.Linear(1280, 1000)

    def forward(self, x):
        x = self.blocks(self.bn1(self.conv_stem(x)).relu())
        return self.classifier(self.conv_head(x.mean((2, 3), keepdim=True)).relu().flatten(1))


def main():
    width, height, image_width, folder = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    torch.manual_seed(7)
    model, picture = GhostNetV2(width).eval(), torch.randn(1, 3, height, image_width)
    with torch.no_grad():
        randomise(model, torch.cat([picture] + [torch.randn_like(picture) for _ in range(7)]))
        logits = model(picture)
    torch.save(model.state_dict(), folder + "/model.pth")
    picture.numpy().tofile(folder + "/image.bin")
    logits.numpy().tofile(folder + "/logits.bin")


if __name__ == "__main__":
    main()
