package compiler_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/format"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/std"
)

func readSpec(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../dsl/SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block is a fenced block of SPEC.md.
type block struct {
	kind, text string
	line       int // of its first line
}

func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	open := false
	for i, line := range strings.Split(readSpec(t), "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !open:
			all = append(all, block{kind: kind, line: i + 2})
		case !fence && open:
			all[len(all)-1].text += line + "\n"
		}
		open = open != fence
	}
	return all
}

// TestSpecExamples compiles every example of SPEC.md. Those marked as wrong must give the message that the block after
// them shows; the others must be right, and formatted.
func TestSpecExamples(t *testing.T) {
	all := blocks(t)
	right, wrong := 0, 0
	for i, b := range all {
		name := fmt.Sprintf("SPEC.md:%d", b.line)
		err := compileBlock(b.text)
		switch b.kind {
		case "net":
			right++
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got, err := format.Source(source.NewFile(name, b.text)); err != nil || got != b.text {
				t.Errorf("%s is not formatted (%v):\n%s", name, err, got)
			}
		case "net wrong":
			wrong++
			var problems diag.List
			if !errors.As(err, &problems) || i+1 == len(all) || all[i+1].kind != "text" {
				t.Errorf("%s: got %v, want a mistake and a block with its message", name, err)
				continue
			}
			line, column := problems[0].Span.File.Position(problems[0].Span.Start)
			got := fmt.Sprintf("%d:%d: error[%s]: %s\n", line, column, problems[0].Code, problems[0].Message)
			if got != all[i+1].text {
				t.Errorf("%s: got\n%swant\n%s", name, got, all[i+1].text)
			}
		}
	}
	if right < 10 || wrong < 8 {
		t.Errorf("only %d right and %d wrong examples were found", right, wrong)
	}
}

func compileBlock(text string) error {
	program, err := compiler.LoadFile(source.NewFile("example.net", text))
	if err == nil {
		_, err = program.BuildAll()
	}
	return err
}

// TestSpecSections holds every section of SPEC.md but the last two to having an example.
func TestSpecSections(t *testing.T) {
	for _, section := range strings.Split(readSpec(t), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		if title != "Limits" && title != "Layout" && !strings.Contains(text, "\n```net\n") {
			t.Errorf("the section %s has no example", title)
		}
	}
}

// TestSpecPrimitives holds the operations of SPEC.md to being those that the compiler declares.
func TestSpecPrimitives(t *testing.T) {
	text, _ := std.Source("std/primitives")
	var want string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "primitive ") {
			want += line
		}
	}
	for _, b := range blocks(t) {
		if b.kind == "primitives" {
			if b.text != want {
				t.Errorf("SPEC.md has\n%swant\n%s", b.text, want)
			}
			return
		}
	}
	t.Error("SPEC.md has no block primitives")
}

var code = regexp.MustCompile("`([a-z]+)[^`]*`")

// firstColumn returns the words in code of the first column of the table below a line.
func firstColumn(t *testing.T, header string) []string {
	t.Helper()
	_, rest, found := strings.Cut(readSpec(t), "\n"+header+"\n")
	if !found {
		t.Fatalf("SPEC.md has no table %q", header)
	}
	var names []string
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cell, _, _ := strings.Cut(line[1:], "|")
		for _, m := range code.FindAllStringSubmatch(cell, -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return names
}

// TestSpecNames holds the types, functions and rules of SPEC.md to being those that programs have.
func TestSpecNames(t *testing.T) {
	keys := func(m map[string]int) []string {
		var names []string
		for name := range m {
			names = append(names, name)
		}
		return names
	}
	for header, want := range map[string][]string{
		"| type | values |":        slices.Clone(resolve.Types),
		"| function | value |":     keys(resolve.Builtins),
		"| rule | is applied to |": keys(resolve.Rules),
	} {
		slices.Sort(want)
		if got := firstColumn(t, header); !slices.Equal(got, want) {
			t.Errorf("the table %q has %q, want %q", header, got, want)
		}
	}
}

// TestEditors holds the words that the editors' grammars colour to being those of the language.
func TestEditors(t *testing.T) {
	words := strings.Fields("x of from to step")
	for _, b := range blocks(t) {
		if b.kind == "keywords" {
			words = append(words, strings.Fields(b.text)...)
		}
	}
	words = append(words, resolve.Types...)
	for name := range resolve.Builtins {
		words = append(words, name)
	}
	for _, path := range []string{"../editors/vim/syntax/netc.vim", "../editors/textmate/netc.tmLanguage.json"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if !regexp.MustCompile(`[^a-z]` + word + `[^a-z]`).Match(text) {
				t.Errorf("%s does not know the word %s", path, word)
			}
		}
	}
}

// limit is a row of the table of limits of SPEC.md.
type limit struct{ of, most, code string }

func specLimits(t *testing.T) []limit {
	t.Helper()
	_, rest, _ := strings.Cut(readSpec(t), "\n| of | at most | code |\n|---|---|---|\n")
	var all []limit
	for line := range strings.Lines(rest) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if len(cells) != 3 {
			break
		}
		all = append(all, limit{cells[0], cells[1], cells[2]})
	}
	return all
}
