package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/dsl/source"
)

// layers has every kind of weight: dense, of groups, depthwise with a multiplier, of single pixels, linear behind an
// image and behind a vector.
const layers = `graph "layers"
image = Input(Shape: {4, 2, 3}) : [4, 2, 3]
stem = Conv(Out: 8, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) image : [8, 2, 3]
groups = Conv(Out: 6, Kernel: 3, Stride: 1, Dilation: 1, Groups: 2, Pad: {1, 1, 1, 1}) stem : [6, 2, 3]
deep = Conv(Out: 12, Kernel: 3, Stride: 1, Dilation: 1, Groups: 6, Pad: {1, 1, 1, 1}) groups : [12, 2, 3]
point = Conv(Out: 5, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) deep : [5, 2, 3]
flat = Flatten() point : [30]
dense = Linear(Out: 7, Bias: true) flat : [7]
square = Linear(Out: 7) dense : [7]
output square
`

// in stores a parameter's value, of the shape dims, with its dimensions in another order.
func in(name string, value []float32, dims []int, axes ...int) stored.Tensor {
	t := stored.Tensor{Name: name, Type: stored.F32}
	stride := make([]int, len(dims))
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		stride[i] = step
		step *= dims[i]
	}
	data := []float32{}
	var visit func(depth, at int)
	visit = func(depth, at int) {
		if depth == len(axes) {
			data = append(data, value[at])
			return
		}
		for i := range dims[axes[depth]] {
			visit(depth+1, at+i*stride[axes[depth]])
		}
	}
	visit(0, 0)
	for _, a := range axes {
		t.Shape = append(t.Shape, int64(dims[a]))
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, data); err != nil {
		panic(err)
	}
	t.Open = stored.Section(bytes.NewReader(b.Bytes()), 0, int64(b.Len()))
	return t
}

// TestLayouts binds weights as several frameworks have them: the same numbers must come out.
func TestLayouts(t *testing.T) {
	g, err := ir.Parse(layers)
	if err != nil {
		t.Fatal(err)
	}
	set := params.Initialize(g, 9)
	kernel := map[string][]int{"HWIO": {2, 3, 1, 0}, "OHWI": {0, 2, 3, 1}}
	tests := []struct {
		name   string
		conv   string
		deep   func([]float32) stored.Tensor
		dense  []int // of [7, 5, 2, 3]
		square []int
		orders string // that the binding reports
	}{
		{"Keras", "HWIO", func(v []float32) stored.Tensor {
			return in("deep.weight", v, []int{6, 2, 3, 3}, 2, 3, 0,
				1)
		}, []int{2, 3, 1, 0}, []int{1, 0}, "HWIO HWIO HWIM HWIO HWCO IO"},
		{"Flax", "HWIO", func(v []float32) stored.Tensor {
			return in("deep.weight", v, []int{12, 1, 3, 3}, 2, 3, 1,
				0)
		}, []int{2, 3, 1, 0}, []int{1, 0}, "HWIO HWIO HWIO HWIO HWCO IO"},
		{"TensorFlow Lite", "OHWI", func(v []float32) stored.Tensor {
			return in("deep.weight", v, []int{12, 1, 3, 3}, 1,
				2, 3, 0)
		}, []int{0, 2, 3, 1}, []int{0, 1}, "OHWI OHWI IHWO OHWI OHWC "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s stored.State
			for _, n := range g.Nodes {
				for _, p := range n.Params {
					v := set.Of(p).Data
					switch {
					case p.Role == ir.Bias:
						s.Tensors = append(s.Tensors, in(p.Name, v, []int{1, len(v)}, 0, 1))
					case n.Name == "deep":
						s.Tensors = append(s.Tensors, tt.deep(v))
					case n.Name == "dense":
						tensor := in(p.Name, v, []int{7, 5, 2, 3}, tt.dense...)
						if tt.conv == "HWIO" {
							tensor.Shape = []int64{30, 7}
						} else {
							tensor.Shape = []int64{7, 30}
						}
						s.Tensors = append(s.Tensors, tensor)
					case n.Name == "square":
						s.Tensors = append(s.Tensors, in(p.Name, v, p.Shape, tt.square...))
					default:
						s.Tensors = append(s.Tensors, in(p.Name, v, p.Shape, kernel[tt.conv]...))
					}
				}
			}
			b, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
			if err != nil {
				t.Fatal(err)
			}
			back, err := b.Load()
			if err != nil {
				t.Fatal(err)
			}
			var orders []string
			for _, bound := range b.Bound {
				if !slices.Equal(back.Of(bound.Param).Data, set.Of(bound.Param).Data) {
					t.Errorf("%s has other values", bound.Param.Name)
				}
				if read, err := params.Values(b.Values).Get(bound.Param); err != nil ||
					!slices.Equal(read, set.Of(bound.Param).Data) {
					t.Errorf("%s is read as other values: %v", bound.Param.Name, err)
				}
				if bound.Param.Role == ir.Weight {
					orders = append(orders, bound.Layout.Order)
				}
			}
			if got := strings.Join(orders, " "); got != tt.orders {
				t.Errorf("the orders are %s, want %s", got, tt.orders)
			}
		})
	}
}

