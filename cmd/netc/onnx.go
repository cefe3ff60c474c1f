package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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
	out := outputFlag(c, "the ONNX file to write")
	repository := c.flags.String("triton", "", "write a model repository for Triton Inference Server into the folder `R` instead")
	maxBatch := c.flags.Int("max-batch", 0, fmt.Sprintf("with --triton: put up to `N` requests into a batch (default: %d)", triton.DefaultMaxBatch))
	external := c.flags.Bool("external-data", false, "write the weights to a file of their own beside it, OUT.onnx.data")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	switch {
	case *out == "" && *repository == "":
		return usagef("-o is missing")
	case *out != "" && *repository != "":
		return usagef("-o and --triton exclude each other")
	case *maxBatch != 0 && *repository == "":
		return usagef("--max-batch belongs to --triton")
	}
	options, err := flags.options()
	if err != nil {
		return err
	}
	program, network, err := loadProgram(file, *variant)
	if err != nil {
		return err
	}
	if err := checkSize(network, options); err != nil {
		return err
	}
	graph, _ := pass.Run(pass.Canonical(), network.Graph, nil)
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
	if *repository != "" {
		serve := triton.Options{MaxBatch: *maxBatch, Labels: options.Metadata.Labels}
		if *out, err = writeRepository(model, *repository, serve); err != nil {
			return err
		}
	}
	return writeModel(c, model, *out, *external)
}

// writeRepository writes all but the model itself, and returns the path of that.
func writeRepository(model *onnx.Model, repository string, o triton.Options) (string, error) {
	files, err := triton.Files(model, o)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(repository, triton.Name(model))
	path := filepath.Join(folder, filepath.FromSlash(triton.ModelPath))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	for _, f := range files {
		err := writeFile(filepath.Join(folder, f.Path), func(w io.Writer) error {
			_, err := io.WriteString(w, f.Text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return path, nil
}

// checkSize refuses open sizes where the source computes with the size of the input.
func checkSize(network *compiler.Network, o onnx.Options) error {
	if o.DynamicSize && network.SizeBound.IsValid() {
		return wrongf("%s: what is built here depends on the size of the image, so height and width cannot be left open: use symmetric padding and no heights and widths, or leave --dynamic-size out", network.SizeBound)
	}
	return nil
}

// describe fills in where the model comes from. Folders are left out: the same file gives the same model wherever it lies.
func describe(m *onnx.Metadata, program *compiler.Program, network *compiler.Network, file string) {
	m.Version, m.Source = compiler.Version, filepath.Base(file)
	m.SourceHash, m.ImportHash = program.Hashes()
	m.Family, m.Variant = network.Family, network.Variant
}

// writeModel writes the file, or both files. The weights are renamed into place first: the model is then never without
// its own.
func writeModel(c *call, model *onnx.Model, out string, external bool) error {
	progress := newProgress(c.stderr, filepath.Base(out), model.WeightBytes())
	defer progress.finish()
	if !external {
		return writeFile(out, func(w io.Writer) error { return model.Write(w, progress.add) })
	}
	name := filepath.Base(out) + ".data"
	graph := &strings.Builder{} // small: the weights are elsewhere
	err := writeFile(filepath.Join(filepath.Dir(out), name), func(w io.Writer) error {
		return model.WriteExternal(graph, w, name, progress.add)
	})
	if err != nil {
		return err
	}
	return writeFile(out, func(w io.Writer) error {
		_, err := io.WriteString(w, graph.String())
		return err
	})
}

// readLabels reads the names of the classes, one a line.
func readLabels(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !isText(text) {
		return nil, wrongf("%s: labels are text, one name a line", path)
	}
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			return nil, wrongf("%s:%d: the label is empty", path, i+1)
		}
	}
	return lines, nil
}
