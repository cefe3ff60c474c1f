"""Writes what a torchvision classifier computes, for the comparison in torchvision_test.go:

    python3 torchvision_logits.py MODEL SIZE FOLDER

FOLDER/model.pth is its state dict, exported.onnx what torch.onnx.export writes, image.bin a random picture [3, SIZE, SIZE] and logits.bin its logits, both float32. Weights are
random, batch norm's included. Its statistics are those of the picture and some noise, moved at random, so that every layer's values are of
order one and a wrong epsilon, padding or activation shows in the logits. The last norms of ResNet's bottlenecks scale by less, as in
trained networks: with fifty of them in a row, rounding errors would else grow from block to block, whoever computes. The other norms shift by
1, so that ReLU lets 5 of 6 values through: with half of them, every layer magnifies rounding errors by 1.2 (compiler/eval/calibrate.go).
"""
import functools
import sys

import torch
import torchvision


def randomise(model, picture):
    def convolution(layer):
        layer.weight.normal_(0, (1.5 / layer.weight[0].numel()) ** 0.5)
        if layer.bias is not None:
            layer.bias.normal_(0, 0.2)

    def before_norm(layer, inputs, scale=1, shift=1):
        values = inputs[0]
        mean, variance = values.mean((0, 2, 3)), values.var((0, 2, 3), unbiased=False)
        floor = 0.05 * variance.mean() + 1e-4
        layer.running_mean.copy_(mean + 0.2 * variance.sqrt() * torch.randn_like(mean))
        layer.running_var.copy_(variance.clamp(min=float(floor)) * torch.empty_like(mean).uniform_(0.7, 1.4))
        layer.weight.uniform_(0.5 * scale, 1.5 * scale)
        layer.bias.normal_(shift, 0.3)

    hooks = []
    for name, layer in model.named_modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            convolution(layer)
        elif isinstance(layer, torch.nn.BatchNorm2d):
            last = name.endswith(".bn3")
            settings = {"scale": 0.3, "shift": 0} if last else {}
            hooks.append(layer.register_forward_pre_hook(functools.partial(before_norm, **settings)))
    model(torch.cat([picture, torch.randn_like(picture)]))
    for hook in hooks:
        hook.remove()


def main():
    name, size, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.manual_seed(7)
    model = getattr(torchvision.models, name)().eval()
    picture = torch.randn(1, 3, size, size)
    with torch.no_grad():
        randomise(model, picture)
        logits = model(picture)
    torch.save(model.state_dict(), folder + "/model.pth")
    torch.onnx.export(model, picture, folder + "/exported.onnx", opset_version=13)
    picture.numpy().tofile(folder + "/image.bin")
    logits.numpy().tofile(folder + "/logits.bin")


if __name__ == "__main__":
    main()
