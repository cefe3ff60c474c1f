package torch

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// How deep in dictionaries a state is looked for, how long the path there may be, and how many values are looked at in
// all: a tuple of tuples can be met more often than there are bytes in the file.
const (
	maxDepth  = 8
	maxPath   = 300
	maxVisits = 4 << 20
)

// states finds every dictionary with weights, and every module that was saved whole. What lies under keys that are no
// strings, as an optimizer's state does, is passed over; so are objects of classes that mean nothing here.
func states(value any) ([]stored.State, error) {
	c := collector{seen: map[any]bool{}}
	if err := c.collect("", value, 0); err != nil {
		return nil, err
	}
	if c.visits > maxVisits {
		return nil, fmt.Errorf("its structure has over %d values, the limit", maxVisits)
	}
	if len(c.states) > 0 {
		return c.states, nil
	}
	return nil, c.nothing(value)
}

// nothing says why a value has no dictionary of tensors.
func (c *collector) nothing(value any) error {
	what := "it has no dictionary of tensors"
	d, isDict := value.(*pickle.Dict)
	_, isTensor := value.(*tensor)
	o, isObject := value.(*pickle.Object)
	switch {
	case c.opaque != nil:
		what = fmt.Sprintf("its tensors are in %s, which netc does not make or look into", pickle.Describe(c.opaque))
	case isDict && d.Get("param_groups") != nil:
		what = "it is an optimizer's state, which has no weights"
	case isTensor:
		what = "it is one tensor without a name"
	case c.holdsTensor(value, 0):
		what = "its tensors are in no dictionary by their names, but in lists or under numbers"
	case isObject:
		what = fmt.Sprintf("it is %s and has no dictionary of tensors", pickle.Describe(o))
	}
	return errors.New(what + ": write the weights with torch.save(model.state_dict(), FILE)")
}

type collector struct {
	states []stored.State
	seen   map[any]bool   // dictionaries, lists and objects: a pickle can contain itself
	opaque *pickle.Object // the first object that was passed over and has tensors in it
	visits int
}

// visit counts a value that is looked at, and reports whether there may be more.
func (c *collector) visit() bool { return c.visitAll(1) }

func (c *collector) visitAll(n int) bool {
	c.visits += n
	return c.visits <= maxVisits
}

func (c *collector) collect(path string, value any, depth int) error {
	if depth > maxDepth || len(path) > maxPath || !c.visit() {
		return nil
	}
	switch v := value.(type) {
	case *pickle.Dict:
		if c.seen[v] {
			return nil
		}
		c.seen[v] = true
		return c.dict(path, v, depth)
	case *pickle.List:
		if c.seen[v] {
			return nil
		}
		c.seen[v] = true
		return c.items(path, v.Items, depth)
	case pickle.Tuple:
		return c.items(path, v, depth)
	case *pickle.Object:
		if c.seen[v] {
			return nil
		}
		c.seen[v] = true
		if c.isModule(v) {
			return c.module(path, v)
		}
		if c.opaque == nil && c.holdsTensor(v, 0) {
			c.opaque = v
		}
	}
	return nil
}

// items looks into a list: torch.save([model.state_dict(), epoch], FILE).
func (c *collector) items(path string, items []any, depth int) error {
	for i, item := range items {
		if err := c.collect(join(path, strconv.Itoa(i)), item, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) dict(path string, d *pickle.Dict, depth int) error {
	at := len(c.states)
	c.states = append(c.states, stored.State{Name: path})
	state := stored.State{Name: path}
	keys := map[string]bool{}
	weights := false
	for _, item := range d.Items {
		key, ok := item.Key.(string)
		if !ok || !c.visit() {
			continue
		}
		if keys[key] {
			return fmt.Errorf("the key %s occurs twice in one dictionary", stored.Quote(key))
		}
		keys[key] = true
		if t, ok := c.tensor(key, item.Value); ok {
			weights = weights || mayBeWeight(t.Type)
			state.Tensors = append(state.Tensors, t)
			continue
		}
		if len(key) > maxPath {
			continue
		}
		if err := c.collect(join(path, key), item.Value, depth+1); err != nil {
			return err
		}
	}
	if !weights {
		c.states = append(c.states[:at], c.states[at+1:]...)
		return nil
	}
	c.states[at] = state
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// mayBeWeight reports whether a dictionary with a tensor of this type may be one of weights: where the type is none
// that files have, the binding says so.
func mayBeWeight(t stored.Type) bool { return t.Readable() || t.Size() == 0 }

// tensor returns a value as a tensor that can be read, or as one whose type says why it cannot.
func (c *collector) tensor(name string, value any) (stored.Tensor, bool) {
	what := ""
	switch v := value.(type) {
	case *tensor:
		return v.stored(name), true
	case *foreign:
		what = v.what
	case *pickle.Object:
		if isArray(v) {
			t, err := array(name, v)
			if err == nil {
				return t, true
			}
			return unreadable(name, err.Error()), true
		}
		if c.isModule(v) || !c.isTensor(v) {
			return stored.Tensor{}, false
		}
		what = "made by " + pickle.Describe(v.Class) + ", which is not called"
	default:
		return stored.Tensor{}, false
	}
	return unreadable(name, what), true
}

// unreadable is a tensor whose type says why it cannot be read.
func unreadable(name, why string) stored.Tensor {
	open := func() (io.ReadCloser, error) { return nil, errors.New("cannot be read") }
	return stored.Tensor{Name: name, Type: stored.Type(why), Open: open}
}

// isTensor reports whether an object stands for one tensor: PyTorch makes those of other kinds (sparse, quantised, of
// an accelerator) by functions called _rebuild_…, of a storage or of NumPy's array.
func (c *collector) isTensor(o *pickle.Object) bool {
	return tensorMakers[o.Class] && c.holdsTensor(o, 0)
}

// stored turns a view into what can be read.
func (t *tensor) stored(name string) stored.Tensor {
	s := stored.Tensor{Name: name, Type: t.kind, Shape: t.shape}
	if !stored.RowMajor(t.shape, t.stride) {
		s.Stride = t.stride
	}
	from, to := t.extent()
	s.Open = t.storage.open(from, to-from)
	return s
}

// extent returns the bytes of the storage from the tensor's first element to its last.
func (t *tensor) extent() (from, to int64) {
	span, _ := stored.Span(t.shape, t.stride) // checked when the view was made
	from = t.offset * t.kind.Size()
	return from, from + span*t.kind.Size()
}
