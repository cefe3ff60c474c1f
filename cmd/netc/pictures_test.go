package main

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// TestPicturesConform compares networks whose results are images or several values, run on their kernels, with ONNX
// Runtime on the emitted file, at sizes that are odd, square and rectangular where the network takes them.
func TestPicturesConform(t *testing.T) {
	ort.Require(t)
	for _, tt := range []struct {
		file, variant string
		sizes         [][]int // nil for its own
	}{
		{"espcn/espcn.net", "x2", [][]int{{17, 24}, {24, 24}}},
		{"espcn/espcn.net", "x3", [][]int{{19, 19}}},
		{"yamnet/yamnet.net", "base", [][]int{nil}},
		{"unet/unet.net", "base", [][]int{{32, 48}, {48, 48}}},
		{"lraspp/lraspp.net", "large_100", [][]int{{64, 64}, {65, 49}, {47, 80}}},
		{"deeplabv3/deeplabv3.net", "large_100", [][]int{{64, 96}, {97, 65}}},
		{"ghostnetv2/ghostnetv2.net", "100", [][]int{{65, 97}}},
		// With these weights 64×64 and 128×128 are ill-conditioned: at 128 ONNX Runtime itself is 9.2e-5 from eval.
		{"yolov8/yolov8.net", "n", [][]int{{96, 96}, {64, 96}}},
	} {
		program, err := compiler.Load("../../examples/" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range tt.sizes {
			t.Run(fmt.Sprint(tt.file, tt.variant, size), func(t *testing.T) {
				override := build.Override{}
				if size != nil {
					override["resolution"] = size
				}
				network, err := program.Build(tt.variant, override)
				if err != nil {
					t.Fatal(err)
				}
				g := network.Graph
				image := eval.Noise(g, 5, 1)[0]
				set := eval.Calibrated(g, 5, image)
				got, err := execute.Graph(g, set, image)
				if err != nil {
					t.Fatal(err)
				}
				for i := range g.Outputs {
					compare(t, got[i], runtimeResult(t, g, set, image, i))
				}
			})
		}
	}
}

// TestPicturesConformNearly compares FCN, whose 50 layers and thousands of logits, none of them averaged, magnify what
// is rounded with random weights: ONNX Runtime itself is 5e-5 to 6.5e-5 of the largest logit from eval, which sums in
// float64, and generated Go 7e-5 to 1.2e-4, by size and instruction set.
func TestPicturesConformNearly(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	ort.Require(t)
	program, err := compiler.Load("../../examples/fcn/fcn.net")
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("resnet50", build.Override{"resolution": []int{64, 97}})
	if err != nil {
		t.Fatal(err)
	}
	g := network.Graph
	image := eval.Noise(g, 5, 1)[0]
	set := eval.Calibrated(g, 5, image)
	got, err := execute.Graph(g, set, image)
	if err != nil {
		t.Fatal(err)
	}
	compareWithin(t, got[0], runtimeResult(t, g, set, image, 0), 2e-4)
}
