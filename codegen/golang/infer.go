package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/compiler/ir"
)

// infer writes Infer, and the types of what it takes and returns where these are several.
func (e *emitter) infer(f *jen.File) {
	if len(e.inputs) > 1 {
		e.structure(f, "Inputs", `
Inputs are what Infer takes: of each, as many values as of the others, one behind the other.`,
			e.inputs, func(i int) []int { return e.plan.Inputs[i].Shape })
	}
	if len(e.names) > 1 {
		e.structure(f, "Outputs", `
Outputs are what Infer writes. One that is nil is not computed, nor what only it needs.`,
			e.names, func(i int) []int { return e.plan.Outputs[i].Shape })
	}
	comment(f, e.inferDoc())
	parameters := e.parameters(e.inputParameter())
	f.Func().Params(receiver()).Id("Infer").Params(parameters...).Error().BlockFunc(func(g *jen.Group) {
		e.batchOf(g, e.inputText(0), e.inputs[0].length, "floats", e.unit()+"s")
		if len(e.inputs) > 1 {
			e.checkFirst(g)
		}
		for i := range len(e.inputs) - 1 {
			e.checkLength(g, e.inputExpr(i+1), e.inputText(i+1), e.inputs[i+1].length)
		}
		e.checkResults(g)
		e.finish(g, jen.Id("m").Dot("engine").Dot("InferBatch").Call(
			jen.Id("ctx"), jen.Id("n"), list(len(e.inputs), e.inputExpr), list(len(e.names), e.outputExpr)))
	})
}

// list writes a list of slices, as the engine takes them.
func list(n int, slice func(i int) *jen.Statement) jen.Code {
	all := make([]jen.Code, n)
	for i := range all {
		all[i] = slice(i)
	}
	return jen.Index().Index().Float32().Values(broken(all)...)
}

// broken writes a list of more than two one a line.
func broken(list []jen.Code) []jen.Code {
	if len(list) < 3 {
		return list
	}
	lines := make([]jen.Code, len(list), len(list)+1)
	for i, item := range list {
		lines[i] = jen.Line().Add(item)
	}
	return append(lines, jen.Line())
}

// structure writes the type of several inputs or outputs.
func (e *emitter) structure(f *jen.File, name, doc string, ports []portName, shape func(i int) []int) {
	comment(f, doc)
	f.Type().Id(name).StructFunc(func(g *jen.Group) {
		for i, p := range ports {
			g.Id(p.field).Index().Float32().Comment(
				fmt.Sprintf("%s floats each, shape %s", p.length, ir.Shape(shape(i))))
		}
	})
}

func ctxParameter() jen.Code { return jen.Id("ctx").Qual("context", "Context") }

// inputExpr and outputExpr write the slice of an input or output in Infer, inputText and outputText say it in messages.
func (e *emitter) inputExpr(i int) *jen.Statement  { return port(e.inputs, "in", i) }
func (e *emitter) outputExpr(i int) *jen.Statement { return port(e.names, "out", i) }
func (e *emitter) inputText(i int) string          { return portText(e.inputs, "in", i) }
func (e *emitter) outputText(i int) string         { return portText(e.names, "out", i) }

func port(ports []portName, structure string, i int) *jen.Statement {
	if len(ports) == 1 {
		return jen.Id(ports[0].parameter)
	}
	return jen.Id(structure).Dot(ports[i].field)
}

func portText(ports []portName, structure string, i int) string {
	if len(ports) == 1 {
		return ports[0].parameter
	}
	return structure + "." + ports[i].field
}

// unit is what an inference is of, in words.
func (e *emitter) unit() string {
	if len(e.inputs) == 1 && e.plan.Inputs[0].Shape.IsImage() && e.plan.Inputs[0].Name == "image" {
		return "image"
	}
	return "value"
}

func (e *emitter) inferDoc() string {
	var results []string
	for i := range e.names {
		shape := e.plan.Outputs[i].Shape
		results = append(results, fmt.Sprintf("%s, shape %s, %s floats", e.outputText(i), shape, e.lengthOf(i)))
	}
	one := "an image"
	if e.unit() == "value" {
		one = "a value of " + oneLine(e.plan.Inputs[0].Name)
	}
	what := fmt.Sprintf("%s, shape %s, or on a batch of any number of them, one behind the other: %s must have a "+
		"whole multiple of %s floats", one, e.plan.Inputs[0].Shape, e.inputText(0), e.inputs[0].length)
	if len(e.inputs) > 1 {
		what = fmt.Sprintf("a value of each input, or on a batch of any number of them, one behind the other: %s must "+
			"have a whole multiple of %s floats, and the others as many values", e.inputText(0), e.inputs[0].length)
	}
	also := ""
	if len(e.names) > 1 {
		also = " An output that is nil is not computed, nor what only it needs."
	}
	return fmt.Sprintf(`
Infer runs the network on %s. It writes, for each of them, %s.%s

It only reads the %[4]ss. Those of a batch are spread over the workers, each of which has memory of its own,
so that results must not overlap them, which is an error. Those of a single %[4]s may.

When the context ends, Infer gives up with its error; it looks between layers. The results of a single %[4]s
are then untouched; of a batch, some may be written and others not.`,
		what, strings.Join(results, ", and "), also, e.unit())
}

