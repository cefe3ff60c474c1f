package build

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// spelled writes an operation as a file would have it: "Conv(8, kernel: 3)", without the settings that are the
// primitive's defaults. what is the primitive's name, or the operator between tensors.
func (b *builder) spelled(what string, op ir.Op) string {
	block := b.program.Blocks[what]
	if block == nil {
		if op, ok := op.(ir.Affine); ok {
			return spelledAffine(what, op)
		}
		return what
	}
	values := settingsOf(op)
	var words []string
	for _, p := range block.Params {
		text, ok := values[p.Name.Text]
		switch {
		case !ok:
		case p.Default == nil:
			words = append(words, text)
		case text != spelledValue(b.expr(p.Default, &scope{})):
			words = append(words, p.Name.Text+": "+text)
		}
	}
	if len(words) == 0 {
		return what
	}
	return what + "(" + strings.Join(words, ", ") + ")"
}

// spelledAffine writes what an operator and a number do to a tensor: "* 0.5", or "1 - x".
func spelledAffine(operator string, op ir.Affine) string {
	switch {
	case op.Factor == -1:
		return spelledValue(op.Offset) + " - x"
	case operator == "*":
		return "* " + spelledValue(op.Factor)
	case operator == "/":
		return "/ " + spelledValue(1/op.Factor)
	case operator == "-":
		return "- " + spelledValue(-op.Offset)
	}
	return operator + " " + spelledValue(op.Offset)
}

// settingsOf returns the settings of an operation by their names in the language.
func settingsOf(op ir.Op) map[string]string {
	values := map[string]string{}
	if a, ok := op.(ir.Activation); ok {
		info, _ := ir.FunctionOf(a.Function)
		for _, s := range info.Settings {
			values[s.Name] = spelledValue(*s.Of(&a))
		}
		return values
	}
	v := reflect.ValueOf(op)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		called := spellingOf(field)
		name := called.name
		switch x := v.Field(i).Interface().(type) {
		case bool:
			values[name] = called.spelled(x)
		case ir.Padding:
			values[name] = spelledPadding(op, x)
		case ir.Pair:
			values[name] = spelledValue([]value{x.Height, x.Width})
			if x.IsSquare() {
				values[name] = spelledValue(x.Height)
			}
		case ir.Init:
			if x != "" { // what is empty is the primitive's default
				values[name] = spelledValue(string(x))
			}
		case ir.Dims:
			var items []value
			for _, n := range x.List() {
				items = append(items, n)
			}
			values[name] = spelledValue(items)
		default:
			values[name] = spelledValue(x)
		}
	}
	return values
}

// spelledPadding writes the padding "symmetric" as the word, and others side by side.
func spelledPadding(op ir.Op, p ir.Padding) string {
	w, ok := ir.WindowOf(op)
	if t, isTransposed := op.(ir.ConvTranspose); isTransposed {
		w, ok = ir.Window{Kernel: t.Kernel, Dilation: t.Dilation}, true
	}
	if ok && p == symmetric(w.Reach()) {
		return spelledValue("symmetric")
	}
	switch {
	case p == (ir.Padding{Top: p.Top, Left: p.Top, Bottom: p.Top, Right: p.Top}):
		return spelledValue(p.Top)
	case p.Top == p.Bottom && p.Left == p.Right:
		return spelledValue([]value{p.Top, p.Left})
	}
	return spelledValue([]value{p.Top, p.Left, p.Bottom, p.Right})
}

// spelledValue writes a value of a setting.
func spelledValue(v value) string {
	switch v := v.(type) {
	case string:
		return `"` + v + `"`
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []value:
		words := make([]string, len(v))
		for i, item := range v {
			words[i] = spelledValue(item)
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	return fmt.Sprint(v)
}
