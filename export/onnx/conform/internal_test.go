package conform

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/verify"
)

func parsed(t *testing.T, text string) *ir.Graph {
	t.Helper()
	g, err := ir.Parse("graph \"g\"\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// says holds an error to being nil where want is empty, and to containing want elsewhere; "?" before want says that it
// only means that something is not covered.
func says(t *testing.T, what string, err error, want string) {
	t.Helper()
	want, uncovered := strings.CutPrefix(want, "?")
	if (err != nil) != (want != "") || err != nil && (!strings.Contains(err.Error(), want) ||
		verify.IsUncovered(err) != uncovered) {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

// TestSpread adds up how far values are off, in which order they may come.
func TestSpread(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, tt := range []struct {
		got    []float64
		want   []float32
		spread spread
	}{
		{[]float64{1, -3}, []float32{1, -3}, spread{largest: 3, finite: true}},
		{[]float64{1, -3.5, 0}, []float32{1, -3, 0.25}, spread{largest: 3, got: 3.5, difference: 0.5, finite: true}},
		{[]float64{-4, 2}, []float32{2, 2}, spread{largest: 2, got: 4, difference: 6, finite: true}},
		{[]float64{nan, inf, -inf}, []float32{float32(nan), float32(inf), float32(-inf)},
			spread{largest: nan, finite: true}},
		{[]float64{nan, 2}, []float32{1, 3}, spread{largest: 3, got: 2, difference: 1, broken: true}},
		{[]float64{1, inf}, []float32{1, 1}, spread{largest: 1, broken: true}},
		{[]float64{-inf, 1}, []float32{1, 1}, spread{largest: 1, broken: true}},
	} {
		d := spread{}
		d.add(tt.got, tt.want)
		if fmt.Sprint(d) != fmt.Sprint(tt.spread) {
			t.Errorf("%v for %v: got %+v, want %+v", tt.got, tt.want, d, tt.spread)
		}
	}
	d := spread{}
	d.add([]float64{math.NaN()}, []float32{1})
	d.add([]float64{1}, []float32{1})
	if d.finite || !d.broken || d.within(1) {
		t.Errorf("what was broken once is %+v", d)
	}
	for tolerance, want := range map[float64]bool{0.25: true, 0.2499: false} {
		if got := (&spread{largest: 2, difference: 0.5}).within(tolerance); got != want {
			t.Errorf("within %g: got %v", tolerance, got)
		}
	}
	if got := (&spread{largest: 4, difference: 1}).relative(); got != 0.25 {
		t.Errorf("off by %g of the largest, want 0.25", got)
	}
	if got := (&spread{}).relative(); got != 0 {
		t.Errorf("nothing off by %g of nothing", got)
	}
}

// TestTell decides by how far rounding moves an output.
func TestTell(t *testing.T) {
	for _, tt := range []struct {
		d     spread
		moved float64
		want  string
	}{
		{spread{largest: 10, difference: 0.8}, 0.1, ""}, // eight times as far as rounding moves it
		{spread{largest: 10, difference: 0.81}, 0.1,
			"the output y differs from x by 0.81; the largest value is 10, and rounding moves it by 0.1"},
		{spread{largest: 10, difference: 9}, 0.999, "differs from x by 9"},
		{spread{largest: 10, difference: 9}, 1,
			"?the output y cannot be compared with x: rounding alone moves it by 1, and its largest value is 10"},
		{spread{largest: 10, difference: 0.1}, 1, "?cannot be compared"},
		{spread{largest: 10, difference: 0.1}, 0, "differs from x by 0.1"},
		{spread{difference: 0.1}, 0, "differs from x by 0.1"}, // zeros that rounding does not move
		{spread{largest: 10, difference: 0.1}, math.NaN(), "differs from x by 0.1"},
		{spread{largest: 10, difference: 0.1, broken: true}, 5,
			"the output y is NaN or infinite, where the largest value of x is 10"},
	} {
		says(t, fmt.Sprintf("%+v moved by %g", tt.d, tt.moved), tell("y", "x", tt.d, tt.moved), tt.want)
	}
}

func taking(kind verify.ElementType, sizes ...int64) verify.Value {
	v := verify.Value{Name: "in", Type: kind}
	for _, s := range sizes {
		v.Dims = append(v.Dims, verify.Dim{Size: s})
	}
	return v
}

// TestInputs makes inputs of each type and number of dimensions; those of which a size is not said take it from sizes.
func TestInputs(t *testing.T) {
	sizes := verify.Sizes{Batch: 2, Height: 3, Width: 4}
	pixels := []verify.Property{{Key: "mean", Value: "0.5,0.25,0"}, {Key: "std", Value: "0.5,0.25,1"}}
	for _, tt := range []struct {
		inputs     []verify.Value
		properties []verify.Property
		dims, want string
	}{
		{[]verify.Value{taking(verify.Float32, 0, 3, 0, 0)}, nil, "[[2 3 3 4]]", ""},
		{[]verify.Value{taking(verify.Float16, 1, 3, 5, 6)}, nil, "[[1 3 5 6]]", ""},
		{[]verify.Value{taking(verify.BFloat16, 0, 7)}, nil, "[[2 7]]", ""},
		{[]verify.Value{taking(verify.Float64, 0, 7, 8)}, nil, "[[2 7 8]]", ""},
		{[]verify.Value{taking(verify.Float32, 0, 7), taking(verify.Float32, 2, 3)}, nil, "[[2 7] [2 3]]", ""},
		{[]verify.Value{taking(verify.Uint8, 0, 0, 0, 3)}, pixels, "[[2 3 4 3]]", ""},
		{[]verify.Value{taking(verify.Float32, 1, 1<<25), taking(verify.Float32, 1, 2)}, nil, "[[1 33554432] [1 2]]",
			""},
		{[]verify.Value{taking(verify.Float32, 2, 1<<25)}, nil, "[[2 33554432]]", ""},
		{[]verify.Value{taking(verify.Float32, 2, 1<<25+1)}, nil, "", "?input of the shape [2 33554433] is not"},
		{[]verify.Value{taking(verify.Float32, 0, 0, 3, 3)}, nil, "", "?an input of the shape [2 0] is not evaluated"},
		{[]verify.Value{taking(verify.Float32, 0, 7, 0)}, nil, "", "?an input of the shape [2 7 0] is not evaluated"},
		{[]verify.Value{taking(verify.Uint8, 0, 0, 0, 0)}, pixels, "", "?an input of the shape [2 3 4 0] is not"},
		{[]verify.Value{taking(verify.Uint8, 0, 3)}, pixels, "", "?values cannot be compared for an input of uint8"},
		{[]verify.Value{taking(verify.Int64, 0, 3)}, nil, "", "?values cannot be compared for an input of int64"},
		{[]verify.Value{taking(verify.Float32, 3)}, nil, "", "?whose inputs have a batch"},
		{[]verify.Value{taking(verify.Float32)}, nil, "", "?whose inputs have a batch"},
		{nil, nil, "", "?for a model that has inputs"},
		{[]verify.Value{taking(verify.Float32, 0, 3), taking(verify.Float32, 3, 3)}, nil, "",
			"?have batches of 2 and 3 images"},
		{[]verify.Value{taking(verify.Uint8, 0, 0, 0, 4)}, pixels, "", "?do not say how its pixels are normalised"},
		{[]verify.Value{taking(verify.Uint8, 0, 0, 0, 3)}, pixels[:1], "", "?do not say how its pixels"},
		{[]verify.Value{taking(verify.Uint8, 0, 0, 0, 3)}, pixels[1:], "", "?do not say how its pixels"},
		{[]verify.Value{taking(verify.Uint8, 0, 0, 0, 3)}, []verify.Property{pixels[0], {Key: "std", Value: "1,1"}}, "",
			"?do not say how its pixels"},
		{[]verify.Value{taking(verify.Uint8, 0, 0, 0, 3)}, []verify.Property{{Key: "mean", Value: "1,1"}, pixels[1]},
			"", "?do not say how its pixels"},
	} {
		if len(tt.dims) > 0 && strings.Contains(tt.dims, "33554432") && testing.Short() {
			continue // half a gigabyte
		}
		m := &verify.Model{Graph: verify.Graph{Inputs: tt.inputs}, Properties: tt.properties}
		input, err := NewInput(m, sizes)
		says(t, fmt.Sprint(tt.inputs), err, tt.want)
		if err != nil {
			continue
		}
		var dims [][]int64
		for _, in := range input.Tensors {
			dims = append(dims, in.Array.Dims)
			n := int64(1)
			for _, d := range in.Array.Dims {
				n *= d
			}
			if int64(len(in.Values)) != n || int64(len(in.Array.Floats)+len(in.Array.Ints)) != n {
				t.Errorf("%v: an input of %v has %d values", tt.inputs, in.Array.Dims, len(in.Values))
			}
		}
		if fmt.Sprint(dims) != tt.dims || int64(input.Batch) != dims[0][0] {
			t.Errorf("%v: got the sizes %v and a batch of %d, want %s", tt.inputs, dims, input.Batch, tt.dims)
		}
	}
}

// TestRandomInputs: floats are those of sixteen bits, pixels the whole range of bytes, and what the network sees of
// them is normalised, channels first.
func TestRandomInputs(t *testing.T) {
	m := &verify.Model{Graph: verify.Graph{Inputs: []verify.Value{taking(verify.Float32, 1, 1000)}}}
	input, err := NewInput(m, verify.Sizes{})
	if err != nil {
		t.Fatal(err)
	}
	far := 0.0
	for i, x := range input.Tensors[0].Array.Floats {
		if far = max(far, math.Abs(x)); x*64 != math.Trunc(x*64) || float64(input.Tensors[0].Values[i]) != x {
			t.Fatalf("value %d is %g, and %g for the network", i, x, input.Tensors[0].Values[i])
		}
	}
	if far < 2 || far > 6 {
		t.Errorf("the largest of a thousand is %g", far)
	}
	m = &verify.Model{Graph: verify.Graph{Inputs: []verify.Value{taking(verify.Uint8, 2, 20, 30, 2)}},
		Properties: []verify.Property{{Key: "mean", Value: "0.5,0.25"}, {Key: "std", Value: "0.5,0.125"}}}
	if input, err = NewInput(m, verify.Sizes{}); err != nil {
		t.Fatal(err)
	}
	in := input.Tensors[0]
	if low, high := slices.Min(in.Array.Ints), slices.Max(in.Array.Ints); low != 0 || high != 255 {
		t.Errorf("pixels are %d to %d", low, high)
	}
	for image := range 2 {
		for c := range 2 {
			for p := range 600 {
				x := float64(in.Array.Ints[(image*600+p)*2+c]) / 255
				want := float32((x - []float64{0.5, 0.25}[c]) / []float64{0.5, 0.125}[c])
				if got := in.Values[(image*2+c)*600+p]; got != want {
					t.Fatalf("image %d, channel %d, pixel %d: got %g, want %g", image, c, p, got, want)
				}
			}
		}
	}
}

// TestInputsOf gives a network its inputs by their names, or in their order where these are others.
func TestInputsOf(t *testing.T) {
	g := parsed(t, "a = Input(Shape: {2}) : [2]\nb = Input(Shape: {3}) : [3]\nx = Softmax() a : [2]\n"+
		"y = Softmax() b : [3]\noutput x y")
	for names, want := range map[string]string{
		"a2 b3": "a b", "b3 a2": "a b", "p2 q3": "p q", "a2 q3": "a q", "p2 b3": "p b",
		"":   "has 0 inputs, the network 2",
		"a2": "has 1 inputs, the network 2", "a2 b3 c1": "has 3 inputs, the network 2",
		"p3 q2": "input p, [2 3], does not fit the network's, [2]", "a2 b2": "input b, [2 2], does not fit",
	} {
		input := &Input{Batch: 2}
		for _, word := range strings.Fields(names) {
			n := int(word[1] - '0')
			input.Tensors = append(input.Tensors, Tensor{Name: word[:1], Values: make([]float32, 2*n),
				Array: verify.Array{Dims: []int64{2, int64(n)}}})
		}
		ordered, err := input.of(g)
		if strings.Contains(want, " i") || strings.Contains(want, "input") {
			says(t, names, err, want)
			continue
		}
		var got []string
		for _, in := range ordered {
			got = append(got, in.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %s, %v, want %s", names, got, err, want)
		}
	}
}

// TestSquares holds the squares of magnitudes of each operation to numbers worked out by hand: of y = a − b, for
// example, they are the sum of the squares of both.
func TestSquares(t *testing.T) {
	const in = "a = Input(Shape: {2, 1, 1}) : [2, 1, 1]\nb = Input(Shape: {2, 1, 1}) : [2, 1, 1]\n"
	set := params.Set{}
	for name, data := range map[string][]float32{"y.weight": {2, -3}, "y.bias": {4, 5}, "y.running_mean": {6, -7},
		"y.running_var": {3, 8}} {
		set[name] = &params.Tensor{Shape: ir.Shape{2}, Data: data}
	}
	slope := params.Set{"y.weight": &params.Tensor{Shape: ir.Shape{2}, Data: []float32{0.5, -3}}}
	conv := params.Set{"y.weight": &params.Tensor{Shape: ir.Shape{1, 2, 1, 1}, Data: []float32{2, -3}},
		"y.bias": &params.Tensor{Shape: ir.Shape{1}, Data: []float32{-5}}}
	for _, tt := range []struct {
		line string
		set  params.Set
		want []float32
	}{ // for a = [2, −3] and b = [5, 7]
		{"y = Add() a b : [2, 1, 1]", nil, []float32{29, 58}},
		{"y = Sub() a b : [2, 1, 1]", nil, []float32{29, 58}},
		{"y = Mul() a b : [2, 1, 1]", nil, []float32{200, 882}},
		{"y = Affine(Factor: 3, Offset: 2) a : [2, 1, 1]", nil, []float32{40, 85}},
		{"y = Pad(Sides: {0, 1, 0, 0}, Value: 3) a : [2, 1, 2]", nil, []float32{9, 4, 9, 9}},
		{"y = Flatten() a : [2]", nil, []float32{4, 9}},
		{"y = Conv(Out: 1, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) a : [1, 1, 1]", conv,
			[]float32{4*4 + 9*9 + 25}},
		{"y = Activation(Function: ReLU) a : [2, 1, 1]", nil, []float32{4 + 2.25*4, 0 + 2.25*9}},
		{"y = Activation(Function: LeakyReLU, Slope: 2) a : [2, 1, 1]", nil, []float32{4 + 4*4, 36 + 4*9}},
		{"y = PReLU() a : [2, 1, 1]", slope, []float32{4 + 4, 81 + 9*9}},
		{"y = BatchNorm(Epsilon: 1, Momentum: 0.1) a : [2, 1, 1]", set, []float32{(4+36)*4/4 + 16, (9+49)*9/9 + 25}},
		{"y = BatchNorm(Epsilon: 1, Momentum: 0.1, NoScale: true, NoShift: true) a : [2, 1, 1]", set,
			[]float32{(4 + 36) / 4.0, (9 + 49) / 9.0}},
		{"y = Softmax(Axis: 0) a : [2, 1, 1]", nil, nil},
	} {
		g, err := ir.Parse("graph \"g\"\n" + in + tt.line + "\noutput y\n")
		if err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		y := g.Output()
		w := &walk{source: Source{Graph: g, Set: tt.set}, values: map[*ir.Node]*value{}}
		images := [][]float32{{2, -3}, {5, 7}}
		for i, n := range g.Inputs { // of the second image alone, so that one is taken for the other
			w.values[n] = &value{anchor: true, images: [][]float32{{100, 100}, images[i]}}
		}
		var in [][]float32
		for _, n := range y.Inputs {
			in = append(in, w.values[n].images[1])
		}
		result := eval.Node(y, tt.set, in)
		w.values[y] = &value{images: [][]float32{nil, result}}
		if tt.want == nil { // as if it were an anchor
			tt.want = squared(result)
		}
		got := w.squares(y, 1)
		for i, x := range tt.want {
			if len(got) != len(tt.want) || !(math.Abs(float64(got[i]-x)) < 1e-5*float64(x)) {
				t.Errorf("%s: got %v, want %v", tt.line, got, tt.want)
				break
			}
		}
	}
}

// TestSlopes: the squares behind a PReLU are those of each channel's slope, for all of its pixels.
func TestSlopes(t *testing.T) {
	g := parsed(t, "a = Input(Shape: {2, 1, 3}) : [2, 1, 3]\ny = PReLU() a : [2, 1, 3]\noutput y")
	set := params.Set{"y.weight": &params.Tensor{Shape: ir.Shape{2}, Data: []float32{2, 3}}}
	in := []float32{-1, -1, -1, -1, -1, -1}
	w := &walk{source: Source{Graph: g, Set: set}, values: map[*ir.Node]*value{
		g.Inputs[0]: {anchor: true, images: [][]float32{in}},
		g.Output():  {images: [][]float32{eval.Node(g.Output(), set, [][]float32{in})}},
	}}
	if got := w.squares(g.Output(), 0); !slices.Equal(got, []float32{8, 8, 8, 18, 18, 18}) {
		t.Errorf("got %v", got)
	}
}

// TestExplained allows what rounding explains: eight epsilons of the magnitude for each operation since the anchors.
func TestExplained(t *testing.T) {
	g := parsed(t, "a = Input(Shape: {2}) : [2]\nb = Input(Shape: {2}) : [2]\ny = Sub() a b : [2]\noutput y")
	w := &walk{source: Source{Graph: g}, values: map[*ir.Node]*value{}}
	w.values[g.Inputs[0]] = &value{anchor: true, images: [][]float32{{3, 300}, {3000, 3}}}
	w.values[g.Inputs[1]] = &value{anchor: true, images: [][]float32{{4, 400}, {4000, 4}}}
	v := &value{images: [][]float32{{-1, -100}, {-1000, -1}}, depth: 3}
	w.values[g.Output()] = v
	epsilon := verify.Float16.Epsilon()
	for at, magnitude := range []float64{5, 500, 5000, 5} {
		for times, want := range map[float64]bool{23.9: true, -23.9: true, 24.1: false, -24.1: false} {
			got := []float64{-1, -100, -1000, -1}
			got[at] += times * epsilon * magnitude
			if w.explained(g.Output(), v, verify.Array{Floats: got}, verify.Float16) != want {
				t.Errorf("element %d, off by %g epsilons: want %v", at, times, want)
			}
		}
	}
	for _, x := range []float32{1e20, float32(math.Inf(1))} { // whose squares are infinite
		w.values[g.Inputs[0]].images[0][0] = x
		if w.explained(g.Output(), v, verify.Array{Floats: []float64{-1, -100, -1000, -1}}, verify.Float16) {
			t.Errorf("a magnitude of %g explains what is off", x)
		}
	}
}

// TestFolded moves names behind batch norms that an exporter folds into what stands before them.
func TestFolded(t *testing.T) {
	const conv = "Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) "
	const norm = "BatchNorm(Epsilon: 1, Momentum: 0.1) "
	const x = "x = Input(Shape: {2, 4, 4}) : [2, 4, 4]\n"
	for _, tt := range []struct{ text, named, want string }{
		{x + "c = " + conv + "x : [2, 4, 4]\nn = " + norm + "c : [2, 4, 4]\noutput n", "c", "n=c"},
		{x + "c = " + conv + "x : [2, 4, 4]\nn = " + norm + "c : [2, 4, 4]\noutput n", "c n", "c=c n=n"},
		{x + "c = " + conv + "x : [2, 4, 4]\nn = " + norm + "c : [2, 4, 4]\noutput n", "", ""},
		{x + "c = " + conv + "x : [2, 4, 4]\nn = " + norm + "c : [2, 4, 4]\noutput n c", "c", "c=c"},
		{x + "c = " + conv + "x : [2, 4, 4]\nn = " + norm + "c : [2, 4, 4]\ns = Add() n c : [2, 4, 4]\noutput s", "c s",
			"c=c s=s"},
		{x + "c = " + conv + "x : [2, 4, 4]\nn = " + norm + "c : [2, 4, 4]\nr = Resize() n c : [2, 4, 4]\noutput r",
			"c r", "n=c r=r"},
		{x + "c = Activation(Function: ReLU) x : [2, 4, 4]\nn = " + norm + "c : [2, 4, 4]\noutput n", "c", "c=c"},
		{x + "c = " + conv + "x : [2, 4, 4]\nd = " + conv + "x : [2, 4, 4]\ne = " + norm + "d : [2, 4, 4]\n" +
			"f = Concat() c e : [4, 4, 4]\ng = Concat() f c : [6, 4, 4]\nn = " + norm + "g : [6, 4, 4]\noutput n",
			"c d f g", "n=g"},
	} {
		g := parsed(t, tt.text)
		a := &alignment{of: map[*ir.Node]string{}, node: map[string]*ir.Node{}}
		for _, n := range g.Nodes {
			if slices.Contains(strings.Fields(tt.named), n.Name) {
				a.add(n, n.Name)
			}
		}
		a.folded(g)
		var got []string
		for _, n := range g.Nodes {
			if name, ok := a.of[n]; ok {
				got = append(got, n.Name+"="+name)
				if a.node[name] != n {
					t.Errorf("%s with the names %s: the name %s is not that of %s", tt.text, tt.named, name, n.Name)
				}
			}
		}
		if strings.Join(got, " ") != tt.want || len(a.node) != len(a.of) {
			t.Errorf("%s with the names %s: got %v and %d names, want %s", tt.text, tt.named, got, len(a.node), tt.want)
		}
	}
}

// TestHeadOf tells softmax and top-k behind a network from its own softmax, by how many there are at an output.
func TestHeadOf(t *testing.T) {
	const x = "x = Input(Shape: {3}) : [3]\n"
	const (
		plain  = x + "y = Activation(Function: ReLU) x : [3]\noutput y"
		own    = x + "y = Softmax() x : [3]\noutput y"
		within = x + "w = Softmax() x : [3]\ny = Activation(Function: ReLU) w : [3]\noutput y"
		twice  = x + "w = Softmax() x : [3]\ny = Softmax() w : [3]\noutput y"
		second = x + "w = Activation(Function: ReLU) x : [3]\ny = Softmax() x : [3]\noutput w y"
		flat   = x + "y = Softmax() x : [3]\nf = Flatten() y : [3]\noutput f"
		both   = x + "y = Softmax() x : [3]\noutput y x"
	)
	none, softmax, topK := head{}, head{softmax: true}, head{topK: true}
	for _, tt := range []struct {
		source, nodes, outputs string // nodes: operator, input and output, operator …
		want                   head
	}{
		{plain, "Relu x y", "y", none}, {plain, "Relu x y Softmax y p", "p", softmax},
		{plain, "Relu x y Cast y c Softmax c s Cast s p", "p", softmax},
		{plain, "Relu x y Softmax y s Flatten s f Identity f i Reshape i j TopK j p", "p", head{true, true}},
		{flat, "Softmax x y Flatten y f", "f", none}, {flat, "Softmax x y Flatten y f Softmax f p", "p", softmax},
		{plain, "Relu x y Softmax y p", "y", none},
		{plain, "Relu x y TopK y v", "v", topK}, {plain, "Relu x y Cast y c TopK c v Cast v w", "w", topK},
		{plain, "Relu x y Softmax y p TopK p v", "v", head{softmax: true, topK: true}},
		{own, "Softmax x y", "y", none}, {own, "Softmax x y Softmax y p", "p", softmax},
		{own, "Softmax x y TopK y v", "v", topK}, {twice, "Softmax x w Softmax w y", "y", none},
		{within, "Softmax x w Relu w y", "y", none}, {within, "Softmax x w Relu w y TopK y v", "v", topK},
		{second, "Relu x w Softmax x y", "w y", none}, {second, "Relu x w Softmax x y Softmax w z", "z y", softmax},
		{both, "Softmax x y Softmax x z", "y z", softmax}, {plain, "Relu x y Softmax x z", "y z", softmax},
		{plain, "Softmax x w Relu w y Cast y z", "z", none},
		{second, "Relu x w Softmax x y TopK y v", "w v", head{true, true}},
	} {
		m := &verify.Model{}
		for f := range slices.Chunk(strings.Fields(tt.nodes), 3) {
			m.Graph.Nodes = append(m.Graph.Nodes, verify.Node{Operator: f[0], Inputs: f[1:2], Outputs: f[2:]})
		}
		for _, name := range strings.Fields(tt.outputs) {
			m.Graph.Outputs = append(m.Graph.Outputs, verify.Value{Name: name})
		}
		if got := headOf(m, parsed(t, tt.source)); got != tt.want {
			t.Errorf("%s, of which %s goes out, of %q: got %+v", tt.nodes, tt.outputs, tt.source, got)
		}
	}
}

// TestResultOf finds what the first node of a name computes.
func TestResultOf(t *testing.T) {
	m := &verify.Model{Graph: verify.Graph{Nodes: []verify.Node{{Name: "a", Outputs: []string{"x", "y"}},
		{Name: "b"}, {Name: "b", Outputs: []string{"z"}}, {Name: "a", Outputs: []string{"w"}}}}}
	for name, want := range map[string]string{"a": "x", "b": "z", "c": ""} {
		if got := resultOf(m, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestAffordable refuses more than eight times the work of the source, and 1e8.
func TestAffordable(t *testing.T) {
	g := parsed(t, "x = Input(Shape: {1000, 100, 100}) : [1000, 100, 100]\ny = Activation(Function: ReLU) x : [1000, 100, 100]\n"+
		"z = Conv(Out: 1, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) y : [1, 100, 100]\noutput z")
	work := 1e7 + 1e7 + 1e7 + 1e4 // the elements of x, y and z, and the products
	a := &alignment{}
	for _, batch := range []int{1, 3} {
		most := 8*work*float64(batch) + 1e8
		says(t, "the most", a.affordable(&verify.Report{Work: most}, g, &Input{Batch: batch}), "")
		says(t, "more", a.affordable(&verify.Report{Work: most + 100}, g, &Input{Batch: batch}),
			fmt.Sprintf("?the model computes %.0f times as much as the source", most/(work*float64(batch))))
	}
}

// TestHead compares top-k and softmax, for two images, with scores.
func TestHead(t *testing.T) {
	g := parsed(t, "x = Input(Shape: {3}) : [3]\ny = Activation(Function: ReLU) x : [3]\noutput y")
	scores := verify.Array{Type: verify.Float32, Floats: []float64{1, 3, 2, 6, 4, 5}}
	exps := func(values ...float64) (out []float64) {
		sum := 0.0
		for _, v := range values {
			sum += math.Exp(v)
		}
		for _, v := range values {
			out = append(out, math.Exp(v)/sum)
		}
		return out
	}
	soft := append(exps(1, 3, 2), exps(6, 4, 5)...)
	floatsOf := func(values ...float64) verify.Array {
		return verify.Array{Type: verify.Float32, Dims: []int64{2, int64(len(values)) / 2}, Floats: values}
	}
	classes := func(values ...int64) verify.Array {
		return verify.Array{Type: verify.Int64, Dims: []int64{2, int64(len(values)) / 2}, Ints: values}
	}
	of := func(arrays ...verify.Array) []verify.Array { return arrays }
	best, bestSoft, chosen := floatsOf(3, 2, 6, 5), floatsOf(soft[1], soft[2], soft[3], soft[5]), classes(1, 2, 0, 2)
	flat := verify.Array{Dims: []int64{4}, Floats: best.Floats}
	const first, second, other = "the output first differs", "the output second differs", "?top-k whose outputs are not"
	for name, tt := range map[string]struct {
		operators string
		outputs   []verify.Array
		want      string
	}{
		"top-k":         {"TopK", of(best, chosen), ""},
		"softmax":       {"Softmax", of(floatsOf(soft...)), ""},
		"both":          {"Softmax TopK", of(bestSoft, chosen), ""},
		"no softmax":    {"Softmax", of(floatsOf(1, 3, 2, 6, 4, 5)), first},
		"of a batch":    {"Softmax", of(floatsOf(exps(1, 3, 2, 6, 4, 5)...)), first},
		"short":         {"Softmax", of(floatsOf(soft[:4]...)), "the output first has 4 values, not 6"},
		"not the best":  {"TopK", of(floatsOf(3, 1, 6, 5), classes(1, 0, 0, 2)), first},
		"not in order":  {"TopK", of(floatsOf(3, 2, 5, 6), classes(1, 2, 2, 0)), first},
		"another class": {"TopK", of(best, classes(1, 2, 0, 1)), second},
		"one output":    {"TopK", of(best), other},
		"other types":   {"TopK", of(classes(3, 2, 6, 5), chosen), other},
		"no classes":    {"TopK", of(best, floatsOf(1, 2, 0, 2)), other},
		"one dimension": {"TopK", of(flat, chosen), other},
		"all scores":    {"TopK", of(floatsOf(1, 3, 2, 6, 4, 5), chosen), other},
		"no class":      {"TopK", of(best, classes(1, 3, 0, 2)), "the output second says class 3, of 3"},
		"negative":      {"TopK", of(best, classes(1, 2, -1, 2)), "the output second says class -1, of 3"},
		"too many":      {"TopK", of(floatsOf(3, 2, 1, 0, 6, 5, 4, 0), classes(1, 2, 0, 0, 0, 2, 1, 0)), other},
		"softmax, too":  {"Softmax", of(floatsOf(1, 3, 2, 6, 4, 5), floatsOf(soft...)), "?softmax behind a network"},
	} {
		m := &verify.Model{Graph: verify.Graph{Outputs: []verify.Value{{Name: "first"}, {Name: "second"}}}}
		stands := head{strings.Contains(tt.operators, "Softmax"), strings.Contains(tt.operators, "TopK")}
		w := &walk{model: m, alignment: &alignment{head: stands}, source: Source{Graph: g}, input: &Input{Batch: 2},
			scores: scores}
		says(t, name, w.compareHead(tt.outputs), tt.want)
		w.scores = verify.Array{}
		says(t, name+" without scores", w.compareHead(tt.outputs), "?no value of the model stands for the scores, y")
	}
}

// TestWeightsVanish looks at the constant of the node that computes a value, in types of sixteen bits.
func TestWeightsVanish(t *testing.T) {
	bits := func(kind verify.ElementType, values ...int64) verify.Tensor {
		return verify.Tensor{Name: "w", Type: kind, Dims: []int64{int64(len(values))}, Ints: values}
	}
	for _, tt := range []struct {
		weights verify.Tensor
		value   string
		want    bool
	}{
		{bits(verify.Float16, 0, 1023), "y", true},     // 1023 of the smallest
		{bits(verify.Float16, 1023, 1), "y", true},     //
		{bits(verify.Float16, 1024, 0), "y", false},    // 1024 of the smallest, the smallest that is normal
		{bits(verify.Float16, 0, 0x8400), "y", false},  // the same, negative
		{bits(verify.Float16, 0, 1), "other", false},   // of another node
		{bits(verify.Float16, 0, 1), "alone", false},   // of a node without weights
		{bits(verify.BFloat16, 0, 0x7f), "y", true},    //
		{bits(verify.BFloat16, 0, 0x3f80), "y", false}, // 1
		{bits(verify.Int64, 0, 0), "y", true},          // no float32
		{verify.Tensor{Name: "w", Type: verify.Float32, Dims: []int64{1}, Raw: make([]byte, 4)}, "y", false},
		{verify.Tensor{Name: "v", Type: verify.Float16, Dims: []int64{1}, Ints: []int64{0}}, "y", false}, // no constant
	} {
		m := &verify.Model{Graph: verify.Graph{Initializers: []verify.Tensor{tt.weights}, Nodes: []verify.Node{
			{Inputs: []string{"x"}, Outputs: []string{"alone"}},
			{Inputs: []string{"x", "w"}, Outputs: []string{"also", "y"}}}}}
		if got := (&walk{model: m}).weightsVanish(tt.value); got != tt.want {
			t.Errorf("%v, %s: got %v", tt.weights, tt.value, got)
		}
	}
}

// TestExplain says why a step differs.
func TestExplain(t *testing.T) {
	g := parsed(t, "x = Input(Shape: {3}) : [3]\ny = Activation(Function: ReLU) x : [3]\noutput y")
	smallest := verify.Float16.Smallest()
	for _, tt := range []struct {
		d        spread
		want     string
		vanishes bool
	}{
		{spread{largest: 65505, broken: true}, "leaves the range of fp16: its largest value is 6.55e+04, fp16 ends at 65504", false},
		{spread{largest: 65504, broken: true}, "is NaN or infinite, where the source's largest value is 6.55e+04", false},
		{spread{largest: 1024 * smallest, difference: 1}, "differs from the source by 1; its largest value is 6.1e-05", false},
		{spread{largest: 1023.5 * smallest, difference: 1}, "vanishes in fp16: its largest value is 6.1e-05, the smallest that " +
			"fp16 holds is 5.96e-08", true},
		{spread{largest: 65505, difference: 2}, "differs from the source by 2; its largest value is 6.55e+04", false},
	} {
		w := &walk{model: &verify.Model{}, source: Source{Graph: g}, alignment: &alignment{}}
		if got, vanishes := w.explain(g.Output(), tt.d, verify.Float16); got != tt.want || vanishes != tt.vanishes {
			t.Errorf("%+v: got %q, %v, want %q", tt.d, got, vanishes, tt.want)
		}
	}
}

// TestFinish: an output that was not reached, and one that nothing stands for, are not compared.
func TestFinish(t *testing.T) {
	g := parsed(t, "x = Input(Shape: {2}) : [2]\na = Affine(Factor: 2) x : [2]\noutput a x")
	x, a := g.Inputs[0], g.Outputs[0].Node
	for _, tt := range []struct {
		reached, named []*ir.Node
		head           bool
		want           string
	}{
		{[]*ir.Node{x, a}, []*ir.Node{a}, false, ""},
		{[]*ir.Node{x}, []*ir.Node{a}, false, "?the model's values come in an order that the source's do not fit: a was not"},
		{[]*ir.Node{x, a}, nil, false, "?no value of the model stands for the output a of the source"},
		{[]*ir.Node{x, a}, nil, true, ""},
	} {
		names := &alignment{of: map[*ir.Node]string{}, node: map[string]*ir.Node{}, head: head{softmax: tt.head}}
		w := &walk{alignment: names, source: Source{Graph: g}, values: map[*ir.Node]*value{}}
		for _, n := range tt.reached {
			w.values[n] = &value{}
		}
		for _, n := range tt.named {
			w.add(n, n.Name)
		}
		says(t, fmt.Sprintf("%d reached, %d named", len(tt.reached), len(tt.named)), w.finish(), tt.want)
	}
}

// TestComputedIn: the least exact constants tell in which type a value was computed.
func TestComputedIn(t *testing.T) {
	for _, tt := range []struct {
		constants  []verify.ElementType
		kind, want verify.ElementType
	}{
		{nil, verify.Float32, verify.Float32}, {nil, verify.Float16, verify.Float16},
		{[]verify.ElementType{verify.Float16}, verify.Float32, verify.Float16},
		{[]verify.ElementType{verify.Float32, verify.Int64}, verify.Float16, verify.Float16},
		{[]verify.ElementType{verify.BFloat16, verify.Float16}, verify.Float32, verify.BFloat16},
		{[]verify.ElementType{verify.Float32}, verify.Float64, verify.Float64}, // as exact as it is compared
	} {
		m := &verify.Model{}
		for _, k := range tt.constants {
			m.Graph.Initializers = append(m.Graph.Initializers, verify.Tensor{Type: k})
		}
		if got := computedIn(m, tt.kind); got != tt.want {
			t.Errorf("%v with constants of %v: got %v, want %v", tt.kind, tt.constants, got, tt.want)
		}
	}
}

// TestRelease: values are kept until what comes after them has agreed, and no longer.
func TestRelease(t *testing.T) {
	g := parsed(t, "x = Input(Shape: {2}) : [2]\na = Affine(Factor: 2) x : [2]\nb = Affine(Factor: 3) a : [2]\n"+
		"idle = Affine(Factor: 4) a : [2]\nc = Add() a b : [2]\nd = Affine(Factor: 5) c : [2]\noutput d b")
	input := &Input{Batch: 2, Tensors: []Tensor{{Name: "x", Values: []float32{1, 2, 3, 4}}}}
	a := &alignment{of: map[*ir.Node]string{}, node: map[string]*ir.Node{}}
	for _, n := range g.Nodes {
		if n.Name != "x" && n.Name != "b" && n.Name != "idle" {
			a.add(n, n.Name)
		}
	}
	w := newWalk(&verify.Model{}, Source{Graph: g}, a, input)
	for _, tt := range []struct {
		name string
		got  []float64
		kept string
	}{
		{"a", []float64{2, 4, 6, 8}, "a b"},
		{"c", []float64{8, 16, 24, 32.1}, "b a c"},  // c differs: what it is made of is kept
		{"d", []float64{40, 80, 120, 160}, "b a d"}, // b was not compared: so is a
	} {
		if err := w.visit(tt.name, verify.Array{Type: verify.Float32, Floats: tt.got}); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var kept []string
		for n := range w.values {
			kept = append(kept, n.Name)
		}
		want := strings.Fields(tt.kept)
		slices.Sort(kept)
		slices.Sort(want)
		if !slices.Equal(kept, want) || len(w.arrived) > 0 {
			t.Errorf("after %s, %v are kept and %d values have arrived, want %v", tt.name, kept, len(w.arrived), want)
		}
	}
	says(t, "no output b", w.finish(), "?no value of the model stands for the output b")
}
