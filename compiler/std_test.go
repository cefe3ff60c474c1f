package compiler_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

// graphOf builds the one network of a text.
func graphOf(t *testing.T, text string) *ir.Graph {
	t.Helper()
	program, err := compiler.LoadFile(source.NewFile("test.net", text))
	if err != nil {
		t.Fatal(err)
	}
	networks, err := program.BuildAll()
	if err != nil {
		t.Fatal(err)
	}
	return networks[0].Graph
}

const inception = `import "std/inception"

network Inception {
    use norm = BatchNorm(epsilon: 1e-3), act = ReLU, Conv(padding: "symmetric")

    input image[3, 299, 299]

    stem1 Conv(32, kernel: 3, stride: 2, padding: "valid") -> norm -> act
    stem2 Conv(32, kernel: 3, padding: "valid") -> norm -> act
    stem3 Conv(64, kernel: 3) -> norm -> act -> MaxPool(3, stride: 2, padding: "valid")
    stem4 Conv(80) -> norm -> act
    stem5 Conv(192, kernel: 3, padding: "valid") -> norm -> act -> MaxPool(3, stride: 2, padding: "valid")
    mixed1 InceptionA(32), InceptionA(64), InceptionA(64)
    mixed2 InceptionB
    mixed3 InceptionC(128), InceptionC(160), InceptionC(160), InceptionC(192)
    mixed4 InceptionD
    mixed5 InceptionE, InceptionE
    pool   GlobalAvgPool -> Flatten -> Dropout(0.5)
    logits Linear(1000)
}

family Inception { A: }
`

// TestInception compares Inception-v3 with torchvision's inception_v3 without its auxiliary classifier.
func TestInception(t *testing.T) {
	g := graphOf(t, inception)
	if params, macs := g.ParamCount(), g.MACs(); params != 23_834_568 || macs != 5_713_216_096 {
		t.Errorf("%d params, %d MACs", params, macs)
	}
}

// residual is a network of 3, 4, 6 and 3 blocks, as ResNet-50.
const residual = `import "std/residual"

network R {
    use norm = BatchNorm(epsilon: 1e-5), act = ReLU, Bottleneck(SETTINGS)
    input image[3, 224, 224]
    stem   Conv(64, kernel: 7, stride: 2) -> STEM -> MaxPool(3, stride: 2)
    stage1 BLOCK(64)             x 3
    stage2 BLOCK(128, stride: 2) x 4
    stage3 BLOCK(256, stride: 2) x 6
    stage4 BLOCK(512, stride: 2) x 3
    pool   LAST -> GlobalAvgPool -> Flatten
    logits Linear(1000)
}

family R { A: }
`

// TestHooks holds residual networks that need no block of their own to the published params: of ResNet-50 and
// ResNeXt-50 32×4d (torchvision), of ResNet-50 that averages before it projects, and of timm's pre-activation
// ResNet-50.
func TestHooks(t *testing.T) {
	for _, tt := range []struct {
		block, settings, stem, last string
		params                      int64
	}{
		{"Bottleneck", "factor: 1.0", "norm -> act", "Identity", 25_557_032},
		{"Bottleneck", "groups: 32, factor: 2.0", "norm -> act", "Identity", 25_028_904},
		{"Bottleneck", "projection: AveragedProjection", "norm -> act", "Identity", 25_557_032},
		{"PreActivationBottleneck", "factor: 1.0", "Identity", "norm -> act", 25_549_352},
	} {
		text := strings.NewReplacer("BLOCK", tt.block, "SETTINGS", tt.settings, "STEM", tt.stem, "LAST", tt.last).
			Replace(residual)
		if got := graphOf(t, text).ParamCount(); got != tt.params {
			t.Errorf("%s(%s) has %d params, not %d", tt.block, tt.settings, got, tt.params)
		}
	}
}

