package kernel

import (
	"syscall"
	"testing"
	"unsafe"
)

// guard hands out memory that ends where a page begins that cannot be touched, or a few floats before, which must then
// keep their values.
type guard struct {
	distance int // in floats
	pages    [][]byte
	margins  [][]float32
}

// canary is what the floats before the page hold.
const canary = 12345.678

func (g *guard) floats(n int) []float32 {
	page := syscall.Getpagesize()
	bytes := (4*(n+g.distance) + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, bytes+page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err == nil {
		err = syscall.Mprotect(memory[bytes:], syscall.PROT_NONE)
	}
	if err != nil {
		panic(err)
	}
	g.pages = append(g.pages, memory)
	all := unsafe.Slice((*float32)(unsafe.Pointer(&memory[0])), bytes/4)
	for i := range all {
		all[i] = canary
	}
	begin := len(all) - n - g.distance
	x := all[begin : begin+n : begin+n]
	clear(x)
	g.margins = append(g.margins, all[:begin], all[begin+n:])
	return x
}

// close checks the margins and gives the memory back.
func (g *guard) close(t *testing.T) {
	for _, margin := range g.margins {
		for _, v := range margin {
			if v != canary {
				t.Fatalf("a kernel wrote outside of its slices")
			}
		}
	}
	for _, memory := range g.pages {
		if err := syscall.Munmap(memory); err != nil {
			t.Fatal(err)
		}
	}
	g.pages, g.margins = nil, nil
}

// TestGuarded runs the other tests with memory that tells who reads or writes past its end, aligned and misaligned.
func TestGuarded(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	tests := []struct {
		name string
		test func(*testing.T)
	}{
		{"pointwise", testPointwise}, {"scaled", testPointwiseScaled}, {"linear", testLinear}, {"conv", testConv},
		{"groups", testConvGroups}, {"winograd", testWinograd}, {"winogradPads", testWinogradPads},
		{"planar", testConvPlanar}, {"depthwise", testDepthwise}, {"expand", testExpandDepthwise},
		{"planarDepthwise", testPlanarDepthwise},
		{"pools", testPools}, {"softmax", testSoftmax}, {"layerNorm", testLayerNorm},
		{"elementwise", testElementwise}, {"copy", testCopyChannels}, {"block", testBlock}, {"matMul", testMatMul},
	}
	ordinary := allocate
	defer func() { allocate = ordinary }()
	for _, distance := range []int{0, 3} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				g := &guard{distance: distance}
				allocate = g.floats
				onEveryLevel(t, test.test)
				allocate = ordinary
				g.close(t)
			})
		}
	}
}
