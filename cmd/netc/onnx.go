package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/triton"
)

func runONNX(c *call) error {
	defer uncollected()()
	variant := variantFlag(c)
	weights := newWeightFlags(c)
	flags := newONNXFlags(c)
	out := outputFlag(c, "the ONNX file to write; - is standard output")
	repository := c.flags.String("triton", "",
		"write a model repository for Triton Inference Server into the folder `R` instead")
	maxBatch := c.flags.Int("max-batch", 0,
		fmt.Sprintf("with --triton: put up to `N` requests into a batch (default: %d)", triton.DefaultMaxBatch))
	external := c.flags.Bool("external-data", false,
		"write the weights to a file of their own beside it, OUT.onnx.data")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if err := checkONNXFiles(*out, *repository, *maxBatch, *external); err != nil {
		return err
	}
	options, err := flags.options(c)
	if err != nil {
		return err
	}
	if err := weights.asked(c); err != nil {
		return err
	}
	if options.Normalisation, err = variant.normalised(options.Normalisation); err != nil {
		return err
	}
	program, network, err := loadProgram(file, *variant)
	if err != nil {
		return err
	}
	if err := checkSize(network, options); err != nil {
		return err
	}
	graph, _ := pass.Run(pass.Canonical, network.Graph, nil)
	values, _, err := weights.lazy(c, target{file, *variant, network, graph})
	if err != nil {
		return err
	}
	describe(&options.Metadata, program, network, file)
	options.Metadata.Weights = weights.short()
	model, err := onnx.Build(graph, values, options)
	if err != nil {
		return err
	}
	if *weights.path != "" {
		if err := warnOfRange(c, model, options); err != nil {
			return err
		}
	}
	if *repository != "" {
		serve := triton.Options{MaxBatch: *maxBatch, Labels: options.Metadata.Labels}
		return writeRepository(c, model, *repository, serve, *external)
	}
	return writeModel(c, model, *out, *external)
}

// checkONNXFiles holds what the command is to write against itself.
func checkONNXFiles(out, repository string, maxBatch int, external bool) error {
	switch {
	case out == "" && repository == "":
		return usagef("-o is missing")
	case out != "" && repository != "":
		return usagef("-o and --triton exclude each other")
	case maxBatch != 0 && repository == "":
		return usagef("--max-batch belongs to --triton")
	case external && output.IsStream(out):
		return usagef("--external-data writes a second file beside the first: -o cannot be %s", out)
	case repository != "" && output.IsStream(repository):
		return usagef("a repository is a folder: --triton cannot be %s", repository)
	}
	return nil
}

// warnOfRange says where values leave the range of 16 bits.
func warnOfRange(c *call, model *onnx.Model, o onnx.Options) error {
	stop := busy(c.stderr, "evaluating the network in "+o.Type.String())
	err := model.CheckRange()
	stop()
	var outside *onnx.RangeError
	switch {
	case errors.As(err, &outside):
		fmt.Fprintf(c.stderr, "netc: warning: on an image of noise, %v; write another --dtype\n", outside)
	case errors.Is(err, onnx.ErrRangeUnknown):
		fmt.Fprintf(c.stderr, "netc: whether values leave the range of %s was not looked at: %v; "+
			"netc verify --source tells\n",
			o.Type, err)
	default:
		return err
	}
	return nil
}

// checkSize refuses open sizes where the source computes with the size of the input.
func checkSize(network *compiler.Network, o onnx.Options) error {
	if o.DynamicSize && network.SizeBound.IsValid() {
		return wrongf("%s: what is built here depends on the size of the image, so height and width cannot be "+
			"left open: "+
			"use symmetric padding and no heights and widths, or leave --dynamic-size out", network.SizeBound)
	}
	return nil
}

// describe fills in where the model comes from. Folders are left out: the same file gives the same model wherever it
// lies.
func describe(m *onnx.Metadata, program *compiler.Program, network *compiler.Network, file string) {
	m.Version, m.Source = compiler.Version, filepath.Base(file)
	m.SourceHash, m.ImportHash = program.Hashes()
	m.Family, m.Variant = network.Family, network.Variant
}
