package compiler

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// familyRow is one network as the reference implementations have it.
type familyRow struct {
	Family, Variant, Padding string
	Resolution               int
	Width                    float64 // 0: the variant's
	Params, MACs             int64
	Epsilon                  float64 `json:"bn_eps"`
}

// TestFamilies holds every network of the families against the reference implementations' figures, which are exact. A
// family is in examples/NAME/NAME.net.
func TestFamilies(t *testing.T) {
	var rows []familyRow
	readJSON(t, "../testdata/reference/families.json", &rows)
	if len(rows) != 87 {
		t.Errorf("the table has %d rows, want 87", len(rows))
	}
	programs := map[string]*Program{}
	for _, row := range rows {
		if programs[row.Family] == nil {
			programs[row.Family] = loadExample(t, row.Family)
		}
		t.Run(row.Family+"/"+row.Variant, func(t *testing.T) { checkFamilyRow(t, programs[row.Family], row) })
	}
}

func checkFamilyRow(t *testing.T, program *Program, row familyRow) {
	n, err := program.Build(row.Variant, nil)
	if err != nil {
		err.(diag.List).Render(os.Stderr, false)
		t.Fatal(err)
	}
	checkNetwork(t, n, row)
}

func checkNetwork(t *testing.T, n *Network, row familyRow) {
	t.Helper()
	if n.Resolution != row.Resolution {
		t.Errorf("got resolution %d, want %d", n.Resolution, row.Resolution)
	}
	if params, macs := n.Graph.ParamCount(), n.Graph.MACs(); params != row.Params || macs != row.MACs {
		t.Errorf("got %d params and %d MACs, want %d and %d", params, macs, row.Params, row.MACs)
	}
	for _, node := range n.Graph.Nodes {
		switch op := node.Op.(type) {
		case ir.BatchNorm:
			if op.Epsilon != row.Epsilon {
				t.Fatalf("%s: got epsilon %g, want %g", node.Name, op.Epsilon, row.Epsilon)
			}
		case ir.Conv:
			if want := paddingOf(row.Padding, op, node.Inputs[0].Shape); op.Pad != want {
				t.Fatalf("%s: got padding %v, want %v", node.Name, op.Pad, want)
			}
		}
	}
}

// TestTensorFlowForm: every family whose networks TensorFlow published too takes its padding and its epsilon by the
// same two settings. They change no parameter.
func TestTensorFlowForm(t *testing.T) {
	families := []string{"efficientnet", "efficientnet_lite", "efficientnet_edge", "efficientnetv2", "mobilenetv2",
		"mobilenetv3", "mixnet", "mnasnet"}
	for _, family := range families {
		program := loadExample(t, family)
		for _, variant := range program.Variants() {
			plain, err := program.Build(variant, build.Override{"resolution": 224})
			if err != nil {
				t.Fatal(err)
			}
			n, err := program.Build(variant, build.Override{"resolution": 224, "epsilon": 1e-3, "padding": "same"})
			if err != nil {
				t.Fatalf("%s %s: %v", family, variant, err)
			}
			row := familyRow{
				Padding: "same", Epsilon: 1e-3, Resolution: 224, Params: plain.Graph.ParamCount(),
				MACs: plain.Graph.MACs(),
			}
			t.Run(family+"/"+variant, func(t *testing.T) { checkNetwork(t, n, row) })
		}
	}
}

// paddingOf computes what a convolution's padding is by TensorFlow's rule ("same") or by PyTorch's habit.
func paddingOf(rule string, c ir.Conv, in ir.Shape) ir.Padding {
	side := func(n, kernel, stride, dilation int) (before, after int) {
		if rule == "same" {
			total := max(((n-1)/stride)*stride+(kernel-1)*dilation+1-n, 0)
			return total / 2, total - total/2
		}
		p := (stride - 1 + dilation*(kernel-1)) / 2
		return p, p
	}
	top, bottom := side(in[1], c.Kernel.Height, c.Stride.Height, c.Dilation.Height)
	left, right := side(in[2], c.Kernel.Width, c.Stride.Width, c.Dilation.Width)
	return ir.Padding{Top: top, Left: left, Bottom: bottom, Right: right}
}

