package plan

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/netc-lang/netc/codegen/kernel"
)

// role is what a step does with an operand.
type role string

const (
	out     role = "out"
	in      role = "in"
	weights role = "weights"
)

// sums is the name of the operand by which a step leaves sums for another.
const sums = "Sums"

// operand is one that a kernel has: a field of type Ref, whose tag package kernel explains.
type operand struct {
	name    string
	role    role
	inPlace bool
	ref     *kernel.Ref
}

// operandsOf returns the operands that a kernel has, those that are absent left out, in the order of its fields.
func operandsOf(k kernel.Kernel) []operand {
	var all []operand
	v := reflect.ValueOf(k).Elem()
	for i := range v.NumField() {
		ref, ok := v.Field(i).Addr().Interface().(*kernel.Ref)
		if !ok || !ref.Present() {
			continue
		}
		field := v.Type().Field(i)
		what, inPlace := strings.CutSuffix(field.Tag.Get("op"), ",inplace")
		switch role(what) {
		case in, out, weights:
		default:
			panic(fmt.Sprintf("plan: the operand %s of %T has the tag %q", field.Name, k, field.Tag))
		}
		all = append(all, operand{field.Name, role(what), inPlace, ref})
	}
	return all
}
