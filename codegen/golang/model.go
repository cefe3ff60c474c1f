package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/plan"
)

// emitter writes model.go.
type emitter struct {
	plan    *plan.Plan
	options Options
	names   []outputName    // of the plan's outputs
	kernels map[string]bool // files of kernels that are called
}

func (e *emitter) model() *jen.File {
	f := jen.NewFile(e.options.Package)
	f.HeaderComment(header)
	for _, line := range strings.Split(e.packageDoc(), "\n") {
		f.PackageComment(strings.TrimRight("// "+line, " "))
	}
	f.Anon("embed")
	e.constants(f)
	e.types(f)
	e.construct(f)
	e.pool(f)
	e.infer(f)
	e.inferBatch(f)
	if e.classifies() {
		e.predict(f)
	}
	e.run(f)
	return f
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
	fmt.Fprintf(&b, "It takes an image of shape %s: channel by channel, each row by row.\n", p.Input)
	for i, o := range p.Outputs {
		fmt.Fprintf(&b, "It returns %s of shape %s.\n", e.names[i].parameter, o.Shape)
	}
	if e.options.Weights != "" {
		fmt.Fprintf(&b, "The weights were %s.\n", oneLine(e.options.Weights))
	}
	b.WriteString("\nMake one Model with New and share it; any number of goroutines may use it at once.")
	return b.String()
}

