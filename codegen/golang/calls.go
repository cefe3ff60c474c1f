package golang

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/plan"
)

// functions maps the activation functions to the constants of the kernels.
var functions = map[ir.Function]string{
	ir.NoFunction:  "identity",
	ir.ReLU:        "relu",
	ir.ReLU6:       "relu6",
	ir.SiLU:        "silu",
	ir.Sigmoid:     "sigmoid",
	ir.HardSwish:   "hardSwish",
	ir.HardSigmoid: "hardSigmoid",
	ir.Tanh:        "tanh",
	ir.GELU:        "gelu",
}

// call is how a step's kernel is called.
type call struct {
	part      string // of the kernels, for its files to be copied
	function  string
	shape     jen.Code   // the kernel's settings
	arguments []jen.Code // before the settings and the range of items
	scratch   bool       // the last of the arguments is scratch
}

// callOf says how a step's kernel is called.
func (e *emitter) callOf(s plan.Step) call {
	out, in, weights := place(s.Out), places(s.In), places(s.Weights)
	plain := concat(out, in, weights)
	withResidual := append(slices.Clone(plain), optional(s.Residual))
	switch k := s.Kernel.(type) {
	case plan.Planar:
		return call{"planar", "convPlanar", planarSettings(k), withResidual, true}
	case plan.Pointwise:
		return call{"pointwise", "pointwise", settings("pointwiseShape", "in", k.In, "out", k.Out, "pixels", k.Pixels, "scaled", k.Scaled,
			"function", k.Function), append(withResidual, optional(s.Scale)), true}
	case plan.Conv:
		return call{"conv", "conv", settings("convShape", "groups", k.Groups, "in", k.In, "out", k.Out, "window", k.Window,
			"function", k.Function), withResidual, true}
	case plan.Winograd:
		return call{"winograd", "winograd", settings("winogradShape", "in", k.In, "out", k.Out, "window", k.Window, "function", k.Function),
			withResidual, true}
	case plan.Depthwise:
		return call{"depthwise", "depthwise", settings("depthwiseShape", "channels", k.Channels, "window", k.Window, "function", k.Function),
			append(withResidual, optional(s.Sums)), true}
	case plan.ExpandDepthwise:
		return call{"expand", "expandDepthwise", settings("expandDepthwiseShape", "in", k.In, "channels", k.Channels, "window", k.Window,
			"expandFunction", k.ExpandFunction, "function", k.Function), append(plain, optional(s.Sums)), true}
	case plan.PlanarDepthwise:
		return call{"planarDepthwise", "planarDepthwise", settings("planarDepthwiseShape", "planar", planarSettings(k.Planar), "window", k.Window,
			"function", k.Function), append(plain, optional(s.Sums)), true}
	case plan.Linear:
		return call{"linear", "linear", settings("linearShape", "in", k.In, "out", k.Out, "function", k.Function), withResidual, false}
	case plan.MaxPool:
		return call{"pool", "maxPool", settings("poolShape", "channels", k.Channels, "window", k.Window), plain, false}
	case plan.AveragePool:
		return call{"pool", "averagePool", settings("poolShape", "channels", k.Channels, "window", k.Window, "countPadding", k.CountPadding),
			plain, false}
	case plan.GlobalAverage:
		return call{"pool", "globalAverage", settings("averageShape", "channels", k.Channels, "pixels", k.Pixels, "count", k.Pixels), plain, false}
	case plan.AverageSums:
		rows := jen.Id(e.shapes[k.Of]).Dot("sumRows").Call()
		return call{"pool", "globalAverage", settings("averageShape", "channels", k.Channels, "pixels", rows, "count", k.Pixels), plain, false}
	}
	return simpleCall(s, plain)
}

