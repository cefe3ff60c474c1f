package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

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
