package torch

// Helpers for tensors of any rank. Axes count the batch in.

const vectorNormText = `class BatchNorm1d(BatchNorm2d):
    """The same for vectors."""

    def _check_input_dim(self, x):
        nn.BatchNorm1d._check_input_dim(self, x)
`

const layerNormText = `class LayerNorm(nn.LayerNorm):
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
`

const affineText = `class Affine(nn.Module):
    """Multiplies by a number and adds one."""

    def __init__(self, factor, offset):
        super().__init__()
        self.factor, self.offset = factor, offset

    def forward(self, x):
        return x * self.factor + self.offset
`

const learnedText = `class Learned(nn.Module):
    """A tensor that is learned, for each element of the batch of what it is called with."""

    def __init__(self, shape, value=0, deviation=0):
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, float(value)) + deviation * torch.randn(shape))

    def forward(self, x):
        return self.weight.expand(x.shape[0], *self.weight.shape)
`

const reshapeText = `class Reshape(nn.Module):
    """Gives each element of the batch another shape."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(x.shape[0], *self.shape)
`

const permuteText = `class Permute(nn.Module):
    """Puts the axes behind the batch into another order."""

    def __init__(self, order):
        super().__init__()
        self.order = order

    def forward(self, x):
        return x.permute(0, *self.order)
`

const sliceAlongText = `class SliceAlong(nn.Module):
    """The elements from start up to but not including end along an axis."""

    def __init__(self, axis, start, end):
        super().__init__()
        self.axis, self.start, self.end = axis, start, end

    def forward(self, x):
        return x.narrow(self.axis, self.start, self.end - self.start)
`

const dropPathText = `class DropPath(nn.Module):
    """Stochastic depth, arXiv:1603.09382: while training, each image of a batch loses all of x with the probability
    rate, and what is left is divided by 1 - rate."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        left = 1 - self.rate
        return x * x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(left).div_(left)

    def extra_repr(self):
        return f"rate={self.rate}"
`
