package rewrite

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

var update = flag.Bool("update", false, "rewrite the expected outputs")

// free is a setting that the command line leaves free.
func free(t *testing.T, name, list string) *syntax.Free {
	t.Helper()
	e, problems := syntax.ParseExpression(source.NewFile("--free "+name, list))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return &syntax.Free{Among: e, Span: e.Place()}
}

// TestText writes the last point of the space of a file, every value the last of its list, and compares the text with
// what is expected. That it is the network of the point, Text itself sees to.
func TestText(t *testing.T) {
	for name, override := range map[string]build.Override{
		"stages": nil,
		"imported": {"phi": free(t, "phi", "[0 to 1 step 0.25]"), "alpha": free(t, "alpha", "[1.2, 1.25]"),
			"beta": free(t, "beta", "[1.1, 1.12]"), "classes": free(t, "classes", "[10, 20]")},
	} {
		t.Run(name, func(t *testing.T) {
			program, err := compiler.Load(filepath.Join("testdata", name+".net"))
			if err != nil {
				t.Fatal(err)
			}
			space, err := program.Space("S1", override)
			if err != nil {
				t.Fatal(err)
			}
			point := space.Origin()
			for i, d := range space.Dimensions {
				point[i] = len(d.Values) - 1
			}
			got, err := Text(space, point,
				Options{Header: []string{"What was found.", "", "More."}, Comments: true, Folder: "testdata/out"})
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(golden); err != nil || string(want) != got {
				t.Errorf("%v, got\n%s", err, got)
			}
		})
	}
}

// TestArguments writes settings of a scaling where its call has none, has empty brackets, and has one of them: that the
// text is the network of the point, Text itself sees to.
func TestArguments(t *testing.T) {
	for by, want := range map[string]string{
		"S":                    "by S(alpha: 3, beta: 5) {",
		"S()":                  "by S(alpha: 3, beta: 5) {",
		"S(beta: 4)":           "by S(beta: 5, alpha: 3) {",
		"S(2)":                 "by S(3, beta: 5) {",
		"S(2, 4)":              "by S(3, 5) {",
		"S(beta: 4, alpha: 2)": "by S(beta: 5, alpha: 3) {",
	} {
		text := "network N {\n    input image[3, 8, 8]\n    a Conv(8) x alpha\n    b Conv(4) x beta\n}\n\n" +
			"scaling S(alpha: int = 1, beta: int = 1) {\n    repeats(n) = n\n}\n\nfamily N " + "by " + by + " {\n    A:\n}\n"
		program, err := compiler.LoadFile(source.NewFile("n.net", text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ofLast(t, program); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: got %v\n%s", by, err, got)
		}
	}
}

// ofLast writes the network of the last values of alpha, from 1 to 3, and beta, 1, 4 or 5.
func ofLast(t *testing.T, program *compiler.Program) (string, error) {
	t.Helper()
	space, err := program.Space("A", build.Override{"alpha": free(t, "alpha", "[1, 2, 3]"),
		"beta": free(t, "beta", "[1, 4, 5]")})
	if err != nil {
		t.Fatal(err)
	}
	point := space.Origin()
	for i, d := range space.Dimensions {
		point[i] = len(d.Values) - 1
	}
	return Text(space, point, Options{})
}

// TestOfVariant writes settings of the network behind a variant that has none, however far its colon is, and beside
// those that it has.
func TestOfVariant(t *testing.T) {
	for variant, want := range map[string]string{
		"A:": "    A: alpha = 3, beta = 5\n", "A  :": "    A: alpha = 3, beta = 5\n",
		"A: alpha = 2": "    A: alpha = 3, beta = 5\n", "A: beta = 4": "    A: beta = 5, alpha = 3\n",
		"A: gamma = 2": "    A: gamma = 2, alpha = 3, beta = 5\n",
	} {
		text := "network N(alpha: int = 1, beta: int = 1, gamma: int = 1) {\n    input image[3, 8, 8]\n" +
			"    a Conv(8) x alpha\n    b Conv(4) x beta\n    c Conv(2) x gamma\n}\n\nfamily N {\n    " + variant + "\n}\n"
		program, err := compiler.LoadFile(source.NewFile("n.net", text))
		if err != nil {
			t.Errorf("%s: %v", variant, err)
			continue
		}
		if got, err := ofLast(t, program); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: got %v\n%s", variant, err, got)
		}
	}
}

// TestOneOfScaling writes a single setting of the scaling, and a header of one line or none.
func TestOneOfScaling(t *testing.T) {
	text := "network N {\n    input image[3, 8, 8]\n    a Conv(8) x alpha\n}\n\n" +
		"scaling S(alpha: int = 1) {\n    repeats(n) = n\n}\n\nfamily N by S {\n    A:\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	space, err := program.Space("A", build.Override{"alpha": free(t, "alpha", "[1, 2]")})
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range [][]string{nil, {"Found."}, {"Found.", "Twice."}} {
		want := strings.Replace(text, "by S {", "by S(alpha: 2) {", 1)
		if header != nil {
			want = "// " + strings.Join(header, "\n// ") + "\n\n" + want
		}
		if got, err := Text(space, []int{1}, Options{Header: header}); err != nil || got != want {
			t.Errorf("%q: got %v\n%s", header, err, got)
		}
	}
}

// TestElsewhere refuses to write what stands in a file that the result does not change.
func TestElsewhere(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"net.net":  "network N {\n    input image[3, 8, 8]\n    a Conv(8 in [8, 16])\n}\n",
		"main.net": "import \"net.net\"\n\nfamily N {\n    A:\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program, err := compiler.Load(filepath.Join(dir, "main.net"))
	if err != nil {
		t.Fatal(err)
	}
	space, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Text(space, []int{1}, Options{}); err == nil || !strings.Contains(err.Error(), "a.out stands in") {
		t.Error(err)
	}
}

// TestVerify: text that is another network than the candidate's, or none, is not written.
func TestVerify(t *testing.T) {
	const text = "network N {\n    input image[3, 8, 8]\n    a Conv(8 in [8, 16])\n}\n\nfamily N {\n    A:\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	space, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{main: source.NewFile("n.net", text)}
	for channels, want := range map[string]string{
		"16": "", "8": "is not the network of the candidate", "[16]": "the text that was written is wrong: ",
		"16 16": "the text that was written is wrong: ",
	} {
		err := w.verify(space, []int{1}, strings.Replace(text, "8 in [8, 16]", channels, 1), Options{})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s channels: %v, want %q", channels, err, want)
		}
	}
}

// TestComment: what there is to say stands behind the line's own comment, and no blanks before it.
func TestComment(t *testing.T) {
	for _, tt := range []struct {
		line  string
		notes []string
		has   bool
		want  string
	}{
		{"a Conv(8)  ", nil, false, "a Conv(8)  "},
		{"a Conv(8) \t\r", []string{"x"}, false, "a Conv(8) // searched: x"},
		{"a Conv(8)", []string{"x", "y"}, false, "a Conv(8) // searched: x; y"},
		{"a Conv(8) // b ", []string{"x"}, true, "a Conv(8) // b; searched: x"},
	} {
		if got := comment(tt.line, tt.notes, tt.has); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.line, got, tt.want)
		}
	}
}
