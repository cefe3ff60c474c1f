package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
)

// emitter writes model.go.
type emitter struct {
	plan    *plan.Plan
	options Options
	names   []outputName // of the plan's outputs
	print   string       // by which the code knows its weights
}

func (e *emitter) model() *jen.File {
	f := jen.NewFile(e.options.Package)
	f.HeaderComment(header)
	f.ImportNames(map[string]string{enginePath: "engine", kernelPath: "kernel"})
	for _, line := range strings.Split(e.packageDoc(), "\n") {
		f.PackageComment(strings.TrimRight("// "+line, " "))
	}
	if !e.options.Separate {
		f.Anon("embed")
	}
	e.constants(f)
	e.types(f)
	e.construct(f)
	e.infer(f)
	e.inferBatch(f)
	if e.classifies() {
		e.predict(f)
	}
	e.profile(f)
	if e.options.Shared {
		e.api(f)
	}
	return f
}

// api writes what the engine's own files declare where they are part of the package.
func (e *emitter) api(f *jen.File) {
	of := func(name string) *jen.Statement { return jen.Qual(enginePath, name) }
	comment(f, "Option is a setting of "+e.constructor()+".")
	f.Type().Id("Option").Op("=").Add(of("Option"))
	comment(f, "WithWorkers sets how many goroutines work on one inference; see the engine's.")
	f.Func().Id("WithWorkers").Params(jen.Id("n").Int()).Id("Option").Block(jen.Return(of("WithWorkers").Call(jen.Id("n"))))
	comment(f, "WithProfile has the model measure how long each layer takes, for Profile to tell.")
	f.Func().Id("WithProfile").Params().Id("Option").Block(jen.Return(of("WithProfile").Call()))
	comment(f, "ErrClosed is what an inference returns after the model was closed.")
	f.Var().Id("ErrClosed").Op("=").Add(of("ErrClosed"))
	comment(f, "Profile says where the time of the inferences of a model went, Layer what one step of the network took of it.")
	f.Type().Defs(jen.Id("Profile").Op("=").Add(of("Profile")), jen.Id("Layer").Op("=").Add(of("Layer")))
	comment(f, "Where this does not compile, the engine is another one than this code was generated for: generate it again.")
	f.Var().Id("_").Index(jen.Lit(engine.Edition)).Struct().Op("=").Index(of("Edition")).Struct().Values()
}

// classifies reports whether the network's only result is a vector: one number per class.
func (e *emitter) classifies() bool {
	return len(e.plan.Outputs) == 1 && len(e.plan.Outputs[0].Shape) == 1
}

func (e *emitter) packageDoc() string {
	p := e.plan
	var b strings.Builder
	fmt.Fprintf(&b, "Package %s runs the network %s", e.options.Package, oneLine(p.Name))
	if e.options.Source != "" {
		fmt.Fprintf(&b, ", compiled from %s", oneLine(e.options.Source))
	}
	b.WriteString(".\n\n")
	if p.Input.IsImage() {
		fmt.Fprintf(&b, "It takes an image of shape %s: channel by channel, each row by row.\n", p.Input)
	} else {
		fmt.Fprintf(&b, "It takes an input, called the image below, of shape %s: the last dimension's floats lie "+
			"side by side.\n", p.Input)
	}
	for i, o := range p.Outputs {
		fmt.Fprintf(&b, "It returns %s of shape %s.\n", e.names[i].parameter, o.Shape)
	}
	if e.options.Weights != "" {
		fmt.Fprintf(&b, "The weights were %s.\n", oneLine(e.options.Weights))
	}
	fmt.Fprintf(&b, "\nMake one Model with %s and share it; any number of goroutines may use it at once.\n", e.constructor())
	if e.options.Shared {
		b.WriteString("\nIt runs on the engine and the kernels of the module github.com/netc-lang/netc.")
	} else {
		b.WriteString("\nThis package needs Go 1.22 or newer, and nothing but the standard library.")
	}
	return b.String()
}

