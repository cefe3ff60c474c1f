package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pixels"
)

// emitter writes model.go.
type emitter struct {
	plan    *plan.Plan
	options Options
	inputs  []portName // what the plan's inputs are called
	names   []portName // what its outputs are called
	scores  int        // which of them has one number per class; none: -1

	normalisation *pixels.Normalisation // of the input's; nil: none
}

func (e *emitter) model() *jen.File {
	f := jen.NewFile(e.options.Package)
	f.HeaderComment(header)
	f.ImportNames(map[string]string{e.pathOf("engine"): "engine", e.pathOf("kernel"): "kernel"})
	for _, line := range strings.Split(e.packageDoc(), "\n") {
		f.PackageComment(strings.TrimRight("// "+line, " "))
	}
	if !e.options.Separate {
		f.Anon("embed")
	}
	e.identity(f)
	e.constants(f)
	e.types(f)
	e.constructors(f)
	e.infer(f)
	if e.scores >= 0 && len(e.inputs) == 1 {
		e.predict(f)
	}
	e.around(f)
	e.tensors(f)
	e.run(f)
	e.methods(f)
	if e.imports() {
		e.api(f)
	}
	return f
}

// scoresOf returns which of the outputs has one number per class: the only vector, of those as long as there are labels
// if there are any, that is not called what describes its input. It returns -1 if there is none, or more than one.
func scoresOf(p *plan.Plan, labels int) int {
	found := -1
	for i, o := range p.Outputs {
		words := strings.FieldsFunc(strings.ToLower(o.Name), func(r rune) bool { return r == '_' || r == '.' })
		describes := slices.ContainsFunc(words, func(word string) bool { return slices.Contains(descriptions, word) })
		switch {
		case len(o.Shape) != 1 || describes || len(p.Outputs) > 1 && labels > 0 && o.Shape[0] != labels:
		case found >= 0:
			return -1
		default:
			found = i
		}
	}
	return found
}

// descriptions are words for vectors that no class has a number in.
var descriptions = []string{
	"embedding", "embeddings", "feature", "features", "descriptor", "descriptors", "latent", "code", "representation",
}

// identity writes what the package says of itself.
func (e *emitter) identity(f *jen.File) {
	from := e.options.From
	comment(f, `
What this code was generated of: the network, its variant, the architecture's file with its hash, and the netc
that did it. The weights say themselves what they are: see Model.Weights.`)
	f.Const().Defs(
		jen.Id("Network").Op("=").Lit(oneLine(e.plan.Name)),
		jen.Id("Variant").Op("=").Lit(oneLine(from.Variant)),
		jen.Id("Source").Op("=").Lit(oneLine(from.Source)),
		jen.Id("Generator").Op("=").Lit(oneLine(from.Generator)),
	)
}

// constants writes the shapes and lengths that callers need.
func (e *emitter) constants(f *jen.File) {
	for i, in := range e.plan.Inputs {
		e.inputConstants(f, i, in.Shape)
	}
	if e.scores >= 0 && len(e.names) == 1 {
		comment(f, fmt.Sprintf("Classes is the number of floats in %s, one per class.", e.names[0].parameter))
		f.Const().Id("Classes").Op("=").Lit(e.plan.Outputs[0].Shape.Elements())
		return
	}
	for i, o := range e.plan.Outputs {
		comment(f, fmt.Sprintf("%s is the number of floats in %s, of shape %s.", e.names[i].length, e.outputNames()[i],
			o.Shape))
		f.Const().Id(e.names[i].length).Op("=").Lit(o.Shape.Elements())
	}
}

// inputConstants writes the shape and length of an input. An only input's shape is the input's.
func (e *emitter) inputConstants(f *jen.File, i int, shape ir.Shape) {
	prefix, what := "Input", oneLine(e.plan.Inputs[i].Name)
	switch {
	case len(e.inputs) > 1:
		prefix = e.inputs[i].field
	case what == "image":
		what = "the image"
	}
	length := e.inputs[i].length
	if !shape.IsImage() {
		comment(f, fmt.Sprintf("%s is the number of floats of %s, of shape %s, without a batch dimension.", length,
			e.plan.Inputs[i].Name, shape))
		f.Const().Id(length).Op("=").Lit(shape.Elements())
		return
	}
	comment(f, fmt.Sprintf("The shape of %s, without a batch dimension, and its number of floats.", what))
	channels, height, width := prefix+"Channels", prefix+"Height", prefix+"Width"
	f.Const().Defs(
		jen.Id(channels).Op("=").Lit(shape[0]),
		jen.Id(height).Op("=").Lit(shape[1]),
		jen.Id(width).Op("=").Lit(shape[2]),
		jen.Id(length).Op("=").Id(channels).Op("*").Id(height).Op("*").Id(width),
	)
}

// lengthOf returns the constant that holds the i-th output's number of floats.
func (e *emitter) lengthOf(i int) string {
	if e.scores >= 0 && len(e.names) == 1 {
		return "Classes"
	}
	return e.names[i].length
}

// constructor returns the name of the function that most callers make a model with.
func (e *emitter) constructor() string {
	if e.options.Separate {
		return "Open"
	}
	return "New"
}

