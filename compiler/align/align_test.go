package align

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// network reads layers given as "name class after…", where after are names. A class that begins with n is batch norm's.
func network(text string) (layers []Layer) {
	at := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(text), ", ") {
		fields := strings.Fields(line)
		l := Layer{Name: fields[0], Class: fields[1], Norm: fields[1][0] == 'n'}
		for _, name := range fields[2:] {
			l.After = append(l.After, at[name])
		}
		at[l.Name] = len(layers)
		layers = append(layers, l)
	}
	return layers
}

// bottlenecks are two blocks of a ResNet, the first of which has a shortcut.
const bottlenecks = "stem.conv c64, stem.norm n64 stem.conv, " +
	"stage1.0.conv1.conv a stem.norm, stage1.0.conv1.norm n64 stage1.0.conv1.conv, stage1.0.conv2.conv b " +
	"stage1.0.conv1.norm, stage1.0.conv2.norm n64 stage1.0.conv2.conv, " +
	"stage1.0.conv3.conv w stage1.0.conv2.norm, stage1.0.conv3.norm n256 stage1.0.conv3.conv, stage1.0.shortcut.conv " +
	"w stem.norm, stage1.0.shortcut.norm n256 stage1.0.shortcut.conv, " +
	"stage1.1.conv1.conv v stage1.0.conv3.norm stage1.0.shortcut.norm, stage1.1.conv1.norm n64 stage1.1.conv1.conv, " +
	"stage1.1.conv2.conv b stage1.1.conv1.norm, stage1.1.conv2.norm n64 stage1.1.conv2.conv, " +
	"stage1.1.conv3.conv w stage1.1.conv2.norm, stage1.1.conv3.norm n256 stage1.1.conv3.conv, logits l"

