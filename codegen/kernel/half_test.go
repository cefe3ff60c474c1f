package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netc-lang/netc/compiler/floats"
)

// halfTolerance is how far results of float16 may be off, relative to one or more: the last place of numbers from one
// up to two is 9.8e-4, up to eight 3.9e-3, and sums of numbers of unit size add up some of these.
const halfTolerance = 2e-2

// needsHalf skips a test where the processor does not compute with float16.
func needsHalf(t *testing.T) {
	t.Helper()
	if !supported.has(FP16) {
		t.Skip("this processor does not compute with float16")
	}
}

// TestFloatToHalf compares with another implementation, on all numbers of float16, those beside them and those between.
func TestFloatToHalf(t *testing.T) {
	for h := range 1 << 16 {
		bits := math.Float32bits(HalfToFloat(uint16(h)))
		for _, d := range []uint32{0, 1, 0xfff, 0x1000, 0x1001, 0x1fff} {
			for _, b := range []uint32{bits + d, bits - d} {
				x := math.Float32frombits(b)
				got, want := FloatToHalf(x), floats.ToFloat16(x)
				if got != want && x == x || got&0x7fff > 0x7c00 != (x != x) {
					t.Fatalf("%g (%#08x) becomes %#04x, want %#04x", x, b, got, want)
				}
			}
		}
	}
}

// laboratory is the memory of one kernel under test.
type laboratory struct {
	arena, weights []byte
}

func grown(b []byte, n int) []byte {
	more := alignedFloats((len(b)/4 + (n+3)/4 + 15) / 16 * 16)
	copy(BytesOf(more), b)
	return BytesOf(more)
}

// put lays planar values into an operand of either type; lanes past the last channel become NaN where they may be
// anything.
func put(to []byte, v *Value, planar []float32) {
	set := func(at int, x float32) {
		if v.Layout.Type == F16 {
			binary.NativeEndian.PutUint16(to[2*at:], FloatToHalf(x))
		} else {
			binary.NativeEndian.PutUint32(to[4*at:], math.Float32bits(x))
		}
	}
	if v.Layout.Tail == AnyTail {
		for i := range v.Elements() {
			set(i, float32(math.NaN()))
		}
	}
	for c := range v.Channels {
		for p := range v.Pixels {
			set(v.Layout.At(c, p), planar[c*v.Pixels+p])
		}
	}
}

// take is the opposite of put.
func take(from []byte, v *Value) []float32 {
	planar := make([]float32, v.Channels*v.Pixels)
	for c := range v.Channels {
		for p := range v.Pixels {
			at := v.Layout.At(c, p)
			if v.Layout.Type == F16 {
				planar[c*v.Pixels+p] = HalfToFloat(binary.NativeEndian.Uint16(from[2*at:]))
			} else {
				planar[c*v.Pixels+p] = math.Float32frombits(binary.NativeEndian.Uint32(from[4*at:]))
			}
		}
	}
	return planar
}

// value adds a value to the arena. Nothing in it is zeros.
func (l *laboratory) value(v Value, planar []float32) Ref {
	at := len(l.arena)
	l.arena = grown(l.arena, v.Bytes())
	if planar == nil {
		planar = make([]float32, v.Channels*v.Pixels)
	}
	put(l.arena[at:], &v, planar)
	return Ref{ArenaSpace, at, v}
}

// weight adds weights [out][depth], float16 or float32.
func (l *laboratory) weight(t ElementType, outputs int, values []float32) Ref {
	v := Packed(t, outputs, len(values)/outputs)
	at := len(l.weights)
	l.weights = grown(l.weights, v.Bytes())
	put(l.weights[at:], &v, values)
	return Ref{WeightsSpace, at, v}
}

