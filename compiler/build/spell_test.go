package build

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
)

// TestSpelled writes operations as they are written in a file, without what is said by the defaults.
func TestSpelled(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"Conv(8)", ""},
		{"Conv(8, kernel: 3, stride: 2)", ""},
		{"Conv(8, kernel: [1, 3], padding: [0, 2], bias: true)", ""},
		{`Conv(8, kernel: 3, padding: 0, groups: 4, dilation: [2, 1], init: "fan_in")`, ""},
		{"Conv(8, kernel: 3, padding: [0, 1, 2, 3])", ""},
		{`Conv(out: 8, kernel: 3, padding: "symmetric", init: "fan_out")`, "Conv(8, kernel: 3)"},
		{`Conv(8, kernel: 3, padding: "same")`, "Conv(8, kernel: 3)"},
		{`Conv(8, kernel: 3, padding: "valid", stride: [2, 2])`, "Conv(8, kernel: 3, stride: 2, padding: 0)"},
		{"DepthwiseConv", ""},
		{"DepthwiseConv(5, stride: 2)", "DepthwiseConv(kernel: 5, stride: 2)"},
		{"ConvTranspose(8, 4, stride: 2, output_padding: 1)", ""},
		{"BatchNorm", ""},
		{"BatchNorm(epsilon: 0.001, scale: false, zero: false)", "BatchNorm(epsilon: 0.001, scale: false)"},
		{"BatchNorm(zero: true)", ""},
		{"LayerNorm([0], shift: false)", "LayerNorm(axes: [0], shift: false)"},
		{"ReLU", ""}, {"SiLU", ""},
		{"LeakyReLU(slope: 0.2)", ""}, {"LeakyReLU(0.01)", "LeakyReLU"},
		{"HardSigmoid", ""}, {"HardSigmoid(slope: 0.2)", ""},
		{"PReLU(shared: true)", ""},
		{"MaxPool(3, stride: 2)", ""},
		{"AvgPool(2, padding: 1, count_padding: true)", ""},
		{"Pad([1, 2], value: 0.5)", ""}, {"Pad(1)", ""},
		{"Upsample", ""}, {`Upsample(factor: [2, 3], mode: "bilinear", align_corners: true)`, ""},
		{"Resize", ""}, {`Resize("bilinear")`, `Resize(mode: "bilinear")`},
		{`Resize(mode: "bilinear", align_corners: true)`, ""},
		{"DepthToSpace(2)", ""},
		{"Slice(0, 2)", ""}, {"Slice(start: 1, end: 4, axis: -1)", "Slice(1, 4, axis: 2)"},
		{"Reshape([16, -1])", "Reshape([16, 16])"},
		{"Transpose([0, 2, 1])", ""},
		{"Learned([4, 1, 1], value: 1.5)", ""},
		{"Dropout(0.5)", ""}, {"Dropout2d(0.25)", ""}, {"DropPath(0.5)", ""},
		{"Flatten", ""}, {"GlobalAvgPool", ""},
	} {
		what, _, _ := strings.Cut(tt.line, "(")
		line := "a " + tt.line
		if what == "Resize" { // it takes two images
			line = "a = [image, image] -> " + tt.line + "\n    return a"
		}
		program, err := resolve.LoadFile(source.NewFile("spelled.net",
			"network N {\n    input image[4, 8, 8]\n    "+line+"\n}\n\nfamily N {\n    A:\n}\n"))
		if err != nil {
			t.Fatalf("%s: %v", tt.line, err)
		}
		family := program.Families[0]
		b := newBuilder(program, "N", nil)
		var result *Result
		if err := b.run(&Work{}, func() { result = b.build(family, family.Variants[0], nil) }); err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if tt.want == "" {
			tt.want = tt.line
		}
		if got := b.spelled(what, result.Graph.Output().Op); got != tt.want {
			t.Errorf("%s is written as %s", tt.line, got)
		}
	}
}

// TestSpelledArithmetic writes what operators do between a tensor and a number.
func TestSpelledArithmetic(t *testing.T) {
	for operator, want := range map[string]string{"+": "+ 4", "-": "- 4", "*": "* 4", "/": "/ 4"} {
		if got := spelledAffine(operator, byNumber(operator, 4)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
