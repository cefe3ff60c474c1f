"""Writes what a torchvision classifier with layer norm computes, for the comparison in torchvision_run_test.go:

    python3 torchvision_run.py MODEL FOLDER

FOLDER/model.pth is its state dict, image.bin a random picture [3, 224, 224] and logits.bin its logits, both float32.
What torchvision begins with that matters little, scales of 1e-6 and of 1, biases of 0, is drawn at random.
"""
import sys

import torch
import torchvision


def main():
    name, folder = sys.argv[1], sys.argv[2]
    torch.manual_seed(7)
    model = getattr(torchvision.models, name)().eval()
    picture = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        for parameter in model.parameters():
            if (parameter == 1).all():
                parameter.uniform_(0.5, 1.5)
            elif parameter.abs().max() < 1e-3:
                parameter.normal_(0, 0.3)
        logits = model(picture)
    torch.save(model.state_dict(), folder + "/model.pth")
    picture.numpy().tofile(folder + "/image.bin")
    logits.numpy().tofile(folder + "/logits.bin")


if __name__ == "__main__":
    main()
