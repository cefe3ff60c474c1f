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
	var results, arguments, prints strings.Builder
	for i, n := range e.names {
		fmt.Fprintf(&results, "%s := make([]float32, 2*%s)\n", n.parameter, e.lengthOf(i))
		fmt.Fprintf(&arguments, ", %s", n.parameter)
		fmt.Fprintf(&prints, "fmt.Println(\"floats of %[1]s:\", len(%[1]s))\n", n.parameter)
		if output != "" {
			output += fmt.Sprintf("// floats of %s: %d\n", n.parameter, 2*e.plan.Outputs[i].Shape.Elements())
		}
	}
	b.WriteString(strings.NewReplacer("OPEN", open, "RESULTS\n", results.String(), "ARGUMENTS", arguments.String(),
		"PRINTS\n", prints.String(), "OUTPUT\n", output).Replace(exampleInfer))
	b.WriteString(exampleSwap)
	if e.classifies() {
		b.WriteString(strings.ReplaceAll(exampleTop, "SCORES", e.names[0].parameter) +
			fmt.Sprintf("// Output: %d\n}\n", e.plan.Outputs[0].Shape.Elements()-1))
	}
	return format.Source([]byte(b.String()))
}

const exampleInfer = `
// One model serves any number of goroutines. Here, one call runs two images, which lie one behind the other.
func ExampleModel_Infer() {
	model, err := OPEN
	if err != nil {
		log.Fatal(err)
	}
	images := make([]float32, 2*ImageLength)
RESULTS
	if err := model.Infer(context.Background(), imagesARGUMENTS); err != nil {
		log.Fatal(err)
	}
PRINTS
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
	SCORES := make([]float32, Classes) // what Infer has written for one image
	SCORES[Classes-1] = 1
	best, err := Top(SCORES, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(best[0].Class)
`