// inputParameter writes Infer's parameter for the inputs; nil stands for one that shares its type with the output's.
func (e *emitter) inputParameter() *jen.Statement {
	switch {
	case len(e.inputs) > 1:
		return jen.Id("in").Id("Inputs")
	case len(e.names) == 1:
		return nil
	}
	return jen.Id(e.inputs[0].parameter).Index().Float32()
}

// parameters writes "ctx context.Context, images, logits []float32", or what an input is with several outputs.
func (e *emitter) parameters(input *jen.Statement) []jen.Code {
	if len(e.names) > 1 {
		return []jen.Code{ctxParameter(), input, jen.Id("out").Id("Outputs")}
	}
	if len(e.inputs) == 1 && input == nil { // both are floats
		return []jen.Code{ctxParameter(), jen.List(e.inputExpr(0), e.outputExpr(0)).Index().Float32()}
	}
	return []jen.Code{ctxParameter(), input, e.outputExpr(0).Index().Float32()}
}

// checkFirst writes the test that the first of several inputs is there. It says how many values the others must have,
// so that without it they would be blamed. A batch of no values at all is none of its business.
func (e *emitter) checkFirst(g *jen.Group) {
	others := jen.Len(e.inputExpr(1))
	for i := 2; i < len(e.inputs); i++ {
		others.Op("+").Add(lineAt(i)).Len(e.inputExpr(i))
	}
	for i := range e.names {
		others.Op("+").Add(lineAt(len(e.inputs) + i)).Len(e.outputExpr(i))
	}
	length := e.inputs[0].length
	g.If(jen.Len(e.inputExpr(0)).Op("==").Lit(0).Op("&&").Add(others).Op(">").Lit(0)).Block(
		jen.Return(jen.Qual("fmt", "Errorf").Call(
			jen.Lit(e.inputText(0)+" is missing: it must have %d floats for each "+e.unit()+" ("+length+")"),
			jen.Id(length))))
}

// lineAt breaks the line before every fourth term of a long sum.
func lineAt(term int) *jen.Statement {
	if term%4 == 0 {
		return jen.Line()
	}
	return jen.Null()
}

// checkResults writes the tests of the results' lengths. Of several, those that are nil are not wanted.
func (e *emitter) checkResults(g *jen.Group) {
	if len(e.names) == 1 {
		e.checkLength(g, e.outputExpr(0), e.outputText(0), e.lengthOf(0))
		return
	}
	for i := range e.names {
		e.checkWanted(g, e.outputExpr(i), e.outputText(i), e.lengthOf(i))
	}
}

// checkWanted is checkLength of a result that may be nil.
func (e *emitter) checkWanted(g *jen.Group, slice *jen.Statement, text, length string) {
	wrong := slice.Clone().Op("!=").Nil().Op("&&").Parens(wrongLength(slice, length))
	g.If(wrong).Block(e.lengthError(slice, text, length))
}

// checkLength writes the test of a slice's length. It divides, since n times the length may overflow.
func (e *emitter) checkLength(g *jen.Group, slice *jen.Statement, text, length string) {
	g.If(wrongLength(slice, length)).Block(e.lengthError(slice, text, length))
}

func wrongLength(slice *jen.Statement, length string) *jen.Statement {
	have := func() *jen.Statement { return jen.Len(slice.Clone()) }
	return have().Op("/").Id(length).Op("!=").Id("n").Op("||").Add(have()).Op("%").Id(length).Op("!=").Lit(0)
}

func (e *emitter) lengthError(slice *jen.Statement, text, length string) jen.Code {
	return jen.Return(jen.Qual("fmt", "Errorf").Call(
		jen.Lit(text+" has %d floats, but must have %d for each of %d "+e.unit()+"s ("+length+")"),
		jen.Line().Len(slice.Clone()), jen.Id(length), jen.Id("n")))
}

// run writes Run, which is Infer for who does not know the network.
func (e *emitter) run(f *jen.File) {
	doc := `
Run is Infer for programs that hold several networks: a slice for each input and for each output, in the order
of Inputs and Outputs, of the type that the Tensor says.`
	if len(e.names) > 1 {
		doc += " An output that is nil is not wanted."
	}
	comment(f, doc)
	slices := jen.List(jen.Id("inputs"), jen.Id("outputs")).Index().Any()
	f.Func().Params(receiver()).Id("Run").Params(ctxParameter(), slices).Error().BlockFunc(func(g *jen.Group) {
		g.If(jen.Len(jen.Id("inputs")).Op("!=").Lit(len(e.inputs)).Op("||").
			Len(jen.Id("outputs")).Op("!=").Lit(len(e.names))).Block(
			jen.Return(jen.Qual("fmt", "Errorf").Call(
				jen.Lit(fmt.Sprintf("Run takes %s and %s, not %%d and %%d", counted(len(e.inputs), "input"),
					counted(len(e.names), "output"))),
				jen.Len(jen.Id("inputs")), jen.Len(jen.Id("outputs")))))
		arguments := []jen.Code{jen.Id("ctx")}
		g.Var().Err().Error()
		arguments = append(arguments, e.unpack(g, e.inputs, "in", "Inputs", "inputs", e.inputNames()))
		arguments = append(arguments, e.unpack(g, e.names, "out", "Outputs", "outputs", e.outputNames()))
		g.Return(jen.Id("m").Dot("Infer").Call(arguments...))
	})
}

