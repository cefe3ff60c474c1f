"""Prints what torchvision's classifiers are, a JSON object a line: torchvision_facts.py MODEL..."""
import json
import sys

import torch
import torchvision.models as models

for name in sys.argv[1:]:
    model = getattr(models, name)(weights=None)
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    convolutions = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    # PyTorch's padding is one number for both sides: that it is symmetric shows in its size.
    symmetric = all(m.padding[0] == (m.stride[0] - 1 + m.dilation[0] * (m.kernel_size[0] - 1)) // 2 for m in convolutions)
    for weights in models.get_model_weights(name):
        images = weights.transforms()
        print(json.dumps({
            "name": f"{name}.{weights.name}",
            "params": sum(p.numel() for p in model.parameters()),
            "epsilons": sorted({m.eps for m in norms}),
            "symmetric": symmetric,
            "size": images.crop_size[0],
            "resize": images.resize_size[0],
            "interpolation": images.interpolation.value,
            "mean": images.mean,
            "std": images.std,
        }))
