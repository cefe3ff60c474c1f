package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"
)

// infer writes Infer and InferContext, which run one image.
func (e *emitter) infer(f *jen.File) {
	arguments := []jen.Code{jen.Id("image")}
	for _, n := range e.names {
		arguments = append(arguments, jen.Id(n.parameter))
	}
	m := jen.Id("m").Op("*").Id("Model")
	comment(f, e.inferDoc())
	f.Func().Params(m).Id("Infer").Params(e.parameters("image")).Error().Block(
		jen.Return(jen.Id("m").Dot("InferContext").Call(concat(jen.Qual("context", "Background").Call(), arguments)...)))
	comment(f, "InferContext is Infer that gives up, with the context's error, when the context ends. It looks between layers. The\n"+
		"results are then untouched.")
	f.Func().Params(m.Clone()).Id("InferContext").Params(ctxParameter(), e.parameters("image")).Error().BlockFunc(func(g *jen.Group) {
		e.check(g, "image", jen.Id("ImageLength"), "ImageLength")
		for i, n := range e.names {
			e.check(g, n.parameter, jen.Id(e.lengthOf(i)), e.lengthOf(i))
		}
		g.Return(jen.Id("m").Dot("engine").Dot("Infer").Call(concat(jen.Id("ctx"), arguments)...))
	})
}

func ctxParameter() jen.Code { return jen.Id("ctx").Qual("context", "Context") }

func (e *emitter) inferDoc() string {
	var results []string
	for i, n := range e.names {
		results = append(results, fmt.Sprintf("%s, shape %s, which must have %s floats", n.parameter, e.plan.Outputs[i].Shape, e.lengthOf(i)))
	}
	return fmt.Sprintf("Infer runs the network on an image of shape %s, which must have ImageLength floats,\nand writes %s.\nIt only reads the image.",
		e.plan.Input, strings.Join(results, ",\nand "))
}

// parameters writes "image, logits []float32".
func (e *emitter) parameters(image string) jen.Code {
	list := []jen.Code{jen.Id(image)}
	for _, n := range e.names {
		list = append(list, jen.Id(n.parameter))
	}
	return jen.List(list...).Index().Float32()
}

// check writes the test of a slice's length.
func (e *emitter) check(g *jen.Group, slice string, length *jen.Statement, text string) {
	g.If(jen.Len(jen.Id(slice)).Op("!=").Add(length)).Block(
		jen.Return(jen.Qual("fmt", "Errorf").Call(
			jen.Lit(slice+" has %d floats, but must have %d ("+text+")"), jen.Len(jen.Id(slice)), length.Clone())),
	)
}

// inferBatch writes InferBatch and InferBatchContext, which run several images.
func (e *emitter) inferBatch(f *jen.File) {
	arguments := []jen.Code{jen.Id("n"), jen.Id("images")}
	for _, name := range e.names {
		arguments = append(arguments, jen.Id(name.parameter))
	}
	m := jen.Id("m").Op("*").Id("Model")
	comment(f, "InferBatch runs the network on a batch of n images, which lie one behind the other in images, and writes\n"+
		"the results likewise. images must have n × ImageLength floats, and every result n times its length. The images are\n"+
		"spread over the workers, each of which has memory of its own: the results must not overlap the images, which is an\n"+
		"error.")
	f.Func().Params(m).Id("InferBatch").Params(jen.Id("n").Int(), e.parameters("images")).Error().Block(
		jen.Return(jen.Id("m").Dot("InferBatchContext").Call(concat(jen.Qual("context", "Background").Call(), arguments)...)))
	comment(f, "InferBatchContext is InferBatch that gives up, with the context's error, when the context ends. It looks between\n"+
		"layers. Some results may then be written and others not.")
	f.Func().Params(m.Clone()).Id("InferBatchContext").Params(ctxParameter(), jen.Id("n").Int(), e.parameters("images")).Error().BlockFunc(func(g *jen.Group) {
		g.If(jen.Id("n").Op("<").Lit(0)).Block(
			jen.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit("n is %d, but a batch has at least 0 images"), jen.Id("n"))))
		e.checkBatch(g, "images", "ImageLength")
		for i, name := range e.names {
			e.checkBatch(g, name.parameter, e.lengthOf(i))
		}
		g.Return(jen.Id("m").Dot("engine").Dot("InferBatch").Call(concat(jen.Id("ctx"), arguments)...))
	})
}

// checkBatch writes the test of a slice's length. It divides, since n times the length may overflow.
func (e *emitter) checkBatch(g *jen.Group, slice, length string) {
	g.If(jen.Len(jen.Id(slice)).Op("/").Id(length).Op("!=").Id("n").Op("||").Len(jen.Id(slice)).Op("%").Id(length).Op("!=").Lit(0)).Block(
		jen.Return(jen.Qual("fmt", "Errorf").Call(
			jen.Lit(slice+" has %d floats, but a batch of %d must have %d for each ("+length+")"),
			jen.Line().Len(jen.Id(slice)), jen.Id("n"), jen.Id(length))),
	)
}

// predict writes Predict, which returns the best class.
func (e *emitter) predict(f *jen.File) {
	scores := e.names[0].parameter
	comment(f, fmt.Sprintf("Predict runs the network on an image of shape %s, which must have ImageLength floats, and returns the\n"+
		"class of the largest of %s, the first of equals. If one of them is not a number, which an image or weights with\n"+
		"infinite values can make, that is an error. Beside an error, the class is -1.", e.plan.Input, scores))
	f.Func().Params(jen.Id("m").Op("*").Id("Model")).Id("Predict").Params(jen.Id("image").Index().Float32()).Params(
		jen.Id("class").Int(), jen.Err().Error()).Block(
		jen.Var().Id(scores).Index(jen.Id("Classes")).Float32(),
		jen.If(jen.Err().Op(":=").Id("m").Dot("Infer").Call(jen.Id("image"), jen.Id(scores).Index(jen.Op(":"))), jen.Err().Op("!=").Nil()).Block(
			jen.Return(jen.Lit(-1), jen.Err())),
		jen.For(jen.List(jen.Id("i"), jen.Id("score")).Op(":=").Range().Id(scores)).Block(
			jen.If(jen.Id("score").Op("!=").Id("score")).Block(
				jen.Return(jen.Lit(-1), jen.Qual("fmt", "Errorf").Call(
					jen.Lit("the score of class %d is not a number: is the image finite?"), jen.Id("i")))),
			jen.If(jen.Id("score").Op(">").Id(scores).Index(jen.Id("class"))).Block(jen.Id("class").Op("=").Id("i"))),
		jen.Return(jen.Id("class"), jen.Nil()),
	)
}

// concat makes one list of arguments.
func concat(first jen.Code, rest []jen.Code) []jen.Code { return append([]jen.Code{first}, rest...) }
