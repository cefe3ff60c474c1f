package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/compiler/plan"
)

// infer writes Infer, which runs one image.
func (e *emitter) infer(f *jen.File) {
	comment(f, e.inferDoc())
	f.Func().Params(jen.Id("m").Op("*").Id("Model")).Id("Infer").Params(e.parameters("image")).Error().BlockFunc(func(g *jen.Group) {
		e.check(g, "image", jen.Id("ImageLength"), "ImageLength")
		for i, n := range e.names {
			e.check(g, n.parameter, jen.Id(e.lengthOf(i)), e.lengthOf(i))
		}
		g.Id("r").Op(":=").Id("m").Dot("begin").Call(jen.Id("image"))
		g.Id("r").Dot("all").Call()
		for i := range e.names {
			g.Copy(jen.Id(e.names[i].parameter), e.result(i))
		}
		g.Id("m").Dot("end").Call(jen.Id("r"))
		g.Return(jen.Nil())
	})
}

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

// result writes where the i-th output lies after a run.
func (e *emitter) result(i int) jen.Code {
	at := e.plan.Outputs[i].At
	if at.Space == plan.None {
		panic("golang: an output in no space")
	}
	space := jen.Id("r").Dot("arena")
	if at.Space == plan.Image {
		space = jen.Id("r").Dot("image")
	}
	return space.Index(jen.Lit(at.Offset).Op(":").Lit(at.Offset + at.Length))
}

// inferBatch writes InferBatch, which runs images one after the other.
func (e *emitter) inferBatch(f *jen.File) {
	comment(f, "InferBatch runs the network on a batch of n images, which lie one behind the other in images, and writes\n"+
		"the results likewise. images must have n × ImageLength floats, and every result n times its length. The images run\n"+
		"one after the other.")
	f.Func().Params(jen.Id("m").Op("*").Id("Model")).Id("InferBatch").Params(jen.Id("n").Int(), e.parameters("images")).Error().BlockFunc(func(g *jen.Group) {
		g.If(jen.Id("n").Op("<").Lit(0)).Block(
			jen.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit("n is %d, but a batch has at least 0 images"), jen.Id("n"))))
		e.checkBatch(g, "images", "ImageLength")
		for i, name := range e.names {
			e.checkBatch(g, name.parameter, e.lengthOf(i))
		}
		g.For(jen.Id("i").Op(":=").Range().Id("n")).BlockFunc(func(g *jen.Group) {
			arguments := []jen.Code{batchItem("images", "ImageLength")}
			for i, name := range e.names {
				arguments = append(arguments, batchItem(name.parameter, e.lengthOf(i)))
			}
			g.If(jen.Err().Op(":=").Id("m").Dot("Infer").Call(arguments...), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
		})
		g.Return(jen.Nil())
	})
}

// checkBatch writes the test of a slice's length. It divides, since n times the length may overflow.
func (e *emitter) checkBatch(g *jen.Group, slice, length string) {
	g.If(jen.Len(jen.Id(slice)).Op("/").Id(length).Op("!=").Id("n").Op("||").Len(jen.Id(slice)).Op("%").Id(length).Op("!=").Lit(0)).Block(
		jen.Return(jen.Qual("fmt", "Errorf").Call(
			jen.Lit(slice+" has %d floats, but a batch of %d must have %d for each ("+length+")"),
			jen.Len(jen.Id(slice)), jen.Id("n"), jen.Id(length))),
	)
}

// batchItem writes the i-th piece of a slice.
func batchItem(slice, length string) jen.Code {
	return jen.Id(slice).Index(jen.Id("i").Op("*").Id(length).Op(":").Parens(jen.Id("i").Op("+").Lit(1)).Op("*").Id(length))
}

// predict writes Predict, which returns the best class.
func (e *emitter) predict(f *jen.File) {
	comment(f, fmt.Sprintf("Predict runs the network on an image of shape %s, which must have ImageLength floats, and returns the\n"+
		"class of the largest of %s, the first of equals.", e.plan.Input, e.names[0].parameter))
	f.Func().Params(jen.Id("m").Op("*").Id("Model")).Id("Predict").Params(jen.Id("image").Index().Float32()).Params(
		jen.Id("class").Int(), jen.Err().Error()).BlockFunc(func(g *jen.Group) {
		g.If(jen.Len(jen.Id("image")).Op("!=").Id("ImageLength")).Block(
			jen.Return(jen.Lit(0), jen.Qual("fmt", "Errorf").Call(
				jen.Lit("image has %d floats, but must have %d (ImageLength)"), jen.Len(jen.Id("image")), jen.Id("ImageLength"))))
		g.Id("r").Op(":=").Id("m").Dot("begin").Call(jen.Id("image"))
		g.Id("r").Dot("all").Call()
		g.Id("scores").Op(":=").Add(e.result(0))
		g.For(jen.List(jen.Id("i"), jen.Id("score")).Op(":=").Range().Id("scores")).Block(
			jen.If(jen.Id("score").Op(">").Id("scores").Index(jen.Id("class"))).Block(jen.Id("class").Op("=").Id("i")))
		g.Id("m").Dot("end").Call(jen.Id("r"))
		g.Return(jen.Id("class"), jen.Nil())
	})
}
