package ir

import "fmt"

// Type is the type of a value's elements.
type Type int

// The types. No stage behind this package asks for a value's type yet, each takes it to be float32: a second one begins
// with a question in each of them.
const (
	Float32 Type = iota
	typeCount
)

// String prints the type as a graph's text has it.
func (t Type) String() string {
	switch t {
	case Float32:
		return "float32"
	}
	return fmt.Sprintf("type %d", int(t))
}

// parseType reads what String prints.
func parseType(text string) (Type, error) {
	for t := range typeCount {
		if t.String() == text {
			return t, nil
		}
	}
	return 0, fmt.Errorf("no type is called %q", text)
}

// typed is an operation whose result has a type of its own. That of all others is the type of their first input.
type typed interface {
	resultType() Type
}

func (op Input) resultType() Type { return op.Type }

// typeOf returns the type of a node's value, or says that its inputs differ in theirs.
func typeOf(op Op, inputs []*Node) (Type, error) {
	for _, in := range inputs {
		if in.Type != inputs[0].Type {
			return 0, errorf(ShapesDiffer, "the types %s and %s do not match", inputs[0].Type, in.Type)
		}
	}
	if op, ok := op.(typed); ok {
		return op.resultType(), nil
	}
	return inputs[0].Type, nil
}
