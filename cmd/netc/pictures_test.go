package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// pictures are networks whose results are images or several values, at sizes that are odd, even and rectangular where
// the network takes them, and GhostNetV2, whose attention is resized. U-Net's are multiples of 16 and YOLOv8's of 32:
// there, the smallest images between layers are odd, even and rectangular. The first of an example is an emulator's.
var pictures = []picture{
	{"espcn/espcn.net", "x2", [][]int{{17, 24}, {24, 24}, {19, 19}}, nil},
	{"espcn/espcn.net", "x3", [][]int{{19, 19}}, [][]int{{17, 24}, {24, 24}}},
	{"yamnet/yamnet.net", "base", [][]int{nil}, nil},
	{"unet/unet.net", "base", [][]int{{32, 32}, {32, 48}, {48, 48}}, nil},
	{"unet/unet.net", "transposed", nil, [][]int{{32, 48}, {48, 48}, {32, 32}}},
	{"lraspp/lraspp.net", "large_100", [][]int{{47, 80}, {65, 49}, {64, 64}}, nil},
	{"deeplabv3/deeplabv3.net", "large_100", [][]int{{64, 96}, {97, 65}, {64, 64}}, nil},
	{"fcn/fcn.net", "resnet50", [][]int{{33, 48}}, [][]int{{64, 97}, {65, 65}, {64, 64}}},
	{"ghostnetv2/ghostnetv2.net", "100", [][]int{{65, 97}}, [][]int{{65, 65}, {64, 64}}},
	{"yolov8/yolov8.net", "n", [][]int{{64, 96}, {96, 96}, {64, 64}}, [][]int{{128, 128}}},
}

type picture struct {
	file, variant string
	sizes         [][]int // nil for its own
	more          [][]int // with -large
}

// pictureOf builds a row of pictures for a size.
func pictureOf(t *testing.T, file, variant string, size []int) *compiler.Network {
	t.Helper()
	program, err := compiler.Load("../../examples/" + file)
	if err != nil {
		t.Fatal(err)
	}
	override := build.Override{}
	if size != nil {
		override["resolution"] = size
	}
	network, err := program.Build(variant, override)
	if err != nil {
		t.Fatal(err)
	}
	return network
}

// eachPicture runs a test for every example whose result is not one vector, for small images. One of them that is not
// among pictures is an error.
func eachPicture(t *testing.T, test func(t *testing.T, g *ir.Graph)) {
	t.Helper()
	for _, file := range compilertest.OtherExamples(t) {
		i := slices.IndexFunc(pictures, func(p picture) bool { return p.file == file })
		if i < 0 {
			t.Errorf("examples/%s is not tested: it needs a row among pictures", file)
			continue
		}
		g := pictureOf(t, file, pictures[i].variant, pictures[i].sizes[0]).Graph
		t.Run(g.Name, func(t *testing.T) { test(t, g) })
	}
}

// TestPicturesConform compares these networks, run on their kernels, with ONNX Runtime on the emitted file.
func TestPicturesConform(t *testing.T) {
	ort.Require(t)
	for _, p := range pictures {
		sizes := p.sizes
		if *large {
			sizes = slices.Concat(sizes, p.more)
		}
		for _, size := range sizes {
			t.Run(fmt.Sprint(p.file, p.variant, size), func(t *testing.T) {
				g := pictureOf(t, p.file, p.variant, size).Graph
				image := eval.Noise(g, 5, 1)[0]
				set := eval.Calibrated(g, 5, image)
				got, err := execute.Graph(g, set, image)
				if err != nil {
					t.Fatal(err)
				}
				for i, want := range runtimeResults(t, g, set, image) {
					compare(t, got[i], want)
				}
			})
		}
	}
}

// TestPaddedPoolsConform pools images below zero behind zeros that are part of them: an ONNX Runtime that made them the
// pool's padding would leave them out of the largest values and means at the borders.
func TestPaddedPoolsConform(t *testing.T) {
	ort.Require(t)
	program, err := compiler.LoadFile(source.NewFile("pools.net", `network Pools {
    input image[4, 9, 9]
    below   = -1 - (image -> ReLU)
    largest = below -> Pad(1) -> MaxPool(3, stride: 2, padding: 0)
    mean    = below -> Pad(1) -> AvgPool(3, stride: 2, padding: 0)
    counted = below -> Pad(1) -> AvgPool(3, stride: 2, padding: 0, count_padding: true)
    padded  = below -> Pad(1) -> MaxPool(3, stride: 2, padding: 1)
    sum     = below -> Pad(1) -> Conv(4, kernel: 3, padding: 0)
    return largest, mean, counted, padded, sum
}

family Pools {
    P:
}
`))
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("P", nil)
	if err != nil {
		t.Fatal(err)
	}
	g := network.Graph
	image := eval.Noise(g, 5, 1)[0]
	set := eval.Calibrated(g, 5, image)
	want, err := eval.Run(g, set, image)
	if err != nil {
		t.Fatal(err)
	}
	got, err := execute.Graph(g, set, image)
	if err != nil {
		t.Fatal(err)
	}
	reference := runtimeResults(t, g, set, image)
	for i, o := range g.Outputs {
		t.Run(o.Name, func(t *testing.T) {
			compareWithin(t, got[i], want[i], 1e-6)
			compareWithin(t, reference[i], want[i], 1e-6)
		})
	}
}
