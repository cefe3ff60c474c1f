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
//	weights 5305232
//	logits = Linear(Weights: weights[4024320:5304320], Bias: weights[5304320:5305328], InChannels: 1280, …)
func (p *Plan) Packing() string {
	var b strings.Builder
	fmt.Fprintf(&b, "weights %d\n", len(p.Weights))
	for _, s := range p.Steps {
		if v := reflect.ValueOf(s.Kernel).Elem(); hasWeights(s.Kernel) {
			fmt.Fprintf(&b, "%s = %s(%s)\n", strings.Join(append([]string{s.Name}, s.Merged...), "+"), v.Type().Name(),
				strings.Join(p.fields(v, isWeights), ", "))
		}
	}
	return b.String()
}

func hasWeights(k kernel.Kernel) bool {
	for _, o := range operandsOf(k) {
		if o.role == weights {
			return true
		}
	}
	return false
}

func isWeights(r kernel.Ref) bool { return r.Space == kernel.WeightsSpace }
