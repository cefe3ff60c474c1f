// Package pass rewrites graphs: a graph comes in; a graph that computes the same goes out, and how its parameters are
// derived from those of the first. What came in is never changed.
//
// There are two pipelines, each a table in the order of its passes. Canonical is portable: what it returns is what
// people wrote, and it feeds ONNX (through Export, whose passes the exporter's options choose) and PyTorch. Lowering is
// for generated Go only: it merges operations into the convolution or linear layer before them; Lower runs both. No
// pass knows a block by name; each looks for primitive operations in a row. Before either, ChooseOutputs gives a graph
// other outputs than the network's.
//
// Parameter values live outside the graph. A pass that merges parameters (batch norm into a convolution) returns
// Derivations, which make the new values of the old ones when they are asked for.
package pass

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Pass is one row of a pipeline.
type Pass struct {
	Name string // verb and object: "fold-batch-norm"
	Why  string // it stands where it stands
	// Run returns the rewritten graph, how its parameters are derived and whether anything changed.
	Run func(g *ir.Graph) (*ir.Graph, Derivations, bool)
}

// Canonical lists the passes whose result is exported.
func Canonical() []Pass {
	return []Pass{
		{"drop-unreachable", "what nobody reads must not become a parameter that a checkpoint has to hold",
			dropUnreachable},
	}
}

// Lowering lists the passes on the way from the canonical graph to generated Go.
func Lowering() []Pass {
	return []Pass{
		fixing(),
		{"drop-identities", "before all that merges: they stand between operations that the next passes want in a row",
			dropIdentities},
		{"phase-transposed", "before what merges into convolutions: with stride 1 nothing stands behind them",
			phaseTransposed},
		{"fold-batch-norm", "before the fusions: a convolution with an epilogue can fold nothing any more",
			foldBatchNorm},
		{"fold-batch-norm-of-concat",
			"after the other: a convolution takes in its own batch norm before that of what it is joined to",
			foldConcatBatchNorm},
		{"fuse-residual-add", "before activations: an epilogue adds first and activates then", fuseResidualAdd},
		{"fuse-activation", "last: it closes a convolution's epilogue", fuseActivation},
		{"drop-unreachable", "what the passes before it left unread", dropUnreachable},
	}
}

// Export lists the passes that an exporter runs over the canonical graph, by what its options ask for. Batch norm goes
// into the convolutions before it with fold; with open, the size of the network's image may be another than the
// graph's.
func Export(fold, open bool) []Pass {
	passes := cleaning()
	if fold {
		passes = append(Adjacent(),
			Pass{"fold-batch-norm-of-concat", "after the other: runtimes would not do this", foldConcatBatchNorm})
	}
	if open {
		return passes
	}
	return append([]Pass{fixing()}, passes...)
}

// Adjacent lists the passes that fold as other exporters do: batch norm goes only into the convolution right before it.
func Adjacent() []Pass {
	return append(cleaning(),
		Pass{"fold-batch-norm", "what remains is what runtimes would make of the graph themselves", foldBatchNorm})
}

// fixing is the pass before all others where sizes are what the graph says.
func fixing() Pass {
	return Pass{"fix-sizes",
		"first: an image that is read for its size alone must not be kept, nor keep passes from anything", fixSizes}
}

// cleaning lists the passes with which all exports begin.
func cleaning() []Pass {
	return []Pass{
		{"drop-unreachable",
			"before the others: what the outputs that were chosen do not need must not keep the next passes from " +
				"anything",
			dropUnreachable},
		{"drop-identities", "they stand between operations that the next passes want in a row", dropIdentities},
	}
}

// Lowered is a network on its way to generated Go.
type Lowered struct {
	Canonical *ir.Graph // whose parameters have values
	Graph     *ir.Graph // what is computed
	Derived   Derivations
}

// Lower takes a network through both pipelines. observe is that of Run.
func Lower(g *ir.Graph, observe func(name string, g *ir.Graph)) *Lowered {
	canonical, _ := Run(Canonical(), g, observe)
	lowered, derived := Run(Lowering(), canonical, observe)
	return &Lowered{canonical, lowered, derived}
}

// Values returns the values of the lowered graph's parameters from those of the canonical one's.
func (l *Lowered) Values(values params.Values) params.Values { return l.Derived.Values(values) }

// Run applies the passes in order. After each of them observe, unless nil, is called with the pass's name
// and the graph, to print or verify it.
func Run(passes []Pass, g *ir.Graph, observe func(name string, g *ir.Graph)) (*ir.Graph, Derivations) {
	var derived Derivations
	for _, p := range passes {
		after, more, _ := p.Run(g)
		g, derived = after, derived.then(more)
		if observe != nil {
			observe(p.Name, g)
		}
	}
	return g, derived
}
