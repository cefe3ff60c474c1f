// Package weights joins a checkpoint and a graph: it finds the tensor of every parameter, whatever project's names the checkpoint uses.
//
// An open checkpoint, a graph and the mappings that may apply come in (Bind); a Binding goes out, which lists what was found and
// reads the values when they are asked for.
package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
)

// Options say how names are translated and what may differ.
type Options struct {
	// Mappings are tried, as are the network's own names; exactly one of them must fit.
	Mappings []*mapping.Mapping
	// Mapping, when not nil, is the only one.
	Mapping *mapping.Mapping
	// State is the path of the weights among several in the checkpoint: "state_dict_ema".
	State string
	// Reinit lists parameters, or beginnings of their names, that are initialised from Seed and not read.
	Reinit []string
	Seed   uint64
	// AllowNonFinite accepts NaN and infinite values.
	AllowNonFinite bool
}

// Bound is one parameter and its tensor.
type Bound struct {
	Param  *ir.Param
	Tensor *stored.Tensor // nil: filled or initialised
	node   *ir.Node
	fill   *float32 // the value of all elements, where there is no tensor
}

// Initialised reports whether the value is not the checkpoint's but a seed's.
func (b Bound) Initialised() bool { return b.Tensor == nil && b.fill == nil }

// Reshaped reports whether the tensor has another shape with the same elements in the same order, as the weight of a
// linear layer in place of a convolution of single pixels.
func (b Bound) Reshaped() bool { return b.Tensor != nil && !sameShape(b.Tensor.Shape, b.Param.Shape) }

// Binding says where the value of every parameter comes from. It reads the checkpoint, which must stay open.
type Binding struct {
	Format  string // of the checkpoint, for people
	State   string // the part of the checkpoint that is used; "" for all of it
	Mapping *mapping.Mapping
	Prefix  string   // that all names had and lost: "module."
	Bound   []Bound  // in the order of the graph
	Passed  []string // tensors that nothing asks for
	Folded  bool     // the checkpoint has each batch norm merged into the convolution before it
	options Options
	byName  map[string]int
}

// Bind finds the tensor of every parameter. Batch norms that an exporter merged into convolutions become ones that add the bias. The error is a *FitError when the tensors do not fit.
func Bind(c *stored.Checkpoint, g *ir.Graph, o Options) (*Binding, error) {
	state, err := chooseState(c, o.State)
	if err != nil {
		return nil, err
	}
	f := &fitter{graph: g, options: o}
	if err := f.readParams(); err != nil {
		return nil, err
	}
	if f.tensors, f.prefix, err = index(state.Tensors); err != nil {
		return nil, err
	}
	candidates := append([]*mapping.Mapping{mapping.Identity()}, o.Mappings...)
	if o.Mapping != nil {
		candidates = []*mapping.Mapping{o.Mapping}
	}
	b, err := f.choose(candidates)
	if err != nil {
		if b = f.bindFolded(candidates); b == nil {
			return nil, err
		}
	}
	b.Format, b.State = c.Format, state.Name
	return b, nil
}

// Read opens a checkpoint that has the network's own names and reads it whole.
func Read(path string, g *ir.Graph) (params.Set, error) {
	c, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	b, err := Bind(c, g, Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	set, err := b.Load()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return set, nil
}

// chooseState returns the state of a name, or the only one.
func chooseState(c *stored.Checkpoint, name string) (stored.State, error) {
	var names []string
	for _, s := range c.States {
		if name != "" && s.Name == name || name == "" && len(c.States) == 1 {
			return s, nil
		}
		if s.Name == "" {
			s.Name = "the outermost dictionary"
		}
		names = append(names, s.Name)
	}
	list := strings.Join(names, ", ")
	switch {
	case name != "" && len(c.States) == 1 && c.States[0].Name == "":
		return stored.State{}, fmt.Errorf("the checkpoint has no part %q: it holds one set of weights; leave --state out", name)
	case name != "":
		return stored.State{}, fmt.Errorf("the checkpoint has no part %q; its parts with weights are %s", name, list)
	case len(names) == 0:
		return stored.State{}, fmt.Errorf("the checkpoint has no tensors")
	}
	if len(list) > 1000 {
		list = list[:1000] + "…"
	}
	return stored.State{}, fmt.Errorf("the checkpoint has several sets of weights: choose one with --state: %s", list)
}

// wrappers are beginnings that training tools put before every name: DataParallel, torch.compile, and common fields that hold the
// network.
var wrappers = []string{"module.", "_orig_mod.", "model.", "state_dict.", "net.", "network."}

// index returns the tensors by name without a beginning that all of them share and that is a wrapper's.
func index(tensors []stored.Tensor) (byName []stored.Tensor, prefix string, err error) {
	kept := slices.DeleteFunc(slices.Clone(tensors), func(t stored.Tensor) bool { return isCounter(t.Name) })
	for len(kept) > 0 {
		at := slices.IndexFunc(wrappers, func(w string) bool {
			return !slices.ContainsFunc(kept, func(t stored.Tensor) bool { return !strings.HasPrefix(t.Name, w) })
		})
		if at < 0 {
			break
		}
		prefix += wrappers[at]
		for i := range kept {
			kept[i].Name = strings.TrimPrefix(kept[i].Name, wrappers[at])
		}
	}
	seen := map[string]bool{}
	for _, t := range kept {
		if seen[t.Name] {
			return nil, "", fmt.Errorf("the tensor %s occurs twice", stored.Quote(t.Name))
		}
		seen[t.Name] = true
	}
	return kept, prefix, nil
}

// isCounter reports whether a tensor only counts batches or models: PyTorch's batch norm and its averaged models have such.
func isCounter(name string) bool {
	return name == "n_averaged" || name == "num_batches_tracked" || strings.HasSuffix(name, ".num_batches_tracked")
}

// WrongEpsilon reports whether the project that the mapping is for has another epsilon in the network's batch norms.
func (b *Binding) WrongEpsilon(g *ir.Graph) (want, got float64, wrong bool) {
	want, known := b.Mapping.Epsilon(g.Name)
	if !known {
		return 0, 0, false
	}
	for _, n := range g.Nodes {
		if norm, ok := n.Op.(ir.BatchNorm); ok && norm.Epsilon != want {
			return want, norm.Epsilon, true
		}
	}
	return 0, 0, false
}
