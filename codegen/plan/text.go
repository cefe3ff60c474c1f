package plan

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/netc-lang/netc/codegen/kernel"
)

// String prints the plan, one step a line:
//
//	plan "EfficientNet-B0": arena 1254400 floats (lower bound 1254400), weights 5305232
//	stage1.0.depthwise.conv+stem.conv = PlanarDepthwise(Out: arena[0:401408], In: image[0:150528], …, Channels: 32, …)
//	output logits arena[0:1000]
//
// Behind a step that some outputs do not need stand those that do: "… (for logits)".
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %q: arena %d floats (lower bound %d), weights %d\n", p.Name, p.Arena, p.LowerBound,
		len(p.Weights))
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s = %s", strings.Join(append([]string{s.Name}, s.Merged...), "+"), p.kernelString(s.Kernel))
		if names := p.outputsOf(s); names != "" {
			fmt.Fprintf(&b, " (for %s)", names)
		}
		b.WriteByte('\n')
	}
	for _, o := range p.Outputs {
		fmt.Fprintf(&b, "output %s %s\n", o.Name, p.refString(o.At))
	}
	return b.String()
}

// outputsOf lists the outputs that need a step; nothing, where all do.
func (p *Plan) outputsOf(s Step) string {
	var names []string
	for i, o := range p.Outputs {
		if s.For>>i&1 == 1 {
			names = append(names, o.Name)
		}
	}
	return strings.Join(names, ", ")
}

// refString prints a place as "arena[64:128]", the arena's floats 64 to 127. An input goes by its name.
func (p *Plan) refString(r kernel.Ref) string {
	var space string
	if r.Space >= kernel.InputSpace {
		space = p.Inputs[r.Space-kernel.InputSpace].Name
	} else {
		space = [...]string{"none", "arena", "weights"}[r.Space]
	}
	return fmt.Sprintf("%s[%d:%d]", space, r.Offset, r.Offset+r.Length)
}

// kernelString prints a kernel with those of its operands and settings that are not zero.
func (p *Plan) kernelString(k kernel.Kernel) string {
	v := reflect.ValueOf(k).Elem()
	return v.Type().Name() + "(" + strings.Join(p.fields(v, anywhere), ", ") + ")"
}

func anywhere(kernel.Ref) bool { return true }

// fields prints settings, and those operands that are asked for.
func (p *Plan) fields(v reflect.Value, asked func(kernel.Ref) bool) []string {
	var words []string
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		ref, isRef := f.Interface().(kernel.Ref)
		switch {
		case f.IsZero():
		case isRef && !asked(ref):
		case isRef:
			words = append(words, name+": "+p.refString(ref))
		case f.Kind() == reflect.Struct:
			words = append(words, fmt.Sprintf("%s: {%s}", name, strings.Join(p.fields(f, asked), ", ")))
		default:
			words = append(words, fmt.Sprintf("%s: %v", name, f.Interface()))
		}
	}
	return words
}
