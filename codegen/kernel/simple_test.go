package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFunctions(t *testing.T) { onEveryLevel(t, testFunctions) }

func testFunctions(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	var x []float32
	for _, v := range []float32{0, 1e-30, 1e-8, 0.1, 1, 3, 5.9, 6, 6.1, 20, 60, 86, 87, 88, 89, 104, 127, 128, 1000,
		1e10, 3e38, inf} {
		x = append(x, v, -v)
	}
	for i := -3000; i <= 3000; i++ {
		x = append(x, float32(i)/100)
	}
	x = append(x, nan)
	for _, f := range someFunctions {
		for n := range 35 { // whole blocks or not, and nothing behind them
			part := alignedFloats(n + lanes)
			copy(part, x[44:])
			level.bind(f).apply(part[:n])
			for i, v := range x[44:][:len(part)] {
				want := v
				if i < n {
					want = float32(exact(f, float64(v)))
				}
				if !near(part[i], want, 2e-6) {
					t.Errorf("%v of %d numbers: number %d, %v, becomes %v, want %v", f, n, i, v, part[i], want)
				}
			}
		}
		got := append([]float32(nil), x...)
		level.bind(f).apply(got)
		for i, v := range x {
			want := float32(exact(f, float64(v)))
			if !near(got[i], want, 2e-6) {
				t.Errorf("%v of %v is %v, want %v", f, v, got[i], want)
			}
		}
	}
}

// TestFunctionText: a function is called as people call it, and its settings are told where they are not the usual
// ones.
func TestFunctionText(t *testing.T) {
	const slope, offset = usualSlope, usualOffset
	for f, want := range map[Function]string{
		{}: "", just(Relu): "ReLU", just(Gelu): "GELU", {LeakyRelu, 0.1, 0}: "LeakyReLU(0.1)",
		{Elu, 0.5, 0}: "ELU(0.5)", {HardTanh, -1, 2}: "HardTanh(-1, 2)", {HardSwish, slope, offset}: "HardSwish",
		{HardSwish, 2, offset}: "HardSwish(2, 0.5)", {HardSigmoid, slope, offset}: "HardSigmoid",
		{HardSigmoid, 0.25, offset}: "HardSigmoid(0.25, 0.5)",
		{HardSigmoid, slope, 0.25}:  "HardSigmoid(0.16666667, 0.25)",
		{HardTanh, slope, offset}:   "HardTanh(0.16666667, 0.5)",
	} {
		then := ", " + want
		if want == "" {
			then = ""
		}
		if got := f.String(); got != want || f.then() != then {
			t.Errorf("%+v is called %q, want %q; and in a description %q", f, got, want, f.then())
		}
	}
}

// TestSigmoidsExact holds SiLU and the sigmoid to an error of 2e-7, relative to the value where that is beyond 1.
// Deep networks of random weights multiply such errors a hundred times.
func TestSigmoidsExact(t *testing.T) { onEveryLevel(t, testSigmoidsExact) }

func testSigmoidsExact(t *testing.T) {
	const steps = 100_000 // from −100 to 100
	x := make([]float32, 2*steps)
	for i := range x {
		x[i] = float32(i-steps) * 100 / steps
	}
	for _, f := range []Function{just(Silu), just(Sigmoid)} {
		got := append([]float32(nil), x...)
		level.bind(f).apply(got)
		worst, at := 0.0, float32(0)
		for i, v := range x {
			want := exact(f, float64(v))
			if e := math.Abs(float64(got[i])-want) / max(1, math.Abs(want)); !(e <= worst) {
				worst, at = e, v
			}
		}
		t.Logf("%v: %.2g at %g", f, worst, at)
		if !(worst <= 2e-7) {
			t.Errorf("%v has an error of %.2g at %g", f, worst, at)
		}
	}
}

// TestSpecialValues passes values that are not numbers and very large ones through the functions of tiles.
func TestSpecialValues(t *testing.T) { onEveryLevel(t, testSpecialValues) }

func testSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	values := []float32{0, 1, -1, 88, -88, 200, -200, 1e20, -1e20, 3e38, -3e38, inf, -inf, nan}
	for _, f := range someFunctions {
		for pixels := len(values); pixels < len(values)+15; pixels++ {
			w := Window{InHeight: 1, InWidth: pixels, Size: Square(1), Stride: Square(1), Dilation: Square(1),
				OutHeight: 1, OutWidth: pixels}
			c := &convolution{groups: 1, in: 1, out: 33, window: w, function: f, image: alignedFloats(pixels),
				weights: alignedFloats(33), biases: make([]float32, 33)}
			copy(c.image, values)
			for i := range c.weights {
				c.weights[i] = 1
			}
			compare(t, c.String(), runPointwise(c, nil, 1), c.reference(), 2e-6)
			c.groups, c.in, c.out = 1, 1, 1
			c.weights, c.biases = c.weights[:1], c.biases[:1]
			c.window.Size, c.window.Top, c.window.Left = Square(3), 1, 1
			c.weights = []float32{0, 0, 0, 0, 1, 0, 0, 0, 0}
			c.image = make([]float32, pixels)
			c.image[pixels-1] = values[pixels%len(values)]
			got, want := runDepthwiseOnly(c), c.reference()
			compare(t, c.String(), got, want, 2e-6)
		}
	}
}

