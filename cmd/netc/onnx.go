package main

import (
	"io"

	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx"
)

func runONNX(c *call) error {
	variant := variantFlag(c)
	weights := newWeightFlags(c)
	out := outputFlag(c, "the ONNX file to write")
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
	graph, _ := pass.Run(pass.Canonical(), network.Graph, nil, nil)
	set, _, err := weights.values(c, graph)
	if err != nil {
		return err
	}
	return writeFile(*out, func(w io.Writer) error { return onnx.Write(w, graph, set) })
}
