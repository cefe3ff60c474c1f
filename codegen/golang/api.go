package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/codegen/engine"
)

// modelOptions are what the engine offers, with what it takes in number and what is said of it.
var modelOptions = []struct{ name, parameter, doc string }{
	{"WithWorkers", "n", `
WithWorkers sets how many goroutines work on one inference, the caller's among them. Without it, or with less than
one, there are as many as GOMAXPROCS says at the time.`},
	{"WithMaxInferences", "n", `
WithMaxInferences bounds how many inferences run at once, and with them the memory that the model takes: those beyond
wait, first come, first served, until their turn comes or their context ends. Without it, or with less than one,
there is no bound.`},
	{"WithProfile", "", "WithProfile has the model measure how long each layer takes, for Profile to tell."},
	{"WithRepack", "bytes", `
WithRepack has the model keep, in so many bytes at most, what its kernels otherwise make of weights in every
inference. Results stay the same to the bit. Without it, nothing is kept.`},
	{"WithCopy", "", "WithCopy has Open and Swap read weights into memory rather than map their file."},
	{"WithFloat32", "", `
WithFloat32 has the model compute with float32 on every processor. Without it, it computes with float16 where the
processor does (FEAT_FP16 of arm64), and results differ there from those of other processors. Weights beyond 65504, the
largest float16, are then refused, and an inference returns an error where a result is not finite and its input is.`},
}

// api writes what the engine's own files declare where they are part of the package.
func (e *emitter) api(f *jen.File) {
	of := func(name string) *jen.Statement { return jen.Qual(e.pathOf("engine"), name) }
	comment(f, "Option is a setting of a model.")
	f.Type().Id("Option").Op("=").Add(of("Option"))
	for _, option := range modelOptions {
		if option.name == "WithFloat32" && e.plan.Half == nil {
			continue
		}
		comment(f, option.doc)
		var parameters, arguments []jen.Code
		if option.parameter != "" {
			parameters = []jen.Code{jen.Id(option.parameter).Int()}
			arguments = []jen.Code{jen.Id(option.parameter)}
		}
		f.Func().Id(option.name).Params(parameters...).Id("Option").Block(
			jen.Return(of(option.name).Call(arguments...)))
	}
	comment(f, `
AnsweredBy returns a context that tells which weights answered: an inference with it writes their hash, as
Model.Weights returns it, to where weights points, before it returns. Beside Swap, Model.Weights alone may be of other
weights than those of an inference that has just ended. Each of several inferences at the same time needs a context of
its own.`)
	f.Func().Id("AnsweredBy").Params(ctxParameter(), jen.Id("weights").Op("*").String()).
		Qual("context", "Context").Block(jen.Return(of("AnsweredBy").Call(jen.Id("ctx"), jen.Id("weights"))))
	comment(f, `
ErrClosed is what an inference returns after the model was closed. ErrWeights is what errors are that refuse
weights: errors.Is tells.`)
	f.Var().Defs(jen.Id("ErrClosed").Op("=").Add(of("ErrClosed")), jen.Id("ErrWeights").Op("=").Add(of("ErrWeights")))
	names, score := []string{"Profile", "Layer", "Tensor", "Stats", "MemoryUse"}, ""
	if e.scores >= 0 {
		names, score = append(names, "Score"), ", Score is a class as the network sees it"
	}
	comment(f, `
Profile says where the time of the inferences of a model went, Layer what one step of the network took of it. Tensor
is what goes into the network or comes out of it. Stats and MemoryUse are figures of a model`+score+`.`)
	var types []jen.Code
	for _, name := range names {
		types = append(types, jen.Id(name).Op("=").Add(of(name)))
	}
	f.Type().Defs(types...)
	if !e.options.Shared {
		return
	}
	comment(f, "Model is what programs that hold several networks expect.")
	f.Var().Id("_").Add(of("Model")).Op("=").Parens(jen.Op("*").Id("Model")).Parens(jen.Nil())
	comment(f, `
Where this does not compile, the engine is another one than this code was generated for: generate it again.`)
	f.Var().Id("_").Index(jen.Lit(engine.Edition)).Struct().Op("=").Index(of("Edition")).Struct().Values()
}
