package build

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// settings read by name; bind has made sure of their types.
type settings map[string]value

func (s settings) int(name string) int       { return s[name].(int) }
func (s settings) pair(name string) ir.Pair  { p, _ := pairOf(s[name]); return p }
func (s settings) bool(name string) bool     { return s[name].(bool) }
func (s settings) float(name string) float64 { return s[name].(float64) }

// operation makes the ir operation of a primitive. Its fields are the settings of their names (fields), but where a
// setting means something else here than there: these stand in the switch.
func (b *builder) operation(name string, given map[string]value, inputs []*ir.Node, span source.Span) ir.Op {
	s, in := settings(maps.Clone(given)), inputs[0].Shape
	kind := name
	switch name {
	case "DepthwiseConv":
		kind, s["out"], s["groups"] = "Conv", in[0], in[0]
	case "ConvTranspose":
		b.transposedPadding(s)
	case "Linear":
		if len(in) > 1 && isImage(inputs[0]) {
			b.fail(diag.WrongShape, span, "", "Linear: needs a vector [features], got %v; put Flatten before it", in)
		}
	case "Pad":
		sides, ok := paddingOf(s["sides"])
		if !ok {
			b.fail(diag.UnknownPadding, span, "give a number, [height, width] or [top, left, bottom, right]",
				"Pad adds numbers of rows and columns, not %s", describe(s["sides"]))
		}
		s["sides"] = sides
	case "LayerNorm":
		s["axes"] = b.axes(s, in, span)
	case "Reshape":
		s["shape"] = b.dims(b.filled(s.ints("shape"), in, span), name, span)
	case "Dropout", "Dropout2d":
		kind, s["channels"] = "Dropout", name == "Dropout2d"
	case "DropPath":
		s["block"], s["blocks"] = b.growth.block, b.growth.blocks
	}
	if _, ok := ir.FunctionOf(ir.Function(name)); ok {
		return activation(name, s)
	}
	return b.fields(kind, s, in, span)
}

// fields makes an operation of the settings that have the names of its fields, or those that its tags give:
//
//	AlignCorners bool                       align_corners
//	From         int  `setting:"start"`     start
//	NoScale      bool `setting:"!scale"`    not scale
//	Bilinear     bool `setting:"mode=nearest|bilinear"`   mode, one of two words: the second says true
//	Size         Pair `setting:"-"`         none: it stays zero
//
// A setting called axis counts from the end where it is negative, one called padding may be a word.
func (b *builder) fields(name string, s settings, in ir.Shape, span source.Span) ir.Op {
	info, ok := ir.OpNamed(name)
	if !ok {
		panic("build: there is no operation for the primitive " + name)
	}
	used := 0
	op := info.With(func(field reflect.StructField, to reflect.Value) {
		called := spellingOf(field)
		setting := called.name
		v, ok := s[setting]
		switch {
		case setting == "-":
			return
		case !ok:
			panic(fmt.Sprintf("build: primitives.net gives %s no setting %s, for its field %s", name, setting,
				field.Name))
		}
		used++
		switch to := to.Addr().Interface().(type) {
		case *int:
			if *to = v.(int); setting == "axis" {
				*to = axisOf(*to, in)
			}
		case *float64:
			*to = v.(float64)
		case *bool:
			*to = b.truth(called, v, span)
		case *ir.Pair:
			*to = s.pair(setting)
		case *ir.Padding:
			if *to, ok = v.(ir.Padding); !ok {
				*to = b.padding(s, in, span)
			}
		case *ir.Init:
			*to = b.init(v, span)
		case *ir.Dims:
			if *to, ok = v.(ir.Dims); !ok {
				*to = b.dims(s.ints(setting), name, span)
			}
		default:
			panic(fmt.Sprintf("build: no setting makes the field %s of %s, a %T", field.Name, name, to))
		}
	})
	if used != len(s) {
		panic(fmt.Sprintf("build: %s has no field for one of the settings %v", name, s))
	}
	return op
}

// spelling is how the language says a field of an operation.
type spelling struct {
	name    string
	negated bool     // it says the opposite
	words   []string // unless there are none, what it says for false and for true
}

// spellingOf reads it from the field's tag.
func spellingOf(field reflect.StructField) spelling {
	name, negated := strings.CutPrefix(field.Tag.Get("setting"), "!")
	if name == "" {
		name = snake(field.Name)
	}
	name, words, ok := strings.Cut(name, "=")
	if !ok {
		return spelling{name: name, negated: negated}
	}
	return spelling{name: name, words: strings.Split(words, "|")}
}

// truth returns what a value means for a field that is true or false.
func (b *builder) truth(called spelling, v value, span source.Span) bool {
	if called.words == nil {
		return v.(bool) != called.negated
	}
	at := slices.Index(called.words, v.(string))
	if at < 0 {
		help := fmt.Sprintf("the %ss are %q and %q", called.name, called.words[0], called.words[1])
		b.fail(diag.WrongFigure, span, help, "there is no %s %q", called.name, v)
	}
	return at == 1
}

// spelled is the reverse of truth.
func (s spelling) spelled(x bool) string {
	if s.words == nil {
		return spelledValue(x != s.negated)
	}
	if x {
		return spelledValue(s.words[1])
	}
	return spelledValue(s.words[0])
}

// snake returns the name of a setting: "align_corners" for the field AlignCorners.
func snake(field string) string {
	var b strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