// constants writes the shapes and lengths that callers need.
func (e *emitter) constants(f *jen.File) {
	if in := e.plan.Input; in.IsImage() {
		comment(f, "The shape of the image, without a batch dimension, and its number of floats.")
		f.Const().Defs(
			jen.Id("InputChannels").Op("=").Lit(in[0]),
			jen.Id("InputHeight").Op("=").Lit(in[1]),
			jen.Id("InputWidth").Op("=").Lit(in[2]),
			jen.Id("ImageLength").Op("=").Id("InputChannels").Op("*").Id("InputHeight").Op("*").Id("InputWidth"),
		)
	} else {
		comment(f, fmt.Sprintf("ImageLength is the number of floats of the input, of shape %s, without a batch "+
			"dimension.", in))
		f.Const().Id("ImageLength").Op("=").Lit(in.Elements())
	}
	if e.classifies() {
		comment(f, fmt.Sprintf("Classes is the number of floats in %s, one per class.", e.names[0].parameter))
		f.Const().Id("Classes").Op("=").Lit(e.plan.Outputs[0].Shape.Elements())
		return
	}
	for i, o := range e.plan.Outputs {
		comment(f, fmt.Sprintf("%s is the number of floats in %s, of shape %s.", e.names[i].length, e.names[i].parameter, o.Shape))
		f.Const().Id(e.names[i].length).Op("=").Lit(o.Shape.Elements())
	}
}

// lengthOf returns the constant that holds the i-th output's number of floats.
func (e *emitter) lengthOf(i int) string {
	if e.classifies() {
		return "Classes"
	}
	return e.names[i].length
}

// constructor returns the name of the function that makes a model.
func (e *emitter) constructor() string {
	if e.options.Separate {
		return "Open"
	}
	return "New"
}

func (e *emitter) types(f *jen.File) {
	comment(f, "weightsLength is the number of weights, weightsSize that of bytes of each, and weightsPrint the mark by which\n"+
		"this code knows its weights.")
	size := 4
	if e.options.Half {
		size = 2
	}
	f.Const().Defs(
		jen.Id("weightsLength").Op("=").Lit(len(e.plan.Weights)),
		jen.Id("weightsSize").Op("=").Lit(size),
		jen.Id("weightsPrint").Op("=").Lit(e.print),
	)
	if !e.options.Separate {
		comment(f, "weightsFile holds the weights, packed as the kernels read them.")
		f.Comment("//go:embed weights.bin")
		f.Var().Id("weightsFile").String()
	}
	comment(f, "This does not compile if steps.go is of another network than this file: generate the package again.")
	f.Const().Id("_").Op("=").Id(e.stepsMark())
	comment(f, "Model is the network with its weights. It is safe for concurrent use. Each inference under way at the same time\n"+
		"needs memory of its own; the model keeps it, so that once warm nothing is allocated.")
	f.Type().Id("Model").Struct(jen.Id("engine").Op("*").Add(e.runtime("engine", "Engine")))
}

