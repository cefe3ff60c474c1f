package ir

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// String prints the graph one node a line:
//
//	graph "EfficientNet-B0"
//	image = Input(Shape: {3, 224, 224}) : [3, 224, 224]
//	stem.conv = Conv(Out: 32, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {0, 0, 1, 1}) image : [32, 112, 112]
//	output stem.conv
//
// A lowered graph's first line is "lowered graph"; what is fused into an operation follows it:
//
//	wide = Conv(Out: 32, …) -> Add() -> Activation(Function: SiLU) narrow residual : [32, 112, 112]
//
// A node whose weights are shared ends in "of LAYER at PREFIX": see Sharing.
//
// An output whose name is not its node's is written "logits=head.linear". Settings that have their zero value are left
// out. The shape after the colon is there for the reader; Parse checks it.
func (g *Graph) String() string {
	var b strings.Builder
	if g.Lowered {
		b.WriteString("lowered ")
	}
	fmt.Fprintf(&b, "graph %q\n", g.Name)
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "%s = %s", n.Name, OpString(n.Op))
		for _, in := range n.Inputs {
			b.WriteString(" " + in.Name)
		}
		fmt.Fprintf(&b, " : %s", n.Shape)
		if n.Shared.Layer != "" {
			fmt.Fprintf(&b, " of %s at %s", n.Shared.Layer, n.Shared.At)
		}
		b.WriteByte('\n')
	}
	b.WriteString("output")
	for _, o := range g.Outputs {
		b.WriteString(" " + o.String())
	}
	b.WriteString("\n")
	return b.String()
}

// String prints an output as its name, and its node's if that is another.
func (o Output) String() string {
	if o.Name == o.Node.Name {
		return o.Name
	}
	return o.Name + "=" + o.Node.Name
}

// String prints a shape as "[3, 224, 224]".
func (s Shape) String() string {
	return "[" + joinInts([]int(s)) + "]"
}

func joinInts(values []int) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = strconv.Itoa(v)
	}
	return strings.Join(words, ", ")
}

// OpString prints an op with its settings, as a line of Graph.String has it: "Activation(Function: SiLU)".
func OpString(op Op) string {
	if fused, ok := op.(Fused); ok {
		text := OpString(fused.Base)
		if fused.Residual {
			text += " -> " + OpString(Add{})
		}
		if fused.Activation != (Activation{}) {
			text += " -> " + OpString(fused.Activation)
		}
		return text
	}
	return InfoOf(op).Name + "(" + strings.Join(fieldStrings(reflect.ValueOf(op)), ", ") + ")"
}

// fieldStrings prints the fields of an op that differ from zero.
func fieldStrings(v reflect.Value) []string {
	var words []string
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		if f.IsZero() {
			continue
		}
		switch x := f.Interface().(type) {
		case Padding:
			words = append(words, fmt.Sprintf("%s: {%d, %d, %d, %d}", name, x.Top, x.Left, x.Bottom, x.Right))
		case float64:
			words = append(words, name+": "+strconv.FormatFloat(x, 'g', -1, 64))
		default:
			words = append(words, fmt.Sprintf("%s: %v", name, x))
		}
	}
	return words
}

// Parse reads the text that String prints. It is for tests of passes, which are text in, text out.
func Parse(text string) (*Graph, error) {
	var b *Builder
	var g *Graph
	nodes := map[string]*Node{}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fail := func(err error) (*Graph, error) { return nil, fmt.Errorf("line %d: %w", i+1, err) }
		if g != nil {
			return fail(fmt.Errorf("the output line is the last, but %s follows", line))
		}
		if b == nil {
			rest, lowered := strings.CutPrefix(line, "lowered ")
			name, err := strconv.Unquote(strings.TrimPrefix(rest, "graph "))
			if err != nil {
				return fail(fmt.Errorf("want graph \"NAME\", got %s", line))
			}
			b = NewBuilder(name)
			b.graph.Lowered = lowered
			continue
		}
		if rest, ok := strings.CutPrefix(line, "output "); ok {
			outputs, err := parseOutputs(nodes, strings.Fields(rest))
			if err != nil {
				return fail(err)
			}
			g = b.BuildNamed(outputs)
			continue
		}
		n, err := parseNode(b, nodes, line)
		if err != nil {
			return fail(err)
		}
		nodes[n.Name] = n
	}
	if g == nil {
		return nil, errors.New("the output line is missing")
	}
	return g, nil
}