// TestLayersAsSettings holds that a block's activation has the settings that it is given with, that Identity leaves
// nothing in the graph, and what only the first repeat does.
func TestLayersAsSettings(t *testing.T) {
	g := graphOf(t, `import "std/residual"
import "std/mobile"

block Own(out: channels, pooled: first = false, activation: layer = act)(x) {
    conv Conv(out) -> norm -> activation
    pool MaxPool(2, stride: 2) if pooled
}

network N {
    use norm = BatchNorm(epsilon: 1e-5), act = LeakyReLU(0.1)
    input image[3, 16, 16]
    stem  Conv(8) -> act
    basic BasicBlock(8, attention: SqueezeExcite(2), act: ELU(alpha: 0.5))
    none  Identity
    own   Own(8, pooled: true, activation: HardTanh(max: 2.0)) x 3
}

family N { A: }
`)
	want := map[string]ir.Activation{
		"stem.act":                {Function: ir.LeakyReLU, Slope: 0.1},
		"basic.conv1.act":         {Function: ir.ELU, Alpha: 0.5},
		"basic.attend.reduce.act": {Function: ir.LeakyReLU, Slope: 0.1},
		"own.2.conv.activation":   {Function: ir.HardTanh, Min: -1, Max: 2},
	}
	pools := 0
	for _, n := range g.Nodes {
		if a, ok := want[n.Name]; ok && n.Op == ir.Op(a) {
			delete(want, n.Name)
		}
		if _, ok := n.Op.(ir.MaxPool); ok {
			pools++
		}
		if strings.HasPrefix(n.Name, "none") {
			t.Errorf("Identity leaves %s", n.Name)
		}
	}
	if len(want) > 0 || pools != 1 {
		t.Errorf("%d pools, without %v:\n%s", pools, want, g)
	}
}

// TestDropPath holds the rates that grow over a network's blocks: the i-th of N has i / N, blocks without a shortcut
// counted, too, as in EfficientNet; a block within a block goes with it; without a rate there is nothing.
func TestDropPath(t *testing.T) {
	const text = `import "std/mobile"
import "std/residual"
import "std/attention"

block Pair(out: channels)(x) {
    first  MBConv(out, kernel: 3, expansion: 1)
    second MBConv(out, kernel: 3, expansion: 1)
}

block Outer(drop_path: growing = 0)(x) {
    inner BasicBlock(x.channels, drop_path: drop_path)
    both  BasicBlock(x.channels, drop_path: drop_path)
}

network N {
    use norm = BatchNorm(epsilon: 1e-5), act = ReLU, MBConv(drop_path: RATE)
    input image[3, 16, 16]
    stem   Conv(8)
    mobile MBConv(8, kernel: 3, expansion: 1, stride: 2) x 2
    fused  FusedMBConv(8, kernel: 3, expansion: 2, drop_path: RATE)
    none   FusedMBConv(8, kernel: 3, expansion: 2)
    pair   Pair(8)
    outer  Outer(drop_path: RATE)
    pre    PreActivationBasicBlock(8, drop_path: RATE)
    deep   PreActivationBottleneck(2, drop_path: RATE)
    neck   Bottleneck(2, drop_path: RATE)
    inner  UniversalInvertedBottleneck(8, 3, 3, 2, drop_path: RATE)
    tokens Reshape([8, 64]) -> Transpose([1, 0])
    use norm = LayerNorm()
    last   Encoder(2, 16, drop_path: RATE)
    own    DropPath(RATE)
}

family N { A: }
`
	want := map[string]int{ // which block it is in
		"mobile.1.drop": 1, "fused.drop": 2, "pair.first.drop": 4, "pair.second.drop": 5, "outer.inner.drop": 6,
		"outer.both.drop": 6, "pre.drop": 7, "deep.drop": 8, "neck.drop": 9, "inner.drop": 10, "last.drop1": 11,
		"last.drop2": 11, "own": 12}
	g := graphOf(t, strings.ReplaceAll(text, "RATE", "0.25"))
	for _, n := range g.Nodes {
		op, ok := n.Op.(ir.DropPath)
		if !ok {
			continue
		}
		if block, ok := want[n.Name]; !ok || op != (ir.DropPath{Rate: 0.25, Block: block, Blocks: 13}) {
			t.Errorf("%s is %+v, want block %d of 13", n.Name, op, block)
		}
		delete(want, n.Name)
	}
	if len(want) > 0 {
		t.Errorf("without %v:\n%s", want, g)
	}
	if g := graphOf(t, strings.ReplaceAll(text, "RATE", "0")); strings.Contains(g.String(), "Drop") {
		t.Errorf("something is dropped without a rate:\n%s", g)
	}
}

