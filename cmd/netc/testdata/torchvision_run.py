"""Writes what a torchvision network computes, a classifier or one for segmentation, for torchvision_run_test.go:

    python3 torchvision_run.py MODEL SIZE FOLDER

FOLDER/model.pth is its state dict, image.bin a random picture [3, SIZE, SIZE] and logits.bin its logits, both float32.
Networks with batch norm get the weights of torchvision_logits.py. Of those with layer norm, what torchvision begins
with that matters little, scales of 1e-6 and of 1, biases of 0, is drawn at random.
"""
import sys

import torch
import torchvision

from torchvision_logits import randomise


def main():
    name, size, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.manual_seed(7)
    # The auxiliary head is a part of what torchvision publishes; no other initialisation takes a minute.
    settings = {"init_weights": False} if name == "inception_v3" else {}
    if hasattr(torchvision.models, name):
        model = getattr(torchvision.models, name)(**settings).eval()
    else:
        model = getattr(torchvision.models.segmentation, name)(weights_backbone=None).eval()
    picture = torch.randn(1, 3, size, size)
    with torch.no_grad():
        if any(isinstance(layer, torch.nn.BatchNorm2d) for layer in model.modules()):
            randomise(model, torch.cat([picture] + [torch.randn_like(picture) for _ in range(7)]))
        else:
            for parameter in model.parameters():
                if (parameter == 1).all():
                    parameter.uniform_(0.5, 1.5)
                elif parameter.abs().max() < 1e-3:
                    parameter.normal_(0, 0.3)
        logits = model(picture)
        if isinstance(logits, dict):
            logits = logits["out"]
    torch.save(model.state_dict(), folder + "/model.pth")
    picture.numpy().tofile(folder + "/image.bin")
    logits.numpy().tofile(folder + "/logits.bin")


if __name__ == "__main__":
    main()
