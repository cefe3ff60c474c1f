package torch

import (
	"errors"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Objects of classes are not made. This file says what is known of them without that: which stand for tensors, which
// have tensors in them, and which are modules, whose weights have names all the same.

// tensorMakers are functions of PyTorch's that make tensors of kinds that are not read.
var tensorMakers = map[string]bool{
	"torch._utils._rebuild_sparse_tensor":          true,
	"torch._utils._rebuild_sparse_csr_tensor":      true,
	"torch._utils._rebuild_qtensor":                true,
	"torch._utils._rebuild_nested_tensor":          true,
	"torch._utils._rebuild_meta_tensor_no_storage": true,
	"torch._utils._rebuild_wrapper_subclass":       true,
	"torch._tensor._rebuild_from_type":             true,
	"torch._tensor._rebuild_from_type_v2":          true,
}

// maxInside bounds how deep in an object tensors are looked for.
const maxInside = 8

// holdsTensor reports whether a tensor, a storage or NumPy's array is somewhere in a value.
func (c *collector) holdsTensor(value any, depth int) bool {
	if depth > maxInside || !c.visit() {
		return false
	}
	some := func(values []any) bool {
		for _, v := range values {
			if c.holdsTensor(v, depth+1) {
				return true
			}
		}
		return false
	}
	pairs := func(items []pickle.Item) bool {
		for _, item := range items {
			if c.holdsTensor(item.Value, depth+1) {
				return true
			}
		}
		return false
	}
	switch v := value.(type) {
	case *storage, *tensor, *foreign:
		return true
	case pickle.Tuple:
		return some(v)
	case *pickle.List:
		return some(v.Items)
	case *pickle.Dict:
		return pairs(v.Items)
	case *pickle.Object:
		return isArray(v) || some(v.Args) || some(v.List) || pairs(v.Items) ||
			c.holdsTensor(v.State, depth+1)
	}
	return false
}

// scripted begins the classes of TorchScript, whose attributes are parameters and modules by their names.
const scripted = "__torch__."

// isModule reports whether an object is a module of PyTorch's: by its attributes, as any project's classes may be. Many
// objects can have the same attributes, so looking through them counts.
func (c *collector) isModule(o *pickle.Object) bool {
	d, ok := o.State.(*pickle.Dict)
	if !ok || !c.visitAll(len(d.Items)) {
		return false
	}
	if strings.HasPrefix(o.Class, scripted) {
		return true
	}
	_, okParameters := d.Get("_parameters").(*pickle.Dict)
	_, okModules := d.Get("_modules").(*pickle.Dict)
	return okParameters && okModules
}

// How deep modules may be nested, and how many tensors they may have: one module can be met in many places.
const (
	maxModules = 64
	maxTensors = 1 << 17
)

// module adds the state of a module that was saved whole, under the names that its state_dict() has:
//
//	torch.save(model, FILE)                 torch.jit.save(model, FILE)
//	    _parameters {weight: tensor}            weight: tensor
//	    _buffers    {running_mean: tensor}      running_mean: tensor
//	    _modules    {conv: object}              conv: object
func (c *collector) module(path string, o *pickle.Object) error {
	state := stored.State{Name: path}
	if err := c.moduleTensors(&state, "", o, 0); err != nil {
		return err
	}
	for _, t := range state.Tensors {
		if mayBeWeight(t.Type) {
			c.states = append(c.states, state)
			break
		}
	}
	return nil
}

func (c *collector) moduleTensors(to *stored.State, prefix string, o *pickle.Object, depth int) error {
	if depth > maxModules || len(prefix) > maxPath || !c.visit() {
		return errors.New("its modules are nested too deeply, or contain themselves")
	}
	attributes := o.State.(*pickle.Dict)
	groups := []*pickle.Dict{attributes}
	var passed map[string]bool
	if !strings.HasPrefix(o.Class, scripted) {
		groups = nil
		for _, name := range []string{"_parameters", "_buffers", "_modules"} {
			if d, ok := attributes.Get(name).(*pickle.Dict); ok {
				groups = append(groups, d)
			}
		}
		passed = c.setOf(attributes.Get("_non_persistent_buffers_set"))
	}
	for _, group := range groups {
		for _, item := range group.Items {
			key, ok := item.Key.(string)
			if !ok || passed[key] || !c.visit() {
				continue
			}
			if t, ok := c.tensor(prefix+key, item.Value); ok {
				if len(to.Tensors) == maxTensors {
					return fmt.Errorf("its modules have over %d tensors, the limit", maxTensors)
				}
				to.Tensors = append(to.Tensors, t)
			} else if inner, ok := item.Value.(*pickle.Object); ok && c.isModule(inner) {
				if err := c.moduleTensors(to, prefix+key+".", inner, depth+1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// setOf returns the strings in a set, which older protocols write as set([…]).
func (c *collector) setOf(value any) map[string]bool {
	if o, ok := value.(*pickle.Object); ok && len(o.Args) == 1 {
		value = o.Args[0]
	}
	list, ok := value.(*pickle.List)
	if !ok || !c.visitAll(len(list.Items)) {
		return nil
	}
	set := map[string]bool{}
	for _, item := range list.Items {
		if name, ok := item.(string); ok {
			set[name] = true
		}
	}
	return set
}
