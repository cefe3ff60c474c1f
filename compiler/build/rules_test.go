package build_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// The rules of the language one by one: tables of operators, requirements and stages, with what each gives.

// built compiles a network with the lines before its only layer, and declarations beside it.
func built(lines, declarations string) (*compiler.Network, error) {
	text := "network N {\n    input image[3, 8, 8]\n" + lines + "}\n\nfamily N {\n    A:\n}\n" + declarations
	program, err := compiler.LoadFile(source.NewFile("rules.net", text))
	if err != nil {
		return nil, err
	}
	return program.Build("A", nil)
}

// codeOf returns the code of the only mistake that an error has, "" for none.
func codeOf(err error) diag.Code {
	var problems diag.List
	if errors.As(err, &problems) && len(problems) == 1 {
		return problems[0].Code
	}
	if err != nil {
		return diag.Code(err.Error())
	}
	return ""
}

// TestOperators holds every operator, on every type that it applies to and at its edges, to its value: the text must be
// true.
func TestOperators(t *testing.T) {
	for _, holds := range []string{
		"7 + 2 == 9", "7.5 + 2 == 9.5", "7 - 9 == -2", "7.5 - 2 == 5.5", "7 * 2 == 14", "7.5 * 2 == 15",
		"7 / 2 == 3.5", "7.5 / 2 == 3.75", "7 div 2 == 3", "-7 div 2 == -4", "7 div -2 == -4", "7.5 div 2 == 3",
		"-7.5 div 2 == -4",
		"7 mod 2 == 1", "-7 mod 2 == 1", "7 mod -2 == -1", "7.5 mod 2 == 1.5", "-7.5 mod 2 == 0.5",
		"2^3 == 8", "2^-1 == 0.5", "2.5^2 == 6.25", "2^0.5 * 2^0.5 ~ 2 within 1e-9", "2^3^2 == 512", "-2^2 == -4",
		"(-2)^2 == 4",
		"1 == 1.0", "1 != 2", "not (1 != 1)", "1 < 2", "not (2 < 2)", "2 <= 2", "not (3 <= 2)", "2 > 1", "not (2 > 2)",
		"2 >= 2", "not (1 >= 2)",
		"1.5 < 2", "not (2.5 <= 2)", "2.5 > 2", "2.5 >= 2.5",
		"[1, 2] == [1, 2.0]", "[1, 2] != [2, 1]", "[2, 1] != 2", "not ([2, 1] == \"same\")", "[[1]] == [[1]]",
		`"a" == "a"`, `not ("a" == "b")`, `"a" != "b"`, `not ("a" != "a")`,
		"true == true", "not (true == false)", "true != false", "not (true != true)",
		"true or 1 > 2", "false or true", "not (false or false)", "true and true", "not (true and false)",
		"not (false and true)",
		"false and 1 or true", // the right side of "and" is not looked at
		"2^52 * 2 == 2^53", "2^53 - 1 + 1 == 2^53", "-2^53 == 0 - 2^53",
		"abs(-2) == 2", "abs(-2.5) == 2.5", "ceil(2.1) == 3", "floor(-2.1) == -3", "round(2.5) == 2", "round(3.5) == 4",
		"round(-2.5) == -2",
		"max(1, 3, 2) == 3", "min([4, 2, 3]) == 2", "sum([1, 2, 3]) == 6", "sum([]) == 0", "len([]) == 0",
		"len(range(3)) == 3",
		"reverse([1, 2, 3])[0] == 3", "range(3)[2] == 2", "exp(0) == 1", "log(1) == 0", "sqrt(9) == 3",
	} {
		if _, err := built("    require "+holds+"\n    a ReLU\n", ""); err != nil {
			t.Errorf("%s: %v", holds, err)
		}
	}
}