// TestSubnormals holds that kernels take subnormal numbers for what they are or for zero, and that Go
// computes with them as before once a kernel has.
func TestSubnormals(t *testing.T) { onEveryLevel(t, testSubnormals) }

func testSubnormals(t *testing.T) {
	const tiny, scale = 1e-40, float32(1 << 20)
	w := Window{InHeight: 9, InWidth: 9, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1,
		OutHeight: 9, OutWidth: 9}
	c := randomConvolution(rand.New(rand.NewPCG(3, 7)), 20, 20, 20, w, just(Silu), false)
	for i := range c.image {
		c.image[i] *= tiny
	}
	small := c.image[0]
	for name, run := range map[string]func(*convolution) []float32{
		"conv":      func(c *convolution) []float32 { return runConv(c, 1) },
		"depthwise": runDepthwiseOnly,
	} {
		compare(t, name, run(c), c.reference(), 1e-6)
		if small*scale == 0 {
			t.Errorf("%s: Go takes %g for zero afterwards", name, small)
		}
	}
}

func TestBlock(t *testing.T) { onEveryLevel(t, testBlock) }

func testBlock(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for channels := 1; channels <= 40; channels++ {
		pixels := 1 + channels*5%53
		s := (&Block{Channels: channels, Pixels: pixels}).Bind(machine(), nil).(*blockTask)
		undo := (&Unblock{Channels: channels, Pixels: pixels}).Bind(machine(), nil).(*unblockTask)
		x := randomFloats(r, channels*pixels)
		out, back := alignedFloats(blocksOf(channels)*pixels*lanes), make([]float32, len(x))
		s.compute(out, x, 0, s.Items())
		compare(t, "block", unblocked(out, channels), x, 0)
		undo.compute(back, out, 0, undo.Items())
		compare(t, "unblock", back, x, 0)
	}
}

func TestPools(t *testing.T) { onEveryLevel(t, testPools) }

func testPools(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2))
	for size := 1; size <= 4; size++ {
		for stride := 1; stride <= 2; stride++ {
			for padding := 0; padding <= size/2; padding++ {
				w := Window{InHeight: 11, InWidth: 9, Size: Square(size), Stride: Square(stride), Dilation: Square(1),
					Top:  padding,
					Left: padding}
				w.place()
				comparePools(t, r, w, 5+7*size)
			}
		}
	}
}

// comparePools holds both pools over a window against their reference.
func comparePools(t *testing.T, r *rand.Rand, w Window, channels int) {
	t.Helper()
	x := randomFloats(r, channels*w.InHeight*w.InWidth)
	x[3] = float32(math.NaN())
	for _, countPadding := range []bool{false, true} {
		s := &AveragePool{Channels: channels, Window: w, CountPadding: countPadding}
		averages := s.Bind(machine(), nil).(*averagePoolTask)
		maxima := (&MaxPool{Channels: channels, Window: w}).Bind(machine(), nil).(*maxPoolTask)
		largest, mean := alignedFloats(blocksOf(channels)*w.OutHeight*w.OutWidth*lanes),
			alignedFloats(blocksOf(channels)*w.OutHeight*w.OutWidth*lanes)
		maxima.compute(largest, blocked(x, channels), 0, maxima.Items())
		averages.compute(mean, blocked(x, channels), 0, averages.Items())
		wantLargest, wantMean := poolReference(x, s)
		compare(t, "maxPool", unblocked(largest, channels), wantLargest, 0)
		compare(t, "averagePool", unblocked(mean, channels), wantMean, 1e-6)
	}
}

// TestNothingSeen: a window that sees padding alone, in one direction or both, has no largest element, and the sum
// zero.
func TestNothingSeen(t *testing.T) {
	onEveryLevel(t, func(t *testing.T) {
		for _, side := range [][2]int{{0, 0}, {0, 1}, {0, 3}, {1, 0}, {3, 0}} {
			w := windows{rows: side[0], columns: side[1], rowPitch: lanes, columnPitch: lanes, pixelPitch: lanes}
			in, out := alignedFloats(9*lanes), alignedFloats(3*lanes)
			for i := range in {
				in[i] = 1
			}
			w.max(level, out, in)
			if i := slices.IndexFunc(out, func(v float32) bool { return !math.IsInf(float64(v), -1) }); i >= 0 {
				t.Errorf("%d×%d elements: the largest is %g", side[0], side[1], out[i])
			}
			w.sum(level, out, in)
			if i := slices.IndexFunc(out, func(v float32) bool { return v != 0 }); i >= 0 {
				t.Errorf("%d×%d elements: the sum is %g", side[0], side[1], out[i])
			}
		}
	})
}