// run runs a kernel, some items at a time, on several workers' scratch in turn, and returns a result.
func (l *laboratory) run(k Kernel, length int, image []float32, of Ref) []float32 {
	m := &Machine{Has: supported}
	task := k.Bind(m, nil)
	memory := NewMemory(1, append([]byte(nil), l.arena...), l.weights, make([]byte, m.Bound()))
	memory[ArenaSpace] = BytesOf(append(alignedFloats(0), FloatsOf(memory[ArenaSpace])...))
	memory.SetInput(0, image)
	m.Convert(memory, func(n int, do func(int)) {
		for i := range n {
			do(i)
		}
	})
	worker := newWorker(task)
	inPieces(task.Items(), length, func(first, last int) { task.Run(worker, memory, first, last) })
	return take(memory.Bytes(&of), &of.Value)
}

// rounded makes all numbers of a problem such as float16 holds.
func (c *convolution) rounded() *convolution {
	for _, values := range [][]float32{c.image, c.weights, c.biases, c.residual} {
		for i, v := range values {
			values[i] = HalfToFloat(FloatToHalf(v))
		}
	}
	return c
}

// halfPixels returns how many pixels a window sees and makes.
func halfPixels(w *Window) (in, out int) { return w.InHeight * w.InWidth, w.OutHeight * w.OutWidth }

