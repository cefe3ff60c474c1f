// Package routine names the assembly routines of which there is one for each tile: what package tiling writes,
// package kernel calls and generated packages hold as far as they reach it.
//
// A Set says how large an instruction set's tiles are; names of routines come from it. Dispatch writes the Go file by
// which package kernel finds them, for all of them or for some.
package routine

import (
	"fmt"
	"slices"
)

// Set is an instruction set.
type Set struct {
	Name string // as it ends the names of routines
	Arch string // GOARCH
	// MostPixels is the most pixels of a product's tile, by number of blocks of 16 outputs less one.
	MostPixels []int
	// MostSlide is the most pixels of a tile over which a window slides. Common windows have tiles of WideSlide pixels,
	// too, if that is not 0, and none of the sizes between.
	MostSlide, WideSlide int
	// Depthwise says that there are routines for depthwise windows alone, none for those of groups.
	Depthwise bool
	// Lacks are the activation functions of which it has no routine.
	Lacks []string
}

// The instruction sets. A tile's pixels times its registers a pixel of all blocks are accumulators: 28 of AVX-512's
// 32 registers, 12 of AVX2's 16, 24 of NEON's 32, where six hold inputs and two are left for the weights. Depthwise
// tiles keep a row of weights in registers, too. AVX2 has tiles of one pixel and several blocks for the weights of
// linear layers: memory is read faster in several places at once. NEON has wide ones for the widths that images of 224
// pixels become: 14, 28, 56 and 112.
var (
	AVX2   = &Set{Name: "AVX2", Arch: "amd64", MostPixels: []int{6, 1, 1, 1}, MostSlide: 8}
	AVX512 = &Set{Name: "AVX512", Arch: "amd64", MostPixels: []int{14, 14, 9, 7}, MostSlide: 14}
	NEON   = &Set{Name: "NEON", Arch: "arm64", MostPixels: []int{6}, MostSlide: 8, WideSlide: 14}
)

// Half is NEON with arithmetic of float16. Functions that need more exact numbers on the way, or are rare, are computed
// in float32.
var Half = &Set{Name: "Half", Arch: "arm64", MostPixels: []int{6}, MostSlide: 8, WideSlide: 14, Depthwise: true,
	Lacks: []string{"tanh", "gelu", "elu", "mish"}}

// Sets lists them.
func Sets() []*Set { return []*Set{AVX2, AVX512, NEON, Half} }

// Functions are the activation functions that have routines, called as package kernel's constants for them are, with a
// small letter first.
var Functions = []string{"relu", "relu6", "silu", "sigmoid", "hardSwish", "hardSigmoid", "tanh", "gelu", "leakyRelu",
	"hardTanh", "elu", "mish"}

// Window is what slides: how many channels a group has, 1 being depthwise, and how many rows and columns are seen.
type Window struct{ Group, Size int }

// Windows are the windows, and Strides the strides, of which there are routines.
var (
	Windows = []Window{{1, 3}, {1, 5}, {1, 7}, {1, 9}, {8, 3}}
	Strides = []int{1, 2}
)

// IsCommon reports whether a window is one of those that most networks have.
func (w Window) IsCommon() bool { return w.Group == 1 && w.Size <= 5 }

// Windows are those of which the set has routines.
func (s *Set) Windows() []Window {
	if !s.Depthwise {
		return Windows
	}
	return slices.DeleteFunc(slices.Clone(Windows), func(w Window) bool { return w.Group > 1 })
}

// SlideSizes are the pixels of the tiles over which a window slides.
func (s *Set) SlideSizes(w Window) []int {
	var sizes []int
	for pixels := 1; pixels <= s.MostSlide; pixels++ {
		sizes = append(sizes, pixels)
	}
	if s.WideSlide > 0 && w.IsCommon() {
		sizes = append(sizes, s.WideSlide)
	}
	return sizes
}

// Product is the name of the routine for a tile of a product.
func (s *Set) Product(blocks, pixels int) string {
	return fmt.Sprintf("product%dx%d%s", pixels, blocks, s.Name)
}

// Slide is the name of the routine for a tile over which a window slides.
func (s *Set) Slide(w Window, stride, pixels int) string {
	if w.Group > 1 {
		return fmt.Sprintf("slide%dx%ds%dw%d%s", w.Group, w.Size, stride, pixels, s.Name)
	}
	return fmt.Sprintf("slide%ds%dw%d%s", w.Size, stride, pixels, s.Name)
}

// Function is the name of the routine for an activation function, one of Functions. Other routines call it by the
// address that the routine AddressOf returns.
func (s *Set) Function(name string) string { return name + s.Name }

// AddressOf is the name of the routine that returns the address of another.
func AddressOf(name string) string { return name + "Address" }

// OneOf is the name of the macro that applies an activation function to one register, by the name of its routine; AllOf
// that of the macro which applies it to all accumulators.
func OneOf(name string) string { return name + "One" }

// AllOf is the macro of a set: see OneOf.
func AllOf(s *Set) string { return "all" + s.Name }

// PairsOf is that of a set whose functions are applied to two registers at a time, and FoursOf to four, by the macro
// FourOf.
func PairsOf(s *Set) string     { return "pairs" + s.Name }
func FoursOf(s *Set) string     { return "fours" + s.Name }
func FourOf(name string) string { return name + "Four" }

// HasFunction reports whether there is a routine for an activation function.
func (s *Set) HasFunction(name string) bool {
	return slices.Contains(Functions, name) && !slices.Contains(s.Lacks, name)
}
