package build_test

import (
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

// TestResize holds layers that resize images to the shapes of an image of 3×8×8, and their mistakes to codes.
func TestResize(t *testing.T) {
	for line, want := range map[string]string{
		"a Pad(1)":                                 "[3, 10, 10]",
		"a Pad([1, 0])":                            "[3, 10, 8]",
		"a Pad([1, 2, 0, -1])":                     "[3, 9, 9]",
		"a Pad(-3, value: 1)":                      "[3, 2, 2]",
		"a Upsample":                               "[3, 16, 16]",
		"a Upsample([1, 3])":                       "[3, 8, 24]",
		`a Upsample(mode: "bilinear")`:             "[3, 16, 16]",
		"a Conv(8) -> DepthToSpace(2)":             "[2, 16, 16]",
		"a GlobalMaxPool":                          "[3, 1, 1]",
		"a ConvTranspose(5, kernel: 2, stride: 2)": "[5, 16, 16]",
		"a ConvTranspose(5, kernel: 4, stride: 2)": "[5, 16, 16]",
		"a ConvTranspose(5, kernel: 3, stride: 2)": "[5, 15, 15]",
		"a ConvTranspose(5, kernel: 3, stride: 2, output_padding: 1)":           "[5, 16, 16]",
		"a ConvTranspose(3, kernel: 3, stride: [3, 1], groups: 3, dilation: 2)": "[3, 22, 8]",
		`a ConvTranspose(5, kernel: 3, stride: 2, padding: "valid")`:            "[5, 17, 17]",
		`a ConvTranspose(5, kernel: [5, 1], stride: [2, 3], padding: "same")`:   "[5, 16, 24]",
		"a ConvTranspose(5, kernel: 4, stride: 2, padding: [0, 1, 2, 3])":       "[5, 16, 14]",
		"a Pad([1, 1, 0, 0]) -> MaxPool(3, stride: 2, padding: 0)":              "[3, 4, 4]",
		"a MaxPool(3, stride: 3)\n    b = [a, image] -> Resize\n    return b":   "[3, 8, 8]",
		"a MaxPool(3, stride: [3, 2])\n    b = [image, a] -> " +
			"Resize(mode: \"bilinear\", align_corners: true)\n    return b": "[3, 3, 4]",
	} {
		n, err := built("    "+line+"\n", "")
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if got := n.Graph.Output().Shape.String(); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
	for line, want := range map[string]diag.Code{
		`a Pad("same")`:                   diag.UnknownPadding,
		"a Pad(-4)":                       diag.NothingLeft,
		"a Upsample(0)":                   diag.WrongFigure,
		`a Upsample(mode: "cubic")`:       diag.WrongFigure,
		"a Upsample(align_corners: true)": diag.WrongFigure,
		"a ReLU\n    b = [a, image] -> Resize(align_corners: true)\n    return b": diag.WrongFigure,
		"a ReLU\n    b = [a, image] -> Resize(mode: \"cubic\")\n    return b":     diag.WrongFigure,
		"a Flatten\n    b = [a, image] -> Resize\n    return b":                   diag.WrongShape,
		"a Flatten\n    b = [image, a] -> Resize\n    return b":                   diag.WrongShape,
		"a Resize":          diag.TensorCount,
		"a DepthToSpace(2)": diag.WrongFigure,
		"a DepthToSpace(0)": diag.WrongFigure,
		"a Upsample(2.5)":   diag.WrongType,
		"a ConvTranspose(4, kernel: 2, stride: 2, output_padding: 2)":                     diag.WrongFigure,
		"a ConvTranspose(4, kernel: 2, stride: 2, output_padding: -1)":                    diag.WrongFigure,
		"a ConvTranspose(4, kernel: 2, padding: 2)":                                       diag.WrongFigure,
		"a ConvTranspose(4, kernel: 2, groups: 3)":                                        diag.WrongFigure,
		"a ConvTranspose(8, kernel: 2, stride: 500)":                                      diag.TensorTooLarge,
		"a Slice(0, 1) -> Upsample([1, 65536]) -> ConvTranspose(1, kernel: 4, stride: 2)": diag.TensorTooLarge,
		"a ConvTranspose(4, kernel: 0)":                                                   diag.WrongFigure,
		`a ConvTranspose(4, kernel: 2, padding: "around")`:                                diag.UnknownPadding,
		"a Pad([-7, 0]) -> Pad([-3, 0]) -> ConvTranspose(4, kernel: 2)":                   diag.NothingLeft,
	} {
		if _, err := built("    "+line+"\n", ""); codeOf(err) != want {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}