func parseNode(b *Builder, nodes map[string]*Node, line string) (*Node, error) {
	name, rest, ok := strings.Cut(line, " = ")
	end := strings.LastIndexByte(rest, ')')
	names, shape, ok2 := strings.Cut(rest[end+1:], " : ")
	if !ok || end < 0 || !ok2 {
		return nil, fmt.Errorf("want NAME = OP(SETTINGS) INPUTS : SHAPE, got %s", line)
	}
	inputs, err := lookup(nodes, strings.Fields(names))
	if err != nil {
		return nil, err
	}
	op, err := parseChain(rest[:end+1])
	if err != nil {
		return nil, err
	}
	var sharing Sharing
	shape, shared, isShared := strings.Cut(shape, " of ")
	if isShared {
		if sharing.Layer, sharing.At, ok = strings.Cut(shared, " at "); !ok || !strings.HasPrefix(name, sharing.At) {
			return nil, fmt.Errorf("want SHAPE of LAYER at PREFIX of %s, got %s", name, shared)
		}
	}
	n, err := b.AddShared(name, sharing, op, nil, inputs...)
	if err != nil {
		return nil, fmt.Errorf("%s %w", InfoOf(op).Name, err)
	}
	if n.Shape.String() != shape {
		return nil, fmt.Errorf("%s has shape %s, not %s", name, n.Shape, shape)
	}
	return n, nil
}

func parseOutputs(nodes map[string]*Node, words []string) ([]Output, error) {
	outputs := make([]Output, len(words))
	for i, word := range words {
		name, node, named := strings.Cut(word, "=")
		if !named {
			node = name
		}
		found, err := lookup(nodes, []string{node})
		if err != nil {
			return nil, err
		}
		outputs[i] = Output{name, found[0]}
	}
	return outputs, nil
}

func lookup(nodes map[string]*Node, names []string) ([]*Node, error) {
	found := make([]*Node, len(names))
	for i, name := range names {
		if found[i] = nodes[name]; found[i] == nil {
			return nil, fmt.Errorf("no node is called %q", name)
		}
	}
	return found, nil
}

// parseChain reads an operation and what is fused into it.
func parseChain(text string) (Op, error) {
	var fused Fused
	for i, part := range strings.Split(text, " -> ") {
		kind, settings, ok := strings.Cut(strings.TrimSuffix(part, ")"), "(")
		if !ok {
			return nil, fmt.Errorf("want OP(SETTINGS), got %s", part)
		}
		op, err := parseOp(kind, settings)
		if err != nil {
			return nil, err
		}
		activation, activates := op.(Activation)
		switch _, adds := op.(Add); {
		case i == 0:
			fused.Base = op
		case adds && fused == (Fused{Base: fused.Base}):
			fused.Residual = true
		case activates && fused.Activation == (Activation{}):
			fused.Activation = activation
		default:
			return nil, fmt.Errorf("%s cannot be fused here", part)
		}
	}
	return Fuse(fused), nil
}

func parseOp(kind, settings string) (Op, error) {
	for _, info := range ops {
		if info.Name != kind {
			continue
		}
		v := reflect.New(reflect.TypeOf(info.zero)).Elem()
		for settings != "" {
			name, rest, ok := strings.Cut(settings, ": ")
			if !ok {
				return nil, fmt.Errorf("want SETTING: VALUE, got %s", settings)
			}
			value, after, _ := strings.Cut(rest, ", ")
			if strings.HasPrefix(rest, "{") {
				value, after, _ = strings.Cut(rest[1:], "}")
				after = strings.TrimPrefix(after, ", ")
			}
			if err := setField(v, name, value); err != nil {
				return nil, err
			}
			settings = after
		}
		return v.Interface().(Op), nil
	}
	return nil, fmt.Errorf("no op is called %q", kind)
}

func setField(v reflect.Value, name, value string) error {
	f := v.FieldByName(name)
	if !f.IsValid() {
		return fmt.Errorf("%s has no setting %q", v.Type().Name(), name)
	}
	var err error
	switch p := f.Addr().Interface().(type) {
	case *int:
		*p, err = strconv.Atoi(value)
	case *float64:
		*p, err = strconv.ParseFloat(value, 64)
	case *bool:
		*p, err = strconv.ParseBool(value)
	case *Dims:
		*p, err = parseDims(value)
	case *Type:
		*p, err = parseType(value)
	case *Function:
		*p = Function(value)
	case *Init:
		*p = Init(value)
	case *Pair:
		*p, err = parsePair(value)
	case *Padding:
		_, err = fmt.Sscanf(value, "%d, %d, %d, %d", &p.Top, &p.Left, &p.Bottom, &p.Right)
	default:
		err = fmt.Errorf("setting %q cannot be read", name)
	}
	return err
}

// parseDims reads "3, 224, 224".
func parseDims(text string) (Dims, error) {
	words := strings.Split(text, ", ")
	if len(words) > MaxRank {
		return Dims{}, fmt.Errorf("{%s} has over %d numbers, the limit", text, MaxRank)
	}
	sizes := make([]int, len(words))
	for i, word := range words {
		var err error
		if sizes[i], err = strconv.Atoi(word); err != nil {
			return Dims{}, err
		}
	}
	return DimsOf(sizes...), nil
}

// parsePair reads what Pair.String prints.
func parsePair(text string) (p Pair, err error) {
	height, width, both := strings.Cut(text, "×")
	if !both {
		width = height
	}
	if p.Height, err = strconv.Atoi(height); err == nil {
		p.Width, err = strconv.Atoi(width)
	}
	return p, err
}
