package golang

import (
	"fmt"
	"go/format"
	"strings"
)

// exampleName is the file of examples. A folder's owner may have an example_test.go.
const exampleName = "model_example_test.go"

// example writes examples for the package's documentation, which are tests of it, too: those that need no file of
// weights run.
func (e *emitter) example() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\npackage %s\n", header, e.options.Package)
	b.WriteString("\nimport (\n\"context\"\n\"errors\"\n\"fmt\"\n\"log\"\n)\n")
	open, output := "New(WithMaxInferences(2))", "// Output:\n"
	if e.options.Separate {
		open, output = `Open("weights.bin", WithMaxInferences(2))`, ""
	}
	given, in := exampleSlices(e.inputs, "in", "Inputs", func(i int) string { return e.inputs[i].length })
	room, out := exampleSlices(e.names, "out", "Outputs", e.lengthOf)
	var prints strings.Builder
	for i, name := range e.outputNames() {
		fmt.Fprintf(&prints, "fmt.Println(\"floats of %s:\", len(%s))\n", name, e.outputText(i))
		if output != "" {
			output += fmt.Sprintf("// floats of %s: %d\n", name, 2*e.plan.Outputs[i].Shape.Elements())
		}
	}
	b.WriteString(strings.NewReplacer("UNITS", e.unit()+"s", "OPEN", open, "GIVEN\n", given, "ROOM\n", room,
		"ARGUMENTS", in+", "+out, "PRINTS\n", prints.String(), "OUTPUT\n", output).Replace(exampleInfer))
	if e.options.Around.Preprocess {
		b.WriteString(e.examplePixels(open, output != ""))
	}
	b.WriteString(exampleSwap)
	if e.scores >= 0 {
		b.WriteString(strings.NewReplacer("SCORES", e.scoresVariable(), "LENGTH", e.lengthOf(e.scores)).
			Replace(exampleTop) +
			fmt.Sprintf("// Output: %d\n}\n", e.plan.Outputs[e.scores].Shape.Elements()-1))
	}
	return format.Source([]byte(b.String()))
}

// examplePixels writes the example of Classify, where the package has it, or of InferPixels.
func (e *emitter) examplePixels(open string, runs bool) string {
	text, output := exampleInferPixels, ""
	room, out := exampleSlices(e.names, "out", "Outputs", e.lengthOf)
	room = strings.ReplaceAll(room, "2*", "") // for one picture
	result := e.plan.Outputs[0].Shape.Elements()
	if e.options.Around.TopK > 0 && e.scores >= 0 {
		text, result = exampleClassify, e.options.Around.TopK
	}
	if runs {
		output = fmt.Sprintf("// Output: %d\n", result)
	}
	return strings.NewReplacer("OPEN", open, "LENGTH", e.inputs[0].length, "ROOM\n", room, "RESULTS", out,
		"FIRST", e.outputText(0), "OUTPUT\n", output).Replace(text)
}

// exampleSlices writes the statement that makes inputs or outputs of two images, and returns what Infer is given.
func exampleSlices(ports []portName, variable, kind string, length func(i int) string) (statement, argument string) {
	if len(ports) == 1 {
		argument = ports[0].parameter
		return fmt.Sprintf("%s := make([]float32, 2*%s)\n", argument, length(0)), argument
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s := %s{\n", variable, kind)
	for i, p := range ports {
		fmt.Fprintf(&b, "%s: make([]float32, 2*%s),\n", p.field, length(i))
	}
	return b.String() + "}\n", variable
}

const exampleInfer = `
// One model serves any number of goroutines. Here, one call runs two UNITS, which lie one behind the other.
func ExampleModel_Infer() {
	model, err := OPEN
	if err != nil {
		log.Fatal(err)
	}
GIVEN
ROOM
	if err := model.Infer(context.Background(), ARGUMENTS); err != nil {
		log.Fatal(err)
	}
PRINTS
OUTPUT
}
`

const exampleInferPixels = `
// Pixels are those of a picture that has been decoded and has the network's size.
func ExampleModel_InferPixels() {
	model, err := OPEN
	if err != nil {
		log.Fatal(err)
	}
	pixels := make([]uint8, LENGTH) // row by row, the channels of each pixel side by side
ROOM
	if err := model.InferPixels(context.Background(), pixels, RESULTS); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(FIRST))
OUTPUT
}
`

const exampleClassify = `
// Pixels are those of a picture that has been decoded and has the network's size.
func ExampleModel_Classify() {
	model, err := OPEN
	if err != nil {
		log.Fatal(err)
	}
	pixels := make([]uint8, LENGTH) // row by row, the channels of each pixel side by side
	best, err := model.Classify(context.Background(), pixels)
	if err != nil {
		log.Fatal(err)
	}
	for _, score := range best {
		log.Printf("%s %.1f%%", score.Label, 100*score.Probability)
	}
	fmt.Println(len(best))
OUTPUT
}
`

const exampleSwap = `
// Other weights for the inferences that begin from now on. If they are refused, the model goes on with those it has.
func ExampleModel_Swap() {
	model, err := Open("weights.bin")
	if err != nil {
		log.Fatal(err)
	}
	if err := model.Swap("weights.bin"); errors.Is(err, ErrWeights) {
		log.Print(err)
	}
	log.Print(model) // which network answers, with which weights
}
`

const exampleTop = `
func ExampleTop() {
	SCORES := make([]float32, LENGTH) // what Infer has written
	SCORES[LENGTH-1] = 1
	best, err := Top(SCORES, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(best[0].Class)
`