func poolReference(x []float32, s *AveragePool) (largest, mean []float32) {
	w := &s.Window
	for c := range s.Channels {
		for y := range w.OutHeight {
			for column := range w.OutWidth {
				best, sum, count := math.Inf(-1), 0.0, 0
				for i := range w.Size.Rows {
					for j := range w.Size.Columns {
						iy, ix := y*w.Stride.Rows-w.Top+i, column*w.Stride.Columns-w.Left+j
						if iy >= 0 && iy < w.InHeight && ix >= 0 && ix < w.InWidth {
							v := float64(x[(c*w.InHeight+iy)*w.InWidth+ix])
							best, sum, count = max(best, v), sum+v, count+1
						}
					}
				}
				if s.CountPadding {
					count = w.taps()
				}
				largest, mean = append(largest, float32(best)), append(mean, float32(sum/float64(count)))
			}
		}
	}
	return largest, mean
}

func TestElementwise(t *testing.T) { onEveryLevel(t, testElementwise) }

func testElementwise(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, channels := range []int{1, 16, 33, 100} {
		for _, pixels := range []int{1, 7, 3000} {
			a, b := randomFloats(r, channels*pixels), randomFloats(r, channels*pixels)
			values, offsets := randomFloats(r, channels), randomFloats(r, channels)
			want := map[string][]float32{}
			for i, v := range a {
				c := i / pixels
				want["add"] = append(want["add"], v+b[i])
				want["multiply"] = append(want["multiply"], v*b[i])
				want["addChannels"] = append(want["addChannels"], v+values[c])
				want["multiplyChannels"] = append(want["multiplyChannels"], v*values[c])
				want["affine"] = append(want["affine"], v*values[c]+offsets[c])
				want["activate"] = append(want["activate"], max(v, 0))
			}
			x, y, by, offset := blocked(a, channels), blocked(b, channels), vector(values), vector(offsets)
			m := machine()
			sum, product := (&Add{Floats: len(x)}).Bind(m, nil).(*addTask),
				(&Multiply{Floats: len(x)}).Bind(m, nil).(*multiplyTask)
			activation := (&Activate{Floats: len(x), Function: just(Relu)}).Bind(m, nil).(*activateTask)
			sumOfEach := (&AddChannels{Channels: channels, Pixels: pixels}).Bind(m, nil).(*addChannelsTask)
			productOfEach := (&MultiplyChannels{Channels: channels, Pixels: pixels}).Bind(m,
				nil).(*multiplyChannelsTask)
			norm := (&BatchNorm{Channels: channels, Pixels: pixels}).Bind(m, nil).(*batchNormTask)
			runs := map[string]struct {
				items int
				run   func(out []float32, first, last int)
			}{
				"add": {sum.Items(), func(out []float32, i, j int) { sum.compute(out, x, y, i, j) }},
				"multiply": {product.Items(),
					func(out []float32, i, j int) { product.compute(out, x, y, i, j) }},
				"activate": {activation.Items(),
					func(out []float32, i, j int) { activation.compute(out, x, i, j) }},
				"addChannels": {sumOfEach.Items(),
					func(out []float32, i, j int) { sumOfEach.compute(out, x, by, i, j) }},
				"multiplyChannels": {productOfEach.Items(),
					func(out []float32, i, j int) { productOfEach.compute(out, x, by, i, j) }},
				"affine": {norm.Items(),
					func(out []float32, i, j int) { norm.compute(out, x, by, offset, i, j) }},
			}
			for name, k := range runs {
				out := alignedFloats(len(x))
				inPieces(k.items, 1, func(i, j int) { k.run(out, i, j) })
				compare(t, name, unblocked(out, channels), want[name], 1e-6)
			}
		}
	}
}

func TestCopyChannels(t *testing.T) { onEveryLevel(t, testCopyChannels) }

func testCopyChannels(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const pixels = 5
	for from := 0; from < 20; from += 4 {
		for first := 1; first < 40; first += 3 {
			second := 50 - first
			x, y := randomFloats(r, 60*pixels), randomFloats(r, 50*pixels)
			out := blocked(make([]float32, 50*pixels), 50)
			one := (&CopyChannels{From: from, Channels: first, Pixels: pixels}).Bind(machine(), nil).(*copyTask)
			two := (&CopyChannels{To: first, Channels: second, Pixels: pixels}).Bind(machine(), nil).(*copyTask)
			inPieces(one.Items(), 1, func(i, j int) { one.compute(out, blocked(x, 60), i, j) })
			inPieces(two.Items(), 1, func(i, j int) { two.compute(out, blocked(y, 50), i, j) })
			want := append(append([]float32(nil), x[from*pixels:(from+first)*pixels]...), y[:second*pixels]...)
			compare(t, "copyChannels", unblocked(out, 50), want, 0)
			for p := range pixels {
				for lane := 50 % lanes; lane < lanes; lane++ {
					if v := out[(3*pixels+p)*lanes+lane]; v != 0 {
						t.Fatalf("lane %d past the channels is %v", lane, v)
					}
				}
			}
		}
	}
}
