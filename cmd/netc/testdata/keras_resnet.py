"""Writes what ResNet50 or ResNet50V2 of keras.applications computes, for keras_resnet_test.go, which needs no Keras:

    python3 keras_resnet.py 1|2 SIZE FOLDER

FOLDER/weights.npz are random weights as Keras has them, kernels HWIO and dense [in, out], golden.npz an image and
its logits. The networks are written down from keras.applications' resnet.py (ResNet, stack_residual_blocks_v1 and v2,
residual_block_v1 and v2): they pad by layers of their own before convolutions and poolings that are "valid". In the
first version the convolutions have biases, and the first one of a block has the stride. Every batch norm gets the
statistics of what it reads, moved at random, so that the values are of order one in all layers, and the last one of a
block of the first version scales by less, as in trained networks.
"""
import sys

import numpy
import torch
import torch.nn.functional as F

weights = {}


def conv(x, name, filters, kernel, stride=1, padding="valid", bias=True):
    w = torch.randn(filters, x.shape[1], kernel, kernel) * (1.5 / (x.shape[1] * kernel**2)) ** 0.5
    weights[name + "/kernel"] = w.permute(2, 3, 1, 0)
    if not bias:
        return F.conv2d(x, w, None, stride, padding)
    b = torch.randn(filters) * 0.2
    weights[name + "/bias"] = b
    return F.conv2d(x, w, b, stride, padding)


def bn(x, name, scale=1.0):
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
    mean = mean + 0.2 * variance.sqrt() * torch.randn_like(mean)
    variance = variance * torch.empty_like(mean).uniform_(0.7, 1.4) + 1e-4
    gamma, beta = torch.empty_like(mean).uniform_(0.5 * scale, 1.5 * scale), torch.randn_like(mean) * 0.3
    for field, value in zip(("gamma", "beta", "moving_mean", "moving_variance"), (gamma, beta, mean, variance)):
        weights[f"{name}/{field}"] = value
    return F.batch_norm(x, mean, variance, gamma, beta, eps=1.001e-5)


def residual_block(x, filters, stride, conv_shortcut, name):
    shortcut = x
    if conv_shortcut:
        shortcut = bn(conv(x, name + "_0_conv", 4 * filters, 1, stride), name + "_0_bn")
    x = F.relu(bn(conv(x, name + "_1_conv", filters, 1, stride), name + "_1_bn"))
    x = F.relu(bn(conv(x, name + "_2_conv", filters, 3, padding="same"), name + "_2_bn"))
    x = bn(conv(x, name + "_3_conv", 4 * filters, 1), name + "_3_bn", scale=0.3)
    return F.relu(shortcut + x)


def residual_block_v2(x, filters, stride, conv_shortcut, name):
    preact = F.relu(bn(x, name + "_preact_bn"))
    if conv_shortcut:
        shortcut = conv(preact, name + "_0_conv", 4 * filters, 1, stride)
    else:
        shortcut = F.max_pool2d(x, 1, stride) if stride > 1 else x
    x = F.relu(bn(conv(preact, name + "_1_conv", filters, 1, bias=False), name + "_1_bn"))
    x = F.pad(x, (1, 1, 1, 1))
    x = F.relu(bn(conv(x, name + "_2_conv", filters, 3, stride, bias=False), name + "_2_bn"))
    return shortcut + conv(x, name + "_3_conv", 4 * filters, 1)


def resnet50(x, version):
    x = F.pad(x, (3, 3, 3, 3))  # conv1_pad
    x = conv(x, "conv1_conv", 64, 7, stride=2)
    if version == 1:
        x = F.relu(bn(x, "conv1_bn"))
    x = F.pad(x, (1, 1, 1, 1))  # pool1_pad, with zeros, which the pooling looks at
    x = F.max_pool2d(x, 3, stride=2)
    for stage, (filters, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], 2):
        for b in range(1, blocks + 1):
            name = f"conv{stage}_block{b}"
            if version == 1:
                x = residual_block(x, filters, 2 if b == 1 and stage > 2 else 1, b == 1, name)
            else:
                x = residual_block_v2(x, filters, 2 if b == blocks and stage < 5 else 1, b == 1, name)
    if version == 2:
        x = F.relu(bn(x, "post_bn"))
    x = x.mean((2, 3))
    w, b = torch.randn(1000, 2048) * (1.5 / 2048) ** 0.5, torch.randn(1000) * 0.2
    weights["predictions/kernel"], weights["predictions/bias"] = w.t(), b
    return F.linear(x, w, b)


def main():
    version, size, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    torch.manual_seed(7)
    images = torch.randn(2, 3, size, size)  # one alone would make poor statistics
    with torch.no_grad():
        logits = resnet50(images, version)
    numpy.savez(folder + "/weights.npz", **{name: w.contiguous().numpy() for name, w in weights.items()})
    numpy.savez(folder + "/golden.npz", input=images[:1].numpy(), output=logits[:1].numpy())


if __name__ == "__main__":
    main()
