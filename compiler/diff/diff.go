// Package diff compares the layers of two networks.
//
// Two canonical graphs come in, and the layers in which they differ go out. Layers makes a row of each layer; Compare
// pairs the rows that have the same name, and lists those pairs that do not have the same operation, settings and
// inputs, and the rows that have no other.
package diff

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is a layer that two networks do not have alike; of one that only one of them has, the other row is nil.
type Difference struct {
	Name string `json:"name"`
	A    *Layer `json:"a"`
	B    *Layer `json:"b"`
}

// Compare lists the layers that differ, in the order of the first network; what only the second has stands behind
// the layer that it follows there.
func Compare(a, b []Layer) []Difference {
	inA, inB := map[string]bool{}, map[string]*Layer{}
	for i := range a {
		inA[a[i].Name] = true
	}
	added := map[string][]*Layer{} // by the layer of a before them; "" at the beginning
	last := ""
	for i := range b {
		r := &b[i]
		inB[r.Name] = r
		if inA[r.Name] {
			last = r.Name
		} else {
			added[last] = append(added[last], r)
		}
	}
	differences := []Difference{}
	add := func(after string) {
		for _, r := range added[after] {
			differences = append(differences, Difference{r.Name, nil, r})
		}
	}
	add("")
	for i := range a {
		r := &a[i]
		if other := inB[r.Name]; other == nil || !r.equal(other) {
			differences = append(differences, Difference{r.Name, r, other})
		}
		add(r.Name)
	}
	return differences
}

// equal reports whether two layers are the same operation with the same settings on the same inputs.
func (r *Layer) equal(other *Layer) bool {
	return r.Op == other.Op && r.InputShapes() == other.InputShapes() &&
		slices.Equal(r.settings, other.settings) && slices.Equal(r.from, other.from)
}

// Describe is a layer in a cell beside the other network's, which may be nil: what it is, the settings that differ, the
// shape of its result, and the layers that it reads where those are others.
func (r *Layer) Describe(other *Layer) string {
	if r == nil {
		return "-"
	}
	words := []string{r.Op}
	if other != nil {
		for _, s := range r.settings {
			if !slices.Contains(other.settings, s) {
				words = append(words, strings.ReplaceAll(strings.ToLower(s), ":", ""))
			}
		}
	} else if r.Kernel.Height*r.Kernel.Width > 1 {
		words = append(words, fmt.Sprintf("kernel %s", r.Kernel))
	}
	words = append(words, r.Out.String())
	if other != nil && !slices.Equal(r.from, other.from) {
		words = append(words, "of "+strings.Join(r.from, ", "))
	}
	return strings.Join(words, " ")
}
