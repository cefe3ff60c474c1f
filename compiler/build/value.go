package build

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/syntax"
)

// value is what an expression can be: int, float64, bool, string, []value, tensor or *layer.
type value any

// tensor is a value that only exists when the network runs; at compile time it is a node with a shape.
type tensor struct{ node *ir.Node }

// layer is a block or primitive with some of its settings given.
type layer struct {
	block  *syntax.Block
	given  map[string]value
	shared *sharedLayer // nil unless its weights are shared by all its applications
}

// describe names a value's type with its value where that is short.
func describe(v value) string {
	switch v := v.(type) {
	case int:
		return fmt.Sprintf("the int %d", v)
	case float64:
		return "the float " + formatFloat(v)
	case bool:
		return fmt.Sprintf("the bool %t", v)
	case string:
		return fmt.Sprintf("the string %q", v)
	case []value:
		return describeList(v)
	case tensor:
		return "a tensor"
	case *layer:
		return "the layer " + v.block.Name.Text
	}
	return "nothing"
}

// describeList shows a short list of numbers.
func describeList(list []value) string {
	const shown = 4
	words := make([]string, len(list))
	for i, item := range list {
		x, ok := number(item)
		if !ok || len(list) > shown {
			return "a list"
		}
		words[i] = formatFloat(x)
	}
	return "the list [" + strings.Join(words, ", ") + "]"
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// convert makes a value fit a parameter's type. The string says what is wanted when it does not.
func convert(v value, t syntax.Type) (value, string) {
	if t.List {
		items, ok := v.([]value)
		if !ok {
			return nil, "a list of " + t.Name.Text
		}
		converted := make([]value, len(items))
		for i, item := range items {
			c, want := convert(item, syntax.Type{Name: t.Name})
			if want != "" {
				return nil, "a list of " + t.Name.Text
			}
			converted[i] = c
		}
		return converted, ""
	}
	ok := false
	switch t.Name.Text {
	case "int", "channels":
		_, ok = v.(int)
	case "stride", "pair":
		p, isPair := pairOf(v)
		if !isPair {
			return nil, figures[t.Name.Text]
		}
		return simplest(p), ""
	case "padding":
		if _, ok = v.(string); !ok {
			if _, ok = paddingOf(v); !ok {
				return nil, figures[t.Name.Text]
			}
		}
	case "float", "growing":
		if n, isInt := v.(int); isInt {
			return float64(n), ""
		}
		_, ok = v.(float64)
	case "bool", "first":
		_, ok = v.(bool)
	case "string":
		_, ok = v.(string)
	case "layer":
		_, ok = v.(*layer)
	}
	switch {
	case ok:
		return v, ""
	case t.Name.Text == "growing":
		return nil, "float"
	}
	return nil, t.Name.Text
}
