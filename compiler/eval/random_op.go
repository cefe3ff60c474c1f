package eval

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// crafted are operations of which settings that are made by chance hardly ever fit, or fit and mean nothing: numbers
// are not divided by what may be next to nothing.
var crafted = []string{"Input", "Conv", "ConvTranspose", "Activation", "Div", "Fused", "Resize"}

// any adds an operation of the op table with settings and further inputs by chance. It tries until one fits.
func (r *randomGraph) any(x *ir.Node) {
	all := slices.DeleteFunc(slices.Clone(ir.Ops()), func(i ir.OpInfo) bool { return slices.Contains(crafted, i.Name) })
	info := all[r.IntN(len(all))]
	for range 40 {
		op := info.With(func(field reflect.StructField, value reflect.Value) { r.setting(x, field.Name, value) })
		inputs := []*ir.Node{x}
		for range info.Inputs - 1 {
			inputs = append(inputs, r.some())
		}
		before := len(r.nodes)
		if r.add(op, inputs...); len(r.nodes) > before {
			return
		}
	}
}

// setting gives a setting of an operation on x a value.
func (r *randomGraph) setting(x *ir.Node, name string, value reflect.Value) {
	switch v := value.Addr().Interface().(type) {
	case *bool:
		*v = r.IntN(2) == 0
	case *int:
		*v = r.pick(0, 1, 2, 3, 16, r.IntN(50))
	case *float64:
		*v = 0.1 + 0.8*r.Float64()
	case *ir.Pair:
		*v = r.pair(1, 2, 3)
	case *ir.Padding:
		side := func() int { return r.IntN(5) - 2 }
		*v = ir.Padding{Top: side(), Left: side(), Bottom: side(), Right: side()}
	case *ir.Init: // no matter to what is computed
	case *ir.Dims:
		*v = r.dims(x.Shape)
	default:
		panic(fmt.Sprintf("eval: no random value for the setting %s, a %s: give it one", name, value.Type()))
	}
}

// dims returns an order of the axes of a shape, some of them, or a shape, which may be that of as many elements.
func (r *randomGraph) dims(s ir.Shape) ir.Dims {
	order := r.Perm(len(s))
	switch r.IntN(4) {
	case 0:
		return ir.DimsOf(order...)
	case 1:
		some := order[:1+r.IntN(len(s))]
		slices.Sort(some)
		return ir.DimsOf(some...)
	case 2:
		return ir.DimsOf(s.Elements())
	}
	sizes := make([]int, 1+r.IntN(3))
	for i := range sizes {
		sizes[i] = r.size()
	}
	return ir.DimsOf(sizes...)
}
