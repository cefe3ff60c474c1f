// Package flax finds the arrays of what flax.serialization.to_bytes writes: nested dictionaries in MessagePack, whose
// arrays are extensions of its type 1.
//
//	{"params": {"stem": {"kernel": array, "bias": array}}, "batch_stats": {"bn": {"mean": array, "var": array}}}
//
//	array:         extension 1: [[shape…], "float32", bytes]
//	chunked array: {"__msgpack_chunked_array__": true, "shape": {"0": 3, …}, "chunks": {"0": array, …}} above 1 GiB
//
// The dictionary comes in; tensors go out under the paths of their layers ("bn/scale", "bn/mean"), whatever
// collection of Flax's they are in, each layer's together. An optimizer's state is left out and named.
//
// MessagePack is read here, not by a library: arrays must stay in the file, and libraries read them.
// Format: https://github.com/msgpack/msgpack/blob/master/spec.md,
// https://github.com/google/flax/blob/main/flax/serialization.py.
package flax

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Sniff reports whether a file that starts with head may be such a dictionary: a map of at least one entry, whose key
// is a text.
func Sniff(head []byte) bool {
	if len(head) < 2 {
		return false
	}
	at := 1
	switch b := head[0]; {
	case b > 0x80 && b <= 0x8f:
	case b == 0xde:
		at = 3
	default:
		return false
	}
	r := &reader{r: strings.NewReader(string(head)), size: int64(len(head)), at: int64(at)}
	key, err := r.text()
	return err == nil && key != "" && utf8.ValidString(key) &&
		!strings.ContainsFunc(key, func(c rune) bool { return c < ' ' })
}

// Read returns the arrays of a file.
func Read(f io.ReaderAt, size int64) (s stored.State, err error) {
	r := &reader{r: f, size: size}
	root, err := r.value(0)
	switch {
	case err != nil:
		return s, err
	case r.at != size:
		return s, fmt.Errorf("byte %d: something follows the dictionary", r.at)
	}
	c := &collector{first: map[string]int{}, seen: map[string]bool{}}
	if err := c.variables(root); err != nil {
		return s, err
	}
	if len(c.tensors) == 0 {
		return s, errors.New("it has no arrays")
	}
	slices.SortStableFunc(c.tensors, func(a, b stored.Tensor) int {
		return c.first[layerOf(a.Name)] - c.first[layerOf(b.Name)]
	})
	return stored.State{Tensors: c.tensors, Passed: c.passed}, nil
}

// collections are those of Flax's whose variables belong to the layers of the same path; optimizers are keys of a
// training state that hold no variables of the network.
var (
	collections = map[string]bool{"params": true, "batch_stats": true}
	optimizers  = map[string]bool{"opt_state": true, "step": true, "dynamic_scale": true, "rng": true}
)

// collector gathers arrays.
type collector struct {
	tensors []stored.Tensor
	passed  []string
	first   map[string]int // the place at which a layer is met first
	seen    map[string]bool
}

// variables adds the arrays of a dictionary of collections, which a training state may have in its "params".
func (c *collector) variables(root *node) error {
	params := root.child("params")
	for _, m := range root.members {
		var err error
		switch {
		case m.name == "params" && params.child("params") != nil:
			err = c.variables(params)
		case params != nil && collections[m.name]:
			err = c.add(m.node, "", false)
		default:
			err = c.add(m.node, m.name, optimizers[m.name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add adds the arrays below a node.
func (c *collector) add(n *node, path string, pass bool) error {
	switch {
	case n.tensor != nil && pass:
		c.passed = append(c.passed, path)
	case n.tensor != nil:
		if c.seen[path] {
			return fmt.Errorf("two arrays have the name %s", stored.Quote(path))
		}
		c.seen[path] = true
		layer := layerOf(path)
		if _, ok := c.first[layer]; !ok {
			c.first[layer] = len(c.tensors)
		}
		t := *n.tensor
		if t.Name = path; len(t.Shape) == 4 {
			t.Order = "HWIO"
		}
		c.tensors = append(c.tensors, t)
	}
	for _, m := range n.members {
		if err := c.add(m.node, strings.TrimPrefix(path+"/"+m.name, "/"), pass); err != nil {
			return err
		}
	}
	return nil
}

// layerOf returns a name without its last part.
func layerOf(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }

// node is a value: a dictionary or a list with members, an array, a whole number, or something of no interest.
type node struct {
	members []member
	tensor  *stored.Tensor
	number  int64
}

type member struct {
	name string
	node *node
}

// child returns the member of a name, or nil.
func (n *node) child(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.node
		}
	}
	return nil
}

// chunkedKey marks an array that is stored in pieces.
const chunkedKey = "__msgpack_chunked_array__"

// joinChunks makes a dictionary that is a chunked array one array.
func (n *node) joinChunks() error {
	if n.child(chunkedKey) == nil {
		return nil
	}
	shape, chunks := n.child("shape"), n.child("chunks")
	if shape == nil || chunks == nil || len(chunks.members) == 0 {
		return errors.New("a chunked array lacks its shape or its chunks")
	}
	var sizes []int64
	for i, m := range shape.members {
		if m.name != fmt.Sprint(i) {
			return errors.New("a chunked array's shape is not in order")
		}
		sizes = append(sizes, m.node.number)
	}
	want, err := stored.Elements(sizes)
	if err != nil {
		return fmt.Errorf("a chunked array %w", err)
	}
	var parts []*stored.Tensor
	have := int64(0)
	for i, m := range chunks.members {
		t := m.node.tensor
		if t == nil || m.name != fmt.Sprint(i) || len(t.Shape) != 1 || t.Type != chunks.members[0].node.tensor.Type {
			return errors.New("a chunked array's chunks are not vectors of one type, in order")
		}
		have += t.Shape[0]
		parts = append(parts, t)
	}
	if have != want {
		return fmt.Errorf("a chunked array of shape %s has %d elements", stored.Brief(sizes), have)
	}
	t := stored.Join(parts)
	t.Shape = sizes
	*n = node{tensor: t}
	return nil
}