// simpleCall is callOf for kernels that do nothing but move and combine values.
func simpleCall(s plan.Step, arguments []jen.Code) call {
	channels := func(channels, pixels int) jen.Code {
		return settings("channelsShape", "channels", channels, "pixels", pixels)
	}
	switch k := s.Kernel.(type) {
	case plan.Activate:
		return call{"elementwise", "activate", settings("elementwiseShape", "floats", k.Floats, "function", k.Function), arguments, false}
	case plan.Add:
		return call{"elementwise", "add", settings("elementwiseShape", "floats", k.Floats), arguments, false}
	case plan.Multiply:
		return call{"elementwise", "multiply", settings("elementwiseShape", "floats", k.Floats), arguments, false}
	case plan.Affine:
		return call{"channels", "affine", channels(k.Channels, k.Pixels), arguments, false}
	case plan.AddChannels:
		return call{"channels", "addChannels", channels(k.Channels, k.Pixels), arguments, false}
	case plan.MultiplyChannels:
		return call{"channels", "multiplyChannels", channels(k.Channels, k.Pixels), arguments, false}
	case plan.CopyChannels:
		return call{"copy", "copyChannels", settings("copyShape", "from", k.From, "to", k.To, "channels", k.Channels, "pixels", k.Pixels),
			arguments, false}
	case plan.Block:
		return call{"block", "block", settings("blockShape", "channels", k.Channels, "pixels", k.Pixels), arguments, false}
	case plan.Unblock:
		return call{"block", "unblock", settings("blockShape", "channels", k.Channels, "pixels", k.Pixels), arguments, false}
	}
	panic(fmt.Sprintf("golang: no call for %T", s.Kernel))
}

func planarSettings(k plan.Planar) jen.Code {
	return settings("planarShape", "in", k.In, "out", k.Out, "window", k.Window, "function", k.Function)
}

// place writes a slice of the space it lies in.
func place(p plan.Place) jen.Code {
	var space *jen.Statement
	switch p.Space {
	case plan.Image:
		space = jen.Id("r").Dot("image")
	case plan.Arena:
		space = jen.Id("r").Dot("arena")
	case plan.Weights:
		space = jen.Id("r").Dot("weights")
	default:
		panic("golang: a place in no space")
	}
	return space.Index(jen.Lit(p.Offset).Op(":").Lit(p.Offset + p.Length))
}

func places(all []plan.Place) []jen.Code {
	code := make([]jen.Code, len(all))
	for i, p := range all {
		code[i] = place(p)
	}
	return code
}

// optional writes a place that there may not be.
func optional(p *plan.Place) jen.Code {
	if p == nil {
		return jen.Nil()
	}
	return place(*p)
}

func function(f ir.Function) jen.Code {
	name, ok := functions[f]
	if !ok {
		panic("golang: no kernel for the function " + string(f))
	}
	return jen.Id(name)
}

// settings writes a struct of the given type from pairs of field and value. Fields that are zero are left out.
func settings(name string, pairs ...any) jen.Code {
	var fields []jen.Code
	for i := 0; i < len(pairs); i += 2 {
		var value jen.Code
		switch v := pairs[i+1].(type) {
		case ir.Function:
			if v == ir.NoFunction {
				continue
			}
			value = function(v)
		case plan.Window:
			value = windowLiteral(v)
		case jen.Code:
			value = v
		default:
			if v == 0 || v == false {
				continue
			}
			value = jen.Lit(v)
		}
		fields = append(fields, jen.Id(pairs[i].(string)).Op(":").Add(value))
	}
	return jen.Id(name).Values(fields...)
}

func windowLiteral(w plan.Window) jen.Code {
	return settings("window", "inHeight", w.InHeight, "inWidth", w.InWidth, "outHeight", w.OutHeight, "outWidth", w.OutWidth,
		"size", w.Size, "stride", w.Stride, "dilation", w.Dilation, "top", w.Top, "left", w.Left)
}

// concat makes one list of arguments.
func concat(parts ...any) []jen.Code {
	var all []jen.Code
	for _, p := range parts {
		switch p := p.(type) {
		case []jen.Code:
			all = append(all, p...)
		case jen.Code:
			all = append(all, p)
		}
	}
	return all
}
