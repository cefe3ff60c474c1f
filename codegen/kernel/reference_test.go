package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// supported is what the processor and the system support; level is what the test at hand may use of it.
var (
	supported = Host().Has
	level     = supported
)

// machine returns the one that kernels of the test at hand are bound to.
func machine() *Machine { return &Machine{Has: level} }

// onEveryLevel runs a test with every level of instructions that this machine has.
func onEveryLevel(t *testing.T, test func(t *testing.T)) {
	best := level
	defer func() { level = best }()
	for _, l := range []struct {
		name string
		has  Features
	}{
		{"portable", portable}, {"neon", NEON}, {"avx2", AVX2}, {"avx512", AVX2 | AVX512}, {"amx", AVX2 | AVX512 | AMX},
		{"amx-always", AVX2 | AVX512 | AMX | alwaysAMX},
	} {
		if l.has&^(supported|alwaysAMX) == 0 {
			level = l.has
			t.Run(l.name, test)
		}
	}
}

// newWorker returns a worker for a task. What its scratch holds is not a number: nobody may use what nobody wrote.
func newWorker(t Task) *Worker {
	w := &Worker{Scratch: alignedFloats(t.Scratch())}
	for i := range w.Scratch {
		w.Scratch[i] = float32(math.NaN())
	}
	return w
}

// spaces is memory in which each operand has a space of its own, so that a task can be run on slices.
type spaces struct{ memory Memory }

func newSpaces() *spaces { return &spaces{NewMemory(0, nil, nil, nil)} }

// of returns the operand whose floats these are; one that is absent for nil.
func (s *spaces) of(floats []float32) Ref {
	if floats == nil {
		return Ref{}
	}
	s.memory = append(s.memory, BytesOf(floats))
	return InInput(len(s.memory)-1-int(InputSpace), 0, F32, 1, len(floats))
}

// present returns an operand that is there or not. Tests hand its floats to the task themselves.
func present(is bool) Ref {
	if is {
		return InArena(0, F32, 0, 0)
	}
	return Ref{}
}

// pace returns the step of a loop over problems.
func pace(thorough, short int) int {
	if testing.Short() {
		return short
	}
	return thorough
}

// convolution is a problem for the kernels with an obvious solution, all planar.
type convolution struct {
	groups, in, out        int
	window                 Window
	image, weights, biases []float32 // weights [out][in/groups][rows][columns]
	residual               []float32 // or nil
	function               Function
}

// reference computes a convolution in float64.
func (c *convolution) reference() []float32 {
	w := &c.window
	pixels := w.OutHeight * w.OutWidth
	result := make([]float32, c.out*pixels)
	groupIn, groupOut := c.in/c.groups, c.out/c.groups
	sums := make([]float64, pixels)
	for o := range c.out {
		for p := range sums {
			sums[p] = float64(c.biases[o])
			if c.residual != nil {
				sums[p] += float64(c.residual[o*pixels+p])
			}
		}
		for i := range groupIn {
			channel := o/groupOut*groupIn + i
			image := c.image[channel*w.InHeight*w.InWidth : (channel+1)*w.InHeight*w.InWidth]
			for tap := range w.taps() {
				c.addTap(sums, image, tap/w.Size.Columns, tap%w.Size.Columns,
					float64(c.weights[(o*groupIn+i)*w.taps()+tap]))
			}
		}
		for p, sum := range sums {
			result[o*pixels+p] = float32(exact(c.function, sum))
		}
	}
	return result
}

// addTap adds to every pixel what it sees at one place of the window, times a weight.
func (c *convolution) addTap(sums []float64, image []float32, row, column int, weight float64) {
	w := &c.window
	for y := range w.OutHeight {
		iy := y*w.Stride.Rows - w.Top + row*w.Dilation.Rows
		if iy < 0 || iy >= w.InHeight {
			continue
		}
		for x := range w.OutWidth {
			if ix := x*w.Stride.Columns - w.Left + column*w.Dilation.Columns; ix >= 0 && ix < w.InWidth {
				sums[y*w.OutWidth+x] += weight * float64(image[iy*w.InWidth+ix])
			}
		}
	}
}

// just is a function without settings.
func just(k Kind) Function { return Function{Kind: k} }

