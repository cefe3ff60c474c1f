package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/pixels"
)

// Around says what the package does around the network: what becomes of pixels before it, and of scores behind it. The
// zero value is the network alone.
type Around struct {
	Preprocess    bool                  // there is InferPixels, which takes uint8 pixels, channels last
	Normalisation *pixels.Normalisation // of pixels; nil is ImageNet's for three channels, and unknown for others
	Softmax       bool                  // Infer puts out the classes' probabilities
	TopK          int                   // there is Classify, which returns the best K classes; 0: there is not
	Labels        []string              // the names of the classes; may be empty
}

// check finds what does not fit the network, and returns the normalisation to use.
// Top-k goes with several outputs, too, which a model of ONNX refuses: it changes no output of a package.
func (a Around) check(p *plan.Plan, scores int) (*pixels.Normalisation, error) {
	out := p.Outputs[max(scores, 0)]
	switch classes := out.Shape.Elements(); {
	case scores < 0 && (a.Softmax || a.TopK > 0):
		return nil, fmt.Errorf("softmax and top-k need a network with one vector of scores among its outputs, "+
			"which are %s", outputsOf(p))
	case a.Softmax && len(p.Outputs) > 1:
		return nil, fmt.Errorf("softmax needs a network with one output, and this one has %d: Top makes probabilities "+
			"of %s without it", len(p.Outputs), out.Name)
	case a.TopK < 0:
		return nil, fmt.Errorf("there is no such thing as the best %d classes", a.TopK)
	case a.TopK > classes && scores >= 0:
		return nil, fmt.Errorf("the best %d of %d classes cannot be told", a.TopK, classes)
	case len(a.Labels) > 0 && scores < 0:
		return nil, fmt.Errorf("there are %d labels, but not one vector of as many scores among the network's "+
			"outputs, "+
			"which are %s", len(a.Labels), outputsOf(p))
	case len(a.Labels) > 0 && len(a.Labels) != classes:
		return nil, fmt.Errorf("there are %d labels, but the network's output %s is %v", len(a.Labels), out.Name,
			out.Shape)
	}
	if given := a.Normalisation != nil || a.Preprocess; given && len(p.Inputs) > 1 {
		return nil, fmt.Errorf("the network has %d inputs: only the pixels of a single one can be normalised",
			len(p.Inputs))
	}
	n, err := pixels.Choose(a.Normalisation, a.Preprocess, p.Inputs[0].Name, p.Inputs[0].Shape)
	if n == nil || err != nil {
		return nil, err
	}
	mean, deviation := n.Scaled()
	for c, d := range deviation {
		black, white := (0-mean[c])/d, (255-mean[c])/d
		if !(d > 0) || !(white-black > 0) || white-white != 0 || black-black != 0 {
			return nil, fmt.Errorf("the mean %g and deviation %g of channel %d cannot normalise pixels in float32",
				n.Mean[c], n.Std[c], c)
		}
	}
	return n, nil
}

// outputsOf says what a network puts out.
func outputsOf(p *plan.Plan) string {
	var words []string
	for _, o := range p.Outputs {
		words = append(words, fmt.Sprintf("%s %v", o.Name, o.Shape))
	}
	return strings.Join(words, ", ")
}

// around writes what stands around the network.
func (e *emitter) around(f *jen.File) {
	if e.normalisation != nil {
		e.normalised(f)
	}
	if e.options.Around.Preprocess {
		e.inferPixels(f)
	}
	if e.scores < 0 {
		return
	}
	if len(e.options.Around.Labels) > 0 {
		labels := make([]jen.Code, len(e.options.Around.Labels))
		for i, l := range e.options.Around.Labels {
			labels[i] = jen.Line().Lit(l)
		}
		comment(f, "Labels are the names of the classes, in the order of "+oneLine(e.outputNames()[e.scores])+".")
		f.Var().Id("Labels").Op("=").Index(jen.Id(e.lengthOf(e.scores))).String().Values(append(labels, jen.Line())...)
	}
	e.top(f)
	if e.options.Around.TopK > 0 {
		e.classify(f)
	}
}

// normalised writes the means and deviations.
func (e *emitter) normalised(f *jen.File) {
	comment(f, `
Mean and Std are those of the training images' pixels, from 0 to 1, for each channel: the network takes
(pixel/255 − Mean) / Std.`)
	list := func(values []float64) *jen.Statement {
		all := make([]jen.Code, len(values))
		for i, v := range values {
			all[i] = jen.Lit(v)
		}
		return jen.Index(jen.Id("InputChannels")).Float32().Values(all...)
	}
	f.Var().Defs(
		jen.Id("Mean").Op("=").Add(list(e.normalisation.Mean)), jen.Id("Std").Op("=").Add(list(e.normalisation.Std)))
}

// pixelsField is the engine's knowledge of pixels.
func (e *emitter) pixelsField() jen.Code {
	if !e.options.Around.Preprocess {
		return jen.Line()
	}
	mean, deviation := e.normalisation.Scaled()
	list := func(values []float32) *jen.Statement {
		all := make([]jen.Code, len(values))
		for i, v := range values {
			all[i] = jen.Lit(float64(v))
		}
		return jen.Index().Float32().Values(all...)
	}
	return jen.Line().Id("Pixels").Op(":").Op("&").Add(e.runtime("engine", "Pixels")).Values(
		jen.Id("Mean").Op(":").Add(list(mean)), jen.Id("Deviation").Op(":").Add(list(deviation)))
}

