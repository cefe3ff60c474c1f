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

// call writes the call of a step's kernel. Each case names the kernel's file, for it to be copied.
func (e *emitter) call(s plan.Step) []jen.Code {
	out, in := place(s.Out), places(s.In)
	switch k := s.Kernel.(type) {
	case plan.Pointwise:
		return e.invoke("pointwise", "pointwise", concat(out, in, places(s.Weights), residual(s), place(s.Scratch),
			settings("pointwiseShape", "in", k.In, "out", k.Out, "pixels", k.Pixels, "strip", k.Strip, "function", k.Function)))
	case plan.Conv:
		return e.invoke("conv", "conv", concat(out, in, places(s.Weights), residual(s), place(s.Scratch),
			settings("convShape", "groups", k.Groups, "in", k.In, "out", k.Out, "window", k.Window, "strip", k.Strip,
				"function", k.Function)))
	case plan.Depthwise:
		return e.invoke("depthwise", "depthwise", concat(out, in, places(s.Weights), residual(s),
			settings("depthwiseShape", "channels", k.Channels, "window", k.Window, "function", k.Function)))
	case plan.Linear:
		return e.invoke("linear", "linear", concat(out, in, places(s.Weights), residual(s),
			settings("linearShape", "in", k.In, "out", k.Out, "function", k.Function)))
	case plan.MaxPool:
		return e.invoke("pool", "maxPool", concat(out, in, settings("poolShape", "channels", k.Channels, "window", k.Window)))
	case plan.AveragePool:
		return e.invoke("pool", "averagePool", concat(out, in,
			settings("poolShape", "channels", k.Channels, "window", k.Window, "countPadding", k.CountPadding)))
	case plan.GlobalAverage:
		return e.invoke("pool", "globalAverage", concat(out, in, jen.Lit(k.Channels), jen.Lit(k.Pixels)))
	case plan.Activate:
		return e.activate(s, k)
	case plan.Affine:
		return e.invoke("elementwise", "affine", concat(out, in, places(s.Weights), jen.Lit(k.Pixels)))
	case plan.Add:
		return e.invoke("elementwise", "add", concat(out, in))
	case plan.Multiply:
		return e.invoke("elementwise", "multiply", concat(out, in))
	case plan.AddChannels:
		return e.invoke("elementwise", "addChannels", concat(out, in, jen.Lit(k.Pixels)))
	case plan.MultiplyChannels:
		return e.invoke("elementwise", "multiplyChannels", concat(out, in, jen.Lit(k.Pixels)))
	case plan.Copy:
		return []jen.Code{jen.Copy(out, in[0])}
	}
	panic(fmt.Sprintf("golang: no call for %T", s.Kernel))
}

// activate copies the input first when the function does not work in place.
func (e *emitter) activate(s plan.Step, k plan.Activate) []jen.Code {
	var code []jen.Code
	if s.In[0] != s.Out {
		code = append(code, jen.Copy(place(s.Out), place(s.In[0])))
	}
	return append(code, e.invoke("activation", "activate", []jen.Code{place(s.Out), function(k.Function)})...)
}

// invoke writes a call and remembers the file of kernels it needs.
func (e *emitter) invoke(file, name string, arguments []jen.Code) []jen.Code {
	e.kernels[file] = true
	return []jen.Code{jen.Id(name).Call(arguments...)}
}

// kernelNames returns the files of kernels that calls so far need, sorted.
func (e *emitter) kernelNames() []string {
	var names []string
	for name := range e.kernels {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// place writes a slice of the space it lies in.
func place(p plan.Place) jen.Code {
	var space *jen.Statement
	switch p.Space {
	case plan.Image:
		space = jen.Id("r").Dot("image")
	case plan.Arena:
		space = jen.Id("a")
	case plan.Weights:
		space = jen.Id("w")
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

func residual(s plan.Step) jen.Code {
	if s.Residual == nil {
		return jen.Nil()
	}
	return place(*s.Residual)
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
