"""Writes what NASNet-A of keras.applications computes, for keras_nasnet_test.go, which needs no Keras for it:

    python3 keras_nasnet.py CELLS PENULTIMATE STEM SKIP HEIGHT WIDTH FOLDER

FOLDER/weights.npz are random weights under Keras' names and in its layouts (kernels HWIO, depthwise ones HWIM, dense
[in, out]), golden.npz an image and its logits. The network is written down from keras.applications' nasnet.py (NASNet,
_separable_conv_block, _adjust_block, _normal_a_cell, _reduction_a_cell), whose mobile is 4 1056 32 0 and whose large is
6 4032 96 1. It pads by layers of its own before what has a stride, also before poolings, which then look at the zeros,
and crops the first row and column away for half the channels of a shortcut. Every batch norm gets the statistics of
what it reads, moved at random, so that the values are of order one in all layers. The last line printed is how many
numbers the weights are.
"""
import sys

import numpy
import torch
import torch.nn.functional as F

weights = {}


def kernel(out, inputs, size):
    return torch.randn(out, inputs, size, size) * (1.5 / (inputs * size**2)) ** 0.5


def conv(x, filters, size, name, stride=1):
    w = kernel(filters, x.shape[1], size)
    weights[name + "/kernel"] = w.permute(2, 3, 1, 0)
    return F.conv2d(x, w, stride=stride)


def bn(x, name):
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
    mean = mean + 0.2 * variance.sqrt() * torch.randn_like(mean)
    variance = variance * torch.empty_like(mean).uniform_(0.7, 1.4) + 1e-3
    gamma, beta = torch.empty_like(mean).uniform_(0.4, 1.2), torch.randn_like(mean) * 0.3
    for field, value in zip(("gamma", "beta", "moving_mean", "moving_variance"), (gamma, beta, mean, variance)):
        weights[f"{name}/{field}"] = value
    return F.batch_norm(x, mean, variance, gamma, beta, eps=1e-3)


def correct_pad(x, size):
    """Zeros around an image before what has the stride 2: one row and column less before an even size."""
    (top, left), after = [size // 2 - (1 - n % 2) for n in x.shape[2:]], size // 2
    return F.pad(x, (left, after, top, after))


def separable(x, filters, size, stride, name):
    depthwise, pointwise = kernel(x.shape[1], 1, size), kernel(filters, x.shape[1], 1)
    weights[name + "/depthwise_kernel"] = depthwise.permute(2, 3, 0, 1)
    weights[name + "/pointwise_kernel"] = pointwise.permute(2, 3, 1, 0)
    x = correct_pad(x, size) if stride == 2 else F.pad(x, [size // 2] * 4)
    return F.conv2d(F.conv2d(x, depthwise, stride=stride, groups=x.shape[1]), pointwise)


def separable_block(x, filters, size, block, stride=1):
    x = bn(separable(F.relu(x), filters, size, stride, f"separable_conv_1_{block}"), f"separable_conv_1_bn_{block}")
    return bn(separable(F.relu(x), filters, size, 1, f"separable_conv_2_{block}"), f"separable_conv_2_bn_{block}")


def adjust(p, ip, filters, block):
    if p is None:
        return ip
    if p.shape[3] != ip.shape[3]:
        p = F.relu(p)
        even = conv(F.avg_pool2d(p, 1, 2), filters // 2, 1, f"adjust_conv_1_{block}")
        shifted = F.pad(p, (0, 1, 0, 1))[:, :, 1:, 1:]
        odd = conv(F.avg_pool2d(shifted, 1, 2), filters // 2, 1, f"adjust_conv_2_{block}")
        return bn(torch.cat([even, odd], 1), f"adjust_bn_{block}")
    if p.shape[1] != filters:
        return bn(conv(F.relu(p), filters, 1, f"adjust_conv_projection_{block}"), f"adjust_bn_{block}")
    return p


def mean3(x):  # "same": zeros around the image do not count
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def normal(ip, p, filters, block):
    p = adjust(p, ip, filters, block)
    h = bn(conv(F.relu(ip), filters, 1, f"normal_conv_1_{block}"), f"normal_bn_1_{block}")
    x1 = separable_block(h, filters, 5, f"normal_left1_{block}") + separable_block(p, filters, 3, f"normal_right1_{block}")
    x2 = separable_block(p, filters, 5, f"normal_left2_{block}") + separable_block(p, filters, 3, f"normal_right2_{block}")
    x3 = mean3(h) + p
    x4 = mean3(p) + mean3(p)
    x5 = separable_block(h, filters, 3, f"normal_left5_{block}") + h
    return torch.cat([p, x1, x2, x3, x4, x5], 1), ip


def reduction(ip, p, filters, block):
    p = adjust(p, ip, filters, block)
    h = bn(conv(F.relu(ip), filters, 1, f"reduction_conv_1_{block}"), f"reduction_bn_1_{block}")
    h3 = correct_pad(h, 3)
    x1 = separable_block(h, filters, 5, f"reduction_left1_{block}", 2)
    x1 = x1 + separable_block(p, filters, 7, f"reduction_right1_{block}", 2)
    x2 = F.max_pool2d(h3, 3, 2) + separable_block(p, filters, 7, f"reduction_right2_{block}", 2)
    x3 = F.avg_pool2d(h3, 3, 2) + separable_block(p, filters, 5, f"reduction_right3_{block}", 2)
    x4 = x2 + mean3(x1)
    x5 = separable_block(x1, filters, 3, f"reduction_left4_{block}") + F.max_pool2d(h3, 3, 2)
    return torch.cat([x2, x3, x4, x5], 1), ip


def nasnet(x, cells, penultimate, stem, skip):
    filters = penultimate // 24
    x, p = bn(conv(x, stem, 3, "stem_conv1", stride=2), "stem_bn1"), None
    x, p = reduction(x, p, filters // 4, "stem_1")
    x, p = reduction(x, p, filters // 2, "stem_2")
    for i in range(cells):
        x, p = normal(x, p, filters, i)
    x, before = reduction(x, p, filters * 2, f"reduce_{cells}")
    p = p if skip else before
    for i in range(cells):
        x, p = normal(x, p, filters * 2, cells + i + 1)
    x, before = reduction(x, p, filters * 4, f"reduce_{2 * cells}")
    p = p if skip else before
    for i in range(cells):
        x, p = normal(x, p, filters * 4, 2 * cells + i + 1)
    x = F.relu(x).mean((2, 3))
    w, b = torch.randn(1000, x.shape[1]) * (1.5 / x.shape[1]) ** 0.5, torch.randn(1000) * 0.2
    weights["predictions/kernel"], weights["predictions/bias"] = w.t(), b
    return F.linear(x, w, b)


def main():
    *numbers, folder = sys.argv[1:]
    cells, penultimate, stem, skip, height, width = map(int, numbers)
    torch.manual_seed(11)
    images = torch.randn(2, 3, height, width)  # one alone would make poor statistics
    with torch.no_grad():
        logits = nasnet(images, cells, penultimate, stem, skip)
    numpy.savez(folder + "/weights.npz", **{name: w.contiguous().numpy() for name, w in weights.items()})
    numpy.savez(folder + "/golden.npz", input=images[:1].numpy(), output=logits[:1].numpy())
    print(sum(w.numel() for w in weights.values()))


if __name__ == "__main__":
    main()
