package main

import (
	"fmt"
	"io"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/codegen/golang"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

const packDetails = `
The file is for packages that netc gen has written of the same architecture and variant, with the same settings: their
Open, Read and Swap take it. It begins with lines of text that say what it is.

    netc gen  --variant b0 --weights-file -o network efficientnet.net      the code, once
    netc pack --variant b0 --weights W -o weights.bin efficientnet.net     weights, as often as there are new ones

An OUT that is in use is replaced as a whole, by renaming: who has it open keeps what was there.`

func runPack(c *call) error {
	variant := variantFlag(c)
	weights := newWeightFlags(c)
	passes := newPassFlags(c)
	features := newFeatureFlags(c)
	dtype := weightsTypeFlag(c)
	out := outputFlag(c, "the file of weights to write; - is standard output")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if *out == "" {
		return usagef("-o is missing")
	}
	if err := weights.asked(c); err != nil {
		return err
	}
	if err := passes.check(pass.Canonical | pass.Lowering); err != nil {
		return err
	}
	outputs, err := features.read(c)
	if err != nil {
		return err
	}
	packed, err := packing{file: file, chosen: variant, weights: weights, passes: passes, features: outputs,
		options: []plan.Option{plan.WithWeights(*dtype)}}.pack(c)
	if err != nil {
		return err
	}
	packedFile := golang.Pack(packed.plan, packed.from)
	return c.out.Write(output.File{Path: *out, Write: func(w io.Writer) error {
		_, err := w.Write(packedFile.Data)
		return err
	}})
}

// packing is what gen and pack ask of a network: which one, with which weights and outputs.
type packing struct {
	file     string
	chosen   *choice
	weights  weightFlags
	passes   passFlags
	features []string // the outputs, unless they are the network's own
	bare     bool     // the code alone is wanted: zeros take the weights' place
	options  []plan.Option
}

// packed is a network that is planned, with its weights, and says where it comes from.
type packed struct {
	network *compiler.Network
	plan    *plan.Plan
	from    golang.Origin
}

// pack builds a network, finds its weights and plans it.
func (p packing) pack(c *call) (*packed, error) {
	program, network, err := loadProgram(p.file, *p.chosen)
	if err != nil {
		return nil, err
	}
	from := golang.Origin{
		Variant: network.Variant, Source: sourceOf(program, p.file), Generator: "netc v" + compiler.Version,
	}
	graph := network.Graph
	whole, _ := pass.Run(pass.Canonical, graph, nil) // what checkpoints are of
	if len(p.features) > 0 {
		if graph, err = pass.ChooseOutputs(whole, p.features); err != nil {
			return nil, err
		}
	}
	lowered := pass.Lower(graph, p.passes.observer(graph)) // before weights: it shows why some do not fit
	values := params.Values(zeros)
	if !p.bare {
		if values, _, err = p.weights.lazy(c, target{p.file, *p.chosen, network, whole}); err != nil {
			return nil, err
		}
		if from.Checkpoint, err = p.weights.identity(); err != nil {
			return nil, err
		}
	}
	defer busy(c.stderr, "packing weights")()
	planned, err := plan.Build(lowered, values, p.options...)
	if err != nil {
		return nil, err
	}
	return &packed{network, planned, from}, nil
}

// zeros are values of parameters for who looks at none.
func zeros(*ir.Param) (params.Reader, error) {
	return func(to []float32) error {
		clear(to)
		return nil
	}, nil
}

// sourceOf says in generated code where it comes from: the architecture's file and its hash, and that of its own
// imports together, where it has any.
func sourceOf(program *compiler.Program, file string) string {
	hash, imports := program.OwnHashes()
	source := fmt.Sprintf("%s sha256:%s", sourceName(file), hash)
	if imports != "" {
		source += " with imports sha256:" + imports
	}
	return source
}