func TestHalfPointwise(t *testing.T) {
	needsHalf(t)
	r := rand.New(rand.NewPCG(11, 1))
	flat := Window{InHeight: 1, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
	try := func(channels, outputs, pixels int, f Function, residual, scaled bool, kind ElementType) {
		w := flat
		w.InWidth = pixels
		c := randomConvolution(r, 1, channels, outputs, w, f, residual).rounded()
		name := fmt.Sprintf("%s scaled %t %s", c, scaled, kind)
		var l laboratory
		k := &Pointwise{Out: l.value(HalfBlocks(outputs, pixels), nil),
			In:      l.value(HalfBlocks(channels, pixels), c.image),
			Weights: l.weight(kind, outputs, c.weights), Bias: l.weight(F32, outputs, c.biases),
			InChannels: channels, OutChannels: outputs, Pixels: pixels, Function: f}
		if residual {
			k.Residual = l.value(HalfBlocks(outputs, pixels), c.residual)
		}
		if scaled {
			factors := make([]float32, channels)
			for i := range factors {
				factors[i] = r.Float32()
				for p := range pixels {
					c.image[i*pixels+p] *= factors[i]
				}
			}
			k.Scale = l.value(Blocked(F32, channels, 1), factors)
		}
		want := c.reference()
		whole := l.run(k, 1000, nil, k.Out)
		compare(t, name, whole, want, halfTolerance)
		compare(t, name, l.run(k, 1, nil, k.Out), whole, 0)
	}
	for channels := 1; channels <= 300; channels += 1 + channels/9 {
		try(channels, 1+channels*29%70, 1+channels*7%40, someFunction(channels), channels%2 == 0, channels%3 == 0,
			[]ElementType{F16, F32}[channels%2])
	}
	for pixels := 1; pixels <= 60; pixels++ {
		try(21, 16*(1+pixels%5), pixels, just(Silu), pixels%3 == 0, false, F16)
		try(200, 33, pixels, just(Relu6), pixels%3 == 1, pixels%2 == 0, F16)
	}
	try(1152, 40, 49, just(Identity), true, true, F16)
	try(320, 1280, 49, just(Silu), false, false, F16)
}

// TestHalfLines compares lines that are computed together with each by itself: of sums with and without float32
// between, and of a function without a routine.
func TestHalfLines(t *testing.T) {
	needsHalf(t)
	r := rand.New(rand.NewPCG(6, 23))
	random := func(count int) []float32 { // two numbers in the place of one
		x := alignedFloats(count)
		for i, bytes := 0, BytesOf(x); i < len(bytes); i += 2 {
			binary.NativeEndian.PutUint16(bytes[i:], FloatToHalf(float32(r.NormFloat64())))
		}
		return x
	}
	const lines, pixels, blocks, width = 5, 13, 3, (13 + 3) * lanes
	for _, depth := range []int{20, 128, 300} {
		for _, f := range []Function{just(Relu), just(Tanh)} {
			p := product{weightPitch: depth * lanes, pixelPitch: lanes, rows: 1, columns: 1, blockPitch: lines * width,
				outPitch: lines * width, linePitch: width, outLinePitch: width,
				function: supported.bindHalf(f), has: supported,
				half: true, halfScratch: alignedFloats(halfScratchFloats),
				in: random(halfBlocksOf(depth) * lines * width), residual: random(blocks * lines * width)}
			p.setHalfInputs(depth)
			p.setOutputs(random(blocks*p.weightPitch), random(blocks*lanes), 0, blocks, blocks*halfLanes)
			want, together := alignedFloats(blocks*p.outPitch), p
			for i := range lines {
				line := p
				line.in, line.residual, line.out = p.in[i*width:], p.residual[i*width:], want[i*width:]
				line.run(pixels)
			}
			together.out, together.moreLines = alignedFloats(blocks*p.outPitch), lines-1
			together.run(pixels)
			for i, v := range together.out {
				if math.Float32bits(v) != math.Float32bits(want[i]) {
					t.Fatalf("depth %d, %v: float %d is %#08x, that of a line by itself %#08x", depth, f, i,
						math.Float32bits(v), math.Float32bits(want[i]))
				}
			}
		}
	}
}

// TestHalfSums: among 4096 equal products, the last ones would change a sum of float16 by a fifth too little, each
// being rounded to its last place.
func TestHalfSums(t *testing.T) {
	needsHalf(t)
	const channels, pixels = 4096, 7
	var l laboratory
	weights := make([]float32, channels)
	image := make([]float32, channels*pixels)
	for i := range weights {
		weights[i] = HalfToFloat(FloatToHalf(0.01))
	}
	for i := range image {
		image[i] = 1
	}
	k := &Pointwise{Out: l.value(HalfBlocks(1, pixels), nil), In: l.value(HalfBlocks(channels, pixels), image),
		Weights: l.weight(F16, 1, weights), Bias: l.weight(F32, 1, []float32{0}),
		InChannels: channels, OutChannels: 1, Pixels: pixels}
	for _, got := range l.run(k, 1, nil, k.Out) {
		if want := channels * weights[0]; !(math.Abs(float64(got-want)) <= 0.02*float64(want)) {
			t.Fatalf("the sum is %g, want %g", got, want)
		}
	}
}

func TestHalfDepthwise(t *testing.T) {
	needsHalf(t)
	r := rand.New(rand.NewPCG(11, 2))
	for size := 3; size <= 9; size += 2 {
		for stride := 1; stride <= 2; stride++ {
			for side := 1; side <= 24; side += pace(1, 3) {
				channels := 1 + side*5%70
				w := Window{InHeight: side, InWidth: side + 1, Size: Square(size), Stride: Square(stride),
					Dilation: Square(1), Top: size / 2, Left: size / 2}
				c := randomConvolution(r, channels, channels, channels, w, someFunction(side), side%4 == 0).rounded()
				testHalfDepthwise(t, c)
			}
		}
	}
	w := Window{InHeight: 19, InWidth: 9, Size: Square(3), Stride: Pair{1, 2}, Dilation: Pair{2, 1}, Top: 2, Left: 1}
	testHalfDepthwise(t, randomConvolution(r, 40, 40, 40, w, just(Silu), true).rounded())
}

func testHalfDepthwise(t *testing.T, c *convolution) {
	t.Helper()
	in, out := halfPixels(&c.window)
	var l laboratory
	k := &Depthwise{Out: l.value(HalfBlocks(c.out, out), nil), In: l.value(HalfBlocks(c.in, in), c.image),
		Weights: l.weight(F16, c.out, c.weights), Bias: l.weight(F32, c.out, c.biases),
		Channels: c.out, Window: c.window, Function: c.function}
	if c.residual != nil {
		k.Residual = l.value(HalfBlocks(c.out, out), c.residual)
	}
	k.Sums = l.value(Blocked(F32, c.out, c.window.OutHeight), nil)
	want := c.reference()
	got := l.run(k, 1000, nil, k.Out)
	compare(t, c.String(), got, want, halfTolerance)
	compare(t, c.String(), l.run(k, 1, nil, k.Out), got, 0)
	rows := k.Bind(&Machine{Has: supported}, nil).(summing).sumRows()
	sums := k.Sums
	sums.Value = Blocked(F32, c.out, rows)
	compareHalfSums(t, c.String(), l.run(k, 2, nil, sums), rows, got)
}

// compareHalfSums compares sums, of rows of strips, with those of a value.
func compareHalfSums(t *testing.T, name string, sums []float32, rows int, value []float32) {
	t.Helper()
	channels := len(sums) / rows
	pixels := len(value) / channels
	var got, want []float32
	for c := range channels {
		var a, b float64
		for _, v := range sums[c*rows : (c+1)*rows] {
			a += float64(v)
		}
		for _, v := range value[c*pixels : (c+1)*pixels] {
			b += float64(v)
		}
		got, want = append(got, float32(a/float64(pixels))), append(want, float32(b/float64(pixels)))
	}
	compare(t, name+": means", got, want, 2e-3)
}

func TestHalfExpandDepthwise(t *testing.T) {
	needsHalf(t)
	r := rand.New(rand.NewPCG(11, 3))
	for _, size := range []int{3, 5, 9} {
		for stride := 1; stride <= 2; stride++ {
			for _, side := range []int{7, 36} {
				for _, depth := range []int{13, 200} {
					channels := 13 + side*depth%90
					w := Window{InHeight: side, InWidth: side, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
					expand := randomConvolution(r, 1, depth, channels, w, someFunction(depth), false).rounded()
					w = Window{InHeight: side, InWidth: side, Size: Square(size), Stride: Square(stride),
						Dilation: Square(1), Top: size / 2, Left: size / 2}
					c := randomConvolution(r, channels, channels, channels, w, someFunction(size), false)
					c.image = expand.reference()
					testHalfExpandDepthwise(t, expand, c)
				}
			}
		}
	}
}

func testHalfExpandDepthwise(t *testing.T, expand, c *convolution) {
	t.Helper()
	want := c.reference()
	c.rounded()
	in, out := halfPixels(&c.window)
	var l laboratory
	k := &ExpandDepthwise{Out: l.value(HalfBlocks(c.out, out), nil),
		In:      l.value(HalfBlocks(expand.in, in), expand.image),
		Weights: l.weight(F16, c.out, expand.weights), Bias: l.weight(F32, c.out, expand.biases),
		DepthwiseWeights: l.weight(F16, c.out, c.weights), DepthwiseBias: l.weight(F32, c.out, c.biases),
		InChannels: expand.in, Channels: c.out, Window: c.window, ExpandFunction: expand.function,
		Function: c.function}
	k.Sums = l.value(Blocked(F32, c.out, c.window.OutHeight), nil)
	got := l.run(k, 1000, nil, k.Out)
	compare(t, c.String(), got, want, halfTolerance)
	compare(t, c.String(), l.run(k, 1, nil, k.Out), got, 0)
	rows := k.Bind(&Machine{Has: supported}, nil).(summing).sumRows()
	sums := k.Sums
	sums.Value = Blocked(F32, c.out, rows)
	compareHalfSums(t, c.String(), l.run(k, 2, nil, sums), rows, got)
}

func TestHalfPlanarDepthwise(t *testing.T) {
	needsHalf(t)
	r := rand.New(rand.NewPCG(11, 4))
	for in := 1; in <= 4; in++ {
		for stride := 1; stride <= 2; stride++ {
			side, channels := 15+20*stride, 7+in*33
			w := Window{InHeight: side, InWidth: side + 3, Size: Square(3), Stride: Square(2), Dilation: Square(1),
				Top: 1, Left: 1}
			planar := randomConvolution(r, 1, in, channels, w, just(Silu), false)
			w = Window{InHeight: planar.window.OutHeight, InWidth: planar.window.OutWidth, Size: Square(5),
				Stride: Square(stride), Dilation: Square(1), Top: 2, Left: 2}
			c := randomConvolution(r, channels, channels, channels, w, someFunction(in), false)
			c.image = planar.reference()
			want := c.reference()
			c.rounded()
			_, out := halfPixels(&c.window)
			var l laboratory
			k := &PlanarDepthwise{Out: l.value(HalfBlocks(channels, out), nil),
				In:      InInput(0, 0, F32, in, side*(side+3)),
				Weights: l.weight(F32, channels, planar.weights), Bias: l.weight(F32, channels, planar.biases),
				DepthwiseWeights: l.weight(F16, channels, c.weights), DepthwiseBias: l.weight(F32, channels, c.biases),
				InChannels: in, Channels: channels, PlanarWindow: planar.window, PlanarFunction: planar.function,
				Window: c.window, Function: c.function}
			k.Sums = l.value(Blocked(F32, channels, c.window.OutHeight), nil)
			got := l.run(k, 1000, planar.image, k.Out)
			compare(t, c.String(), got, want, halfTolerance)
			compare(t, c.String(), l.run(k, 1, planar.image, k.Out), got, 0)
			rows := k.Bind(&Machine{Has: supported}, nil).(summing).sumRows()
			sums := k.Sums
			sums.Value = Blocked(F32, channels, rows)
			compareHalfSums(t, c.String(), l.run(k, 2, planar.image, sums), rows, got)
		}
	}
}

// TestHalfRest: conversions are exact, or rounded to the nearest; products with factors are rounded once more; means
// are of float32.
func TestHalfRest(t *testing.T) {
	needsHalf(t)
	r := rand.New(rand.NewPCG(11, 5))
	for channels := 1; channels <= 100; channels += 7 {
		for _, pixels := range []int{1, 9, 50, 3000} {
			values := randomFloats(r, channels*pixels)
			values[0], values[len(values)-1] = 1e-7, -70000
			rounded := make([]float32, len(values))
			for i, v := range values {
				rounded[i] = HalfToFloat(FloatToHalf(v))
			}
			name := fmt.Sprintf("%d channels, %d pixels", channels, pixels)
			var l laboratory
			narrow := &Cast{Out: l.value(HalfBlocks(channels, pixels), nil),
				In: l.value(Blocked(F32, channels, pixels), values), Channels: channels, Pixels: pixels}
			compare(t, name, l.run(narrow, 2, nil, narrow.Out), rounded, 0)
			widen := &Cast{Out: l.value(Blocked(F32, channels, pixels), nil),
				In: l.value(HalfBlocks(channels, pixels), values), Channels: channels, Pixels: pixels}
			compare(t, name, l.run(widen, 2, nil, widen.Out), rounded, 0)

			factors, means := randomFloats(r, channels), make([]float32, channels)
			values[0], rounded[0] = 0, 0
			values[len(values)-1], rounded[len(values)-1] = 1, 1
			products := make([]float32, len(values))
			for i, v := range rounded {
				products[i] = v * factors[i/pixels]
				means[i/pixels] += v / float32(pixels)
			}
			half := l.value(HalfBlocks(channels, pixels), values)
			multiply := &MultiplyChannels{Out: l.value(HalfBlocks(channels, pixels), nil), In: half,
				Values: l.value(Blocked(F32, channels, 1), factors), Channels: channels, Pixels: pixels}
			compare(t, name, l.run(multiply, 2, nil, multiply.Out), products, 1e-3)
			average := &GlobalAverage{Out: l.value(Blocked(F32, channels, 1), nil), In: half, Channels: channels,
				Pixels: pixels}
			compare(t, name, l.run(average, 2, nil, average.Out), means, tolerance)
		}
	}
}

// TestHalfFunctions compares the functions of all numbers of float16, and holds what they make of NaN and the infinite
// ones.
func TestHalfFunctions(t *testing.T) {
	needsHalf(t)
	for _, f := range someFunctions {
		if f.Kind == Identity {
			continue
		}
		const pixels = 1 << 11
		values := make([]float32, 32*pixels)
		for i := range values {
			values[i] = HalfToFloat(uint16(i))
		}
		var l laboratory
		window := Window{InHeight: 1, InWidth: pixels, OutHeight: 1, OutWidth: pixels, Size: Square(3),
			Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1}
		center := make([]float32, 32*9)
		for c := range 32 {
			center[9*c+4] = 1
		}
		// A depthwise window that sees its own place: another one may be infinite, and zero times that is NaN.
		for i := range values {
			if math.IsInf(float64(values[i]), 0) || values[i] != values[i] {
				values[i] = 0
			}
		}
		k := &Depthwise{Out: l.value(HalfBlocks(32, pixels), nil), In: l.value(HalfBlocks(32, pixels), values),
			Weights: l.weight(F16, 32, center), Bias: l.weight(F32, 32, make([]float32, 32)), Channels: 32,
			Window: window, Function: f}
		for i, got := range l.run(k, 1000, nil, k.Out) {
			if want := float32(exact(f, float64(values[i]))); !near(got, want, 1.5e-3) &&
				math.Abs(float64(want)) < 65504 {
				t.Fatalf("%v of %g is %g, want %g", f, values[i], got, want)
			}
		}
		infinite := math.Inf(1)
		specials := []float32{float32(math.NaN()), float32(infinite), float32(-infinite), 65504, -65504, 0, 1, -20}
		for n := range specials {
			var l laboratory
			p := &Pointwise{Out: l.value(HalfBlocks(1, 1), nil), In: l.value(HalfBlocks(1, 1), specials[n:n+1]),
				Weights: l.weight(F16, 1, []float32{1}), Bias: l.weight(F32, 1, []float32{0}),
				InChannels: 1, OutChannels: 1, Pixels: 1, Function: f}
			got, want := l.run(p, 1, nil, p.Out)[0], float32(exact(f, float64(specials[n])))
			if math.Abs(float64(want)) > 65504 && want == want {
				want = float32(math.Inf(int(math.Copysign(1, float64(want)))))
			}
			if !near(got, want, 1.5e-3) {
				t.Errorf("%v of %g is %g, want %g", f, specials[n], got, want)
			}
		}
	}
}

// TestHalfNoAllocation: see TestNoAllocation.
func TestHalfNoAllocation(t *testing.T) {
	needsHalf(t)
	const channels, side = 40, 6
	const pixels = side * side
	w := Window{InHeight: side, InWidth: side, OutHeight: side, OutWidth: side, Size: Square(3), Stride: Square(1),
		Dilation: Square(1), Top: 1, Left: 1}
	var l laboratory
	half := func() Ref { return l.value(HalfBlocks(channels, pixels), nil) }
	out, in, wide := half(), half(), l.value(HalfBlocks(200, pixels), nil)
	floats, vector := l.value(Blocked(F32, channels, pixels), nil), l.value(Blocked(F32, 200, 1), nil)
	sums := l.value(Blocked(F32, channels, side), nil)
	weight := func(t ElementType, depth int) Ref { return l.weight(t, channels, make([]float32, depth*channels)) }
	weights, more, planar, bias := weight(F16, 200), weight(F16, 9), weight(F32, 27), weight(F32, 1)
	image := InInput(0, 0, F32, 3, pixels)
	for _, k := range []Kernel{
		&Pointwise{out, wide, weights, bias, in, vector, 200, channels, pixels, just(Gelu)},
		&Depthwise{out, in, more, bias, Ref{}, sums, channels, w, just(Gelu)},
		&ExpandDepthwise{out, wide, weights, bias, more, bias, sums, 200, channels, w, just(Silu), just(Mish), false},
		&PlanarDepthwise{out, image, planar, bias, more, bias, sums, 3, channels, w, just(Silu), w, just(Silu)},
		&Cast{out, floats, channels, pixels}, &Cast{floats, in, channels, pixels},
		&MultiplyChannels{out, in, vector, channels, pixels}, &GlobalAverage{vector, in, channels, pixels},
	} {
		m := &Machine{Has: supported}
		task := k.Bind(m, nil)
		memory := NewMemory(1, l.arena, l.weights, BytesOf(alignedFloats(m.Bound()/4)))
		memory.SetInput(0, make([]float32, 3*pixels))
		worker := newWorker(task)
		if n := testing.AllocsPerRun(2, func() {
			worker.Begin(0)
			task.Run(worker, memory, 0, task.Items())
		}); n != 0 {
			t.Errorf("%T: %g allocations", k, n)
		}
	}
}
