package main

import (
	"io"
	"path/filepath"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/torch"
)

const torchDetails = `
The module has one class per block, takes the weights by the names that netc knows them by, and needs nothing but
PyTorch. It takes images of any size, unless what it computes depends on the size: then it refuses all others with an
error. That is so with padding "same" and a stride, a Flatten of an image, and where an expression reads a height or
width.

The network is the last class of the file. Its arguments have the variant's values as defaults: num_classes where one
number of classes is returned, drop_rate where the network has dropout of one rate, and drop_path_rate where it has
stochastic depth of one rate that is not 0. It has forward_features and forward_head where vectors are returned that are
made of one last image or sequence, and set_grad_checkpointing, which trades time for memory, where it has blocks.`

func runTorch(c *call) error {
	variant := variantFlag(c)
	out := outputFlag(c, "the Python file to write; - is standard output")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if *out == "" {
		return usagef("-o is missing")
	}
	network, err := load(file, *variant)
	if err != nil {
		return err
	}
	graph, _ := pass.Run(pass.Canonical, network.Graph, nil)
	options := torch.Options{SizeBound: network.SizeBound.IsValid(), Source: filepath.Base(file)}
	if file == standardInput {
		options.Source = "standard input"
	}
	write := func(w io.Writer) error { return torch.Write(w, graph, options) }
	return c.out.Write(output.File{Path: *out, Write: write})
}
