package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

func parse(t testing.TB, text string) *Mapping {
	t.Helper()
	m, err := Parse(source.NewFile("test.map", text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNames(t *testing.T) {
	m := parse(t, `# a comment
number block = stage{s}.{b}
stem = features.0    # to the end of the line
stage{s}.{b} = features.{block+1}.{s-1}.x{b} with expand:
	expand.conv = 0
	project     = 2 with excite
	project     = 1
stage{s}.{b} = plain without excite:
    project = {b}
stage{s}.{b}.project.bias = special
head.conv = big with stage3
head.conv = small
`)
	got := m.Names([]string{
		"stem.conv.weight", "stage1.0.project.weight", "stage1.1.expand.conv.weight", "stage1.1.project.weight",
		"stage2.0.expand.conv.bias",
		"stage2.0.excite.weight", "stage2.0.project.weight", "stage2.1.excite.weight", "stage2.1.project.bias",
		"stemmed.weight", "head.conv.weight",
	})
	want := map[string]string{
		"stem.conv.weight":            "features.0.conv.weight",
		"stage1.0.project.weight":     "plain.0.weight",
		"stage1.1.expand.conv.weight": "features.2.0.x1.0.weight",
		"stage1.1.project.weight":     "features.2.0.x1.1.weight",
		"stage2.0.expand.conv.bias":   "features.3.1.x0.0.bias",
		"stage2.0.project.weight":     "features.3.1.x0.2.weight",
		"stage2.1.project.bias":       "special",
		"head.conv.weight":            "small.weight",
	}
	for name, theirs := range want {
		if got[name] != theirs {
			t.Errorf("%s is %q, want %q", name, got[name], theirs)
		}
	}
	for name, theirs := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is %q, want no rule to fit", name, theirs)
		}
	}
	if got := m.Names([]string{"stage3.0.x.weight", "head.conv.weight"}); got["head.conv.weight"] != "big.weight" {
		t.Errorf("with stage3 the head is %q", got["head.conv.weight"])
	}
}

// TestStar has rules whose beginning gives what stands in the middle and at the end of names, as Keras numbers cells.
func TestStar(t *testing.T) {
	m := parse(t, `number cell = stage{s}.{b}
stage{s}.{b} = reduce_{cell-1} with pool:
stage{s}.{b} = {cell}:
    left{k} = conv_{k}_*.depthwise
    last    = bn_*
    plain   = x
`)
	got := m.Names([]string{"stage1.0.left1.weight", "stage1.1.left3.weight", "stage2.0.pool.bias",
		"stage2.0.last.bias", "stage2.0.plain.bias"})
	want := map[string]string{
		"stage1.0.left1.weight": "conv_1_0.depthwise.weight", "stage1.1.left3.weight": "conv_3_1.depthwise.weight",
		"stage2.0.last.bias": "bn_reduce_1.bias", "stage2.0.plain.bias": "reduce_1.x.bias",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, text := range []string{"a* = b", "a = b*", "a = b*:\n    c = d", "a = b:\n    c* = d",
		"a = b:\n    c = *_*"} {
		if _, err := Parse(source.NewFile("test.map", text)); err == nil {
			t.Errorf("%q is a mapping", text)
		}
	}
}

// TestPattern has numbers next to numbers and digits, which are as long as they can be.
func TestPattern(t *testing.T) {
	tests := []struct {
		pattern, name string
		values        map[string]int // nil: it does not fit
	}{
		{"a{x}", "a12.b", map[string]int{"x": 12}},
		{"a{x}", "a12", map[string]int{"x": 12}},
		{"a{x}", "a", nil},
		{"a{x}", "a12b", nil},
		{"a{x}2", "a1222.b", map[string]int{"x": 122}},
		{"a{x}2", "a2", nil},
		{"{x}{y}", "123", map[string]int{"x": 12, "y": 3}},
		{"{x}{y}", "12345678", map[string]int{"x": 123456, "y": 78}},
		{"{x}", "1234567", nil},
		{"{x}.{y}.c", "1.2.c.d", map[string]int{"x": 1, "y": 2}},
		{"a.b", "a.bc", nil},
	}
	for _, tt := range tests {
		_, _, values, ok := parse(t, tt.pattern+" = x").rules[0].ours.match(tt.name)
		if ok != (tt.values != nil) || !maps.Equal(values, tt.values) {
			t.Errorf("%s: %s gives %v", tt.pattern, tt.name, values)
		}
	}
}

func TestIgnored(t *testing.T) {
	m := parse(t, "ignore aux\nignore criterion.\nignore net/loss\nignore blocks.{n}.extra\na = b\n")
	for name, want := range map[string]bool{"aux.weight": true, "aux": true, "auxiliary": false,
		"criterion.pos_weight": true, "criterion": false, "net/loss/w:0": true, "blocks.3.extra.bias": true,
		"blocks.x.extra": false} {
		if m.Ignores(name) != want {
			t.Errorf("ignores %s: %v", name, !want)
		}
	}
}

func TestArithmetics(t *testing.T) {
	m := parse(t, `a = b
epsilon 1e-3 for A-1 A-2
epsilon 1e-5 padding symmetric for A
padding same activation SiLU epsilon 1e-3 as tf_ for B
`)
	narrow := Stated{Arithmetic: arithmetic.Arithmetic{Epsilon: 1e-3}}
	plain := Stated{Arithmetic: arithmetic.Arithmetic{Epsilon: 1e-5, Padding: "symmetric"}}
	tensorflow := Stated{arithmetic.Arithmetic{Epsilon: 1e-3, Padding: "same", Activation: "SiLU"}, "tf_"}
	tests := []struct {
		family, variant string
		want            []Stated
	}{
		{"A", "1", []Stated{narrow, plain}},
		{"A", "3", []Stated{plain}},
		{"B", "3", []Stated{tensorflow}},
		{"C", "1", nil},
	}
	for _, tt := range tests {
		if got := m.Arithmetics(tt.family, tt.variant); !slices.Equal(got, tt.want) {
			t.Errorf("%s-%s: got %v, want %v", tt.family, tt.variant, got, tt.want)
		}
	}
	if got := parse(t, "a = b\nepsilon 1e-5").Arithmetics("any", "1"); len(got) != 1 {
		t.Errorf("without networks it holds for none: %v", got)
	}
}

// TestErrors has the place and the message of every mistake.
func TestErrors(t *testing.T) {
	tests := []struct{ text, place, want string }{
		{"", "1:1", "no rule"},
		{"# nothing\n", "1:1", "no rule"},
		{"\xff = a\n", "1:1", "a mapping is text in UTF-8"},
		{"a b c\n", "1:1", "this is no rule"},
		{"a =\n", "1:1", "this is no rule"},
		{"= b\n", "1:1", "this is no rule"},
		{"a = b with\n", "1:1", "this is no rule"},
		{"a = b when c\n", "1:1", "with PART"},
		{"x = y\n    a = b\n", "2:5", "indented"},
		{"a = b:\nc = d\n", "1:1", "no indented rule follows"},
		{"a = b:\nc = d:\ne = f\n", "2:1", "no indented rule follows"},
		{"a{n} = b{n:b}\n", "1:1", "plus or minus"},
		{"x = y\na = b:\n", "2:1", "no indented rule follows"},
		{"a = b:\n  c = d:\n    e = f\n", "2:3", "sections do not nest"},
		{"a{n = b\n", "1:1", "not closed"},
		{"a}n = b\n", "1:1", "a name has letters"},
		{"a{1} = b\n", "1:1", "not the name of a number"},
		{"a{n}{n} = b\n", "1:1", "stands here twice"},
		{"a{n} = b{m}\n", "1:1", "{m} is not defined here"},
		{"a{n} = b{n*2}\n", "1:1", "plus or minus"},
		{"a{b}{c}{d}{e}{f}{g}{h}{i}{j} = x\n", "1:1", "over 8 numbers"},
		{"number 1 = a\n", "1:1", "a name of its own"},
		{"number n = a\nnumber n = b\n", "2:1", "a name of its own"},
		{"epsilon x\n", "1:1", "between 0 and 1"},
		{"epsilon 1\n", "1:1", "between 0 and 1"}, {"epsilon 0\n", "1:1", "between 0 and 1"},
		{"epsilon NaN\n", "1:1", "between 0 and 1"},
		{"epsilon 1e-3 in A\n", "1:1", "in is no part"},
		{"epsilon\n", "1:1", "after epsilon something is missing"},
		{"epsilon 1e-3 for\n", "1:1", "after for something is missing"},
		{"padding valid\n", "1:1", "padding is symmetric or same"},
		{"activation swish\n", "1:1", "no activation swish"},
		{"ignore\n", "1:1", "a name is missing"},
		{"use torchvision-resnet\na = b\n", "1:1", `no mapping "torchvision-resnet" comes with netc`},
		{"use ../shipped/resnet\n", "1:1", "comes with netc"},
		{"a = b\nuse resnet\n", "2:1", "use stands before the rules"},
		{"number n = stage{s}\nuse resnet\n", "2:1", "use stands before the rules"},
		{"number n = stage{s}\na = b\nuse resnet\n", "3:1", "use stands before the rules"},
		{"use resnet\nuse resnet\n", "2:1", "builds on one other"},
		{"layout NCHW\na = b\n", "1:1", "an order of dimensions has the letters"},
		{"layout logits =\na = b\n", "1:1", "an order of dimensions has the letters"},
	}
	for _, tt := range tests {
		_, err := Parse(source.NewFile("test.map", tt.text))
		var list diag.List
		if !errors.As(err, &list) {
			t.Errorf("%q: got %v, want a diag.List", tt.text, err)
			continue
		}
		if got := list[0]; got.Span.String() != "test.map:"+tt.place || !strings.Contains(got.Message, tt.want) {
			t.Errorf("%q: got %s: %s, want %s: … %s …", tt.text, got.Span, got.Message, tt.place, tt.want)
		}
	}
}

// TestSeveralHeads has a section for blocks of several stages, and numbers as letters.
func TestSeveralHeads(t *testing.T) {
	m := parse(t, "stage1.{b} = one.{b} with expand:\nstage2.{b} = two{b:a}:\n    conv = c\n    norm = n with "+
		"expand\nstage{s}.{b}.conv = rest{s-1:a}")
	got := m.Names([]string{"stage1.0.conv.weight", "stage1.0.expand.w", "stage2.1.conv.weight", "stage2.1.norm.bias",
		"stage3.0.conv.weight", "stage1.1.conv.x", "stage2.30.conv.x"})
	want := map[string]string{"stage1.0.conv.weight": "one.0.c.weight", "stage2.1.conv.weight": "twob.c.weight",
		"stage3.0.conv.weight": "restc.weight", "stage1.1.conv.x": "resta.x", "stage2.30.conv.x": "two?.c.x"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// TestUse has rules before those of a mapping that comes with netc.
func TestUse(t *testing.T) {
	m := parse(t, "use torchvision-mobilenetv2 # and then\nlogits = head.fc\nstage{s}.{b}.extra = extra{block}\n"+
		"ignore neck.")
	names := m.Names([]string{"stem.conv.weight", "stage1.0.extra.weight", "stage2.0.extra.bias", "logits.weight"})
	want := map[string]string{
		"stem.conv.weight": "features.0.0.weight", "stage1.0.extra.weight": "extra0.weight",
		"stage2.0.extra.bias": "extra1.bias",
		"logits.weight":       "head.fc.weight",
	}
	if !maps.Equal(names, want) {
		t.Errorf("got %v", names)
	}
	if !m.Ignores("neck.conv.weight") || m.Ignores("necks.conv.weight") {
		t.Error("what is ignored differs")
	}
	if len(m.stated) == 0 || m.Name != "test.map" {
		t.Errorf("of %s %d statements are left", m.Name, len(m.stated))
	}
}

// TestLoad refuses what is no text file of some size: a folder, a device, over a megabyte, zeros.
func TestLoad(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, size int, c byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, bytes.Repeat([]byte{c}, size), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, path := range []string{folder, os.DevNull, write("large.map", maxText+1, '#'), write("zeros.map", 10, 0)} {
		m, err := Load(path)
		var list diag.List
		if m != nil || !errors.As(err, &list) || !strings.Contains(list[0].Message, "at most a megabyte") {
			t.Errorf("%s: got %v, %v", path, m, err)
		}
	}
	if _, err := Load(filepath.Join(folder, "none.map")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if m, err := Load(write("comment.map", maxText, '#')); m != nil || err == nil ||
		!strings.Contains(err.Error(), "no rule") {
		t.Errorf("a megabyte: got %v, %v", m, err)
	}
}

func TestShippedParse(t *testing.T) {
	if n := len(Shipped()); n < 8 {
		t.Errorf("%d mappings", n)
	}
}

func FuzzParse(f *testing.F) {
	entries, err := shipped.ReadDir("shipped")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		text, err := shipped.ReadFile("shipped/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("number n = a{b}\na{b}.c = {n+1} with d without e:\n  f = g")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(source.NewFile("test.map", text))
		if err != nil {
			var list diag.List
			if !errors.As(err, &list) || len(list) == 0 {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		m.Names([]string{"stem.conv.weight", "stage1.0.expand.conv.weight", "stage2.11.project.norm.bias", "a1.c",
			"a99.c.d"})
		m.Ignores("aux.weight")
	})
}

// TestIgnoreAlone has no rule: the names are the network's own.
func TestIgnoreAlone(t *testing.T) {
	m := parse(t, "ignore aux\n")
	if got := m.Names([]string{"stem.conv.weight"})["stem.conv.weight"]; got != "stem.conv.weight" ||
		!m.Ignores("aux.weight") {
		t.Errorf("got %q", got)
	}
}

// TestPlaces: a message points at the rule itself, whatever stands before and behind it.
func TestPlaces(t *testing.T) {
	for text, want := range map[string]string{
		"no rule":                                 "1:1-7",
		"stem = a\n   \tno rule   # a comment":    "2:5-11",
		"stage = b:\n    x = 0\n      \"quoted\"": "3:7-14",
	} {
		_, err := Parse(source.NewFile("test.map", text))
		var problems diag.List
		if !errors.As(err, &problems) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		span := problems[0].Span
		line, start := span.File.Position(span.Start)
		_, end := span.File.Position(span.End)
		if got := fmt.Sprintf("%d:%d-%d", line, start, end-1); got != want {
			t.Errorf("%q: the message is of %s, want %s", text, got, want)
		}
	}
}

// TestSections: a beginning holds for the rules under it, not for those under the next.
func TestSections(t *testing.T) {
	m := parse(t, "a = one:\n    x = y\nb = two:\n    z = w\nc = three\n")
	got := m.Names([]string{"a.x.k", "a.z.k", "b.x.k", "b.z.k", "c.k"})
	if want := map[string]string{"a.x.k": "one.y.k", "b.z.k": "two.w.k", "c.k": "three.k"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLayouts has orders for all weights and for those of layers, its own before those of a mapping that it builds on.
func TestLayouts(t *testing.T) {
	used := parse(t, "layout OIHW\nlayout head{n} = OI\nlayout stem = OIHW\na = b\n")
	m := parse(t, "layout HWIO\nlayout IO\nlayout stem = IHWO\na = c\n")
	m.build(used)
	if got := m.Orders(); !slices.Equal(got, []string{"HWIO", "IO"}) {
		t.Errorf("got %v", got)
	}
	for layer, want := range map[string]string{"stem": "IHWO", "stem.conv": "", "head12": "OI", "head": "", "a": ""} {
		if got := m.OrderOf(layer); got != want {
			t.Errorf("%s stands as %q, want %q", layer, got, want)
		}
	}
	m = parse(t, "a = c\n")
	if m.build(used); !slices.Equal(m.Orders(), []string{"OIHW"}) {
		t.Errorf("without orders of its own: %v", m.Orders())
	}
}