// constants writes the shapes and lengths that callers need.
func (e *emitter) constants(f *jen.File) {
	in := e.plan.Input
	comment(f, "The shape of the image, without a batch dimension, and its number of floats.")
	f.Const().Defs(
		jen.Id("InputChannels").Op("=").Lit(in[0]),
		jen.Id("InputHeight").Op("=").Lit(in[1]),
		jen.Id("InputWidth").Op("=").Lit(in[2]),
		jen.Id("ImageLength").Op("=").Id("InputChannels").Op("*").Id("InputHeight").Op("*").Id("InputWidth"),
	)
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

func (e *emitter) types(f *jen.File) {
	comment(f, "arenaLength is the number of floats that one inference works in, weightsLength that of the weights.")
	f.Const().Defs(
		jen.Id("arenaLength").Op("=").Lit(e.plan.Arena),
		jen.Id("weightsLength").Op("=").Lit(len(e.plan.Weights)),
	)
	comment(f, "weightsFile holds the weights, packed, as little-endian float32.")
	f.Comment("//go:embed weights.bin")
	f.Var().Id("weightsFile").String()

	comment(f, "Model is the network with its weights. It is safe for concurrent use. Each inference under way at the same time\n"+
		"needs an arena of its own; the model keeps them, so that once warm nothing is allocated.")
	f.Type().Id("Model").Struct(
		jen.Id("weights").Index().Float32(),
		jen.Id("mutex").Qual("sync", "Mutex"),
		jen.Id("idle").Index().Op("*").Id("run").Comment("guarded by mutex"),
	)
	comment(f, "run is one inference under way.")
	f.Type().Id("run").Struct(
		jen.Id("image").Index().Float32().Comment("the caller's, only read"),
		jen.Id("arena").Index().Float32(),
		jen.Id("weights").Index().Float32(),
	)
}

func (e *emitter) construct(f *jen.File) {
	comment(f, "New makes a model of the weights that are part of this package. The error says that weights.bin does not belong\nto this code.")
	f.Func().Id("New").Params().Params(jen.Op("*").Id("Model"), jen.Error()).Block(
		jen.If(jen.Len(jen.Id("weightsFile")).Op("!=").Lit(4).Op("*").Id("weightsLength")).Block(
			jen.Return(jen.Nil(), jen.Qual("fmt", "Errorf").Call(
				jen.Lit("weights.bin has %d bytes, but the network needs %d: generate the package again"),
				jen.Len(jen.Id("weightsFile")), jen.Lit(4).Op("*").Id("weightsLength"))),
		),
		jen.Id("weights").Op(":=").Make(jen.Index().Float32(), jen.Id("weightsLength")),
		jen.For(jen.Id("i").Op(":=").Range().Id("weights")).Block(
			jen.Id("b").Op(":=").Id("weightsFile").Index(jen.Lit(4).Op("*").Id("i").Op(":").Lit(4).Op("*").Id("i").Op("+").Lit(4)),
			jen.Id("weights").Index(jen.Id("i")).Op("=").Qual("math", "Float32frombits").Call(
				byteOf(0).Op("|").Add(byteOf(1)).Op("|").Add(byteOf(2)).Op("|").Add(byteOf(3))),
		),
		jen.Return(jen.Op("&").Id("Model").Values(jen.Id("weights").Op(":").Id("weights")), jen.Nil()),
	)
}

// byteOf writes the i-th byte of b, shifted to its place in a little-endian word.
func byteOf(i int) *jen.Statement {
	word := jen.Uint32().Call(jen.Id("b").Index(jen.Lit(i)))
	if i == 0 {
		return word
	}
	return word.Op("<<").Lit(8 * i)
}

// pool writes how runs are taken and given back.
func (e *emitter) pool(f *jen.File) {
	m := jen.Id("m").Op("*").Id("Model")
	idle := func() *jen.Statement { return jen.Id("m").Dot("idle") }
	comment(f, "begin returns a run on the given image, an idle one if there is any.")
	f.Func().Params(m).Id("begin").Params(jen.Id("image").Index().Float32()).Op("*").Id("run").Block(
		jen.Id("m").Dot("mutex").Dot("Lock").Call(),
		jen.Var().Id("r").Op("*").Id("run"),
		jen.If(jen.Id("n").Op(":=").Len(idle()), jen.Id("n").Op(">").Lit(0)).Block(
			jen.List(jen.Id("r"), idle()).Op("=").List(idle().Index(jen.Id("n").Op("-").Lit(1)), idle().Index(jen.Op(":").Id("n").Op("-").Lit(1))),
		),
		jen.Id("m").Dot("mutex").Dot("Unlock").Call(),
		jen.If(jen.Id("r").Op("==").Nil()).Block(
			jen.Id("r").Op("=").Op("&").Id("run").Values(
				jen.Id("arena").Op(":").Make(jen.Index().Float32(), jen.Id("arenaLength")),
				jen.Id("weights").Op(":").Id("m").Dot("weights"),
			),
		),
		jen.Id("r").Dot("image").Op("=").Id("image"),
		jen.Return(jen.Id("r")),
	)
	comment(f, "end gives a run back.")
	f.Func().Params(m.Clone()).Id("end").Params(jen.Id("r").Op("*").Id("run")).Block(
		jen.Id("r").Dot("image").Op("=").Nil(),
		jen.Id("m").Dot("mutex").Dot("Lock").Call(),
		idle().Op("=").Append(idle(), jen.Id("r")),
		jen.Id("m").Dot("mutex").Dot("Unlock").Call(),
	)
}

// run writes the straight line: one method per stage and one that calls them in order.
func (e *emitter) run(f *jen.File) {
	r := jen.Id("r").Op("*").Id("run")
	stages := stagesOf(e.plan.Steps)
	comment(f, "all runs the whole network.")
	f.Func().Params(r).Id("all").Params().BlockFunc(func(g *jen.Group) {
		for _, s := range stages {
			g.Id("r").Dot(s.method).Call()
		}
	})
	for _, s := range stages {
		comment(f, s.method+" runs "+s.title+".")
		f.Func().Params(r.Clone()).Id(s.method).Params().BlockFunc(func(g *jen.Group) { e.stage(g, s) })
	}
}

func (e *emitter) stage(g *jen.Group, s stage) {
	g.Id("a").Op(":=").Id("r").Dot("arena")
	if usesWeights(s.steps) {
		g.Id("w").Op(":=").Id("r").Dot("weights")
	}
	for _, step := range s.steps {
		g.Line()
		comment(g, oneLine(step.Name)+describe(step))
		for _, code := range e.call(step) {
			g.Add(code)
		}
	}
}

func usesWeights(steps []plan.Step) bool {
	for _, s := range steps {
		if len(s.Weights) > 0 {
			return true
		}
	}
	return false
}

// describe says in a few words what a step does.
func describe(s plan.Step) string {
	var what string
	function := ir.NoFunction
	switch k := s.Kernel.(type) {
	case plan.Pointwise:
		what, function = "1×1 convolution", k.Function
	case plan.Conv:
		what, function = windowText(k.Window)+" convolution", k.Function
		if k.Groups > 1 {
			what += fmt.Sprintf(" of %d groups", k.Groups)
		}
	case plan.Depthwise:
		what, function = windowText(k.Window)+" depthwise convolution", k.Function
	case plan.Linear:
		what, function = "linear", k.Function
	case plan.MaxPool:
		what = windowText(k.Window) + " maximum"
	case plan.AveragePool:
		what = windowText(k.Window) + " mean"
	case plan.GlobalAverage:
		what = "mean of each channel"
	case plan.Activate:
		what = string(k.Function)
	case plan.Affine:
		what = "batch norm"
	case plan.Add, plan.AddChannels:
		what = "sum"
	case plan.Multiply, plan.MultiplyChannels:
		what = "product"
	case plan.Copy:
		what = "copy"
	}
	if s.Residual != nil {
		what += ", residual"
	}
	if function != ir.NoFunction {
		what += ", " + string(function)
	}
	return fmt.Sprintf(": %s to %s", what, s.Shape)
}

func windowText(w plan.Window) string {
	text := fmt.Sprintf("%d×%d", w.Size, w.Size)
	if w.Stride > 1 {
		text += fmt.Sprintf(" stride %d", w.Stride)
	}
	if w.Dilation > 1 {
		text += fmt.Sprintf(" dilation %d", w.Dilation)
	}
	return text
}
