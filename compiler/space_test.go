package compiler_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

const spaced = `import "std/scaling"

network N(classes: int = 10, act: layer = SiLU in [ReLU, SiLU], bias: bool = false) {
    input image[3, resolution, resolution]
    stem   Conv(fixed 16 in [8, 16], kernel: 3, stride: 2 in [1, 2]) -> act
    stage  Conv(24 in [16 to 32 step 8], kernel: 3 in [1, 3, 5], bias: bias) x 2 in [1 to 3], Conv(24) x 1
    extra  Conv(24, bias: bias) if true in [true, false]
    sizes  = [8 in [8, 16], 8]
    wide   Conv(sizes[0] + sizes[1])
    pool   GlobalAvgPool -> Flatten
    logits Linear(classes)
}

family N by Compound(alpha: 1.2 in [1.0 to 1.4 step 0.1], beta: 1.1 in [1.0 to 1.2 step 0.05]) {
    A: phi = 0
    B: phi = 1 in [0.5, 1, 1.5], act = ReLU, bias = true in [true, false]
}
`

func loadSpace(t *testing.T, text, variant string, override build.Override) *compiler.Space {
	t.Helper()
	program, err := compiler.LoadFile(source.NewFile("space.net", text))
	if err != nil {
		t.Fatal(err)
	}
	space, err := program.Space(variant, override)
	if err != nil {
		t.Fatal(err)
	}
	return space
}

func describeSpace(s *compiler.Space) []string {
	var lines []string
	for _, d := range s.Dimensions {
		var values []string
		for _, v := range d.Values {
			values = append(values, v.Text)
		}
		lines = append(lines, d.Name+" "+d.Values[d.Baseline].Text+" of "+strings.Join(values, " "))
	}
	return lines
}

