package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// TestPicturesConform compares networks whose results are images or several values, run on their kernels, with ONNX
// Runtime on the emitted file, at sizes that are odd, even and rectangular where the network takes them. U-Net's are
// multiples of 16 and YOLOv8's of 32: there, the smallest images between layers are odd, even and rectangular.
func TestPicturesConform(t *testing.T) {
	ort.Require(t)
	for _, tt := range []struct {
		file, variant string
		sizes         [][]int // nil for its own
		more          [][]int // with -large
	}{
		{"espcn/espcn.net", "x2", [][]int{{17, 24}, {24, 24}, {19, 19}}, nil},
		{"espcn/espcn.net", "x3", [][]int{{19, 19}}, [][]int{{17, 24}, {24, 24}}},
		{"yamnet/yamnet.net", "base", [][]int{nil}, nil},
		{"unet/unet.net", "base", [][]int{{32, 48}, {48, 48}, {32, 32}}, nil},
		{"unet/unet.net", "transposed", nil, [][]int{{32, 48}, {48, 48}, {32, 32}}},
		{"lraspp/lraspp.net", "large_100", [][]int{{64, 64}, {65, 49}, {47, 80}}, nil},
		{"deeplabv3/deeplabv3.net", "large_100", [][]int{{64, 96}, {97, 65}, {64, 64}}, nil},
		{"fcn/fcn.net", "resnet50", [][]int{{33, 48}}, [][]int{{64, 97}, {65, 65}, {64, 64}}},
		{"ghostnetv2/ghostnetv2.net", "100", [][]int{{65, 97}}, [][]int{{65, 65}, {64, 64}}},
		{"yolov8/yolov8.net", "n", [][]int{{96, 96}, {64, 96}, {64, 64}}, [][]int{{128, 128}}},
	} {
		sizes := tt.sizes
		if *large {
			sizes = slices.Concat(sizes, tt.more)
		}
		program, err := compiler.Load("../../examples/" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range sizes {
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
