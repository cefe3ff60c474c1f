package torch

import (
	"errors"
	"fmt"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// How deep in dictionaries a state is looked for, and how long the path there may be.
const (
	maxDepth = 8
	maxPath  = 300
)

// states finds every dictionary with weights. What lies under keys that are no strings, as an optimizer's state does, or in lists is
// passed over.
func states(value any) ([]stored.State, error) {
	c := collector{seen: map[*pickle.Dict]bool{}}
	if err := c.collect("", value, 0); err != nil {
		return nil, err
	}
	if len(c.states) == 0 {
		return nil, errors.New("it has no dictionary of tensors: write the weights with torch.save(model.state_dict(), FILE)")
	}
	return c.states, nil
}

type collector struct {
	states []stored.State
	seen   map[*pickle.Dict]bool // a pickle can contain itself
}

func (c *collector) collect(path string, value any, depth int) error {
	d, ok := value.(*pickle.Dict)
	if !ok || c.seen[d] || depth > maxDepth || len(path) > maxPath {
		return nil
	}
	c.seen[d] = true
	at := len(c.states)
	c.states = append(c.states, stored.State{Name: path})
	state := stored.State{Name: path}
	keys := map[string]bool{}
	weights := false
	for _, item := range d.Items {
		key, ok := item.Key.(string)
		if !ok {
			continue
		}
		if keys[key] {
			return fmt.Errorf("the key %s occurs twice in one dictionary", stored.Quote(key))
		}
		keys[key] = true
		if t, ok := item.Value.(*tensor); ok {
			weights = weights || t.kind.Readable()
			state.Tensors = append(state.Tensors, t.stored(key))
			continue
		}
		if len(key) > maxPath {
			continue
		}
		inner := key
		if path != "" {
			inner = path + "." + key
		}
		if err := c.collect(inner, item.Value, depth+1); err != nil {
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

// stored turns a view into what can be read.
func (t *tensor) stored(name string) stored.Tensor {
	s := stored.Tensor{Name: name, Type: t.kind, Shape: t.shape}
	if !stored.RowMajor(t.shape, t.stride) {
		s.Stride = t.stride
	}
	from := t.offset * t.kind.Size()
	s.Open = stored.Section(t.storage.reader, t.storage.offset+from, t.storage.bytes-from)
	return s
}
