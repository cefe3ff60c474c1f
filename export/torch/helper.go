package torch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// helper is a piece of Python that a file has when it uses it.
type helper int

// The helpers, in the order of the file.
const (
	initialise helper = iota
	startingHelper
	batchNorm
	vectorNorm
	layerNorm
	paddedConv
	croppedConvTranspose
	paddedMaxPool
	paddedAvgPool
	affine
	learned
	reshape
	permute
	slice
	sliceAlong
	dropPath
	hardSigmoid
	hardSwish
	holderHelper
	extendedHelper
	checkpointHelper // imports alone
	helperCount
)

// helperTexts are those whose text is the same in every file.
var helperTexts = [helperCount]string{
	startingHelper:       startingText,
	vectorNorm:           vectorNormText,
	layerNorm:            layerNormText,
	paddedConv:           paddedConvText,
	croppedConvTranspose: croppedConvTransposeText,
	paddedMaxPool:        paddedMaxPoolText,
	paddedAvgPool:        paddedAvgPoolText,
	affine:               affineText,
	learned:              learnedText,
	reshape:              reshapeText,
	permute:              permuteText,
	slice:                sliceText,
	sliceAlong:           sliceAlongText,
	dropPath:             dropPathText,
	hardSigmoid:          hardSigmoidText,
	hardSwish:            hardSwishText,
	holderHelper:         layersText,
	extendedHelper:       extendedText,
}

func (e *emitter) use(h helper) { e.uses[h] = true }

// imports writes the imports the file needs.
func (e *emitter) imports() string {
	var b strings.Builder
	body, helpers := e.allText(), e.helpers()
	if e.uses[initialise] && strings.Contains(e.initialiseText(), "math.") {
		b.WriteString("import math\n")
	}
	if strings.Contains(body, "OrderedDict(") {
		b.WriteString("from collections import OrderedDict\n")
	}
	if e.uses[checkpointHelper] {
		b.WriteString("from functools import partial\n")
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	if strings.Contains(body, "torch.") || strings.Contains(helpers, "torch.") {
		b.WriteString("import torch\n")
	}
	if strings.Contains(helpers, "F.") {
		b.WriteString("import torch.nn.functional as F\n")
	}
	b.WriteString("from torch import nn\n")
	if e.uses[checkpointHelper] {
		b.WriteString("from torch.utils.checkpoint import checkpoint\n")
	}
	return "\n" + b.String()
}

func (e *emitter) allText() string {
	var b strings.Builder
	for _, c := range e.classes {
		b.WriteString(c.body.String() + c.forward)
	}
	return b.String()
}

// helpers writes the helpers the file uses.
func (e *emitter) helpers() string {
	var b strings.Builder
	for h := range checkpointHelper {
		if e.uses[h] {
			b.WriteString("\n\n" + e.helper(h))
		}
	}
	return b.String()
}

func (e *emitter) helper(h helper) string {
	switch h {
	case initialise:
		return e.initialiseText()
	case batchNorm:
		settings, body := "", ""
		if e.someNorm(func(op ir.BatchNorm) bool { return op.NoScale }) {
			settings, body = ", scale=True", "        if not scale:\n            self.weight = None\n"
		}
		if e.someNorm(func(op ir.BatchNorm) bool { return op.NoShift }) {
			settings, body = settings+", shift=True", body+"        if not shift:\n            self.bias = None\n"
		}
		if e.someNorm(func(op ir.BatchNorm) bool { return op.Zero }) {
			settings, body = settings+", zero=False", body+"        if zero:\n            nn.init.zeros_(self.weight)\n"
		}
		return fmt.Sprintf(batchNormText, float(e.norm.Epsilon), float(e.norm.Momentum), settings, body)
	}
	return helperTexts[h]
}

// someNorm reports whether a batch norm of the network has a property.
func (e *emitter) someNorm(has func(ir.BatchNorm) bool) bool {
	return slices.ContainsFunc(e.graph.Nodes, func(n *ir.Node) bool {
		op, ok := n.Op.(ir.BatchNorm)
		return ok && has(op)
	})
}

const batchNormText = `class BatchNorm2d(nn.BatchNorm2d):
    """PyTorch's batch norm without num_batches_tracked, which nothing but a momentum of None reads."""

    def __init__(self, channels, eps=%s, momentum=%s%s):
        super().__init__(channels, eps=eps, momentum=momentum)
%s        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args):
        # The base class would add num_batches_tracked to a state_dict that lacks it, and then find it unexpected.
        nn.Module._load_from_state_dict(self, *args)
`

const paddedConvText = `class PaddedConv2d(nn.Conv2d):
    """A convolution of an image padded by pad: left, right, top, bottom."""

    def __init__(self, *args, pad, **settings):
        super().__init__(*args, **settings)
        self.pad = pad

    def forward(self, x):
        return super().forward(F.pad(x, self.pad))
`

const croppedConvTransposeText = `class CroppedConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution whose result is cut off by crop: left, right, top, bottom."""

    def __init__(self, *args, crop, **settings):
        super().__init__(*args, **settings)
        self.crop = crop

    def forward(self, x):
        return F.pad(super().forward(x), [-side for side in self.crop])
`

const paddedMaxPoolText = `class PaddedMaxPool2d(nn.MaxPool2d):
    """The maximum of each window of an image padded by pad: left, right, top, bottom. Padding never wins."""

    def __init__(self, *args, pad, **settings):
        super().__init__(*args, **settings)
        self.pad = pad

    def forward(self, x):
        return super().forward(F.pad(x, self.pad, value=float("-inf")))
`

const paddedAvgPoolText = `class PaddedAvgPool2d(nn.AvgPool2d):
    """The mean of each window of an image padded by pad: left, right, top, bottom."""

    def __init__(self, *args, pad, **settings):
        super().__init__(*args, **settings)
        self.pad = pad

    def forward(self, x):
        mean = super().forward(F.pad(x, self.pad))
        if self.count_include_pad:
            return mean
        inside = F.pad(torch.ones_like(x[:1, :1]), self.pad)
        return mean / super().forward(inside)
`

const sliceText = `class Slice(nn.Module):
    """The channels from start up to but not including end."""

    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def forward(self, x):
        return x[:, self.start : self.end]
`

const layersText = `class Layers(nn.Module):
    """Holds layers, by names that may be any, for the module around it to call."""

    def __init__(self, layers):
        super().__init__()
        self._modules.update(layers)

    def __getitem__(self, name):
        return self._modules[name]
`

const extendedText = `def extended(layer, layers):
    """Returns the layer, made to hold other layers too."""
    layer._modules.update(layers)
    return layer
`
