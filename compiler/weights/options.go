package weights

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/layout"
)

// orders returns the orders of dimensions that are given for all weights.
func (o Options) orders() []string {
	var all []string
	for _, l := range o.Layouts {
		if !strings.Contains(l, "=") {
			all = append(all, l)
		}
	}
	return all
}

// orderOf returns the order that is given for a layer's weight, or "".
func (o Options) orderOf(layer string) string {
	for _, l := range o.Layouts {
		if name, order, ok := strings.Cut(l, "="); ok && name == layer {
			return order
		}
	}
	return ""
}

// checkLayouts says which order is none, or names a layer that the network has not.
func (f *fitter) checkLayouts() error {
	for _, l := range f.options.Layouts {
		name, order, ok := strings.Cut(l, "=")
		if !ok {
			name, order = "", l
		}
		if !layout.Known(order) {
			return fmt.Errorf("--layout %s: an order has the letters OIHW, IHWM, OI or OCHW, such as HWIO", l)
		}
		if ok && !f.hasWeight(name) {
			return fmt.Errorf("--layout %s: the network has no convolution or linear layer %s; netc summary lists them",
				l, name)
		}
	}
	return nil
}

func (f *fitter) hasWeight(layer string) bool {
	for _, p := range f.params {
		if p.node.Name == layer && p.Param.Name == layer+".weight" {
			return true
		}
	}
	return false
}
