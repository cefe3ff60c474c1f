package kernel

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/work.txt")

// TestWork holds into how many items kernels cut their work on each processor, how many floats a worker needs to
// itself, how many bytes binding takes beside the weights, without and with leave to keep what it makes of them, and
// which routines a generated package gets for it. No result shows these, which decide how well workers share a network,
// what memory it takes, and how wide its tiles are.
func TestWork(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("which weights are converted depends on the routines that are there")
	}
	const path, avx2 = "testdata/work.txt", AVX2 | FMA | F16C
	machines := []struct {
		name string
		has  Features
	}{{"portable", portable}, {"avx2", avx2}, {"avx512", avx2 | AVX512}, {"amx", avx2 | AVX512 | AMX}, {"neon", NEON},
		{"fp16", NEON | FP16}}
	var text strings.Builder
	for i, k := range workKernels() {
		fmt.Fprintf(&text, "%s: %s\n", settingsOf(k), k.Describe())
		var figures []string
		with := map[string][]string{} // the machines that have them
		for _, m := range machines {
			if usesHalf(k) != (m.name == "fp16") {
				continue
			}
			f := figuresOf(k, m.has)
			if with[f] == nil {
				figures = append(figures, f)
			}
			with[f] = append(with[f], m.name)
		}
		for _, f := range figures {
			fmt.Fprintf(&text, "    %s: %s\n", strings.Join(with[f], " "), f)
		}
		m := machines[1+i%4] // one is enough for each
		if usesHalf(k) {
			m = machines[5]
		}
		if i%3 > 0 || usesHalf(k) {
			fmt.Fprintf(&text, "    %s reaches%s\n", m.name, reachedBy(k, m.has))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, wanted := strings.Split(text.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(got), len(wanted)) {
		if got[i] != wanted[i] {
			t.Fatalf("line %d is\n%s\nwant\n%s\n(-update writes the file)", i+1, got[i], wanted[i])
		}
	}
	if len(got) != len(wanted) {
		t.Errorf("%d lines, want %d", len(got), len(wanted))
	}
}

// figuresOf binds a kernel and says what its task takes.
func figuresOf(k Kernel, has Features) string {
	plain, keeping := &Machine{Has: has}, &Machine{Has: has, Repack: 1 << 30}
	before := []Task{&depthwiseTask{strips: 3}} // that leaves sums
	task, keeps := k.Bind(plain, before), k.Bind(keeping, before)
	text := func(m *Machine, t Task) string {
		return fmt.Sprintf("%d items, %d floats, %d bytes", t.Items(), t.Scratch(), m.Bound())
	}
	if keeping.Bound() == plain.Bound() {
		return text(plain, task)
	}
	return text(plain, task) + "; keeping weights " + text(keeping, keeps)
}

// reachedBy lists the routines that a package needs for a kernel: pixels × blocks of products, and windows, their
// strides and pixels, with the groups' channels where there are several; an h stands before those of float16.
func reachedBy(k Kernel, has Features) string {
	var all []string
	add := func(half bool, format string, args ...any) {
		name := " " + fmt.Sprintf(format, args...)
		if half {
			name = " h" + name[1:]
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	r := Reach{Has: has,
		Product: func(half bool, blocks, pixels int) { add(half, "%d×%d", pixels, blocks) },
		Slide: func(half bool, group, size, stride, pixels int) {
			add(half, "%d/%d:%d:%d", size, stride, pixels, group)
		},
		Function: func(half bool, kind Kind) { add(half, "%v", kind) },
		Uses:     func(what Optional) { add(false, "%s", what.word) },
	}
	r.Of(k, []Task{&depthwiseTask{strips: 3}})
	return strings.Join(all, "")
}

// usesHalf reports whether a value of a kernel is float16.
func usesHalf(k Kernel) bool {
	v := reflect.ValueOf(k).Elem()
	for i := range v.NumField() {
		if ref, ok := v.Field(i).Interface().(Ref); ok && ref.Space == ArenaSpace && isHalf(&ref) {
			return true
		}
	}
	return false
}

// settingsOf prints a kernel's settings that are not zero.
func settingsOf(k Kernel) string {
	v := reflect.ValueOf(k).Elem()
	words := []string{v.Type().Name()}
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		ref, isRef := f.Interface().(Ref)
		switch {
		case f.IsZero():
		case isRef && (name == "Residual" || name == "Scale" || isHalf(&ref)):
			words = append(words, name+" "+ref.Value.Layout.Type.String())
		case isRef:
		default:
			words = append(words, fmt.Sprintf("%s %v", name, f.Interface()))
		}
		if w, ok := f.Interface().(Window); ok {
			words = append(words, fmt.Sprintf("%d×%d→%d×%d", w.InHeight, w.InWidth, w.OutHeight, w.OutWidth))
		}
	}
	return strings.Join(words, " ")
}

// seen returns the window of an image of so many rows and columns, with half of its size as padding.
func seen(height, width, size, stride, dilation int) Window {
	w := Window{InHeight: height, InWidth: width, Size: Square(size), Stride: Square(stride),
		Dilation: Square(dilation), Top: size / 2 * dilation, Left: size / 2 * dilation}
	w.place()
	return w
}

// workKernels are kernels of many sizes, at both sides of what decides how they are cut.
func workKernels() (all []Kernel) {
	add := func(k Kernel) { // as it is now
		own := reflect.New(reflect.TypeOf(k).Elem())
		own.Elem().Set(reflect.ValueOf(k).Elem())
		all = append(all, own.Interface().(Kernel))
	}
	out, in := InArena(0, F32, 16, 1), InArena(0, F32, 16, 1)
	halfOut, halfIn := HalvesInArena(0, 16, 1), HalvesInArena(0, 16, 1)
	weights := func(outputs, depth int) Ref { return InWeights(0, F32, outputs, depth) }
	halved := func(outputs, depth int) Ref { return InWeights(0, F16, outputs, depth) }

	for _, c := range []struct{ groups, in, out, side, size, stride, dilation int }{
		{1, 3, 8, 224, 3, 2, 1}, {1, 64, 64, 56, 3, 1, 1}, {1, 64, 64, 56, 3, 2, 1}, {1, 128, 128, 28, 3, 1, 1},
		{1, 128, 256, 14, 3, 2, 1}, {1, 256, 256, 14, 3, 1, 1}, {1, 512, 512, 7, 3, 1, 1}, {1, 512, 80, 7, 3, 1, 1},
		{1, 24, 96, 112, 3, 2, 1}, {1, 16, 100, 20, 5, 1, 2}, {1, 20, 24, 13, 3, 1, 1}, {1, 20, 24, 13, 3, 3, 1},
		{1, 256, 512, 28, 1, 2, 1}, {1, 256, 64, 9, 1, 2, 1}, {1, 96, 16, 33, 7, 1, 1}, {1, 96, 16, 200, 9, 1, 1},
		{2, 64, 64, 28, 3, 1, 1}, {2, 64, 128, 14, 3, 2, 1}, {4, 512, 512, 14, 3, 1, 1}, {32, 128, 128, 56, 3, 1, 1},
		{4, 32, 32, 28, 3, 1, 1}, {5, 40, 40, 28, 3, 2, 1}, {5, 40, 40, 28, 3, 1, 2}, {5, 30, 70, 28, 3, 1, 1},
		{3, 1000, 30, 4, 3, 1, 1}, {1, 512, 512, 2, 3, 1, 1}, {1, 8, 8, 1, 3, 1, 1},
	} {
		if c.in%c.groups > 0 {
			c.in -= c.in % c.groups
		}
		k := &Conv{Out: out, In: in, Groups: c.groups, InChannels: c.in, OutChannels: c.out,
			Window: seen(c.side, c.side+c.side/10, c.size, c.stride, c.dilation)}
		k.Weights = weights(c.out, k.depthOf())
		add(k)
		if c.side <= 14 || c.groups == 2 {
			of := *k
			of.Weights, of.Residual, of.Function = halved(c.out, k.depthOf()), in, just(Relu)
			add(&of)
		}
		if c.groups == 1 && c.size == 3 && c.stride == 1 && c.dilation == 1 {
			add(&Winograd{Out: out, In: in, Weights: k.Weights, InChannels: c.in, OutChannels: c.out, Window: k.Window})
			add(&Winograd{Out: out, In: in, Weights: halved(c.out, 9*c.in), Residual: in, InChannels: c.in,
				OutChannels: c.out, Window: k.Window, Function: just(Silu)})
		}
	}
	flat := seen(28, 28, 3, 1, 1)
	flat.Top, flat.Left, flat.OutHeight, flat.OutWidth = 0, 0, 26, 26
	add(&Conv{Out: out, In: in, Weights: weights(64, 9*64), Groups: 1, InChannels: 64, OutChannels: 64, Window: flat})
	add(&Conv{Out: out, In: in, Weights: weights(64, 9*64), Groups: 8, InChannels: 64, OutChannels: 64, Window: flat})
	add(&Depthwise{Out: out, In: in, Weights: weights(64, 9), Channels: 64, Window: flat})
	add(&Planar{Out: out, In: InInput(0, 0, F32, 3, 784), Weights: weights(64, 27), InChannels: 3, OutChannels: 64,
		Window: flat})

	for _, c := range []struct{ in, out, pixels int }{
		{16, 96, 12544}, {24, 144, 3136}, {144, 24, 3136}, {240, 40, 784}, {480, 112, 196}, {672, 192, 49},
		{192, 1152, 49}, {1152, 320, 49}, {320, 1280, 49}, {2048, 512, 49}, {64, 256, 3136}, {1024, 2048, 196},
		{768, 3072, 197}, {768, 768, 1}, {8, 16, 95}, {8, 16, 96}, {8, 16, 192}, {8, 16, 384},
		{300, 17, 29}, {1632, 512, 144},
		{512, 50, 100_000},
	} {
		k := Pointwise{Out: out, In: in, Weights: weights(c.out, c.in), InChannels: c.in, OutChannels: c.out,
			Pixels: c.pixels, Function: just(Silu)}
		add(&k)
		scaled, widened, half := k, k, k
		scaled.Scale, scaled.Residual = in, in
		widened.Weights, widened.Function = halved(c.out, c.in), just(Identity)
		half.Out, half.In = halfOut, halfIn
		add(&scaled)
		add(&widened)
		add(&half)
		half.Scale = in
		add(&half)
		add(&Linear{Out: out, In: in, Weights: k.Weights, InChannels: c.in, OutChannels: c.out, Function: just(Relu6)})
	}
	add(&Linear{Out: out, In: in, Weights: halved(1000, 1280), Residual: in, InChannels: 1280, OutChannels: 1000})

	for _, c := range []struct{ in, channels, side, size, stride int }{
		{16, 96, 112, 3, 2}, {24, 144, 56, 3, 1}, {24, 144, 56, 5, 2}, {40, 240, 28, 5, 1}, {80, 480, 14, 3, 1},
		{112, 672, 14, 5, 2}, {192, 1152, 7, 5, 1}, {20, 40, 9, 3, 1}, {20, 80, 9, 3, 1}, {256, 512, 23, 3, 1},
		{8, 8, 300, 3, 1}, {64, 64, 10, 4, 3}, {512, 1024, 25, 3, 1}, {512, 1024, 40, 3, 1},
	} {
		w := seen(c.side, c.side, c.size, c.stride, 1)
		d := Depthwise{Out: out, In: in, Weights: weights(c.channels, w.taps()), Channels: c.channels, Window: w,
			Function: just(HardSwish)}
		add(&d)
		d.Out, d.In, d.Residual = halfOut, halfIn, halfIn
		add(&d)
		e := ExpandDepthwise{Out: out, In: in, Weights: weights(c.channels, c.in),
			DepthwiseWeights: weights(c.channels, w.taps()), InChannels: c.in, Channels: c.channels, Window: w,
			ExpandFunction: just(Silu), Function: just(Silu)}
		add(&e)
		if HasEightsSlide(&w) {
			eights := e
			eights.Eights = true
			add(&eights)
		}
		e.Weights = halved(c.channels, c.in)
		add(&e)
		e.Out, e.In = halfOut, halfIn
		add(&e)
		planar := seen(2*c.side, 2*c.side, 3, 2, 1)
		p := PlanarDepthwise{Out: out, In: InInput(0, 0, F32, 3, 1), Weights: weights(c.channels, 27),
			DepthwiseWeights: weights(c.channels, w.taps()), InChannels: 3, Channels: c.channels,
			PlanarWindow: planar, Window: w}
		add(&p)
		p.Out, p.Function = halfOut, just(Relu)
		add(&p)
		add(&Planar{Out: out, In: p.In, Weights: p.Weights, InChannels: 3, OutChannels: c.channels, Window: planar,
			Residual: in})
		add(&MaxPool{Out: out, In: in, Channels: c.channels, Window: w})
		add(&AveragePool{Out: out, In: in, Channels: c.channels, Window: w})
	}

	for _, c := range []struct{ channels, pixels int }{{1, 1}, {16, 49}, {17, 3136}, {96, 12544}, {1280, 49}} {
		channels, pixels := c.channels, c.pixels
		add(&GlobalAverage{out, in, channels, pixels})
		add(&GlobalAverage{out, halfIn, channels, pixels})
		add(&AverageSums{out, in, channels, pixels, 0})
		add(&Add{out, in, in, channels * pixels})
		add(&Multiply{out, in, in, channels * pixels})
		add(&Activate{out, in, channels * pixels, Function{LeakyRelu, 0.1, 0}})
		add(&Affine{out, in, channels * pixels, 2, 1})
		add(&Load{out, weights(channels, pixels), channels * pixels})
		add(&AddChannels{out, in, in, channels, pixels})
		add(&MultiplyChannels{out, in, in, channels, pixels})
		add(&MultiplyChannels{halfOut, halfIn, in, channels, pixels})
		add(&BatchNorm{out, in, weights(channels, 1), weights(channels, 1), channels, pixels})
		add(&Prelu{out, in, weights(channels, 1), channels, pixels})
		add(&Cast{halfOut, in, channels, pixels})
		add(&Cast{out, halfIn, channels, pixels})
		add(&CopyChannels{out, in, 3, 5, channels, pixels})
		add(&Block{out, in, channels, pixels})
		add(&Unblock{out, in, channels, pixels})
		rows := PixelRows{Batches: 3, BlockPitch: pixels * lanes, Channels: channels, Pixels: pixels}
		add(&LayerNorm{out, in, weights(channels, 1), weights(channels, 1), rows, 1e-5})
		add(&SoftmaxPixels{out, in, rows})
		shape := [maxAxes]int{1, 1, 1, 2, pixels, channels}
		add(&Rearrange{Out: out, In: in, Shape: shape})
		add(&Combine{Out: out, A: in, B: in, Operator: Over, Shape: shape})
		images := Images{pixels/7 + 1, 7, 2 * (pixels/7 + 1), 14}
		add(&Pad{out, in, channels, images, 1, 1, 0})
		add(&Upsample{out, in, channels, images, true, false})
		add(&DepthToSpace{out, in, channels, images, 2})
		for _, transposed := range []bool{false, true} {
			add(&MatMul{Out: out, A: in, B: in, Rows: pixels, Inner: channels, Columns: 50, Batches: 3,
				Transposed: transposed})
		}
	}
	return all
}