// someFunctions are all functions, those with settings with several.
var someFunctions = []Function{
	just(Identity), just(Relu), just(Relu6), just(Silu), just(Sigmoid), {HardSwish, usualSlope, usualOffset},
	{HardSigmoid, usualSlope, usualOffset}, just(Tanh), just(Gelu), {LeakyRelu, 0.1, 0}, {HardTanh, -1, 1},
	{Elu, 1, 0}, just(Mish), just(Softplus), {HardSwish, 0.2, 0.4}, {HardSigmoid, 0.2, 0.5}, {LeakyRelu, -1.5, 0},
	{HardTanh, 0.25, 4}, {Elu, 0.3, 0},
}

// someFunction returns one of them.
func someFunction(n int) Function { return someFunctions[n%len(someFunctions)] }

// exact returns the function of x.
func exact(f Function, x float64) float64 {
	sigmoidOfX := 1 / (1 + math.Exp(-x))
	a, b := float64(f.A), float64(f.B)
	switch f.Kind {
	case Identity:
		return x
	case Relu:
		return max(x, 0)
	case Relu6:
		return min(max(x, 0), 6)
	case Silu:
		if math.IsInf(x, -1) {
			return 0
		}
		return x * sigmoidOfX
	case Sigmoid:
		return sigmoidOfX
	case HardSwish:
		if x*a+b <= 0 {
			return 0
		}
		return x * min(x*a+b, 1)
	case HardSigmoid:
		return min(max(x*a+b, 0), 1)
	case Tanh:
		return math.Tanh(x)
	case Gelu:
		if math.IsInf(x, -1) {
			return 0
		}
		return 0.5 * x * math.Erfc(-x/math.Sqrt2)
	case LeakyRelu:
		if x < 0 {
			return x * a
		}
		return x
	case HardTanh:
		return min(max(x, a), b)
	case Elu:
		if x < 0 {
			return a * math.Expm1(x)
		}
		return x
	case Mish:
		if math.IsInf(x, -1) {
			return 0
		}
		return x * math.Tanh(max(x, 0)+math.Log1p(math.Exp(-math.Abs(x))))
	case Softplus:
		return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}
	panic("no such function")
}

// conv returns the kernel for the problem.
func (c *convolution) conv() *Conv {
	return &Conv{Groups: c.groups, InChannels: c.in, OutChannels: c.out, Window: c.window, Function: c.function}
}

// winograd returns the other kernel for it.
func (c *convolution) winograd() *Winograd {
	return &Winograd{InChannels: c.in, OutChannels: c.out, Window: c.window, Function: c.function}
}

// dense packs weights as conv has them.
func (c *convolution) dense() []float32 {
	s := c.conv()
	taps, depth, groupIn, groupOut := c.window.taps(), s.depthOf(), c.in/c.groups, c.out/c.groups
	packed := alignedFloats(blocksOf(c.out) * depth * lanes)
	for b := range blocksOf(c.out) {
		begin, end := s.inputs(b)
		k := 0
		for block := begin / lanes; block < blocksOf(end); block++ {
			for tap := range taps {
				for channel := max(begin, block*lanes); channel < min(end, (block+1)*lanes); channel++ {
					for o := b * lanes; o < min(c.out, (b+1)*lanes); o++ {
						if channel/groupIn == o/groupOut {
							packed[(b*depth+k)*lanes+o%lanes] = c.weights[(o*groupIn+channel%groupIn)*taps+tap]
						}
					}
					k++
				}
			}
		}
	}
	return packed
}

// planar packs weights as convPlanar has them.
func (c *convolution) planar() []float32 {
	taps := c.window.taps()
	depth := c.in * taps
	packed := alignedFloats(blocksOf(c.out) * depth * lanes)
	for o := range c.out {
		for channel := range c.in {
			for tap := range taps {
				packed[(o/lanes*depth+channel*taps+tap)*lanes+o%lanes] = c.weights[(o*c.in+channel)*taps+tap]
			}
		}
	}
	return packed
}

// depthwise packs weights as depthwise has them.
func (c *convolution) depthwise() []float32 {
	taps := c.window.taps()
	packed := alignedFloats(blocksOf(c.out) * taps * lanes)
	for o := range c.out {
		for tap := range taps {
			packed[(o/lanes*taps+tap)*lanes+o%lanes] = c.weights[o*taps+tap]
		}
	}
	return packed
}

// vector packs one value per channel.
func vector(values []float32) []float32 {
	packed := alignedFloats(blocksOf(len(values)) * lanes)
	copy(packed, values)
	return packed
}

