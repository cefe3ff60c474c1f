package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"
)

// infer writes Infer.
func (e *emitter) infer(f *jen.File) {
	var results []jen.Code
	for _, n := range e.names {
		results = append(results, jen.Id(n.parameter))
	}
	list := func(slices ...jen.Code) jen.Code { return jen.Index().Index().Float32().Values(slices...) }
	comment(f, e.inferDoc())
	parameters := []jen.Code{ctxParameter(), e.parameters("images")}
	f.Func().Params(receiver()).Id("Infer").Params(parameters...).Error().BlockFunc(func(g *jen.Group) {
		e.batchOf(g, "images", "floats", "images")
		e.finish(g, jen.Id("m").Dot("engine").Dot("InferBatch").Call(
			jen.Id("ctx"), jen.Id("n"), list(jen.Id("images")), list(results...)))
	})
}

func ctxParameter() jen.Code { return jen.Id("ctx").Qual("context", "Context") }

func (e *emitter) inferDoc() string {
	var results []string
	for i, n := range e.names {
		shape := e.plan.Outputs[i].Shape
		results = append(results, fmt.Sprintf("%s, shape %s, %s floats", n.parameter, shape, e.lengthOf(i)))
	}
	return fmt.Sprintf(`
Infer runs the network on an image, shape %s, or on a batch of any number of them, one behind the other:
images must have a whole multiple of ImageLength floats. It writes, for each of them, %s.

It only reads the images. Those of a batch are spread over the workers, each of which has memory of its own,
so that results must not overlap them, which is an error. Those of a single image may.

When the context ends, Infer gives up with its error; it looks between layers. The results of a single image
are then untouched; of a batch, some may be written and others not.`,
		e.plan.Inputs[0].Shape, strings.Join(results, ",\nand "))
}

// parameters writes "image, logits []float32".
func (e *emitter) parameters(image string) jen.Code {
	list := []jen.Code{jen.Id(image)}
	for _, n := range e.names {
		list = append(list, jen.Id(n.parameter))
	}
	return jen.List(list...).Index().Float32()
}

// checkLength writes the test of a result's length. It divides, since n times the length may overflow.
func (e *emitter) checkLength(g *jen.Group, slice, length string) {
	have := func() *jen.Statement { return jen.Len(jen.Id(slice)) }
	g.If(have().Op("/").Id(length).Op("!=").Id("n").Op("||").Add(have()).Op("%").Id(length).Op("!=").Lit(0)).Block(
		jen.Return(jen.Qual("fmt", "Errorf").Call(
			jen.Lit(slice+" has %d floats, but must have %d for each of %d images ("+length+")"),
			jen.Line().Add(have()), jen.Id(length), jen.Id("n"))),
	)
}

// run writes Run, which is Infer for who does not know the network.
func (e *emitter) run(f *jen.File) {
	comment(f, `
Run is Infer for programs that hold several networks: a slice for each input and for each output, in the order
of Inputs and Outputs, of the type that the Tensor says.`)
	slices := jen.List(jen.Id("inputs"), jen.Id("outputs")).Index().Any()
	f.Func().Params(receiver()).Id("Run").Params(ctxParameter(), slices).Error().BlockFunc(func(g *jen.Group) {
		g.If(jen.Len(jen.Id("inputs")).Op("!=").Lit(1).Op("||").Len(jen.Id("outputs")).Op("!=").Lit(len(e.names))).Block(
			jen.Return(jen.Qual("fmt", "Errorf").Call(
				jen.Lit(fmt.Sprintf("Run takes 1 and %d slices, inputs and outputs, not %%d and %%d", len(e.names))),
				jen.Len(jen.Id("inputs")), jen.Len(jen.Id("outputs")))))
		slice := func(variable, name string, from jen.Code) {
			sliceOf := e.runtime("engine", "SliceOf").Index(jen.Index().Float32())
			g.List(jen.Id(variable), jen.Err()).Op(":=").Add(sliceOf).Call(jen.Lit(name), from)
			g.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
		}
		arguments := []jen.Code{jen.Id("ctx"), jen.Id("images")}
		slice("images", "image", jen.Id("inputs").Index(jen.Lit(0)))
		for i, n := range e.names {
			slice(n.parameter, n.parameter, jen.Id("outputs").Index(jen.Lit(i)))
			arguments = append(arguments, jen.Id(n.parameter))
		}
		g.Return(jen.Id("m").Dot("Infer").Call(arguments...))
	})
}

// predict writes Predict, which returns the best class.
func (e *emitter) predict(f *jen.File) {
	scores := e.names[0].parameter
	comment(f, fmt.Sprintf(`
Predict runs the network on one image of shape %s, ImageLength floats, and returns the class of the largest of
%s, the first of equals. If one of them is not a number, which an image or weights with infinite values can
make, that is an error. Beside an error, the class is -1.`, e.plan.Inputs[0].Shape, scores))
	infer := jen.Id("m").Dot("Infer").Call(jen.Id("ctx"), jen.Id("image"), jen.Id(scores).Index(jen.Op(":")))
	f.Func().Params(receiver()).Id("Predict").Params(ctxParameter(), jen.Id("image").Index().Float32()).Params(
		jen.Id("class").Int(), jen.Err().Error()).Block(
		jen.Var().Id(scores).Index(jen.Id("Classes")).Float32(),
		jen.If(jen.Err().Op(":=").Add(infer), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Lit(-1), jen.Err())),
		jen.For(jen.List(jen.Id("i"), jen.Id("score")).Op(":=").Range().Id(scores)).Block(
			jen.If(jen.Id("score").Op("!=").Id("score")).Block(
				jen.Return(jen.Lit(-1), jen.Qual("fmt", "Errorf").Call(
					jen.Lit("the score of class %d is not a number: is the image finite?"), jen.Id("i")))),
			jen.If(jen.Id("score").Op(">").Id(scores).Index(jen.Id("class"))).Block(jen.Id("class").Op("=").Id("i"))),
		jen.Return(jen.Id("class"), jen.Nil()),
	)
}
