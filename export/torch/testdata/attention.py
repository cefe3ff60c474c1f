"""attention, a PyTorch module made by netc.

Attention takes images of shape [3, 32, 32], 67258 parameters and 1143456 multiply-accumulates an image.
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


class BlocksEncoderAttentionAttentionScores(nn.Module):
    """The part scores."""

    def __init__(self):
        super().__init__()
        self.mul = Affine(0.25, 0)
        self.softmax = nn.Softmax(dim=3)

    def forward(self, x, x2):
        x = self.mul(x)
        x = torch.matmul(x, x2.transpose(-2, -1))
        return self.softmax(x)


class BlocksEncoderAttentionAttentionMixed(nn.Module):
    """The part mixed."""

    def __init__(self):
        super().__init__()
        self.transpose = Permute((2, 1, 3))
        self.reshape = Reshape((17, 48))

    def forward(self, x, x2):
        x = torch.matmul(x, x2)
        x = self.transpose(x)
        return self.reshape(x)


class BlocksEncoder2AttentionAttentionScores(nn.Module):
    """The part scores."""

    def __init__(self):
        super().__init__()
        self.mul = Affine(0.25, 0)
        self.softmax = nn.Softmax(dim=3)

    def forward(self, x, x2):
        x = self.mul(x)
        x = torch.matmul(x, x2.transpose(-2, -1))
        return self.softmax(x)


class BlocksEncoder2AttentionAttentionMixed(nn.Module):
    """The part mixed."""

    def __init__(self):
        super().__init__()
        self.transpose = Permute((2, 1, 3))
        self.reshape = Reshape((17, 48))

    def forward(self, x, x2):
        x = torch.matmul(x, x2)
        x = self.transpose(x)
        return self.reshape(x)


class BlocksEncoderAttentionAttention(nn.Module):
    """The part attention."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Sequential(OrderedDict(
            linear=nn.Linear(48, 144),
            reshape=Reshape((17, 3, 3, 16)),
            transpose=Permute((2, 3, 1, 4)),
        ))
        self.query = nn.Sequential(OrderedDict(
            slice=Slice(0, 1),
            reshape=Reshape((3, 17, 16)),
        ))
        self.key = nn.Sequential(OrderedDict(
            slice=Slice(1, 2),
            reshape=Reshape((3, 17, 16)),
        ))
        self.value = nn.Sequential(OrderedDict(
            slice=Slice(2, 3),
            reshape=Reshape((3, 17, 16)),
        ))
        self.scores = BlocksEncoderAttentionAttentionScores()
        self.mixed = BlocksEncoderAttentionAttentionMixed()
        self.linear = nn.Linear(48, 48)

    def forward(self, x):
        x = self.qkv(x)
        query = self.query(x)
        key = self.key(x)
        x = self.value(x)
        scores = self.scores(query, key)
        mixed = self.mixed(scores, x)
        return self.linear(mixed)


class BlocksEncoder2AttentionAttention(nn.Module):
    """The part attention."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Sequential(OrderedDict(
            linear=nn.Linear(48, 144),
            reshape=Reshape((17, 3, 3, 16)),
            transpose=Permute((2, 3, 1, 4)),
        ))
        self.query = nn.Sequential(OrderedDict(
            slice=Slice(0, 1),
            reshape=Reshape((3, 17, 16)),
        ))
        self.key = nn.Sequential(OrderedDict(
            slice=Slice(1, 2),
            reshape=Reshape((3, 17, 16)),
        ))
        self.value = nn.Sequential(OrderedDict(
            slice=Slice(2, 3),
            reshape=Reshape((3, 17, 16)),
        ))
        self.scores = BlocksEncoder2AttentionAttentionScores()
        self.mixed = BlocksEncoder2AttentionAttentionMixed()
        self.linear = nn.Linear(48, 48)

    def forward(self, x):
        x = self.qkv(x)
        query = self.query(x)
        key = self.key(x)
        x = self.value(x)
        scores = self.scores(query, key)
        mixed = self.mixed(scores, x)
        return self.linear(mixed)


class BlocksEncoder(nn.Module):
    """The part encoder."""

    def __init__(self):
        super().__init__()
        self.attention = nn.Sequential(OrderedDict(
            norm=nn.LayerNorm(48, eps=1e-06),
            attention=BlocksEncoderAttentionAttention(),
        ))
        self.mlp = nn.Sequential(OrderedDict(
            norm=nn.LayerNorm(48, eps=1e-06),
            mlp=nn.Sequential(OrderedDict(
                fc1=nn.Sequential(OrderedDict(
                    linear=nn.Linear(48, 192),
                    gelu=nn.GELU(),
                )),
                fc2=nn.Linear(192, 48),
            )),
        ))

    def forward(self, x):
        attention = self.attention(x)
        x = x + attention
        mlp = self.mlp(x)
        return x + mlp


class BlocksEncoder2(nn.Module):
    """The part encoder2."""

    def __init__(self):
        super().__init__()
        self.attention = nn.Sequential(OrderedDict(
            norm=nn.LayerNorm(48, eps=1e-06),
            attention=BlocksEncoder2AttentionAttention(),
        ))
        self.mlp = nn.Sequential(OrderedDict(
            norm=nn.LayerNorm(48, eps=1e-06),
            mlp=nn.Sequential(OrderedDict(
                fc1=nn.Sequential(OrderedDict(
                    linear=nn.Linear(48, 192),
                    gelu=nn.GELU(),
                )),
                fc2=nn.Linear(192, 48),
            )),
        ))

    def forward(self, x):
        attention = self.attention(x)
        x = x + attention
        mlp = self.mlp(x)
        return x + mlp


class Attention(nn.Module):
    """The network.

    num_classes: how many values it returns of an image
    """

    def __init__(self, num_classes=10):
        super().__init__()
        if not num_classes >= 1:
            raise ValueError(f"num_classes is {num_classes}, but must be at least 1")
        self.patches = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(3, 48, 8, stride=8),
            reshape=Reshape((48, 16)),
            transpose=Permute((2, 1)),
        ))
        self.token = Learned((1, 48), deviation=0.02)
        self.position = Learned((17, 48), deviation=0.02)
        self.blocks = nn.Sequential(OrderedDict(
            encoder=BlocksEncoder(),
            encoder2=BlocksEncoder2(),
        ))
        self.norm = nn.LayerNorm(48, eps=1e-06)
        self.logits = nn.Sequential(OrderedDict(
            slice=Slice(0, 1),
            flatten=nn.Flatten(),
            linear=nn.Linear(48, num_classes),
        ))
        self.apply(initialise)

    def forward_features(self, x):
        """What the classifier takes: [17, 48] of an image."""
        torch._assert(x.shape[2] == 32, "the image must be 32 pixels high: what is computed here depends on it")
        torch._assert(x.shape[3] == 32, "the image must be 32 pixels wide: what is computed here depends on it")
        x = self.patches(x)
        token = self.token(x)
        joined = torch.cat([token, x], dim=1)
        position = self.position(joined)
        embedded = joined + position
        blocks = self.blocks(embedded)
        return self.norm(blocks)

    def forward_head(self, x):
        """What is returned of the features."""
        return self.logits(x)

    def forward(self, x):
        return self.forward_head(self.forward_features(x))

    def set_grad_checkpointing(self, enable=True):
        """Whether training forgets what blocks compute and does it again for the gradients: less memory, more time.

        The running statistics of batch norm then see every batch twice.
        """
        for block in [*self.blocks]:
            block.__dict__.pop("forward", None)
            if enable:
                block.forward = partial(checkpoint, block.forward, use_reentrant=False)