// construct writes New, or Open where the weights are in a file of their own.
func (e *emitter) construct(f *jen.File) {
	load := e.runtime("engine", "Floats")
	if e.options.Half {
		load = e.runtime("engine", "Halves")
	}
	results := make([]jen.Code, len(e.plan.Outputs))
	for i, o := range e.plan.Outputs {
		if o.At.Space != kernel.ArenaSpace {
			panic("golang: a result outside the arena")
		}
		results[i] = e.runtime("kernel", "InArena").Call(jen.Lit(o.At.Offset), jen.Lit(o.At.Length))
	}
	network := jen.Op("&").Add(e.runtime("engine", "Network")).Values(
		jen.Line().Id("Steps").Op(":").Id("steps"), jen.Id("Image").Op(":").Id("ImageLength"), jen.Id("Arena").Op(":").Lit(e.plan.Arena),
		jen.Line().Id("Results").Op(":").Index().Add(e.runtime("kernel", "Ref")).Values(results...), jen.Line())
	if e.options.Separate {
		e.open(f, load, network)
		e.close(f)
		return
	}
	comment(f, "New makes a model of the weights that are part of this package. The error says that weights.bin does not belong\n"+
		"to this code, or that NETC_CPU, which takes instructions of the processor away to measure and test, is\n"+
		"none of the names that it may be.")
	f.Func().Id("New").Params(jen.Id("options").Op("...").Id("Option")).Params(jen.Op("*").Id("Model"), jen.Error()).Block(
		jen.If(jen.Err().Op(":=").Add(e.runtime("kernel", "CheckHost")).Call(), jen.Err().Op("!=").Nil()).Block(
			jen.Return(jen.Nil(), jen.Err())),
		jen.List(jen.Id("data"), jen.Err()).Op(":=").Add(e.runtime("engine", "CheckWeights")).Call(
			jen.Lit("weights.bin"), jen.Id("weightsFile"), jen.Id("weightsPrint"), jen.Id("weightsLength"), jen.Id("weightsSize")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Return(jen.Op("&").Id("Model").Values(e.runtime("engine", "NewEngine").Call(network, load.Call(jen.Id("data")), jen.Id("options"))), jen.Nil()),
	)
	e.close(f)
}

// open writes Open.
func (e *emitter) open(f *jen.File, load, network jen.Code) {
	comment(f, "Open makes a model of the weights in the file weights.bin that belongs to this code, at the given path. The file is\n"+
		"mapped into memory where the system can, and must not change while the model is in use. The error says that the file\n"+
		"cannot be read, belongs to other code or is damaged, or that NETC_CPU, which takes instructions of the processor away\n"+
		"to measure and test, is none of the names that it may be.")
	f.Func().Id("Open").Params(jen.Id("path").String(), jen.Id("options").Op("...").Id("Option")).Params(jen.Op("*").Id("Model"), jen.Error()).Block(
		jen.If(jen.Err().Op(":=").Add(e.runtime("kernel", "CheckHost")).Call(), jen.Err().Op("!=").Nil()).Block(
			jen.Return(jen.Nil(), jen.Err())),
		jen.List(jen.Id("file"), jen.Id("closeFile"), jen.Err()).Op(":=").Add(e.runtime("engine", "OpenFile")).Call(jen.Id("path")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.List(jen.Id("data"), jen.Err()).Op(":=").Add(e.runtime("engine", "CheckWeights")).Call(
			jen.Id("path"), jen.Id("file"), jen.Id("weightsPrint"), jen.Id("weightsLength"), jen.Id("weightsSize")),
		jen.If(jen.Err().Op("==").Nil()).Block(
			jen.Err().Op("=").Add(e.runtime("engine", "CheckIntact")).Call(jen.Id("path"), jen.Id("file"))),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Id("closeFile").Call(), jen.Return(jen.Nil(), jen.Err())),
		jen.Id("m").Op(":=").Op("&").Id("Model").Values(e.runtime("engine", "NewEngine").Call(network, jen.Add(load).Call(jen.Id("data")), jen.Id("options"))),
		jen.Id("m").Dot("engine").Dot("Release").Op("=").Id("closeFile"),
		jen.Return(jen.Id("m"), jen.Nil()),
	)
}

// close writes Close.
func (e *emitter) close(f *jen.File) {
	comment(f, "Close waits for the inferences under way and gives the model's memory back. Those that begin later return\n"+
		"ErrClosed. It may be called more than once.")
	f.Func().Params(jen.Id("m").Op("*").Id("Model")).Id("Close").Params().Error().Block(
		jen.Return(jen.Id("m").Dot("engine").Dot("Close").Call()))
}

// profile writes Profile.
func (e *emitter) profile(f *jen.File) {
	comment(f, "Profile says where the time of the inferences so far went, layer by layer. It is empty unless the model was made\n"+
		"with WithProfile.")
	f.Func().Params(jen.Id("m").Op("*").Id("Model")).Id("Profile").Params().Id("Profile").Block(jen.Return(jen.Id("m").Dot("engine").Dot("Profile").Call()))
}
