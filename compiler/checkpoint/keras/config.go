package keras

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/hdf5"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// layer is what a configuration says of a layer, or of a model, which has layers in it.
type layer struct {
	name, class   string
	scale, center bool
	layer         *stored.Layer // how it computes; nil: unknown
	layers        []*layer
	byGroup       map[string]*layer // the layers by the name of their group in the file: "conv2d_1"
	place         int               // among the layers of its model
}

// config is the JSON of a layer: {"class_name": "Conv2D", "config": {"name": "stem_conv", …}}.
type config struct {
	Class   string          `json:"class_name"`
	Inbound json.RawMessage `json:"inbound_nodes"`
	Config  struct {
		Settings
		Name   string    `json:"name"`
		Scale  *bool     `json:"scale"`
		Center *bool     `json:"center"`
		Layers []*config `json:"layers"`
	} `json:"config"`
}

// maxNesting bounds models within models.
const maxNesting = 32

// parseConfig returns the model that a config.json describes, or nil where there is none.
func parseConfig(text []byte) (*layer, error) {
	if text == nil {
		return nil, nil
	}
	if err := stored.CheckJSON(text); err != nil {
		return nil, err
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("the archive's config.json is not as Keras writes it: %w", err)
	}
	return c.layer(0), nil
}

func (c *config) layer(depth int) *layer {
	l := &layer{name: c.Config.Name, class: c.Class, byGroup: map[string]*layer{}}
	l.scale = c.Config.Scale == nil || *c.Config.Scale
	l.center = c.Config.Center == nil || *c.Config.Center
	if depth == maxNesting {
		return l
	}
	befores := map[string]*Before{}
	for _, inner := range c.Config.Layers {
		if inner != nil {
			befores[inner.Config.Name] = &Before{inner.Class, inner.Config.Settings}
		}
	}
	counts := map[string]int{}
	var previous *Before
	for _, inner := range c.Config.Layers {
		if inner == nil {
			continue
		}
		before := befores[InboundName(inner.Inbound)]
		if c.Class == Sequential {
			before = previous
		}
		previous = &Before{inner.Class, inner.Config.Settings}
		group := snake(inner.Class)
		n := counts[group]
		if counts[group]++; n > 0 {
			group += "_" + strconv.Itoa(n)
		}
		child := inner.layer(depth + 1)
		child.place = len(l.layers)
		child.layer = inner.Config.Settings.Layer(inner.Class, before)
		l.layers = append(l.layers, child)
		l.byGroup[group] = child
	}
	return l
}

// child returns what is known of the layer in a group, or nil.
func (l *layer) child(group string) *layer {
	if l == nil {
		return nil
	}
	return l.byGroup[group]
}

// nameOf returns the name of the layer in a group: the configuration's, or that which the group says itself, or the
// group's.
func (l *layer) nameOf(o *hdf5.Object) string {
	if l != nil && l.name != "" {
		return l.name
	}
	if vars := o.Member("vars"); vars != nil {
		if name := vars.Attributes["name"]; len(name) == 1 && name[0] != "" {
			return name[0]
		}
	}
	return o.Name
}

var (
	notWord  = regexp.MustCompile(`\W+`)
	wordHead = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	wordTail = regexp.MustCompile(`([a-z])([A-Z])`)
)

// snake returns a class's name as Keras calls the groups of its layers: batch_normalization for BatchNormalization.
func snake(class string) string {
	name := notWord.ReplaceAllString(class, "")
	name = wordHead.ReplaceAllString(name, "${1}_${2}")
	return strings.ToLower(wordTail.ReplaceAllString(name, "${1}_${2}"))
}

var counted = regexp.MustCompile(`^(.*?)(?:_?(\d+))?$`)

// sorted returns the members of a group in the configuration's order, or, without one, as they were counted: conv2d_2
// before conv2d_10, which the order of their names has behind it.
func sorted(o *hdf5.Object, model *layer) []*hdf5.Object {
	members := slices.Clone(o.Members)
	slices.SortStableFunc(members, func(a, b *hdf5.Object) int {
		if p, q := model.child(a.Name), model.child(b.Name); p != nil && q != nil {
			return cmp.Compare(p.place, q.place)
		}
		m, n := counted.FindStringSubmatch(a.Name), counted.FindStringSubmatch(b.Name)
		if m == nil || n == nil || m[1] != n[1] {
			return cmp.Compare(a.Name, b.Name)
		}
		i, _ := strconv.Atoi(m[2])
		j, _ := strconv.Atoi(n[2])
		return cmp.Compare(i, j)
	})
	return members
}

// variablesOf are the variables of Keras' classes, in their order.
var variablesOf = map[string][]string{
	"conv1d": {"kernel", "bias"}, "conv2d": {"kernel", "bias"}, "dense": {"kernel", "bias"},
	"conv2d_transpose": {"kernel", "bias"}, "depthwise_conv2d": {"depthwise_kernel", "bias"},
	"separable_conv2d":    {"depthwise_kernel", "pointwise_kernel", "bias"},
	"batch_normalization": {"gamma", "beta", "moving_mean", "moving_variance"},
	"layer_normalization": {"gamma", "beta"}, "group_normalization": {"gamma", "beta"},
	"normalization": {"mean", "variance", "count"}, "p_re_lu": {"alpha"}, "embedding": {"embeddings"},
}

// variableNames returns names for the numbers of a layer's variables, as far as they are certain.
func variableNames(l *layer, group string, n int) map[string]string {
	class := group
	if l != nil {
		class = snake(l.class)
	} else if _, known := variablesOf[class]; !known {
		class = counted.FindStringSubmatch(group)[1]
	}
	all := variablesOf[class]
	names := map[string]string{}
	name := func(from int, variables ...string) {
		for i, v := range variables {
			names[strconv.Itoa(from+i)] = v
		}
	}
	switch {
	case class != "batch_normalization":
		if n == len(all) || n < len(all) && all[n] == "bias" {
			name(0, all[:n]...)
		}
	case n == 4:
		name(0, all...)
	case n == 2:
		name(0, all[2:]...)
	case n == 3 && l != nil && l.scale != l.center:
		if l.scale {
			name(0, all[0])
		} else {
			name(0, all[1])
		}
		name(1, all[2:]...)
	case n == 3:
		name(1, all[2:]...)
	}
	return names
}
