"""Writes the golden file and the weights of a torchvision classifier in the form that TensorFlow publishes:

    python3 tensorflow_form.py MODEL SIZE FOLDER

Each convolution of stride 2 pads as TensorFlow's SAME does, by an operation of its own before it, and batch norms have its epsilon. Weights and
statistics are random, so that every layer matters: see torchvision_logits.py. FOLDER/golden.npz has input and output, model.pth the state dict and
exported.onnx what torch.onnx.export makes of it.
"""
import sys

import numpy
import torch
import torchvision

import torchvision_logits


class Same(torch.nn.Module):
    """A convolution that pads what is needed, the odd row and column after."""

    def __init__(self, convolution):
        super().__init__()
        self.__dict__["convolution"] = convolution  # not a part: names stay as they are
        self.weight, self.bias = convolution.weight, convolution.bias

    def forward(self, x):
        c = self.convolution
        pads = []
        for size, kernel, stride, dilation in zip(x.shape[:1:-1], c.kernel_size[::-1], c.stride[::-1], c.dilation[::-1]):
            total = max((-(-int(size) // stride) - 1) * stride + (kernel - 1) * dilation + 1 - int(size), 0)
            pads += [total // 2, total - total // 2]
        x = torch.nn.functional.pad(x, pads)
        return torch.nn.functional.conv2d(x, self.weight, self.bias, c.stride, 0, c.dilation, c.groups)


def main():
    name, size, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.manual_seed(7)
    model = getattr(torchvision.models, name)().eval()
    for module in list(model.modules()):
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
    image = torch.randn(1, 3, size, size)
    with torch.no_grad():
        torchvision_logits.randomise(model, image)
        for module in list(model.modules()):
            for key, child in list(module.named_children()):
                if isinstance(child, torch.nn.Conv2d) and child.stride != (1, 1):
                    setattr(module, key, Same(child))
        output = model(image)
    numpy.savez(folder + "/golden.npz", input=image, output=output)
    torch.save(model.state_dict(), folder + "/model.pth")
    torch.onnx.export(model, image, folder + "/exported.onnx", opset_version=13)


main()
