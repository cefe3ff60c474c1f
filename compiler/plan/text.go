package plan

import (
	"fmt"
	"reflect"
	"strings"
)

// String prints the plan, one step a line:
//
//	plan "EfficientNet-B0": arena 1254400 floats (lower bound 1254400), weights 5305232
//	stage1.0.depthwise.conv+stem.conv = PlanarDepthwise(Planar: {In: 3, …}, …) image[0:150528], sums …, weights … -> a[0:401408]
//	output logits a[0:1000]
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %q: arena %d floats (lower bound %d), weights %d\n", p.Name, p.Arena, p.LowerBound, len(p.Weights))
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s = %s%s", strings.Join(append([]string{s.Name}, s.Merged...), "+"), KernelString(s.Kernel), places(s.In))
		for _, extra := range []struct {
			what string
			at   *Place
		}{{"residual", s.Residual}, {"scale", s.Scale}, {"sums", s.Sums}} {
			if extra.at != nil {
				fmt.Fprintf(&b, ", %s %s", extra.what, *extra.at)
			}
		}
		if len(s.Weights) > 0 {
			fmt.Fprintf(&b, ", weights%s", places(s.Weights))
		}
		fmt.Fprintf(&b, " -> %s\n", s.Out)
	}
	for _, o := range p.Outputs {
		fmt.Fprintf(&b, "output %s %s\n", o.Name, o.At)
	}
	return b.String()
}

func places(all []Place) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(" " + p.String())
	}
	return b.String()
}

// String prints a place as "a[64:128]", the arena's floats 64 to 127.
func (p Place) String() string {
	return fmt.Sprintf("%s[%d:%d]", [...]string{"none", "image", "a", "w"}[p.Space], p.Offset, p.Offset+p.Length)
}

// KernelString prints a kernel with those of its settings that are not zero.
func KernelString(k Kernel) string {
	v := reflect.ValueOf(k)
	return v.Type().Name() + "(" + strings.Join(fields(v), ", ") + ")"
}

func fields(v reflect.Value) []string {
	var words []string
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		switch {
		case f.IsZero():
		case f.Kind() == reflect.Struct:
			words = append(words, fmt.Sprintf("%s: {%s}", name, strings.Join(fields(f), ", ")))
		default:
			words = append(words, fmt.Sprintf("%s: %v", name, f.Interface()))
		}
	}
	return words
}
