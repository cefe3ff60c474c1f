"""Prints what torchvision's classifiers and networks for segmentation are, a JSON object a line: torchvision_facts.py MODEL..."""
import json
import sys

import torch
import torchvision.models as models

# What parameters begin with is no matter here.
for name in dir(torch.nn.init):
    if name.endswith("_") and not name.startswith("_"):
        setattr(torch.nn.init, name, lambda tensor, *args, **kwargs: tensor)


def make(name, size):
    if name.startswith("vit"):  # one position for each patch
        return getattr(models, name)(weights=None, image_size=size)
    if name == "inception_v3":  # as it is with weights, but for the head that is for training alone
        return models.inception_v3(weights=None, aux_logits=False, transform_input=True)
    if not hasattr(models, name):
        return getattr(models.segmentation, name)(weights=None, weights_backbone=None)
    return getattr(models, name)(weights=None)


def normalisation(model, mean, std):
    """What images are normalised by, where the module normalises what it gets once more."""
    if not getattr(model, "transform_input", False):
        return mean, std
    black, white = (model._transform_input((torch.full((1, 3, 1, 1), x) - torch.tensor(mean).view(3, 1, 1)) /
                                           torch.tensor(std).view(3, 1, 1)).flatten() for x in (0.0, 1.0))
    return [[round(float(x), 6) for x in y] for y in (-black / (white - black), 1 / (white - black))]


def facts(name, weights):
    images = weights.transforms()
    size = getattr(images, "crop_size", images.resize_size)[0]  # for segmentation, nothing is cut off
    model = make(name, size)
    norms = [m for m in model.modules() if isinstance(m, (torch.nn.BatchNorm2d, torch.nn.LayerNorm))]
    convolutions = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    # PyTorch's padding is one number for both sides: that it is symmetric shows in its size.
    symmetric = all(m.padding[0] == (m.stride[0] - 1 + m.dilation[0] * (m.kernel_size[0] - 1)) // 2 for m in convolutions)
    mean, std = normalisation(model, images.mean, images.std)
    return {
        "name": f"{name}.{weights.name}",
        "params": sum(p.numel() for p in model.parameters()),
        "epsilons": sorted({m.eps for m in norms}),
        "symmetric": symmetric,
        "size": size,
        "resize": images.resize_size[0],
        "interpolation": images.interpolation.value,
        "mean": mean,
        "std": std,
    }


for name in sys.argv[1:]:
    for weights in models.get_model_weights(name):
        print(json.dumps(facts(name, weights)))
