package main

import (
	"io"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/torch"
)

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
	graph, _ := pass.Run(pass.Canonical(), network.Graph, nil)
	return c.out.Write(output.File{Path: *out, Write: func(w io.Writer) error { return torch.Write(w, graph) }})
}
