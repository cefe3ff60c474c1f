package weights

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/names"
)

// finder finds tensors by their names, and by what these say: conv1.weight is conv1/kernel:0 where a file has Keras'
// words.
type finder struct {
	byName  map[string]*stored.Tensor
	byPlace map[string]*stored.Tensor
}

func newFinder(tensors []stored.Tensor) *finder {
	f := &finder{make(map[string]*stored.Tensor, len(tensors)), map[string]*stored.Tensor{}}
	for i, place := range names.Read(namesOf(tensors)) {
		f.byName[tensors[i].Name] = &tensors[i]
		if place.Field != "" {
			f.byPlace[place.Key()] = &tensors[i]
		}
	}
	return f
}

// find returns the tensor that a mapping calls theirs, or nil.
func (f *finder) find(theirs string) *stored.Tensor {
	if t := f.byName[theirs]; t != nil {
		return t
	}
	return f.byPlace[names.Dotted(theirs)]
}

// isSlot reports whether an optimizer keeps the tensor for another one of the file.
func (f *finder) isSlot(t *stored.Tensor) bool {
	weight, ok := names.SlotOf(t.Name)
	return ok && f.byName[weight] != nil
}

func namesOf(tensors []stored.Tensor) []string {
	all := make([]string, len(tensors))
	for i, t := range tensors {
		all[i] = t.Name
	}
	return all
}

// neutral returns the tensors that the file has for scales and shifts which the network's batch norms have not, where
// they change nothing: ones and zeros, as exporters write them. Others are surplus.
func (f *fitter) neutral(m *mapping.Mapping) map[*stored.Tensor]bool {
	all := map[*stored.Tensor]bool{}
	for _, n := range f.graph.Nodes {
		norm, ok := n.Op.(ir.BatchNorm)
		if !ok {
			continue
		}
		for role, want := range map[ir.Role]float32{ir.Scale: 1, ir.Shift: 0} {
			if role == ir.Scale && !norm.NoScale || role == ir.Shift && !norm.NoShift {
				continue
			}
			name := n.Path() + "." + role.Field()
			theirs := m.Names(append(slices.Clone(f.names), name))[name]
			if t := f.finder().find(theirs); t != nil && allEqual(t, want) {
				all[t] = true
			}
		}
	}
	return all
}

// maxNeutral bounds the vectors that are looked into.
const maxNeutral = 1 << 16

func allEqual(t *stored.Tensor, want float32) bool {
	if n, err := stored.Elements(t.Shape); err != nil || n > maxNeutral || !t.Type.Readable() {
		return false
	}
	values, err := t.Values()
	for _, v := range values {
		if v != want {
			return false
		}
	}
	return err == nil
}

// lacks says that no batch norm of the file has the vectors of a role, where all of them have their statistics: Keras
// trains such.
func (f *fitter) lacks(missing map[string]bool) string {
	for _, part := range []struct {
		role    ir.Role
		setting string
	}{{ir.Scale, "scale"}, {ir.Shift, "shift"}} {
		all, gone := 0, 0
		for _, p := range f.params {
			switch {
			case p.Param.Role == part.role && missing[p.Param.Name]:
				gone++
				all++
			case p.Param.Role == part.role:
				all++
			case p.Param.Role == ir.RunningVariance && missing[p.Param.Name]:
				return ""
			}
		}
		if all > 0 && gone == all {
			return fmt.Sprintf("The file's batch norms have no %s. "+
				"If they were trained so, say it in the network: BatchNorm(%s: false).", part.setting, part.setting)
		}
	}
	return ""
}