// TestInits holds which layers begin from which values, and that the norm before a sum is the only one whose scale
// begins at zero: not that of a block without a shortcut, nor that of a projection. Names are as they are without.
func TestInits(t *testing.T) {
	const text = `import "std/mobile"
import "std/residual"

network N {
    use norm = BatchNorm(), act = ReLU SETTINGS
    input image[3, 16, 16]
    stem   Conv(8, init: "torch")
    basic  BasicBlock(16)
    neck   Bottleneck(4, stride: 2)
    mobile MBConv(16, kernel: 3, expansion: 2, stride: 2), MBConv(16, kernel: 3, expansion: 2)
    inner  UniversalInvertedBottleneck(16, 3, 3, 2)
    pool   GlobalAvgPool -> Flatten
    logits Linear(10)
}

family N { A: }
`
	const settings = `, Conv(init: "fan_in"), DepthwiseConv(init: "xavier"), Linear(init: "normal")
    use BasicBlock(last_norm: norm(zero: true)), Bottleneck(last_norm: norm(zero: true))
    use MBConv(last_norm: norm(zero: true)), UniversalInvertedBottleneck(last_norm: norm(zero: true))`
	plain := graphOf(t, strings.Replace(text, "SETTINGS", "", 1))
	g := graphOf(t, strings.Replace(text, "SETTINGS", settings, 1))
	var zero []string
	for i, n := range g.Nodes {
		if n.Name != plain.Nodes[i].Name {
			t.Errorf("%s is called %s", plain.Nodes[i].Name, n.Name)
		}
		switch op := n.Op.(type) {
		case ir.BatchNorm:
			if op.Zero {
				zero = append(zero, n.Name)
			}
		case ir.Conv:
			want := ir.FanIn
			if n.Name == "stem" {
				want = ir.Torch
			} else if op.Groups > 1 {
				want = ir.Xavier
			}
			if op.Init != want {
				t.Errorf("%s begins as %s, want %s", n.Name, op.Init, want)
			}
		case ir.Linear:
			if op.Init != ir.Normal {
				t.Errorf("%s begins as %s", n.Name, op.Init)
			}
		}
	}
	want := []string{"basic.conv2.norm", "neck.conv3.norm", "mobile.1.project.norm", "inner.project.norm"}
	if !slices.Equal(zero, want) {
		t.Errorf("zero at first are %v, want %v", zero, want)
	}
}

// TestShared holds the names and the number of the weights of shared layers: as a block's setting, in repeats, where
// only a later application reaches an output, in a block that is itself used twice, and where what is shared is shared
// again.
func TestShared(t *testing.T) {
	g := graphOf(t, `block Calls(of: layer)(x) {
    same = shared(of)
    here = x -> same
    return here
}

block Own()(x) {
    inner = shared(Conv(x.channels))
    return x -> inner -> inner
}

network N {
    input image[4, 16, 16]
    head = shared(shared(Conv(4, kernel: 3, bias: true)))
    unused = image -> head
    calls  = image -> Calls(of: head)
    stage  head x 2
    owns   Own x 2
    use tail = shared(Conv(4))
    twice  tail x 2
    other  = calls -> Calls(of: shared(Conv(4)))
    return twice, other
}

family N { A: }
`)
	var names []string
	for _, p := range g.Params() {
		names = append(names, p.Name)
	}
	want := []string{"head.weight", "head.bias", "owns.0.inner.weight", "owns.1.inner.weight", "tail.weight",
		"other.conv.weight"}
	if !slices.Equal(names, want) {
		t.Errorf("the weights are %q, want %q:\n%s", names, want, g)
	}
	if params, macs := g.ParamCount(), g.MACs(); params != 4*4*9+4+4*16 || macs != 256*(3*4*4*9+7*16) {
		t.Errorf("%d params, %d MACs", params, macs)
	}
	if err := ir.Verify(g); err != nil {
		t.Error(err)
	}
}