// TestOperatorMistakes holds what operators do not apply to, and what has no value, to its code.
func TestOperatorMistakes(t *testing.T) {
	for value, want := range map[string]diag.Code{
		"2^52 * 2 + 1": diag.TooLarge, "2^53 + 1": diag.TooLarge, "-2^53 - 1": diag.TooLarge, "2^52 * 3": diag.TooLarge,
		"1e308 * 10.0": diag.NoResult, "0.0 / 0.0": diag.NoResult, "1 / 0": diag.NoResult,
		"0 - 1e308 * 10.0": diag.NoResult,
		"(-1)^0.5":         diag.NoResult, "log(0)": diag.NoResult, "sqrt(-1)": diag.NoResult,
		"1 div 0": diag.DivisionByZero, "1 mod 0": diag.DivisionByZero,
		`"a" < "b"`: diag.WrongOperands, `"a" + "b"`: diag.WrongOperands, `"1" == 1`: diag.WrongOperands,
		"true + 1":     diag.WrongOperands,
		"true < false": diag.WrongOperands, "true == 1": diag.WrongOperands, "[1] < [1]": diag.WrongOperands,
		"image ^ image": diag.WrongOperands,
		"-true":         diag.WrongOperands, `-"a"`: diag.WrongOperands, "not 1": diag.WrongOperands,
		"not image":  diag.WrongOperands,
		"true and 1": diag.WrongCondition, "false or 1": diag.WrongCondition, "1 and true": diag.WrongOperands,
	} {
		if _, err := built("    v = "+value+"\n    a ReLU\n", ""); codeOf(err) != want {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
}

// TestRequirements holds each operand of a requirement to being a number, and the tolerance to its edge.
func TestRequirements(t *testing.T) {
	for text, want := range map[string]diag.Code{
		"1 ~ 2 within 1": "", "2 ~ 1 within 1": "", "1 ~ 2.5 within 1": diag.NotFulfilled,
		"3 ~ 1 within 1":     diag.NotFulfilled,
		`"x" ~ 0 within 100`: diag.WrongRequirement, `0 ~ "x" within 100`: diag.WrongRequirement,
		`0 ~ 0 within "x"`: diag.WrongRequirement,
		"1 < 2":            "", "1 > 2": diag.NotFulfilled, "3": diag.NotFulfilled,
	} {
		if _, err := built("    require "+text+"\n    a ReLU\n", ""); codeOf(err) != want {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestStages holds stages of several parts, repeats and strides to the convolutions that they are: channels and
// strides.
func TestStages(t *testing.T) {
	const block = "\nblock B(out: channels, stride: stride = 1, kernel: int = 3)(x) {\n    conv Conv(out, kernel, " +
		"stride)\n}\n"
	for line, want := range map[string]string{
		"stem Conv(8)":                           "8/1",
		"stem Conv(8) x 2":                       "8/1 8/1",
		"stem Conv(8), Conv(16) x 2":             "8/1 16/1 16/1",
		"stem Conv(8) x 2, Conv(16)":             "8/1 8/1 16/1",
		"stem Conv(8) x 0, Conv(16)":             "16/1",
		"stem Conv(8, stride: 2) x 3":            "8/2 8/1 8/1",
		"stem B(8, 2, 5) x 2":                    "8/2 8/1",
		"stem B(8, 2) x 2, B(16, stride: 2)":     "8/2 8/1 16/2",
		"stem B(8, stride: 2, kernel: 1) x 2":    "8/2 8/1",
		"stem B(8) -> B(16, 2) x 2":              "8/1 16/2 8/1 16/1",
		"stem Conv(8) if 1 > 2, Conv(16)":        "16/1",
		"stem Conv(8), Conv(16) x 2 if 1 > 2":    "8/1",
		"stem Conv(8) x 1 + 1, Conv(16) x 3 - 2": "8/1 8/1 16/1",
	} {
		n, err := built("    "+line+"\n", block)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := convolutions(n.Graph); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
}

// TestRepeats holds what the rules of a scaling get of the repeat counts of a stage, and what comes of it.
func TestRepeats(t *testing.T) {
	const alone, shared = "repeats(n) = 2 * n", "repeats(n) = 2 * n\n    share(counts, n) = [n - sum(counts), sum(counts)]"
	for _, tt := range []struct{ rules, line, want string }{
		{alone, "Conv(8) x 2, Conv(16) x 1", "8 8 8 8 16 16"},
		{alone, "Conv(8) x fixed 2, Conv(16) x 1", "8 8 16 16"},
		{alone, "Conv(8), Conv(16) x 1", "8 8 16 16"},
		{alone, "Conv(8)", "8"},
		{alone, "Conv(8) x -(-2), Conv(16) x 1", "8 8 8 8 16 16"},
		{alone, "Conv(8) x 0, Conv(16)", "16 16"},
		{shared, "Conv(8) x 2, Conv(16) x 1", "8 8 8 16 16 16"}, // n is 6
		{shared, "Conv(8) x 1, Conv(16) x 0", "8 16"},
		{shared, "Conv(4), Conv(8) x 0, Conv(16) x fixed 2", "4 8 16 16"},
		{shared, "Conv(8) x 0, Conv(16) x 0, Conv(4) x fixed 1", "4"}, // nothing to share
		{"repeats(n) = n + 1\n    share(counts, n) = [n, 0]", "Conv(8) x 2, Conv(16) x 1", "8 8 8 8"},
	} {
		text := "network N {\n    input image[3, 8, 8]\n    s " + tt.line + "\n}\n\nscaling S() {\n    " + tt.rules +
			"\n}\n\nfamily N by S {\n    A:\n}\n"
		program, err := compiler.LoadFile(source.NewFile("rules.net", text))
		if err != nil {
			t.Fatal(err)
		}
		n, err := program.Build("A", nil)
		if err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if got := strings.ReplaceAll(convolutions(n.Graph), "/1", ""); got != tt.want {
			t.Errorf("%s with %s: got %s, want %s", tt.line, tt.rules, got, tt.want)
		}
	}
}

// convolutions lists channels and strides: "8/2 8/1".
func convolutions(g *ir.Graph) string {
	var all []string
	for _, n := range g.Nodes {
		if c, ok := n.Op.(ir.Conv); ok {
			all = append(all, fmt.Sprintf("%d/%v", c.Out, c.Stride))
		}
	}
	return strings.Join(all, " ")
}

// TestValueMistakes holds values that do not fit the place in which they stand to their codes and to what is said.
func TestValueMistakes(t *testing.T) {
	const declarations = `
block B(out: channels, act: layer = ReLU, sizes: [int] = [1])(x) {
    conv Conv(out) -> act
}

block Two(out: int)(x, y) {
    sum = x + y
    return sum -> Conv(out)
}

function half(n: int) {
    return n div 2
}
`
	for _, tt := range []struct {
		line string
		code diag.Code
		says string
	}{
		{"v = len(3)", diag.WrongType, "len counts the items of a list; this is the int 3"},
		{"v = len(image)", diag.WrongType, "this is a tensor"},
		{"v = max(image)", diag.WrongType, "max needs numbers, got a tensor"},
		{`v = sqrt("a")`, diag.WrongType, "sqrt needs numbers"},
		{"v = sum([1, true])", diag.WrongType, "sum needs numbers"},
		{"v = reverse(3)", diag.WrongType, "reverse takes a list, got the int 3"},
		{"v = range(10000)", "", ""}, {"v = range(0)", "", ""},
		{"v = range(10001)", diag.WrongType, "range takes an int from 0 to 10000"},
		{"v = range(-1)", diag.WrongType, "range takes an int from 0"},
		{"v = range(1.5)", diag.WrongType, "got the float 1.5"},
		{"v = [i for i in 3]", diag.NotAList, "this is not a list"},
		{"w = 3\n    v = w.channels", diag.NoSuchField, "only a tensor has channels"},
		{"f = image -> Flatten\n    v = f.width", diag.NoSuchField, "a vector has no width"},
		{"f = image -> Flatten\n    v = f.height", diag.NoSuchField, "a vector has no height"},
		{"f = image -> Flatten\n    require f.channels == 192", "", ""},
		{"require image.channels == 3 and image.height == 8 and image.width == 8", "", ""},
		{"v = image.depth", diag.NoSuchField, "a tensor has no depth"},
		{"v = half(1.5)", diag.WrongType, "n must be an int, got the float 1.5"},
		{`v = half("a")`, diag.WrongType, "n must be an int, got the string"},
		{"v = half([1, 2])", diag.WrongType, "n must be an int, got the list [1, 2]"},
		{"v = half(image)", diag.WrongType, "n must be an int, got a tensor"},
		{"v = half(ReLU)", diag.WrongType, "n must be an int, got the layer ReLU"},
		{"B(8, act: 3)", diag.WrongType, "act must be a layer, got the int 3"},
		{`B(8, act: "relu")`, diag.WrongType, "act must be a layer"},
		{"B(8, sizes: 3)", diag.WrongType, "sizes must be a list of int, got the int 3"},
		{"B(8, sizes: [1, 2.5])", diag.WrongType, "sizes must be a list of int, got the list [1, 2.5]"},
		{"B(8, sizes: [1, 2, 3, 4, 5.5])", diag.WrongType, "got a list"},
		{"B(8, sizes: [])", "", ""}, {"B(8, sizes: [1, 2])", "", ""},
		{"Conv(8) x 1.5", diag.WrongType, "a repeat count is an int, got the float 1.5"},
		{`Conv(8) x "a"`, diag.WrongType, "a repeat count is an int, got the string"},
		{"v = image -> Two(8)", diag.TensorCount, "Two takes 2 tensors, got 1"},
		{"v = [image, image] -> Conv(8)", diag.TensorCount, "Conv takes 1 tensor, got 2"},
		{"v = [image, image] -> Two(3)", "", ""},
		{"v = 3 -> Conv(8)", diag.WrongType, "Conv takes a tensor, got the int 3"},
		{"v = [] -> Concat", diag.TensorCount, "Concat of no tensors"},
		{"v = -image\n    w = v + image", "", ""},
		{"v = image + true", diag.WrongOperands, ""}, {"v = true + image", diag.WrongOperands, ""},
		{`v = image * "a"`, diag.WrongOperands, ""}, {"v = image / 0", diag.DivisionByZero, ""},
		{"use b = B(act: Tanh)\n    c b(16)", "", ""},
		{"use act = 3", diag.NotALayer, "use names a layer; this is none"},
		{"v = 3\n    c v(8)", diag.NotALayer, "v is not a layer"},
		{"Reshape([-1, 64])", "", ""}, {"Reshape([3, -1])", "", ""},
		{"Reshape([-1, -1])", diag.WrongFigure, "only one dimension can be -1"},
		{"Reshape([0, -1])", diag.WrongFigure, ""}, {"Reshape([-1, 7])", diag.WrongFigure, ""},
		{"LayerNorm", diag.MissingSetting, "LayerNorm needs the setting axes for a tensor of shape [3, 8, 8]"},
		{"Flatten -> LayerNorm", "", ""}, {"LayerNorm(axes: [-3])", "", ""}, {"LayerNorm(axes: [2, 0])", "", ""},
		{"LayerNorm(axes: [3])", diag.WrongFigure, ""}, {"LayerNorm(axes: [-4])", diag.WrongFigure, ""},
		{"LayerNorm(axes: [0, -3])", diag.WrongFigure, "each once"},
	} {
		lines := tt.line
		if name, _, _ := strings.Cut(lines, " "); !strings.Contains(lines, " = ") && name != "require" {
			lines = "layer " + lines
		}
		_, err := built("    "+lines+"\n    last ReLU\n", declarations)
		if codeOf(err) != tt.code || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %s: %s", tt.line, err, tt.code, tt.says)
		}
	}
}

// TestHelpOfTypes: a text in a layer's place may have been meant as the layer's name, and a float as a whole number;
// texts in other places are told nothing of layers.
func TestHelpOfTypes(t *testing.T) {
	const declarations = "\nblock B(act: layer = ReLU, n: int = 1)(x) {\n    conv Conv(n) -> act\n}\n"
	for line, want := range map[string]string{
		`B(act: "relu")`: `did you mean "ReLU"?`, `B(act: "zzzzzz")`: "", "B(act: 3)": "", `B(n: "relu")`: "",
		"B(n: 1.5)": "make it whole with round, floor or ceil", "B(act: 1.5)": "",
		"B(n: [1, 2])": "for one of height and one of width, declare it as n: pair",
	} {
		_, err := built("    layer "+line+"\n", declarations)
		var problems diag.List
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Help != want {
			t.Errorf("%s: got %+v, want the help %q", line, problems, want)
		}
	}
}

// TestParameters: the parameters of all layers count together towards the limit, those that are shared once.
func TestParameters(t *testing.T) {
	const half = "    a Conv(30000, kernel: 1)\n    b Conv(20000, kernel: 1)\n" // 6e8 of 2^30
	for more, want := range map[string]diag.Code{
		"": "", "    c Conv(30000, kernel: 1)\n": diag.TooManyParams, "    c Conv(15000, kernel: 1)\n": "",
	} {
		if _, err := built(half+more, ""); codeOf(err) != want {
			t.Errorf("%q: got %v, want %q", more, err, want)
		}
	}
}

// TestNoWarnings: a stride that is written and does something, whatever it is, and a setting that changes how often a
// stage repeats are as they should be.
func TestNoWarnings(t *testing.T) {
	for line, given := range map[string]string{
		"s Conv(8, stride: 1)": "", "s Conv(8, stride: [1, 1])": "", "s Conv(8, stride: [1, 2])": "",
		"s Conv(8, stride: 2) x 2": "", "s Conv(8, stride: [1, 2]) x 2": "", "s Conv(8, stride: [2, 1]) x 2": "",
		"s Conv(8) x 2": "depth = 2",
	} {
		text := "network N {\n    input image[3, 8, 8]\n    " + line + "\n}\n\nscaling S(depth: int = 1) {\n" +
			"    repeats(n) = n * depth\n}\n\nfamily N by S {\n    A: " + given + "\n}\n"
		program, err := compiler.LoadFile(source.NewFile("rules.net", text))
		if err != nil {
			t.Fatal(err)
		}
		networks, err := program.BuildAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range program.Warnings(networks) {
			t.Errorf("%s, %s: %s", line, given, w.Message)
		}
	}
}

// TestOverrideNames: the name of a variant says what the command line has changed, in the form of a file's name.
func TestOverrideNames(t *testing.T) {
	expression := func(text string) any {
		e, problems := syntax.ParseExpression(source.NewFile("--set", text))
		if len(problems) > 0 {
			t.Fatal(problems.Err())
		}
		return e
	}
	for _, tt := range []struct {
		o    build.Override
		want string
	}{
		{nil, "B0"}, {build.Override{"phi": 1.5}, "B0-phi1.5"},
		{build.Override{"width": 2, "depth": 3}, "B0-depth3-width2"},
		{build.Override{"resolution": []int{224, 224}}, "B0-resolution224"},
		{build.Override{"resolution": []int{224, 160}}, "B0-resolution224x160"},
		{build.Override{"act": expression("SiLU")}, "B0-actSiLU"},
		{build.Override{"kernels": expression("[3, 5]")}, "B0-kernels3-5"},
		{build.Override{"padding": expression(`"same"`)}, "B0-paddingsame"},
		{build.Override{"width": &syntax.Free{}, "depth": 2}, "B0-depth2"},
	} {
		if got := tt.o.Name("B0"); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.o, got, tt.want)
		}
	}
}

// TestPlacesOfUse: a mistake in a block or a function says from where it was reached, the innermost place first.
func TestPlacesOfUse(t *testing.T) {
	_, err := built("    stem Outer(8)\n", `
function odd(n: int) {
    require n mod 2 == 1
    return n
}

block Inner(out: channels)(x) {
    conv Conv(odd(out))
}

block Outer(out: channels)(x) {
    inner Inner(out)
}
`)
	var list diag.List
	if !errors.As(err, &list) || len(list) != 1 {
		t.Fatal(err)
	}
	var got []string
	for _, r := range list[0].Related {
		got = append(got, fmt.Sprintf("%s: %s", r.Span, r.Text))
	}
	want := []string{"rules.net:16:15: in the function odd called here",
		"rules.net:20:11: in the block Inner used here as stem.inner",
		"rules.net:3:10: in the block Outer used here as stem"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSpace: ranges have the values that their steps meet, in either direction.
func TestSpace(t *testing.T) {
	program, err := compiler.LoadFile(source.NewFile("rules.net", `network N(width: float = 1) {
    input image[3, 8, 8]
    a Conv(24 in [8 to 30 step 8])
    b Conv(8 in [24 to 8 step -8])
    c Conv(round(10 * (1.1 in [1.0 to 1.2 step 0.1])))
    d Conv(4 in [2 to 5])
}

family N {
    A:
}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range s.Dimensions {
		for i, v := range d.Values {
			if n, err := strconv.ParseFloat(v.Text, 64); err != nil || !v.IsNum || v.Number != n {
				t.Errorf("%s has the number %g, %v", v.Text, v.Number, v.IsNum)
			}
			if text := v.Text; i == d.Baseline {
				got = append(got, text+"!")
			} else {
				got = append(got, text)
			}
		}
	}
	if want := "8 16 24! 24 16 8! 1.0 1.1! 1.2 2 3 4! 5"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

// TestTransposedPadding: with padding "same" a transposed convolution makes stride times as many rows and columns.
func TestTransposedPadding(t *testing.T) {
	for settings, want := range map[string]string{
		"kernel: [3, 6], stride: 2": "{0 2 1 2} 0", "kernel: [2, 7], stride: 2": "{0 2 0 3} 0",
		"kernel: 2, stride: [3, 4]":                         "{0 0 0 0} 1×2",
		"kernel: 2, stride: [4, 5], output_padding: [1, 1]": "{0 0 0 0} 3×4",
		"kernel: 3, stride: 1, dilation: [1, 3]":            "{1 3 1 3} 0",
	} {
		n, err := built("    up ConvTranspose(8, "+settings+", padding: \"same\")\n", "")
		if err != nil {
			t.Errorf("%s: %v", settings, err)
			continue
		}
		op := n.Graph.Output().Op.(ir.ConvTranspose)
		if got := fmt.Sprint(op.Pad, " ", op.OutputPadding); got != want {
			t.Errorf("%s: got %s, want %s", settings, got, want)
		}
	}
}
