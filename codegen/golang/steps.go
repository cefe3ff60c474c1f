package golang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/plan"
)

// steps writes steps.go: the settings of every kernel, and the table of steps that is the network.
func (e *emitter) steps() *jen.File {
	f := jen.NewFile(e.options.Package)
	f.HeaderComment(header)
	calls := make([]call, len(e.plan.Steps))
	for i, s := range e.plan.Steps {
		calls[i] = e.callOf(s)
		e.parts[calls[i].part] = true
	}
	comment(f, "The settings of the steps' kernels.")
	f.Var().DefsFunc(func(g *jen.Group) {
		for i, c := range calls {
			g.Id(e.shapes[i]).Op("=").Add(c.shape)
		}
	})
	comment(f, "steps is the network, in the order in which it runs.")
	f.Var().Id("steps").Op("=").Index().Id("step").ValuesFunc(func(g *jen.Group) {
		for i, s := range e.plan.Steps {
			g.Line().Add(e.row(s, e.shapes[i], calls[i]))
		}
		g.Line()
	})
	return f
}

// row writes a step's row of the table.
func (e *emitter) row(s plan.Step, shape string, c call) jen.Code {
	arguments := c.arguments
	if c.scratch {
		arguments = append(slices.Clone(arguments), jen.Id("r").Dot("scratch").Index(jen.Id("worker")))
	}
	arguments = append(slices.Clone(arguments), jen.Op("&").Id(shape), jen.Id("first"), jen.Id("last"))
	fields := []jen.Code{
		jen.Line().Id("name").Op(":").Lit(s.Name),
		jen.Line().Id("what").Op(":").Lit(describe(s)),
		jen.Line().List(jen.Id("flops").Op(":").Lit(int(s.FLOPs)), jen.Id("bytes").Op(":").Lit(int(s.Bytes())), jen.Id("items").Op(":").Id(shape).Dot("items").Call()),
	}
	if c.scratch {
		fields = append(fields, jen.Line().Id("scratch").Op(":").Id(shape).Dot("scratchFloats").Call())
	}
	fields = append(fields,
		jen.Line().Id("do").Op(":").Func().Params(jen.Id("r").Op("*").Id("run"), jen.List(jen.Id("worker"), jen.Id("first"), jen.Id("last")).Int()).Block(
			jen.Id(c.function).Call(arguments...)), jen.Line())
	return jen.Values(fields...)
}

// shapeNames returns, for every step, what the variable of its kernel's settings is called: "shapeOfStage3_1DepthwiseConv".
// The prefix keeps it apart from the names of kernels.
func shapeNames(steps []plan.Step) []string {
	used := map[string]int{}
	names := make([]string, len(steps))
	for i, s := range steps {
		name := "shapeOf"
		for _, word := range strings.Split(s.Name, ".") {
			if word == "" || !isASCIILetter(rune(word[0])) {
				name += "_" + strings.TrimPrefix(identifier(word), "Value")
			} else {
				name += identifier(word)
			}
		}
		for used[name]++; used[name] > 1; used[name]++ {
			name += "_" + strconv.Itoa(used[name])
		}
		names[i] = name
	}
	return names
}

// describe says in a few words what a step does.
func describe(s plan.Step) string {
	var what string
	function := ir.NoFunction
	switch k := s.Kernel.(type) {
	case plan.Planar:
		what, function = windowText(k.Window)+" convolution of the image", k.Function
	case plan.Pointwise:
		what, function = "1×1 convolution", k.Function
	case plan.Conv:
		what, function = windowText(k.Window)+" convolution", k.Function
		if k.Groups > 1 {
			what += fmt.Sprintf(" of %d groups", k.Groups)
		}
	case plan.Winograd:
		what, function = windowText(k.Window)+" convolution (Winograd)", k.Function
	case plan.Depthwise:
		what, function = windowText(k.Window)+" depthwise convolution", k.Function
	case plan.ExpandDepthwise:
		what, function = fmt.Sprintf("1×1 convolution to %d channels", k.Channels)+thenDepthwise(k.ExpandFunction, k.Window), k.Function
	case plan.PlanarDepthwise:
		what = fmt.Sprintf("%s convolution of the image to %d channels", windowText(k.Planar.Window), k.Planar.Out)
		what, function = what+thenDepthwise(k.Planar.Function, k.Window), k.Function
	case plan.Linear:
		what, function = "linear", k.Function
	case plan.MaxPool:
		what = windowText(k.Window) + " maximum"
	case plan.AveragePool:
		what = windowText(k.Window) + " mean"
	case plan.GlobalAverage, plan.AverageSums:
		what = "mean of each channel"
	case plan.Activate:
		what = string(k.Function)
	case plan.Affine:
		what = "batch norm"
	case plan.Add, plan.AddChannels:
		what = "sum"
	case plan.Multiply, plan.MultiplyChannels:
		what = "product"
	case plan.CopyChannels:
		what = "copy"
	case plan.Block, plan.Unblock:
		what = "change of layout"
	}
	if s.Scale != nil {
		what += " of the scaled input"
	}
	if s.Residual != nil {
		what += ", residual"
	}
	if function != ir.NoFunction {
		what += ", " + string(function)
	}
	return fmt.Sprintf("%s, to %s", what, s.Shape)
}

// thenDepthwise goes on after a convolution with its function and the depthwise convolution behind it.
func thenDepthwise(f ir.Function, w plan.Window) string {
	text := ", " + windowText(w) + " depthwise convolution"
	if f != ir.NoFunction {
		text = ", " + string(f) + text
	}
	return text
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
