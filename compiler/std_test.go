package compiler_test

import (
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
