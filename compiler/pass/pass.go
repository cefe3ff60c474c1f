// Package pass rewrites graphs: a graph comes in; a graph that computes the same goes out, and how its parameters are
// derived from those of the first. What came in is never changed.
//
// There is one table of passes, in the order in which they run, and a pipeline is those rows of it that are in it.
// Canonical is portable: what it returns is what people wrote, and it feeds ONNX (through Export, whose passes the
// exporter's options choose) and PyTorch. Lowering is for generated Go only: it merges operations into the convolution
// or linear layer before them; Lower runs both. No pass knows a block by name; each looks for primitive operations in a
// row. Before either, ChooseOutputs gives a graph other outputs than the network's.
//
// Parameter values live outside the graph. A pass that merges parameters (batch norm into a convolution) returns
// Derivations, which make the new values of the old ones when they are asked for.
package pass

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Pass is a row of the table.
type Pass struct {
	Name string   // verb and object: "fold-batch-norm"
	Why  string   // it is there
	In   Pipeline // the pipelines that have it
	// run edits the draft of a graph, and reports whether it changed anything.
	run func(*draft) (changed bool)
}

// Pipeline is a set of passes. A union of pipelines has the passes of each.
type Pipeline uint8

// The pipelines, and the parts that Export puts its own together from.
const (
	Canonical     Pipeline = 1 << iota // what is exported
	Lowering                           // the way from the canonical graph to generated Go
	tidy                               // exports: nothing that computes nothing
	sized                              // exports whose image has the graph's size and no other
	foldsAdjacent                      // exports that fold batch norm into the convolution right before it
	foldsJoined                        // and into those that are joined before it
)

// Adjacent folds as other exporters do: batch norm goes only into the convolution right before it.
const Adjacent = tidy | foldsAdjacent

// Export returns what an exporter runs over the canonical graph, by what its options ask for. Batch norm goes into the
// convolutions before it with fold; with open, the size of the network's image may be another than the graph's.
func Export(fold, open bool) Pipeline {
	p := tidy
	if fold {
		p |= foldsAdjacent | foldsJoined
	}
	if !open {
		p |= sized
	}
	return p
}

// passes is the table.
var passes = []Pass{
	{"fix-sizes", "an image that is read for its size alone must not be kept, nor keep other passes from anything",
		Lowering | sized, fixSizes},
	{"drop-unreachable", "what nobody reads must not become a parameter that a checkpoint has to hold",
		Canonical | Lowering | tidy, dropUnreachable},
	{"drop-identities", "they stand between operations that other passes want in a row",
		Lowering | tidy, dropIdentities},
	{"phase-transposed", "the kernels that there are compute a transposed convolution as a convolution",
		Lowering, phaseTransposed},
	{"fold-batch-norm", "a factor and an offset that weights and bias can take in cost nothing",
		Lowering | foldsAdjacent, foldBatchNorm},
	{"fold-batch-norm-of-concat", "the same, where runtimes would not do it themselves",
		Lowering | foldsJoined, foldBatchNormOfConcat},
	{"fuse-residual-add", "what is in registers is added before it is stored", Lowering, fuseResidualAdd},
	{"fuse-activation", "and activated", Lowering, fuseActivation},
}

// constraint says that a pass stands before another in the table, and why.
type constraint struct{ first, then, why string }

// order is all that the table's order has to obey. TestOrder holds it to that, shows a graph for each line which comes
// out otherwise where the two are exchanged, and that neighbours without a line may be.
var order = []constraint{
	{"fix-sizes", "drop-unreachable", "what is read for its size alone is unreachable only then"},
	{"drop-unreachable", "fold-batch-norm", "a reader that nobody needs keeps a convolution from folding"},
	{"drop-identities", "fold-batch-norm", "an identity may stand between the two"},
	{"phase-transposed", "fold-batch-norm", "with stride 1 nothing stands behind the convolution that it makes"},
	{"fold-batch-norm", "fold-batch-norm-of-concat",
		"a convolution takes in its own batch norm before that of what it is joined to"},
	{"fold-batch-norm", "fuse-residual-add", "a batch norm may stand between the two"},
	{"fold-batch-norm-of-concat", "fuse-activation", "a batch norm may stand between the two"},
	{"fuse-residual-add", "fuse-activation", "an epilogue adds first and activates then"},
}

// Passes lists the passes of a pipeline, in order.
func (p Pipeline) Passes() []Pass {
	var in []Pass
	for _, row := range passes {
		if row.In&p != 0 {
			in = append(in, row)
		}
	}
	return in
}

// Lowered is a network on its way to generated Go.
type Lowered struct {
	Canonical *ir.Graph // whose parameters have values
	Graph     *ir.Graph // what is computed
	Derived   Derivations
}

// Lower takes a network through both pipelines. observe is that of Run.
func Lower(g *ir.Graph, observe func(name string, g *ir.Graph)) *Lowered {
	canonical, _ := Run(Canonical, g, observe)
	lowered, derived := Run(Lowering, canonical, observe)
	return &Lowered{canonical, lowered, derived}
}

// Values returns the values of the lowered graph's parameters from those of the canonical one's.
func (l *Lowered) Values(values params.Values) params.Values { return l.Derived.Values(values) }

// Run applies the passes of a pipeline in order. After each of them observe, unless nil, is called with the pass's name
// and the graph, which is the one before where the pass changed nothing, to print or verify it.
func Run(p Pipeline, g *ir.Graph, observe func(name string, g *ir.Graph)) (*ir.Graph, Derivations) {
	return runAll(p.Passes(), g, observe)
}

func runAll(passes []Pass, g *ir.Graph, observe func(name string, g *ir.Graph)) (*ir.Graph, Derivations) {
	var derived Derivations
	for _, p := range passes {
		if d := newDraft(g); p.run(d) {
			g, derived = d.build(), derived.then(d.derived)
		}
		if observe != nil {
			observe(p.Name, g)
		}
	}
	return g, derived
}