func loadExample(t *testing.T, family string) *Program {
	t.Helper()
	program, err := Load(filepath.Join("../examples", family, family+".net"))
	if err != nil {
		err.(diag.List).Render(os.Stderr, false)
		t.Fatal(err)
	}
	return program
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// TestScaledResNets holds the wide and the deep variants against torchvision's wide_resnet50_2, wide_resnet101_2 and a
// ResNet of bottlenecks repeated 12, 16, 24 and 12 times.
func TestScaledResNets(t *testing.T) {
	program := loadExample(t, "resnet")
	for _, want := range []struct {
		variant      string
		params, macs int64
	}{
		{"wide50", 68883240, 11398021120},
		{"wide101", 126886696, 22753050624},
		{"deep50", 89824040, 14570749952},
	} {
		n, err := program.Build(want.variant, nil)
		if err != nil {
			t.Fatal(err)
		}
		if params, macs := n.Graph.ParamCount(), n.Graph.MACs(); params != want.params || macs != want.macs {
			t.Errorf("%s: got %d params and %d MACs, want %d and %d", want.variant, params, macs, want.params,
				want.macs)
		}
	}
}

// TestKerasResNets holds the variants of Keras against the counts of params that it publishes, which include the
// running means and variances, and against the trainable ones of its summaries. The 3×3 convolutions of the blocks have
// no stride.
func TestKerasResNets(t *testing.T) {
	program := loadExample(t, "resnet")
	for _, want := range []struct {
		variant                string
		total, trainable, macs int64
	}{
		{"keras50", 25636712, 25583592, 3857973248},
		{"keras101", 44707176, 44601832, 7570194432},
		{"keras152", 60419944, 60268520, 11282415616},
	} {
		n, err := program.Build(want.variant, nil)
		if err != nil {
			t.Fatal(err)
		}
		var total int64
		for _, p := range n.Graph.Params() {
			size := int64(1)
			for _, d := range p.Shape {
				size *= int64(d)
			}
			total += size
		}
		trainable, macs := n.Graph.ParamCount(), n.Graph.MACs()
		if total != want.total || trainable != want.trainable || macs != want.macs {
			t.Errorf("%s: got %d values, %d trainable and %d MACs, want %+v", want.variant, total, trainable, macs,
				want)
		}
		for _, node := range n.Graph.Nodes {
			switch op := node.Op.(type) {
			case ir.Conv:
				inBlock := strings.HasPrefix(node.Name, "stage")
				if inBlock && op.Kernel == ir.Square(3) && op.Stride != ir.Square(1) || !op.Bias {
					t.Errorf("%s: %s has stride %v, bias %v", want.variant, node.Name, op.Stride, op.Bias)
				}
			case ir.BatchNorm:
				if op.Epsilon != 1.001e-5 {
					t.Errorf("%s: %s has epsilon %g", want.variant, node.Name, op.Epsilon)
				}
			}
		}
	}
}

// TestOneDimensionAlone: scaling one dimension alone leaves the others as they are and costs about what scaling all of
// them does.
func TestOneDimensionAlone(t *testing.T) {
	program := loadExample(t, "scaling")
	baseline, err := loadExample(t, "efficientnet").Build("B0", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range []string{"D1", "W1", "R1", "C1"} {
		n, err := program.Build(variant, nil)
		if err != nil {
			t.Fatal(err)
		}
		deeper, wider, larger := n.Depth > 1, n.Width > 1, n.Resolution > baseline.Resolution
		all := variant == "C1"
		if deeper != (all || variant == "D1") || wider != (all || variant == "W1") ||
			larger != (all || variant == "R1") {
			t.Errorf("%s: depth %g, width %g, resolution %d", variant, n.Depth, n.Width, n.Resolution)
		}
		// The rounding up of depth makes small networks cost more than 2^phi.
		if cost := float64(n.Graph.MACs()) / float64(baseline.Graph.MACs()); cost < 1.9 || cost > 2.7 {
			t.Errorf("%s: costs %.2f times the baseline", variant, cost)
		}
	}
}

// TestPublishedRates holds the rates of dropout before the classifier and of stochastic depth in the last residual
// block to those that the networks were published with; ResNets and MobileNetV3 have no stochastic depth.
func TestPublishedRates(t *testing.T) {
	for _, tt := range []struct {
		example, variant string
		dropout, path    float64
		branches, blocks int
	}{
		{"efficientnet", "B0", 0.2, 0.2 * 14 / 16, 9, 16},
		{"efficientnet", "B7", 0.5, 0.2 * 54 / 55, 48, 55},
		{"efficientnet_tf", "B3", 0.3, 0.2 * 25 / 26, 19, 26},
		{"efficientnet_lite", "Lite0", 0.2, 0.2 * 14 / 16, 9, 16},
		{"efficientnet_edge", "S", 0.2, 0.2 * 17 / 18, 12, 18},
		{"efficientnetv2", "S", 0.2, 0.2 * 39 / 40, 35, 40},
		{"convnext", "tiny", 0, 0.1, 18, 18},
		{"convnext", "small", 0, 0.4, 36, 36},
		{"vit", "deit_tiny", 0, 0.1, 24, 12},
		{"vit", "tiny", 0, 0, 0, 0},
		{"mobilenetv3", "large_100", 0.2, 0, 0, 0},
		{"resnet", "50", 0, 0, 0, 0},
	} {
		n, err := loadExample(t, tt.example).Build(tt.variant, nil)
		if err != nil {
			t.Fatal(err)
		}
		dropout, path, branches, blocks := 0.0, 0.0, 0, 0
		for _, node := range n.Graph.Nodes {
			switch op := node.Op.(type) {
			case ir.Dropout:
				dropout = op.Rate
			case ir.DropPath:
				path = op.Rate * float64(op.Block) / float64(op.Blocks)
				branches, blocks = branches+1, op.Blocks
			}
		}
		if dropout != tt.dropout || !(math.Abs(path-tt.path) <= 1e-12) || branches != tt.branches ||
			blocks != tt.blocks {
			t.Errorf("%s %s: dropout %g, at last %g of %d branches in %d blocks, not %+v", tt.example, tt.variant,
				dropout, path, branches, blocks, tt)
		}
	}
}
