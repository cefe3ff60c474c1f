package golang

import (
	"github.com/dave/jennifer/jen"
)

// method is one of Model's that the engine does.
type method struct {
	name, doc       string
	parameter, kind string // one, or none
	result          *jen.Statement
}

// methods writes the methods of Model that need to know nothing of the network.
func (e *emitter) methods(f *jen.File) {
	for _, m := range []method{
		{name: "Weights", result: jen.String(), doc: `
Weights returns the hash of the weights in use, "sha256:" and 64 digits: that of the values as they are
packed, which two files share if they make the same network.`},
		{name: "Checkpoint", result: jen.String(), doc: `
Checkpoint returns what the weights in use were made of: the name of a file and the hash of its contents, such
as "b0.safetensors sha256:" and 64 digits; or how they were made up.`},
		{name: "Swap", parameter: "path", kind: "string", result: jen.Error(), doc: `
Swap has the model use the weights in another file, as Open does, for inferences that begin from then on.
Those under way go on with the weights that they began with, which are given back when the last has ended. The
file is checked before: after an error, which says why, the model goes on as it was.`},
		{name: "Verify", result: jen.Error(), doc: `
Verify computes the checksum of the weights in use. The error, which is ErrWeights, says that they are
damaged, or that their file was written to.`},
		{name: "Close", result: jen.Error(), doc: `
Close waits for the inferences under way and gives the model's memory back. Those that begin later return
ErrClosed. It may be called more than once.`},
		{name: "SetWorkers", parameter: "n", kind: "int", doc: `
SetWorkers changes how many goroutines work on one inference, for those that begin from then on: see WithWorkers.`},
		{name: "Stats", result: jen.Id("Stats"), doc: `
Stats returns how many inferences there were, are under way and wait, how long they took, and the memory they take.`},
		{name: "Memory", result: jen.Id("MemoryUse"), doc: `
Memory returns what the model takes, in bytes. Of the memory that inferences have needed, what is not needed again
for ten seconds is given back, all but that of one.`},
		{name: "Profile", result: jen.Id("Profile"), doc: `
Profile says where the time of the inferences so far went, layer by layer. It is empty unless the model was
made with WithProfile.`},
	} {
		comment(f, m.doc)
		var parameters, arguments []jen.Code
		if m.parameter != "" {
			parameters = []jen.Code{jen.Id(m.parameter).Id(m.kind)}
			arguments = []jen.Code{jen.Id(m.parameter)}
		}
		call := jen.Id("m").Dot("engine").Dot(m.name).Call(arguments...)
		if m.result == nil {
			f.Func().Params(receiver()).Id(m.name).Params(parameters...).Block(call)
			continue
		}
		f.Func().Params(receiver()).Id(m.name).Params(parameters...).Add(m.result).Block(jen.Return(call))
	}
	comment(f, "String returns what answers, in one line, to log: the network, its source, its weights and netc.")
	f.Func().Params(receiver()).Id("String").Params().String().Block(
		jen.Return(jen.Id("m").Dot("engine").Dot("Describe").Call(jen.Id("Source"), jen.Id("Generator"))))
}

func receiver() jen.Code { return jen.Id("m").Op("*").Id("Model") }

// tensors writes Inputs and Outputs.
func (e *emitter) tensors(f *jen.File) {
	tensor := func(name, length string, shape []int) jen.Code {
		dims := make([]jen.Code, len(shape))
		for i, d := range shape {
			dims[i] = jen.Lit(d)
		}
		field := func(name string) *jen.Statement { return jen.Line().Id(name).Op(":") }
		return jen.Values(field("Name").Lit(name), field("Type").Lit("float32"),
			field("Shape").Index().Int().Values(dims...), field("Length").Id(length), jen.Line())
	}
	write := func(name, doc string, tensors []jen.Code) {
		comment(f, doc)
		f.Func().Params(receiver()).Id(name).Params().Index().Id("Tensor").Block(
			jen.Return(jen.Index().Id("Tensor").Values(tensors...)))
	}
	var inputs, outputs []jen.Code
	for i, in := range e.plan.Inputs {
		inputs = append(inputs, tensor(in.Name, e.inputs[i].length, in.Shape))
	}
	for i, o := range e.plan.Outputs {
		outputs = append(outputs, tensor(e.outputNames()[i], e.lengthOf(i), o.Shape))
	}
	write("Inputs", "Inputs says what the network takes.", inputs)
	write("Outputs", "Outputs says what the network returns.", outputs)
}