// inferPixels writes InferPixels.
func (e *emitter) inferPixels(f *jen.File) {
	in := e.plan.Inputs[0].Shape
	comment(f, fmt.Sprintf(`
InferPixels is Infer for pictures as decoders give them: pixels from 0 to 255, shape [%d, %d, %d], that is height, width
and channels, row by row, the channels of a pixel side by side, %s bytes for each picture. It normalises them
with Mean and Std. What it returns is what Infer returns for (pixel/255 − Mean) / Std.`,
		in[1], in[2], in[0], e.inputs[0].length))
	parameters := e.parameters(jen.Id("pixels").Index().Uint8())
	f.Func().Params(receiver()).Id("InferPixels").Params(parameters...).Error().BlockFunc(func(g *jen.Group) {
		e.batchOf(g, "pixels", e.inputs[0].length, "bytes", "pictures")
		e.checkResults(g)
		e.finish(g, jen.Id("m").Dot("engine").Dot("InferPixels").Call(
			jen.Id("ctx"), jen.Id("n"), jen.Id("pixels"), list(len(e.names), e.outputExpr)))
	})
}

// top writes Top.
func (e *emitter) top(f *jen.File) {
	scores, classes := e.scoresVariable(), e.lengthOf(e.scores)
	what := "Probability is that of all classes together, by softmax."
	if e.options.Around.Softmax {
		what = "Value and Probability are the same."
	}
	comment(f, fmt.Sprintf(`
Top returns the n best classes of one %s's %s, the best first, and of equal ones that of the lower number. %s
A score that is not a number, or a best one that is infinite, which an input or weights with infinite values can make,
is an error.`, e.unit(), oneLine(e.outputNames()[e.scores]), what))
	labels := jen.Nil()
	if len(e.options.Around.Labels) > 0 {
		labels = jen.Id("Labels").Index(jen.Op(":"))
	}
	f.Func().Id("Top").Params(jen.Id(scores).Index().Float32(), jen.Id("n").Int()).
		Params(jen.Index().Id("Score"), jen.Error()).Block(
		jen.If(jen.Len(jen.Id(scores)).Op("!=").Id(classes)).Block(
			jen.Return(jen.Nil(), jen.Qual("fmt", "Errorf").Call(
				jen.Lit(scores+" has %d floats, but must have %d ("+classes+")"),
				jen.Line().Len(jen.Id(scores)), jen.Id(classes)))),
		jen.Return(e.runtime("engine", "Top").Call(
			jen.Id(scores), jen.Id("n"), jen.Lit(e.options.Around.Softmax), labels)))
}

// classify writes Classify.
func (e *emitter) classify(f *jen.File) {
	comment(f, "TopK is how many classes Classify returns.")
	f.Const().Id("TopK").Op("=").Lit(e.options.Around.TopK)
	parameter, kind, infer, what := "image", jen.Index().Float32(), "Infer", "image"
	switch {
	case len(e.inputs) > 1:
		parameter, kind, what = "in", jen.Id("Inputs"), "value of each input"
	case e.options.Around.Preprocess:
		parameter, kind, infer, what = "pixels", jen.Index().Uint8(), "InferPixels", "picture"
	case e.unit() != "image":
		parameter, what = e.inputs[0].parameter, "value"
	}
	comment(f, fmt.Sprintf(`
Classify runs the network on one %s, as %s does, and returns the best TopK classes, the best first.`, what, infer))
	f.Func().Params(receiver()).Id("Classify").Params(ctxParameter(), jen.Id(parameter).Add(kind)).
		Params(jen.Index().Id("Score"), jen.Error()).Block(append(e.runOne(infer, parameter, jen.Nil()),
		jen.Return(jen.Id("Top").Call(jen.Id(e.scoresVariable()).Index(jen.Op(":")), jen.Id("TopK"))))...)
}

// finish ends a method with a call of the engine, and makes probabilities of its scores where that is asked for.
func (e *emitter) finish(g *jen.Group, call *jen.Statement) {
	if !e.options.Around.Softmax {
		g.Return(call)
		return
	}
	g.If(jen.Err().Op(":=").Add(call), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
	g.Add(e.runtime("engine", "Softmax").Call(jen.Id(e.names[0].parameter), jen.Id("Classes")))
	g.Return(jen.Nil())
}

// batchOf writes the test of the length of the first that a batch is given, which says how many images it has.
func (e *emitter) batchOf(g *jen.Group, slice, length, unit, what string) {
	g.Id("n").Op(":=").Len(jen.Id(slice)).Op("/").Id(length)
	g.If(jen.Len(jen.Id(slice)).Op("%").Id(length).Op("!=").Lit(0)).Block(
		jen.Return(jen.Qual("fmt", "Errorf").Call(
			jen.Lit(slice+" has %d "+unit+", which is no whole number of "+what+" of %d ("+length+")"),
			jen.Line().Len(jen.Id(slice)), jen.Id(length))))
}