func TestPair(t *testing.T) {
	tests := []struct {
		name, network, file string
		sorted              bool
		want                string // the names of the file in the order of the network; - for what is open
	}{
		{"the same order", "a.conv c, a.norm n a.conv, b.conv c a.norm, b.norm n b.conv", "x0 c, x1 n, x2 c, x3 n",
			false, "x0 x1 x2 x3"},
		{"names of three against the order", "a.conv c, a.norm n a.conv, b.conv c a.norm, b.norm n b.conv, " +
			"c.conv c b.norm, c.norm n c.conv", "conv1 c, bn3 n, conv2 c, bn2 n, conv3 c, bn1 n", false,
			"conv1 bn1 conv2 bn2 conv3 bn3"},
		{"a norm of the image", "in.norm n, a.conv c in.norm, a.norm n a.conv", "x0 n, x1 c, x2 n", false, "x0 x1 x2"},
		{"what blocks leave over, in the network's order", "a1.p c, s1.k d a1.p, s2.k d s1.k, end c s2.k",
			"y.1 c, b.1.left d, b.2.right d, y.2 c", true, "y.1 b.1.left b.2.right y.2"},
		{"names against the order", "a.conv c, a.norm n a.conv, b.conv c a.norm, b.norm n b.conv",
			"conv1 c, bn2 n, conv2 c, bn1 n", false, "conv1 bn1 conv2 bn2"},
		{"Keras", "stem.conv a, stem.norm n stem.conv, dw.conv b stem.norm, dw.norm n dw.conv",
			"Conv1 a, block_dw b, block_dw_BN n, bn_Conv1 n", false, "Conv1 bn_Conv1 block_dw block_dw_BN"},
		{"ResNet of torchvision, sorted", bottlenecks,
			"bn1 n64, conv1 c64, fc l, layer1.0.bn1 n64, layer1.0.bn2 n64, layer1.0.bn3 n256, layer1.0.conv1 a, " +
				"layer1.0.conv2 b, layer1.0.conv3 w, layer1.0.downsample.0 w, layer1.0.downsample.1 n256, " +
				"layer1.1.bn1 n64, layer1.1.bn2 n64, layer1.1.bn3 n256, layer1.1.conv1 v, layer1.1.conv2 b, " +
				"layer1.1.conv3 w", true,
			"conv1 bn1 layer1.0.conv1 layer1.0.bn1 layer1.0.conv2 layer1.0.bn2 layer1.0.conv3 layer1.0.bn3 " +
				"layer1.0.downsample.0 layer1.0.downsample.1 " +
				"layer1.1.conv1 layer1.1.bn1 layer1.1.conv2 layer1.1.bn2 layer1.1.conv3 layer1.1.bn3 fc"},
		{"ResNet of Keras, whose shortcut is number 0", bottlenecks,
			"conv1_conv c64, conv1_bn n64, conv2_block1_1_conv a, conv2_block1_1_bn n64, conv2_block1_2_conv b, " +
				"conv2_block1_2_bn n64, conv2_block1_0_conv w, conv2_block1_3_conv w, " +
				"conv2_block1_0_bn n256, conv2_block1_3_bn n256, conv2_block2_1_conv v, conv2_block2_1_bn n64, " +
				"conv2_block2_2_conv b, conv2_block2_2_bn n64, conv2_block2_3_conv w, " +
				"conv2_block2_3_bn n256, predictions l", false,
			"conv1_conv conv1_bn conv2_block1_1_conv conv2_block1_1_bn conv2_block1_2_conv conv2_block1_2_bn - - - - " +
				"conv2_block2_1_conv conv2_block2_1_bn conv2_block2_2_conv conv2_block2_2_bn conv2_block2_3_conv " +
				"conv2_block2_3_bn predictions"},
		{"branches that nothing tells apart", "a.conv c, b.conv c, c.conv d a.conv b.conv",
			"conv.2 c, conv.1 c, conv.3 d", true, "- - conv.3"},
		{"what is left over when one is named after its convolution",
			"a.conv c, a.norm n a.conv, b.conv d a.norm, b.norm n b.conv",
			"c1 c, bn_c1 n, d1 d, other n", true, "c1 bn_c1 d1 other"},
		{"letters of a chain", "a.conv c, b.conv c a.conv, c.conv d b.conv", "f.b.0 c, f.a.0 c, y d", true,
			"f.a.0 f.b.0 y"},
		{"numbers of a chain", "a.conv c, b.conv c a.conv, c.conv d b.conv", "x.10 c, x.2 c, y d", true, "x.2 x.10 y"},
		{"names that differ in more than numbers", "a.conv c, b.conv c a.conv, c.conv d b.conv",
			"left.1 c, right.2 c, y d", true, "- - y"},
		{"one class that only blocks tell apart", "stage1.x c, stage2.x c, z d stage1.x stage2.x",
			"block.1.left c, block.2.right c, y d", true, "block.1.left block.2.right y"},
		{"blocks that list their layers in another order",
			"stage1.x c, stage1.y d stage1.x, stage2.x c, stage2.y d stage2.x, z e stage1.y stage2.y",
			"block.1.left d, block.1.right c, block.2.under c, block.2.over d, y e", true,
			"block.1.right block.1.left block.2.under block.2.over y"},
		{"roles against the order", "a.expand.conv c, a.project.conv c a.expand.conv, z d a.project.conv",
			"m.project c, m.expand c, y d", false, "m.expand m.project y"},
		{"a role that all have", "a.expand.conv c, b.expand.conv c a.expand.conv, z d b.expand.conv",
			"left.expand c, right.expand c, y d", false, "left.expand right.expand y"},
		{"a role that one has, beside names that say nothing",
			"a.expand.conv c, b.conv c a.expand.conv, c.conv c b.conv, z d c.conv", "m.expand c, left c, right c, y d",
			false, "m.expand left right y"},
		{"a role that another has in the file's order",
			"a.conv c, b.expand.conv c a.conv, c.conv c b.expand.conv, z d c.conv", "m.expand c, left c, right c, y d",
			false, "- m.expand - y"},
		{"two roles of one, which each have one of their own",
			"a.shortcut.project.conv c, b.conv c a.shortcut.project.conv, z d b.conv", "m.pwl c, m.skip c, y d", false,
			"m.skip m.pwl y"},
		{"sorted", "a.expand.conv c, a.project.conv c a.expand.conv, z d a.project.conv",
			"m.project c, m.expand c, y d", true, "m.expand m.project y"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ours, theirs := network(tt.network), network(tt.file)
			got := Pair(ours, theirs, tt.sorted)
			var names []string
			open := 0
			for _, j := range got.Of {
				if j < 0 {
					names, open = append(names, "-"), open+1
				} else {
					names = append(names, theirs[j].Name)
				}
			}
			if want := strings.Fields(tt.want); !slices.Equal(names, want) {
				t.Errorf("got\n%q, want\n%q", names, want)
			}
			for _, o := range got.Open {
				if len(o.Network) != len(o.File) {
					t.Errorf("open are %v for %v", o.Network, o.File)
				}
				open -= len(o.Network)
			}
			if open != 0 {
				t.Errorf("%d layers are neither paired nor open", open)
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		want string
	}{
		{"blocks.3.1.conv", 2, "blocks.3.1"}, {"blocks.3.1.conv", 1, "blocks.3"}, {"layer1.0.conv1", 2, "layer1.0"},
		{"conv1", 1, ""},
		{"block_12_expand", 1, "block_12"}, {"block2a_expand_conv", 1, "block2a"}, {"block2a", 1, ""},
		{"s1.b2.x", 2, "s1.b2"}, {"block2a.expand", 1, "block2a"},
		{"block2a/expand", 1, "block2a"}, {"block2a-expand", 1, "block2a"}, {"block2ab_expand", 1, "block2"},
		{"block2a:expand", 1, "block2a"}, {"x", 1, ""}, {"", 1, ""},
	} {
		if got := prefix(tt.name, tt.n); got != tt.want {
			t.Errorf("%s up to number %d is %q, want %q", tt.name, tt.n, got, tt.want)
		}
	}
}

// TestUnlettered: numbers and parts of one letter count, whatever stands around them.
func TestUnlettered(t *testing.T) {
	for name, want := range map[string]string{
		"f.a.0": "..", "left.1": "left.", "x": "", "block2a": "blocka", "a_bc/d:e": "_bc/:", "ab": "ab", "": "",
		"stem.a.conv10": "stem..conv",
	} {
		if got := unlettered(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestNamedAfter(t *testing.T) {
	p := &pairer{words: map[string][]string{}}
	for pair, want := range map[string]bool{
		"bn_Conv1 Conv1": true, "Conv_1_bn Conv_1": true, "X/Conv/BatchNorm X/Conv": true,
		"block_1_expand_BN block_1_expand": true,
		"stem.bn stem.conv":                true, "conv1/bn1 conv1/conv1": true, "bn1 conv1": true, "bn2 conv1": false,
		"features.0.1 features.0.0": true,
		"features.0.2 features.0.0": false, "batch_normalization_5 conv2d_5": true,
		"batch_normalization_6 conv2d_5": false,
		"batchnorm2d_5 conv2d_5":         true, "norm conv": true, "x y": false,
	} {
		norm, conv, _ := strings.Cut(pair, " ")
		if got := p.namedAfter(norm, conv); got != want {
			t.Errorf("%s: %v", pair, got)
		}
	}
}

// TestRolesOf: what a name's words mean is the same in any order, and each meaning once.
func TestRolesOf(t *testing.T) {
	p := &pairer{words: map[string][]string{}}
	for name, want := range map[string]string{
		"b1.expand.project": "expand project", "project_1.expand_2": "expand project", "m.dw.depthwise": "depthwise",
		"proj.expand": "expand project shortcut", "conv1": "",
	} {
		if got := strings.Join(p.rolesOf(name), " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestMany holds that long chains of layers that are all alike are paired soon.
func TestMany(t *testing.T) {
	var ours, theirs []Layer
	for i := range 2000 {
		l := Layer{Name: fmt.Sprintf("a.%d.conv", i), Class: "c"}
		if i > 0 {
			l.After = []int{i - 1}
		}
		ours = append(ours, l)
		theirs = append(theirs, Layer{Name: fmt.Sprintf("x%d", 2000-i), Class: "c"})
	}
	theirs[0].Class, ours[1999].Class = "d", "d"
	if got := Pair(ours, theirs, true); len(got.Open) > 0 || got.Of[0] != 1999 {
		t.Errorf("got %v open", got.Open)
	}
}

// TestJoined holds that layers which join two before them are looked through once, not on each of the ways there.
func TestJoined(t *testing.T) {
	ours := []Layer{{Name: "a", Class: "c"}, {Name: "m0", Class: "0"}, {Name: "m1", Class: "1", After: []int{1}}}
	for i := range 98 {
		ours = append(ours, Layer{Name: fmt.Sprint("m", i+2), Class: fmt.Sprint(i + 2), After: []int{i + 1, i + 2}})
	}
	ours = append(ours, Layer{Name: "b", Class: "c", After: []int{99, 100}})
	theirs := slices.Clone(ours)
	theirs[0].Name, theirs[101].Name = "x.1", "x.2"
	if got := Pair(ours, theirs, true); len(got.Open) != 1 || len(got.Open[0].Network) != 2 {
		t.Errorf("a branch of its own is no chain: got %v open", got.Open)
	}
}

// FuzzPair holds that a pairing of any names is one: every layer has one of its class, or is open, and none is given
// twice.
func FuzzPair(f *testing.F) {
	f.Add(bottlenecks, "bn1 n64, conv1 c64, fc l, layer1.0.bn1 n64", true)
	f.Add("a.conv c, a.norm n a.conv, b.conv c a.norm, b.norm n b.conv", "conv1 c, bn2 n, conv2 c, bn1 n", false)
	f.Add("a c, b c a, 9 c b", "é c, 99999999999999999999 c, . c", true)
	f.Fuzz(func(t *testing.T, ours, theirs string, sorted bool) {
		a, b := fuzzed(ours), fuzzed(theirs)
		n := min(len(a), len(b), 200)
		a, b = a[:n], b[:n]
		classes := make([]string, n)
		for i := range a {
			classes[i] = a[i].Class
		}
		slices.Sort(classes)
		for i := range b { // as many of every class
			b[i].Class = classes[i]
			b[i].Norm = classes[i][0] == 'n'
		}
		got := Pair(a, b, sorted)
		given := map[int]bool{}
		open := 0
		for i, j := range got.Of {
			switch {
			case j < 0:
				open++
			case given[j] || a[i].Class != b[j].Class:
				t.Errorf("%s is %s, which is of class %s or given twice", a[i].Name, b[j].Name, b[j].Class)
			default:
				given[j] = true
			}
		}
		for _, o := range got.Open {
			open -= len(o.Network)
		}
		if open != 0 {
			t.Errorf("%d layers are neither paired nor open", open)
		}
	})
}

// fuzzed reads layers as network does, whatever the text.
func fuzzed(text string) (layers []Layer) {
	for _, line := range strings.Split(text, ",") {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		l := Layer{Name: fields[0], Class: fields[1], Norm: fields[1][0] == 'n'}
		for i := range layers {
			if slices.Contains(fields[2:], layers[i].Name) {
				l.After = append(l.After, i)
			}
		}
		layers = append(layers, l)
	}
	return layers
}
