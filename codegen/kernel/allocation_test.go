package kernel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestNoAllocation holds that tasks of every kernel take no memory from the heap: an inference runs hundreds of them.
func TestNoAllocation(t *testing.T) { onEveryLevel(t, testNoAllocation) }

func testNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	w := Window{InHeight: 12, InWidth: 12, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1,
		OutHeight: 12,
		OutWidth:  12}
	const channels, pixels = 32, 12 * 12
	value := func(at int) Ref { return InArena(4*at*channels*pixels, F32, channels, pixels) }
	out, in, residual, sums := value(0), value(1), value(2), value(3)
	image := InInput(0, 0, F32, 3, pixels)
	weights, more := InWeights(0, F32, channels, channels*9), InWeights(4*channels*channels*9, F32, channels, 9)
	bias := InWeights(4*channels*channels*18, F32, channels, 1)
	memory := NewMemory(1, BytesOf(randomFloats(r, 4*channels*pixels)),
		BytesOf(randomFloats(r, channels*channels*19)), nil)
	memory.SetInput(0, randomFloats(r, 3*pixels))
	rows := PixelRows{Batches: 1, BlockPitch: pixels * lanes, Channels: channels, Pixels: pixels}
	larger := Images{6, 6, 12, 12}
	shape := [maxAxes]int{1, 1, 1, 1, pixels, channels}
	places := [maxAxes]Axis{4: Even(lanes), 5: {pixels * lanes, 1}}
	all := []Kernel{
		&Winograd{out, in, weights, bias, residual, channels, channels, w, just(Silu)},
		&Conv{out, in, weights, bias, residual, 1, channels, channels, w, just(Silu)},
		&Pointwise{out, in, weights, bias, residual, bias, channels, channels, pixels, just(Silu)},
		&Depthwise{out, in, more, bias, residual, sums, channels, w, just(Silu)},
		&ExpandDepthwise{out, in, weights, bias, more, bias, sums, channels, channels, w, just(Silu), just(Silu),
			false},
		&PlanarDepthwise{out, image, weights, bias, more, bias, sums, 3, channels, w, just(Silu), w, just(Silu)},
		&Planar{out, image, weights, bias, residual, 3, channels, w, just(Silu)},
		&Linear{out, in, weights, bias, residual, channels, channels, just(Silu)},
		&MaxPool{out, in, channels, w}, &AveragePool{out, in, channels, w, true},
		&GlobalAverage{out, in, channels, pixels},
		&Add{out, in, residual, channels * pixels}, &Multiply{out, in, residual, channels * pixels},
		&Activate{out, in, channels * pixels, just(Silu)},
		&AddChannels{out, in, bias, channels, pixels}, &MultiplyChannels{out, in, bias, channels, pixels},
		&BatchNorm{out, in, bias, bias, channels, pixels},
		&CopyChannels{out, in, 3, 5, 20, pixels}, &Block{out, image, 3, pixels}, &Unblock{out, in, channels, pixels},
		&Prelu{out, in, bias, channels, pixels}, &Affine{out, in, channels * pixels, 2, 1},
		&AverageSums{residual, out, channels, pixels, 0},
		&Load{out, more, channels * 9},
		&Conv{out, in, weights, bias, residual, 4, channels, channels, w, just(Gelu)},
		&LayerNorm{out, in, bias, bias, rows, 1e-5}, &SoftmaxPixels{out, in, rows},
		&MatMul{Out: out, A: in, B: residual, Rows: pixels, Inner: channels, Columns: channels, Batches: 1,
			OutBlock: pixels * lanes, ABlock: pixels * lanes, BBlock: channels * lanes},
		&MatMul{Out: out, A: in, B: residual, Rows: 20, Inner: channels, Columns: channels, Batches: 1,
			Transposed: true, OutBlock: pixels * lanes, ABlock: pixels * lanes, BBlock: pixels * lanes},
		&Rearrange{Out: out, In: in, Shape: shape, OutAxes: places, InAxes: places},
		&Combine{Out: out, A: in, B: residual, Operator: Over, Shape: shape, OutAxes: places, AAxes: places,
			BAxes: places},
		&Pad{out, in, channels, Images{10, 10, 12, 12}, 1, 1, 0},
		&Upsample{out, in, channels, larger, false, false}, &Upsample{out, in, channels, larger, true, false},
		&DepthToSpace{out, in, channels / 4, larger, 2},
	}
	missing := kernelNames(t)
	delete(missing, "Cast") // see TestHalfNoAllocation
	for _, k := range all {
		name := reflect.TypeOf(k).Elem().Name()
		delete(missing, name)
		before := []Task{(&Depthwise{out, in, more, bias, residual, sums, channels, w, just(Silu)}).Bind(machine(),
			nil)}
		task := k.Bind(machine(), before)
		worker := newWorker(task)
		run := func() {
			worker.Begin(0)
			task.Run(worker, memory, 0, task.Items())
		}
		if n := testing.AllocsPerRun(5, run); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
	for name := range missing {
		t.Errorf("%s is not among the kernels here", name)
	}
}

// kernelNames returns the types that the package's sources give a method Bind: all kernels.
func kernelNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	for name, text := range sources() {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "Bind" {
				names[f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name] = true
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("there are no kernels")
	}
	return names
}
