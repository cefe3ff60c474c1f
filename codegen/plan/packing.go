package plan

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/netc-lang/netc/codegen/kernel"
)

// Packing says how the weights are packed, and what for: for each step that has any, where they lie and all settings
// of its kernel. Plans with the same text can use each other's weights. It is the same wherever values lie, so that
// weights stay of use when a later netc arranges memory otherwise:
//
//	weights 5288240 17008
//	logits = Linear(Weights: weights[4008320:5288320], Bias: vectors[16000:17008], InChannels: 1280, …)
//
// These are numbers of elements, of the weights of layers and of vectors, for their types are no matter of the packing.
func (p *Plan) Packing() string {
	var b strings.Builder
	fmt.Fprintf(&b, "weights %d %d\n", p.Sections[0].Elements, p.Sections[1].Elements)
	for _, s := range p.Steps {
		if v := reflect.ValueOf(s.Kernel).Elem(); hasWeights(s.Kernel) {
			fmt.Fprintf(&b, "%s = %s(%s)\n", strings.Join(append([]string{s.Name}, s.Merged...), "+"), v.Type().Name(),
				strings.Join(fields(v, isWeights, p.elements), ", "))
		}
	}
	return b.String()
}

// hasWeights reports whether a kernel reads weights.
func hasWeights(k kernel.Kernel) bool {
	for _, o := range operandsOf(k) {
		if o.role == weights {
			return true
		}
	}
	return false
}

// elements prints which elements of its section an operand is.
func (p *Plan) elements(r kernel.Ref) string {
	name, at := "weights", r.Offset
	if begin := p.Sections[0].Bytes(); at >= begin {
		name, at = "vectors", at-begin
	}
	at /= r.Value.Layout.Type.Size()
	return fmt.Sprintf("%s[%d:%d]", name, at, at+r.Value.Elements())
}

func isWeights(r kernel.Ref) bool { return r.Space == kernel.WeightsSpace }