// blocked brings a planar value into blocked layout with a NaN in the lanes that must not matter.
func blocked(planar []float32, channels int) []float32 {
	pixels := len(planar) / channels
	out := alignedFloats(blocksOf(channels) * pixels * lanes)
	for i := range out {
		out[i] = float32(math.NaN())
	}
	for c := range channels {
		for p := range pixels {
			out[(c/lanes*pixels+p)*lanes+c%lanes] = planar[c*pixels+p]
		}
	}
	return out
}

// unblocked is the inverse of blocked.
func unblocked(x []float32, channels int) []float32 {
	pixels := len(x) / lanes / blocksOf(channels)
	out := make([]float32, channels*pixels)
	for c := range channels {
		for p := range pixels {
			out[c*pixels+p] = x[(c/lanes*pixels+p)*lanes+c%lanes]
		}
	}
	return out
}

// allocate makes the slices that alignedFloats returns. TestGuarded puts another function in its place.
var allocate = ordinaryFloats

// alignedFloats makes a slice for a kernel's use.
func alignedFloats(n int) []float32 { return allocate(n) }

// ordinaryFloats makes a slice that begins at a multiple of 64 bytes.
func ordinaryFloats(n int) []float32 {
	x := make([]float32, n+lanes)
	for uintptr(unsafe.Pointer(&x[0]))%64 != 0 {
		x = x[1:]
	}
	return x[:n:n]
}

// randomFloats returns values of about unit size.
func randomFloats(r *rand.Rand, n int) []float32 {
	x := alignedFloats(n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// randomConvolution makes a problem of the given settings with outputs of about unit size.
func randomConvolution(r *rand.Rand, groups, in, out int, w Window, f Function, withResidual bool) *convolution {
	w.place()
	c := &convolution{groups: groups, in: in, out: out, window: w, function: f}
	c.image = randomFloats(r, in*w.InHeight*w.InWidth)
	c.weights = randomFloats(r, out*in/groups*w.taps())
	scale := float32(1 / math.Sqrt(float64(in/groups*w.taps())))
	for i := range c.weights {
		c.weights[i] *= scale
	}
	c.biases = randomFloats(r, out)
	if withResidual {
		c.residual = randomFloats(r, out*w.OutHeight*w.OutWidth)
	}
	return c
}

// place sets the size of the output, with as much padding behind as before.
func (s *Window) place() {
	reach := s.reach()
	s.OutHeight = (s.InHeight+2*s.Top-reach.Rows)/s.Stride.Rows + 1
	s.OutWidth = (s.InWidth+2*s.Left-reach.Columns)/s.Stride.Columns + 1
}

// blockedResidual returns the residual in blocked layout, or nil.
func (c *convolution) blockedResidual() []float32 {
	if c.residual == nil {
		return nil
	}
	return blocked(c.residual, c.out)
}

// operands are what a dense convolution of blocks reads, and where it leaves its result.
func (c *convolution) operands(out []float32) operands {
	return operands{out: out, in: blocked(c.image, c.in), weights: c.dense(), bias: vector(c.biases),
		residual: c.blockedResidual()}
}

// room makes a value for the convolution's output.
func (c *convolution) room() []float32 {
	return alignedFloats(blocksOf(c.out) * c.window.OutHeight * c.window.OutWidth * lanes)
}

// compare reports the first result that is off by more than a tolerance, relative for values above one.
func compare(t *testing.T, name string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d results, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if !near(got[i], w, tolerance) {
			t.Fatalf("%s: result %d is %v, want %v", name, i, got[i], w)
		}
	}
}

func near(got, want float32, tolerance float64) bool {
	g, w := float64(got), float64(want)
	switch {
	case math.IsNaN(w):
		return math.IsNaN(g)
	case math.IsInf(w, 0):
		return g == w
	}
	return math.Abs(g-w) <= tolerance*max(1, math.Abs(w))
}

// inPieces runs a kernel's items in ranges of the given length and returns what out then holds.
func inPieces(items, length int, run func(first, last int)) {
	for first := 0; first < items; first += length {
		run(first, min(first+length, items))
	}
}

func (c *convolution) String() string {
	w := &c.window
	return fmt.Sprintf("%d→%d in %d groups, %d×%d→%d×%d, window %v/%v/%v padding %d,%d %v residual %t",
		c.in, c.out, c.groups,
		w.InHeight, w.InWidth, w.OutHeight, w.OutWidth, w.Size, w.Stride, w.Dilation, w.Top, w.Left, c.function,
		c.residual != nil)
}