func (e *emitter) types(f *jen.File) {
	if !e.options.Separate {
		comment(f, "weightsFile holds the weights, packed as the kernels read them.")
		f.Comment("//go:embed " + weightsName)
		f.Var().Id("weightsFile").String()
	}
	comment(f, "This does not compile if steps.go is of another network than this file: generate the package again.")
	f.Const().Id("_").Op("=").Id(e.stepsMark())
	lengths := make([]jen.Code, len(e.inputs))
	for i, in := range e.inputs {
		lengths[i] = jen.Id(in.length)
	}
	sections := make([]jen.Code, len(e.plan.Sections))
	for i, s := range e.plan.Sections {
		sections[i] = jen.Values(jen.Id("Type").Op(":").Add(e.runtime("kernel", strings.ToUpper(s.Type.String()))),
			jen.Id("Elements").Op(":").Lit(s.Elements))
	}
	comment(f, `
compiled is the network as the engine runs it. Packing is the fingerprint of its weights' layout: files of
weights must have the same.`)
	f.Var().Id("compiled").Op("=").Op("&").Add(e.runtime("engine", "Network")).Values(
		jen.Line().Id("Name").Op(":").Id("Network"), jen.Id("Packing").Op(":").Lit(packing(e.plan)),
		jen.Line().Id("Sections").Op(":").Index().Add(e.runtime("kernel", "Section")).Values(sections...),
		jen.Line().Id("Steps").Op(":").Id("steps"), jen.Id("Inputs").Op(":").Index().Int().Values(lengths...),
		jen.Id("Arena").Op(":").Lit(e.plan.Arena),
		jen.Line().Id("Results").Op(":").Add(e.results(e.plan)),
		e.halvesField(),
		e.pixelsField())
	comment(f, `
Model is the network with its weights. It is safe for concurrent use. Each inference under way at the same
time needs memory of its own; the model keeps it, so that once warm nothing is allocated.`)
	f.Type().Id("Model").Struct(jen.Id("engine").Op("*").Add(e.runtime("engine", "Engine")))
}

// results is the list of where a plan's outputs lie.
func (e *emitter) results(p *plan.Plan) *jen.Statement {
	results := make([]jen.Code, len(p.Outputs))
	for i, o := range p.Outputs {
		if o.At.Space != kernel.ArenaSpace {
			panic("golang: a result outside the arena")
		}
		results[i] = jen.Id(e.ref(o.At))
	}
	return jen.Index().Add(e.runtime("kernel", "Ref")).Values(broken(results)...)
}

// halvesField is the network with arithmetic of float16.
func (e *emitter) halvesField() jen.Code {
	half := e.plan.Half
	if half == nil {
		return jen.Null()
	}
	return jen.Line().Id("Half").Op(":").Op("&").Add(e.runtime("engine", "Halves")).Values(
		jen.Id("Steps").Op(":").Id("halfSteps"), jen.Id("Arena").Op(":").Lit(half.Arena),
		jen.Id("Results").Op(":").Add(e.results(half)))
}

// constructors writes New, unless the weights are elsewhere, Open and Read.
func (e *emitter) constructors(f *jen.File) {
	write := func(name, engine string, doc string, parameter *jen.Statement, arguments ...jen.Code) {
		parameters := []jen.Code{jen.Id("options").Op("...").Id("Option")}
		if parameter != nil {
			parameters = append([]jen.Code{parameter}, parameters...)
		}
		arguments = append(append([]jen.Code{jen.Id("compiled")}, arguments...), jen.Id("options"))
		comment(f, doc)
		f.Func().Id(name).Params(parameters...).Params(jen.Op("*").Id("Model"), jen.Error()).Block(
			jen.List(jen.Id("e"), jen.Err()).Op(":=").Add(e.runtime("engine", engine)).Call(arguments...),
			jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
			jen.Return(jen.Op("&").Id("Model").Values(jen.Id("e")), jen.Nil()),
		)
	}
	if !e.options.Separate {
		write("New", "Embedded", `
New makes a model of the weights that are part of this package. The error says that weights.bin does not
belong to this code, or that NETC_CPU, which takes instructions of the processor away to measure and test, is
none of the names that it may be.`, nil, jen.Lit(weightsName), jen.Id("weightsFile"))
	}
	write("Open", "Open", `
Open makes a model of the weights in a file that netc pack has written for this network. The file is mapped
into memory where the system can. It must not be written to while the model is in use: replace it by renaming
another one over it, then Swap. Of what happens nevertheless, inferences return an error, once it can be
noticed: after the file was written to, or cut off. Its checksum is computed in the background, and if it is
wrong, inferences return that; Verify waits for it. With WithCopy, the file is read and checked before Open
returns.

The error says why the weights are refused, and is then ErrWeights, or that the file cannot be read, or that
NETC_CPU, which takes instructions of the processor away to measure and test, is none of the names that it may
be.`,
		jen.Id("path").String(), jen.Id("path"))
	write("Read", "Read", `
Read makes a model of weights as Open does, but reads them into memory, and no further than their end. They
have been checked when it returns.`, jen.Id("r").Qual("io", "Reader"), jen.Id("r"))
}