// TestSpace holds the names and values of what is free, of two variants, of which one gives what is free in the other.
func TestSpace(t *testing.T) {
	shared := []string{
		"alpha 1.2 of 1.0 1.1 1.2 1.3 1.4", "beta 1.1 of 1.0 1.05 1.1 1.15 1.2",
		"stem.out 16 of 8 16", "stem.stride 2 of 1 2", "stage.0.out 24 of 16 24 32", "stage.0.kernel 3 of 1 3 5",
		"stage.0.repeats 2 of 1 2 3", "extra.if true of true false", "sizes 8 of 8 16",
	}
	for variant, want := range map[string][]string{
		"A": slices.Insert(slices.Clone(shared), 2, "act SiLU of ReLU SiLU"),
		"B": append([]string{"phi 1 of 0.5 1 1.5", "bias true of true false"}, shared...),
	} {
		if got := describeSpace(loadSpace(t, spaced, variant, nil)); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", variant, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestSpaceBaseline holds the baseline's point to being the network of the file, as if nothing in it were free.
func TestSpaceBaseline(t *testing.T) {
	var plain []string
	for line := range strings.Lines(spaced) {
		for before, rest, free := strings.Cut(line, " in ["); free; before, rest, free = strings.Cut(line, " in [") {
			_, after, _ := strings.Cut(rest, "]")
			line = before + after
		}
		plain = append(plain, line)
	}
	program, err := compiler.LoadFile(source.NewFile("plain.net", strings.Join(plain, "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range []string{"A", "B"} {
		want, err := program.Build(variant, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := loadSpace(t, spaced, variant, nil)
		got, err := s.Build(s.Origin())
		if err != nil {
			t.Fatal(err)
		}
		if got.Graph.String() != want.Graph.String() || s.Baseline.Graph.String() != want.Graph.String() {
			t.Errorf("%s: the baseline is another network", variant)
		}
	}
}

// TestSpaceBuild holds every dimension to changing the network in the way that its name says.
func TestSpaceBuild(t *testing.T) {
	s := loadSpace(t, spaced, "A", nil)
	choose := func(name, value string) *compiler.Network {
		point := s.Origin()
		i := slices.IndexFunc(s.Dimensions, func(d build.Dimension) bool { return d.Name == name })
		point[i] = slices.IndexFunc(s.Dimensions[i].Values, func(v build.Value) bool { return v.Text == value })
		n, err := s.Build(point)
		if err != nil {
			t.Fatalf("%s = %s: %v", name, value, err)
		}
		return n
	}
	conv := func(n *compiler.Network, name string) ir.Conv {
		for _, node := range n.Graph.Nodes {
			if c, ok := node.Op.(ir.Conv); ok && node.Name == name {
				return c
			}
		}
		t.Fatalf("there is no %s", name)
		return ir.Conv{}
	}
	if c := conv(choose("stem.out", "8"), "stem.conv"); c.Out != 8 {
		t.Error(c)
	}
	if c := conv(choose("stage.0.kernel", "5"), "stage.1"); c.Kernel != ir.Square(5) {
		t.Error(c)
	}
	if c := conv(choose("stage.0.repeats", "3"), "stage.2"); c.Kernel != ir.Square(3) {
		t.Error(c)
	}
	if c := conv(choose("sizes", "16"), "wide"); c.Out != 24 {
		t.Error(c)
	}
	if got := choose("act", "ReLU").Graph.String(); strings.Contains(got, "SiLU") {
		t.Error("act = ReLU leaves a SiLU")
	}
	if got := choose("extra.if", "false").Graph.String(); strings.Contains(got, "extra") {
		t.Error("extra.if = false leaves the line")
	}
}

// TestSpaceOverride holds settings that the command line makes free to being dimensions, in place of the file's.
func TestSpaceOverride(t *testing.T) {
	e, problems := syntax.ParseExpression(source.NewFile("free", "[1 to 2 step 0.5]"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s := loadSpace(t, spaced, "A", build.Override{"alpha": &syntax.Free{Among: e, Span: e.Place()}})
	if got := describeSpace(s)[0]; got != "alpha 1.2 of 1.0 1.2 1.5 2.0" { // the file's own value joins them
		t.Error(got)
	}
	for _, d := range describeSpace(s)[1:] {
		if strings.HasPrefix(d, "alpha") {
			t.Errorf("alpha is free twice: %s", d)
		}
	}
	if s.Satisfies([]int{3, 2, 1, 1, 1, 1, 1, 1, 0, 0}) == nil {
		t.Error("2 * 1.1^2 * 1.15^2 is near 2")
	}
}

// TestSpaceIdle holds what stands in a line that the baseline leaves out to being free all the same, and settings that
// make no difference to a variant to being told apart.
func TestSpaceIdle(t *testing.T) {
	const text = `import "std/scaling"

network N {
    input image[3, resolution, resolution]
    stem  Conv(16 in [8, 16])
    extra Conv(24 in [16, 24], kernel: 3 in [1, 3]) if false in [true, false]
}

family N by Compound(alpha: 1.2 in [1.2, 1.3]) {
    A: phi = 1
    B: width = 1.5, depth = 2.0, resolution = 32
}
`
	for variant, want := range map[string]string{
		"A": "alpha extra.out extra.kernel", // nothing in the network repeats
		"B": "alpha extra.out extra.kernel",
	} {
		s := loadSpace(t, text, variant, nil)
		var idle []string
		for _, d := range s.Dimensions {
			if d.Idle {
				idle = append(idle, d.Name)
			}
		}
		if got := strings.Join(idle, " "); got != want || len(s.Dimensions) != 5 {
			t.Errorf("%s: %s of %v make no difference", variant, got, describeSpace(s))
		}
		point := s.Origin()
		if got := describeSpace(s)[2]; got != "extra.out 24 of 16 24" {
			t.Error(got)
		}
		point[2], point[4] = 0, 0
		n, err := s.Build(point)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Graph.String(); !strings.Contains(got, "extra = Conv(Out: ") {
			t.Errorf("the line is missing:\n%s", got)
		}
	}
}

// TestSpaceOverrideTypes holds values that the command line gives to the types of the settings.
func TestSpaceOverrideTypes(t *testing.T) {
	program, err := compiler.LoadFile(source.NewFile("n.net", `network N(classes: int = 10, squeeze: float = 0.25) {
    input image[3, 8, 8]
    stem Conv(classes)
    last Conv(round(squeeze * 32))
}

family N { A: }
`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"classes=[20, 30]": "", "squeeze=[0.5, 1]": "",
		"classes=[0.5]":        "classes must be an int",
		"squeeze=[0.5, \"a\"]": "squeeze must be a float",
		"depth=[1, 2]":         "neither the scaling nor the network of the family N has a setting depth",
	} {
		name, values, _ := strings.Cut(text, "=")
		e, problems := syntax.ParseExpression(source.NewFile("--free "+name, values))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		_, err := program.Space("A", build.Override{name: &syntax.Free{Among: e, Span: e.Place()}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestSpaceFails: what is wrong with a choice is said, too, where it stands in a line that the variant does not have.
func TestSpaceFails(t *testing.T) {
	for choice, want := range map[string]string{
		"[8, 16]": "", "[]": "the list has no values", "3": "this is not a list",
	} {
		program, err := compiler.LoadFile(source.NewFile("space.net", "network N {\n    input image[3, 8, 8]\n"+
			"    a Conv(8)\n    b Conv(8 in "+choice+") if 1 > 2\n}\n\nfamily N {\n    A:\n}\n"))
		if err != nil {
			t.Fatal(err)
		}
		space, err := program.Space("A", nil)
		switch {
		case want == "" && (err != nil || len(space.Dimensions) != 1 || len(space.Dimensions[0].Values) != 2):
			t.Errorf("%s: got %+v, %v", choice, space, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %q", choice, err, want)
		}
	}
}

// TestRules: settings that the scaling has are evaluated without the network; those of the network are not.
func TestRules(t *testing.T) {
	const text = `network N(own: int = 1) {
    input image[3, 8, 8]
    a Conv(8)
    b Conv(8 in [8, 16]) x own
}

scaling S(rule: int = 1) {
    double = 2 * rule
    repeats(n) = n * double
}

family N by S(rule: 1 in [1, 2]) {
    A: own = 1 in [1, 2], double = 2 in [2, 4]
}
`
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, d := range s.Dimensions {
		got[d.Name] = d.Rule
	}
	for name, want := range map[string]bool{"rule": true, "double": true, "own": false, "b.out": false} {
		if rule, found := got[name]; !found || rule != want {
			t.Errorf("%s: %t, want %t: %v", name, rule, want, got)
		}
	}
}

// TestLargeSpace: from 1e12 points a space is warned of, with the first of its longest lists as what to shorten.
func TestLargeSpace(t *testing.T) {
	for _, tt := range []struct{ last, want string }{
		{"1 in [1 to 9]", ""},
		{"1 in [1 to 10]", "the space of A has 1e+12 points, and no search sees more than a few thousand; " +
			"take larger steps: c.out has the most values, 100"},
	} {
		text := "network N {\n    input image[3, 8, 8]\n    a Conv(1 in [1 to 10])\n    b Conv(1 in [1 to 10])\n" +
			"    c Conv(1 in [1 to 100])\n    d Conv(1 in [1 to 100])\n"
		for _, name := range []string{"e", "f", "g", "h", "i"} {
			text += "    " + name + " Conv(1 in [1 to 10])\n"
		}
		program, err := compiler.LoadFile(source.NewFile("n.net",
			text+"    j Conv("+tt.last+")\n}\n\nfamily N {\n    A:\n}\n"))
		if err != nil {
			t.Fatal(err)
		}
		networks, err := program.BuildAll()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, w := range program.Warnings(networks) {
			if w.Code == diag.LargeSpace {
				got += w.Message + "; " + w.Help
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.last, got, tt.want)
		}
	}
}