// unpack writes the statements that make an argument of Infer of one of Run's slices, and returns the argument.
func (e *emitter) unpack(g *jen.Group, ports []portName, variable, kind, from string, names []string) jen.Code {
	if len(ports) == 1 {
		variable = ports[0].parameter
		g.Var().Id(variable).Index().Float32()
	} else {
		g.Var().Id(variable).Id(kind)
	}
	sliceOf := func(i int) jen.Code {
		call := jen.List(port(ports, variable, i), jen.Err()).Op("=").
			Add(e.runtime("engine", "SliceOf").Index(jen.Index().Float32())).
			Call(jen.Lit(names[i]), jen.Id(from).Index(jen.Lit(i)))
		return jen.If(call, jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
	}
	for i := range ports {
		if from == "outputs" && len(ports) > 1 {
			g.If(jen.Id(from).Index(jen.Lit(i)).Op("!=").Nil()).Block(sliceOf(i))
		} else {
			g.Add(sliceOf(i))
		}
	}
	return jen.Id(variable)
}

// inputNames and outputNames are the network's own, but that of an only output, which may be made into another.
func (e *emitter) inputNames() []string {
	var names []string
	for _, in := range e.plan.Inputs {
		names = append(names, in.Name)
	}
	return names
}

func (e *emitter) outputNames() []string {
	if len(e.names) == 1 {
		return []string{e.names[0].parameter}
	}
	var names []string
	for _, o := range e.plan.Outputs {
		names = append(names, o.Name)
	}
	return names
}

// scoresVariable returns what the scores are called in functions that take or make them alone. The name of one output
// of several may be one that these functions use for something else.
func (e *emitter) scoresVariable() string {
	port := e.names[e.scores]
	if len(e.names) == 1 {
		return port.parameter
	}
	names := namer{}
	for _, in := range e.inputs {
		names[in.field] = true
	}
	return names.name(port.field, "Scores", true).parameter
}

// runOne writes the statements by which a method runs the network on one input, and keeps the scores of the classes.
func (e *emitter) runOne(infer, input string, fail ...jen.Code) []jen.Code {
	scores := e.scoresVariable()
	out := jen.Id(scores).Index(jen.Op(":"))
	if len(e.names) > 1 {
		out = jen.Id("Outputs").Values(jen.Id(e.names[e.scores].field).Op(":").Add(out))
	}
	call := jen.Id("m").Dot(infer).Call(jen.Id("ctx"), jen.Id(input), out)
	return []jen.Code{
		jen.Var().Id(scores).Index(jen.Id(e.lengthOf(e.scores))).Float32(),
		jen.If(jen.Err().Op(":=").Add(call), jen.Err().Op("!=").Nil()).Block(jen.Return(append(fail, jen.Err())...)),
	}
}

// predict writes Predict, which returns the best class.
func (e *emitter) predict(f *jen.File) {
	scores, one, input := e.scoresVariable(), "one image", "image"
	if e.unit() != "image" {
		one, input = "one value of "+oneLine(e.plan.Inputs[0].Name), e.inputs[0].parameter
	}
	comment(f, fmt.Sprintf(`
Predict runs the network on %s, shape %s, %s floats, and returns the class of the largest of
%s, the first of equals. If one of them is not a number, which an input or weights with infinite values can
make, that is an error. Beside an error, the class is -1.`, one, e.plan.Inputs[0].Shape, e.inputs[0].length,
		oneLine(e.outputNames()[e.scores])))
	f.Func().Params(receiver()).Id("Predict").Params(ctxParameter(), jen.Id(input).Index().Float32()).Params(
		jen.Id("class").Int(), jen.Err().Error()).Block(append(e.runOne("Infer", input, jen.Lit(-1)),
		jen.For(jen.List(jen.Id("i"), jen.Id("score")).Op(":=").Range().Id(scores)).Block(
			jen.If(jen.Id("score").Op("!=").Id("score")).Block(
				jen.Return(jen.Lit(-1), jen.Qual("fmt", "Errorf").Call(
					jen.Lit("the score of class %d is not a number: is the input finite?"), jen.Id("i")))),
			jen.If(jen.Id("score").Op(">").Id(scores).Index(jen.Id("class"))).Block(jen.Id("class").Op("=").Id("i"))),
		jen.Return(jen.Id("class"), jen.Nil()),
	)...)
}

// counted writes a number of things: "1 input", "2 inputs".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
