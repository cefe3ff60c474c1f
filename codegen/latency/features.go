package latency

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
)

// sampleOf says what a step is: its kind, from the kernel's type, functions, choices and the operands that are there;
// and its sizes, which are all of the kernel's numbers. The time is left out.
func sampleOf(s *plan.Step) Sample {
	v := reflect.ValueOf(s.Kernel).Elem()
	d := description{}
	d.kind.WriteString(v.Type().Name())
	d.add("", v)
	return Sample{Kind: d.kind.String(), Sizes: d.sizes, Work: work(s)}
}

// work is the logarithm of what a step does: its floating-point operations, and, so that steps which only move data do
// something, too, a tenth of an operation for each byte.
func work(s *plan.Step) float64 {
	return math.Log(1 + float64(s.FLOPs) + 0.1*float64(s.Bytes()))
}

type description struct {
	kind  strings.Builder
	sizes []float64
}

// add goes through the fields of a kernel, and of what they are made of.
func (d *description) add(name string, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[kernel.Ref]():
		if ref := v.Addr().Interface().(*kernel.Ref); ref.Present() {
			fmt.Fprintf(&d.kind, " %s:%v", name, ref.Value.Layout.Type)
		}
		return
	case v.Type() == reflect.TypeFor[kernel.Function]():
		fmt.Fprintf(&d.kind, " %v", v.Interface())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				d.add(f.Name, v.Field(i))
			}
		}
	case reflect.Int:
		if strings.Contains(name, "Channels") { // blocks of 16 cost what is in them, whole or not
			d.sizes = append(d.sizes, math.Log(math.Ceil(float64(v.Int())/16)))
			return
		}
		d.sizes = append(d.sizes, math.Log(1+math.Abs(float64(v.Int()))))
	case reflect.Bool:
		fmt.Fprintf(&d.kind, " %s:%v", name, v.Bool())
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(&d.kind, " %s:%d", name, v.Len())
		for i := range v.Len() {
			d.add(name, v.Index(i))
		}
	default: // figures that change nothing in how long it takes: an epsilon, a slope
	}
}
