package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx/conform"
	"github.com/netc-lang/netc/export/onnx/remote"
	"github.com/netc-lang/netc/export/onnx/verify"
)

const verifyDetails = `With --source, every step of the model is compared with the network's; with --onnxruntime, its
outputs are compared with those that ONNX Runtime computes. Without either, the structure alone is checked.

` + onnxRuntimeDetails

func runVerify(c *call) error {
	source := c.flags.String("source", "", "the architecture `F`ile that the model must agree with")
	chosen := variantFlag(c) // without it, the variant that the model names
	weights := newWeightFlags(c)
	program := onnxRuntimeFlag(c, "that runs the model in ONNX Runtime, to compare the outputs")
	path, err := c.parseOne()
	if err != nil {
		return err
	}
	if err := needsSource(c, *source); err != nil {
		return err
	}
	onnxRuntime, err := startONNXRuntime(c, *program)
	if err != nil {
		return err
	}
	m, err := verify.ReadFile(path)
	if err != nil {
		return err
	}
	sizes := m.DefaultSizes()
	sizes.Batch = 1
	fmt.Fprintf(c.stdout, "%s: opset %d, %d operations, written by %s\n", path, m.Opset, len(m.Graph.Nodes),
		verify.Printable(producer(m)))
	f := verified{path: path, model: m, sizes: sizes, report: m.Check(sizes)}
	if err := showReport(c, path, f.report); err != nil {
		return err
	}
	if *source == "" && onnxRuntime == nil {
		fmt.Fprintf(c.stdout, "values: not compared; give --source or --onnxruntime\n")
	}
	if *source != "" {
		if err := f.againstSource(c, *source, *chosen, weights); err != nil {
			return verdict(path, err)
		}
	}
	if onnxRuntime != nil {
		return verdict(path, f.againstRuntime(c, onnxRuntime))
	}
	return nil
}

// verified is a file whose structure is right, and what is known of it.
type verified struct {
	path   string
	model  *verify.Model
	sizes  verify.Sizes // for which it is checked
	report *verify.Report
}

// needsSource refuses flags that say something about the source where there is none.
func needsSource(c *call, source string) error {
	var lonely string
	c.flags.Visit(func(f *flag.Flag) {
		if f.Name != "source" && f.Name != "onnxruntime" && lonely == "" {
			lonely = f.Name
		}
	})
	if source == "" && lonely != "" {
		return usagef("--%s says what the source is: it needs --source", lonely)
	}
	return nil
}

func producer(m *verify.Model) string {
	if m.Producer == "" {
		return "an unknown program"
	}
	return strings.TrimSpace(m.Producer + " " + m.ProducerVersion)
}

// showReport prints what the check has found. What is wrong, or not covered, is the error.
func showReport(c *call, path string, report *verify.Report) error {
	for _, note := range report.Notes {
		fmt.Fprintf(c.stdout, "note: %s\n", note)
	}
	list := func(texts []string) string { return strings.Join(texts, "\n  ") }
	switch {
	case len(report.Problems) > 0:
		return wrongf("%s is wrong:\n  %s", path, list(report.Problems))
	case len(report.Uncovered) > 0:
		return uncoveredError{
			fmt.Sprintf("%s is not covered, which does not mean that it is wrong:\n  %s", path,
				list(report.Uncovered)),
		}
	}
	fmt.Fprintf(c.stdout, "structure: right; %d values have the types and shapes that are declared\n", report.Values)
	return nil
}

// verdict tells errors about what is wrong from those about what cannot be compared.
func verdict(path string, err error) error {
	if err != nil && verify.IsUncovered(err) {
		return uncoveredError{fmt.Sprintf("%s: not covered: %v", path, err)}
	}
	return err
}

// againstSource holds the model against its source.
func (f *verified) againstSource(c *call, file string, chosen choice, weights weightFlags) error {
	m := f.model
	if chosen.variant == "" && chosen.as == "" {
		chosen.variant = m.Property("variant")
	}
	network, err := load(file, chosen)
	if err != nil {
		return err
	}
	graph, _ := pass.Run(pass.Canonical, network.Graph, nil)
	set, _, err := weights.values(c, target{file, chosen, network, graph})
	if err != nil {
		return err
	}
	var features []string
	if list := m.Property("features"); list != "" {
		features = strings.Split(list, ",")
	}
	if graph, err = pass.ChooseOutputs(graph, features); err != nil {
		return wrongf("%s: the model says what its features are, but %w", file, err)
	}
	graph, _ = pass.Run(pass.Canonical, graph, nil)
	defer busy(c.stderr, "evaluating the model and the source")()
	result, err := conform.Against(m, f.report, f.sizes, conform.Source{Graph: graph, Set: set})
	if err != nil {
		return wrongOrUncovered(fmt.Sprintf("%s: ", file), err)
	}
	fmt.Fprintf(c.stdout,
		"values: %d steps agree with the source, each on the same inputs, to %s of its largest value\n", result.Steps,
		strconv.FormatFloat(result.Worst, 'g', 2, 64))
	for _, output := range result.Outputs {
		fmt.Fprintf(c.stdout, "values: %s agrees with the source, %s\n", verify.Printable(output), file)
	}
	return nil
}

// wrongOrUncovered puts a place before an error without losing which of the two it is.
func wrongOrUncovered(prefix string, err error) error {
	if verify.IsUncovered(err) {
		return verify.Uncovered("%s%v", prefix, err)
	}
	return fmt.Errorf("%s%w", prefix, err)
}

// againstRuntime holds what ONNX Runtime computes against what the file says.
func (f *verified) againstRuntime(c *call, onnxRuntime *remote.Program) error {
	m := f.model
	input, err := conform.NewInput(m, f.sizes)
	if err != nil {
		return err
	}
	theirs, err := runtimeOutputs(onnxRuntime, f.path, m, input)
	if err != nil {
		return err
	}
	defer busy(c.stderr, "evaluating the model")()
	worst, err := conform.Outputs(m, input, "ONNX Runtime", theirs)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "values: the outputs agree with ONNX Runtime to %s of their largest\n",
		strconv.FormatFloat(worst, 'g', 2, 64))
	return nil
}
