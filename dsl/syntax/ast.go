package syntax

import (
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// File is the syntax tree of one source file, its declarations in the order of the text.
type File struct {
	Source     *source.File
	Imports    []*String
	Primitives []*Block // declared without a body
	Blocks     []*Block
	Functions  []*Function
	Networks   []*Network
	Scalings   []*Scaling
	Families   []*Family
	Lost       Lost
}

// Lost is what is known of what could not be understood.
type Lost struct {
	Names    []Name // that stand in it: it may declare them
	Family   bool   // it may have been a family
	Anything bool   // it may declare anything: an import, or what comes after too many mistakes
}

// Name is an identifier and its place.
type Name struct {
	Text string
	Span source.Span
}

// String is a quoted text, without its quotes.
type String struct {
	Text string
	Span source.Span
}

// Type is a type as written: the name of one, or a list of it.
type Type struct {
	Name Name
	List bool
	Span source.Span
}

// Param declares a setting. Default is nil when the setting must be given.
type Param struct {
	Name    Name
	Type    Type
	Default Expr
	Span    source.Span
}

// TensorInput declares a tensor that a block or primitive takes; List means any number of them.
type TensorInput struct {
	Name Name
	List bool
}

// Block is a function from tensors to a tensor. A primitive is a block without a body.
type Block struct {
	Name   Name
	Params []*Param
	Inputs []TensorInput
	Body   []Statement
}

// Function computes a number, a text or a list from such.
type Function struct {
	Name   Name
	Params []*Param
	Value  Expr // or nil, and then
	Body   []Statement
}

// Network is a network: parameters and a body that starts from an image.
type Network struct {
	Name   Name
	Params []*Param
	Body   []Statement
}

// Scaling is a set of rules by which a network scales.
type Scaling struct {
	Name   Name
	Params []*Param
	Body   []Statement
}

// Family lists the variants of a network: of the network that Of names, with settings that hold for all of them, or of
// the network of its own name where Of is nil. By is nil when the network does not scale.
type Family struct {
	Name     Name
	Of       *Call
	By       *Call
	Variants []*Variant
}

// Network is the name of the family's network.
func (f *Family) Network() Name {
	if f.Of != nil {
		return f.Of.Name
	}
	return f.Name
}

// Variant is one member of a family and its settings.
type Variant struct {
	Name     Name
	Settings []*Setting
}

// Setting gives a name a value.
type Setting struct {
	Name  Name
	Value Expr
	Span  source.Span
}

// Statement is one line of a body: *Use, *Input, *Return, *Require, *Rule, *Assign or *Flow.
type Statement interface{ Place() source.Span }

type (
	// Use gives a layer a name that every block inside may use ("use norm = BatchNorm(epsilon: 1e-3)"), or gives
	// settings of a layer other defaults ("use Conv(padding: \"same\")").
	Use struct {
		Name  Name // of the layer, or of the layer whose defaults change
		Value Expr // nil when Call is set
		Call  *Call
		Span  source.Span
	}

	// Input declares the network's input.
	Input struct {
		Name Name
		Dims []Expr
		Span source.Span
	}

	// Return ends a body with a value; a network's with one or several tensors, which may have names of their own.
	Return struct {
		Results []*Result
		Span    source.Span
	}

	// Require states what must hold: Left is true or, when Near is set, differs from it by at most Within.
	Require struct {
		Left, Near, Within Expr
		Span               source.Span
	}

	// Rule says how a scaling changes a number of the baseline: "channels(c) = divisible(c * width)".
	Rule struct {
		Name   Name
		Params []Name
		Value  Expr
		Span   source.Span
	}

	// Assign names a value.
	Assign struct {
		Name  Name
		Value Expr
		Span  source.Span
	}

	// Flow sends the current tensor through chains of layers, one after the other, and names the result, which becomes
	// the current tensor. A flow of several parts is a stage of several definitions.
	Flow struct {
		Name  Name
		Parts []*Part
		Span  source.Span
	}
)

// Result is one of the values of a Return: "logits", "class: head".
type Result struct {
	Name  *Name // or nil
	Value Expr
	Span  source.Span
}

// OutputName returns the name that the value has as an output of a network: its own, or that of the tensor that it
// only mentions. Other values have none.
func (r *Result) OutputName() *Name {
	if ref, ok := r.Value.(*Ref); ok && r.Name == nil {
		return &ref.Name
	}
	return r.Name
}

// Part is one chain of layers of a Flow.
type Part struct {
	Steps  []*Call
	Repeat Expr // or nil
	If     Expr // or nil
	Span   source.Span
}

func (s *Use) Place() source.Span     { return s.Span }
func (s *Input) Place() source.Span   { return s.Span }
func (s *Return) Place() source.Span  { return s.Span }
func (s *Require) Place() source.Span { return s.Span }
func (s *Rule) Place() source.Span    { return s.Span }
func (s *Assign) Place() source.Span  { return s.Span }
func (s *Flow) Place() source.Span    { return s.Span }

// Expr is an expression: one of the types below.
type Expr interface{ Place() source.Span }

type (
	// Int is a whole number.
	Int struct {
		Value int
		Span  source.Span
	}
	// Float is a number with a fraction or an exponent.
	Float struct {
		Value float64
		Span  source.Span
	}
	// Bool is true or false.
	Bool struct {
		Value bool
		Span  source.Span
	}
	// Ref is a name standing for its value.
	Ref struct{ Name Name }
	// List is [a, b, c].
	List struct {
		Items []Expr
		Span  source.Span
	}
	// Each is [Item for Name in Over], or [Item for Name in Over from State = First], where State is the item before
	// and for the first item First. Otherwise State and First are nil.
	Each struct {
		Item  Expr
		Name  Name
		Over  Expr
		State *Name
		First Expr
		Span  source.Span
	}
	// Steps is [From to To step Step]: the numbers from From up or down to To. Step is nil for 1.
	Steps struct {
		From, To, Step Expr
		Span           source.Span
	}
	// Free is Value in Among: Value, unless a search takes another of the list Among.
	Free struct {
		Value, Among Expr
		Span         source.Span
	}
	// Unary is an operator before its operand: "-", "not" or "fixed".
	Unary struct {
		Operator string
		Operand  Expr
		Span     source.Span
	}
	// Binary is an operator between its operands.
	Binary struct {
		Operator    string
		Left, Right Expr
		Span        source.Span
	}
	// Field is Of.Name.
	Field struct {
		Of   Expr
		Name Name
		Span source.Span
	}
	// Index is Of[At].
	Index struct {
		Of, At Expr
		Span   source.Span
	}
	// Call is a function's value, a layer with settings, or a step of a chain. HasArgs tells "norm" from "norm()".
	Call struct {
		Name    Name
		Args    []*Arg
		HasArgs bool
		Span    source.Span
	}
	// Pipe sends the value of Head through layers.
	Pipe struct {
		Head  Expr
		Steps []*Call
		Span  source.Span
	}
	// If is Then when Condition holds. Else is nil where the value of a chain's head stands in for it.
	If struct {
		Then, Condition, Else Expr
		Span                  source.Span
	}
)

// Arg is an argument. Name is nil for a positional one.
type Arg struct {
	Name  *Name
	Value Expr
	Span  source.Span
}

func (e *Int) Place() source.Span    { return e.Span }
func (e *Float) Place() source.Span  { return e.Span }
func (e *Bool) Place() source.Span   { return e.Span }
func (e *String) Place() source.Span { return e.Span }
func (e *Ref) Place() source.Span    { return e.Name.Span }
func (e *List) Place() source.Span   { return e.Span }
func (e *Each) Place() source.Span   { return e.Span }
func (e *Steps) Place() source.Span  { return e.Span }
func (e *Free) Place() source.Span   { return e.Span }
func (e *Unary) Place() source.Span  { return e.Span }
func (e *Binary) Place() source.Span { return e.Span }
func (e *Field) Place() source.Span  { return e.Span }
func (e *Index) Place() source.Span  { return e.Span }
func (e *Call) Place() source.Span   { return e.Span }
func (e *Pipe) Place() source.Span   { return e.Span }
func (e *If) Place() source.Span     { return e.Span }

// Parse reads a file. The tree holds what could be understood, also when there are problems.
func Parse(file *source.File) (*File, diag.List) {
	tokens, _, problems := scan(file)
	if tokens == nil && len(problems) > 0 {
		return &File{Source: file, Lost: Lost{Anything: true}}, problems
	}
	return parse(file, tokens, problems)
}

// ParseExpression reads a text that is one expression, such as the value of a setting.
func ParseExpression(file *source.File) (Expr, diag.List) {
	tokens, _, problems := scan(file)
	if len(problems) > 0 {
		return nil, problems
	}
	p := &parser{file: file, tokens: tokens}
	var e Expr
	p.attempt(func() {
		e = p.expression()
		if p.token().kind == tokenNewline {
			p.at++
		}
		if p.token().kind != tokenEnd {
			p.unexpected(lineEnds)
		}
	})
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return e, nil
}
