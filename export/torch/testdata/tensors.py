"""tensors, a PyTorch module made by netc.

Tensors takes images of shape [5, 6, 7], 8142 parameters and 107982 multiply-accumulates an image.
It takes no other size: what it computes with depends on it. For another, let netc write another module.
The names in its state_dict are those netc knows the weights by.
"""

import math
from collections import OrderedDict
from functools import partial

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def initialise(layer):
    """Gives a layer the start values that the authors of EfficientNet use."""
    if isinstance(layer, nn.Conv2d):
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


class BatchNorm1d(BatchNorm2d):
    """The same for vectors."""

    def _check_input_dim(self, x):
        nn.BatchNorm1d._check_input_dim(self, x)


class LayerNorm(nn.LayerNorm):
    """Layer normalisation along axes, which are made the last ones for it."""

    def __init__(self, shape, axes, eps=1e-5, scale=True, shift=True):
        super().__init__(shape, eps=eps)
        if not scale:
            self.weight = None
        if not shift:
            self.bias = None
        self.axes = axes

    def forward(self, x):
        order = [axis for axis in range(x.dim()) if axis not in self.axes] + list(self.axes)
        back = [order.index(axis) for axis in range(x.dim())]
        return super().forward(x.permute(order)).permute(back)


class Affine(nn.Module):
    """Multiplies by a number and adds one."""

    def __init__(self, factor, offset):
        super().__init__()
        self.factor, self.offset = factor, offset

    def forward(self, x):
        return x * self.factor + self.offset


class Learned(nn.Module):
    """A tensor that is learned, for each element of the batch of what it is called with."""

    def __init__(self, shape, value=0, deviation=0):
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, float(value)) + deviation * torch.randn(shape))

    def forward(self, x):
        return self.weight.expand(x.shape[0], *self.weight.shape)


class Reshape(nn.Module):
    """Gives each element of the batch another shape."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(x.shape[0], *self.shape)


class Permute(nn.Module):
    """Puts the axes behind the batch into another order."""

    def __init__(self, order):
        super().__init__()
        self.order = order

    def forward(self, x):
        return x.permute(0, *self.order)


class Slice(nn.Module):
    """The channels from start up to but not including end."""

    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def forward(self, x):
        return x[:, self.start : self.end]


class SliceAlong(nn.Module):
    """The elements from start up to but not including end along an axis."""

    def __init__(self, axis, start, end):
        super().__init__()
        self.axis, self.start, self.end = axis, start, end

    def forward(self, x):
        return x.narrow(self.axis, self.start, self.end - self.start)


def extended(layer, layers):
    """Returns the layer, made to hold other layers too."""
    layer._modules.update(layers)
    return layer


class B(nn.Module):
    """The part b."""

    def __init__(self):
        super().__init__()
        self.add = Affine(1, 1)
        self.mul3 = Affine(0.5, 0)
        self.sub2 = Affine(1, -0.25)

    def forward(self, x, x2, x3):
        x = x * x2
        x = x - x3
        mul2 = x3 * x3
        add = self.add(mul2)
        x = x / add
        x = self.mul3(x)
        return self.sub2(x)


class F2(nn.Module):
    """The part f."""

    def __init__(self):
        super().__init__()
        self.slice = SliceAlong(3, 3, 9)

    def forward(self, x, x2):
        x = torch.cat([x, x2], dim=3)
        return self.slice(x)


class H(nn.Module):
    """The part h."""

    def __init__(self):
        super().__init__()
        self.softmax = nn.Softmax(dim=2)
        self.silu = nn.SiLU()

    def forward(self, x):
        x = torch.matmul(x, x.transpose(-2, -1))
        x = self.softmax(x)
        return self.silu(x)


class Tensors(nn.Module):
    """The network."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(5, 20, 3, padding=1)
        self.gamma = Learned((20, 1, 1), value=0.5)
        self.plane = Learned((1, 6, 7), deviation=1)
        self.b = B()
        self.c = LayerNorm((20,), axes=(1,))
        self.d = nn.Sequential(OrderedDict(
            norm=LayerNorm((20, 6, 7), axes=(1, 2, 3)),
            norm2=LayerNorm((6, 7), axes=(2, 3), scale=False),
        ))
        self.e = extended(nn.Softmax(dim=1), {
            "sub": Affine(-1, 1),
        })
        self.f = F2()
        self.g = nn.Sequential(OrderedDict(
            reshape=Reshape((20, 36)),
            transpose=Permute((2, 1)),
            linear=nn.Linear(20, 33),
        ))
        self.h = H()
        self.i = nn.Sequential(OrderedDict(
            slice=SliceAlong(2, 2, 20),
            slice2=Slice(1, 30),
            both=Affine(2, -0.5),
        ))
        self.j = nn.Sequential(OrderedDict(
            neg=Affine(-1, 0),
            reshape=Reshape((3, 174)),
            flatten=nn.Flatten(),
            norm=BatchNorm1d(522),
        ))
        self.k = nn.Linear(522, 7)
        self.m = Slice(3, 9)
        self.apply(initialise)

    def forward_features(self, x):
        """What the classifier takes: [29, 18] of an image."""
        torch._assert(x.shape[2] == 6, "the image must be 6 pixels high: what is computed here depends on it")
        torch._assert(x.shape[3] == 7, "the image must be 7 pixels wide: what is computed here depends on it")
        x = self.a(x)
        gamma = self.gamma(x)
        plane = self.plane(x)
        x = self.b(x, gamma, plane)
        x = self.c(x)
        x = self.d(x)
        sub = self.e._modules["sub"](x)
        e = self.e(sub)
        f = self.f(e, x)
        g = self.g(f)
        h = self.h(g)
        return self.i(h)

    def forward_head(self, x):
        """What is returned of the features."""
        x = self.j(x)
        k = self.k(x)
        x = self.m(x)
        return torch.cat([k, x], dim=1)

    def forward(self, x):
        return self.forward_head(self.forward_features(x))

    def set_grad_checkpointing(self, enable=True):
        """Whether training forgets what blocks compute and does it again for the gradients: less memory, more time.

        The running statistics of batch norm then see every batch twice.
        """
        for block in [self.b, self.f, self.h]:
            block.__dict__.pop("forward", None)
            if enable:
                block.forward = partial(checkpoint, block.forward, use_reentrant=False)
