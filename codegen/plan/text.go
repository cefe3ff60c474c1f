package plan

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/netc-lang/netc/codegen/kernel"
)

// String prints the plan, one step a line:
//
//	plan "EfficientNet-B0": arena 5017600 bytes (lower bound 5017600), weights 21220928 bytes
//	stage1.0.depthwise.conv+stem.conv = PlanarDepthwise(Out: arena[0:1605632], In: image[0:602112], …, Channels: 32)
//	output logits arena[0:4000] planes
//
// Behind a step that some outputs do not need stand those that do: "… (for logits)".
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %q: arena %d bytes (lower bound %d), weights %d bytes\n", p.Name, p.Arena, p.LowerBound,
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

// refString prints a place as "arena[64:128]", the arena's bytes 64 to 127, and what is unusual about what lies there:
// a type that is not float32, and a layout that is not planar in an input, or blocks elsewhere. An input goes by its
// name.
func (p *Plan) refString(r kernel.Ref) string {
	var space string
	if r.Space >= kernel.InputSpace {
		space = p.Inputs[r.Space-kernel.InputSpace].Name
	} else {
		space = [...]string{"none", "arena", "weights"}[r.Space]
	}
	text := fmt.Sprintf("%s[%d:%d]", space, r.Offset, r.Offset+r.Value.Bytes())
	if t := r.Value.Layout.Type; t != kernel.F32 {
		text += " " + t.String()
	}
	usual := blocks
	if r.Space >= kernel.InputSpace {
		usual = planes
	}
	if form := formOf(r.Value); form != usual {
		text += " " + string(form)
	}
	return text
}

// kernelString prints a kernel with those of its operands and settings that are not zero.
func (p *Plan) kernelString(k kernel.Kernel) string {
	v := reflect.ValueOf(k).Elem()
	return v.Type().Name() + "(" + strings.Join(fields(v, anywhere, p.refString), ", ") + ")"
}

func anywhere(kernel.Ref) bool { return true }

// fields prints settings, and those operands that are asked for.
func fields(v reflect.Value, asked func(kernel.Ref) bool, print func(kernel.Ref) string) []string {
	var words []string
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		ref, isRef := f.Interface().(kernel.Ref)
		pair, isPair := f.Interface().(kernel.Pair)
		function, isFunction := f.Interface().(kernel.Function)
		switch {
		case f.IsZero():
		case isRef && !asked(ref):
		case isRef:
			words = append(words, name+": "+print(ref))
		case isPair:
			words = append(words, name+": "+pairString(pair))
		case isFunction:
			words = append(words, fmt.Sprintf("%s: %v", name, function))
		case f.Kind() == reflect.Struct:
			words = append(words, fmt.Sprintf("%s: {%s}", name, strings.Join(fields(f, asked, print), ", ")))
		default:
			words = append(words, fmt.Sprintf("%s: %v", name, f.Interface()))
		}
	}
	return words
}

// pairString prints a figure for each direction as "3", or "1×7" where they differ.
func pairString(p kernel.Pair) string {
	if p.Rows == p.Columns {
		return fmt.Sprint(p.Rows)
	}
	return fmt.Sprintf("%d×%d", p.Rows, p.Columns)
}