const square = `graph "square"
image = Input(Shape: {2, 1, 1}) : [2, 1, 1]
flat = Flatten() image : [2]
fc = Linear(Out: 2) flat : [2]
output fc
`

// TestLayoutTold binds a square layer that nothing tells the order of, by a flag and by a mapping.
func TestLayoutTold(t *testing.T) {
	g, err := ir.Parse(square)
	if err != nil {
		t.Fatal(err)
	}
	c := &stored.Checkpoint{States: []stored.State{{Tensors: []stored.Tensor{in("MatMul_1", []float32{1, 2, 3, 4},
		[]int{2, 2}, 0, 1)}}}}
	tests := []struct {
		text    string
		layouts []string
		want    string
	}{
		{"fc.weight = MatMul_1", nil, `misshapen: fc.weight ("MatMul_1") can stand as OI or as IO, which its shape does not tell: say it with --layout OI or --layout IO, or in the mapping`},
		{"fc.weight = MatMul_1", []string{"IO"}, "[1 3 2 4]"},
		{"fc.weight = MatMul_1", []string{"OI"}, "[1 2 3 4]"},
		{"fc.weight = MatMul_1", []string{"OI", "fc=IO"}, "[1 3 2 4]"},
		{"fc.weight = MatMul_1\nlayout IO", nil, "[1 3 2 4]"},
		{"fc.weight = MatMul_1\nlayout fc = IO\nlayout OI", nil, "[1 3 2 4]"},
		{"fc.weight = MatMul_1\nlayout fcx = IO\nlayout OI", nil, "[1 2 3 4]"},
		{"fc.weight = MatMul_1", []string{"XY"},
			"--layout XY: an order has the letters OIHW, IHWM, OI or OCHW, such as HWIO"},
		{"fc.weight = MatMul_1", []string{"fd=IO"},
			"--layout fd=IO: the network has no convolution or linear layer fd"},
	}
	for _, tt := range tests {
		m, err := mapping.Parse(source.NewFile("test.map", tt.text))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		b, err := Bind(c, g, Options{Mapping: m, Layouts: tt.layouts})
		if err != nil {
			got = err.Error()
		} else if set, err := b.Load(); err == nil {
			got = fmt.Sprint(set["fc.weight"].Data)
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%q %v: got %s, want %s", tt.text, tt.layouts, got, tt.want)
		}
	}
}

// TestLayoutsDiffer holds that mappings which read the same tensors in two orders are two.
func TestLayoutsDiffer(t *testing.T) {
	g, err := ir.Parse(square)
	if err != nil {
		t.Fatal(err)
	}
	parse := func(name, text string) *mapping.Mapping {
		m, err := mapping.Parse(source.NewFile(name, text))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	c := &stored.Checkpoint{States: []stored.State{{Tensors: []stored.Tensor{in("MatMul_1", []float32{1, 2, 3, 4},
		[]int{2, 2}, 0, 1)}}}}
	o := Options{Mappings: []*mapping.Mapping{parse("a", "fc.weight = MatMul_1\nlayout IO"),
		parse("b", "fc.weight = MatMul_1\nlayout OI")}}
	if _, err := Bind(c, g, o); err == nil || !strings.Contains(err.Error(), "by a and by b, and differently") {
		t.Errorf("got %v", err)
	}
}
