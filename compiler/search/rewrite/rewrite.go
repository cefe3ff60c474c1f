// Package rewrite writes what a search has found as the text of a .net file.
//
// A point of a space comes in; the file that the space is of goes out, with the values of the point in the place of
// what was free, each line with a comment that says where its values came from. The text is formatted, and held to
// being the network of the point: a person can go on from it.
package rewrite

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/format"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Options say what to write besides.
type Options struct {
	Header   []string // lines of a comment at the beginning
	Folder   string   // where the text will lie: imports are relative to it; "" is where the file lies
	Comments bool     // whether lines say where their values came from
}

// edit puts a text in the place of another.
type edit struct {
	start, end int
	text       string
	note       string // what a comment says of it
}

// Text writes the file of a space with the values of a point.
func Text(s *compiler.Space, point []int, o Options) (string, error) {
	program, family, variant := s.Syntax()
	w := &writer{main: program.Main, program: program, family: family, variant: variant}
	for i := range s.Dimensions {
		if err := w.choose(&s.Dimensions[i], point[i]); err != nil {
			return "", err
		}
	}
	w.give()
	if o.Folder != "" {
		w.imports(o.Folder)
	}
	text := w.apply(o.Comments)
	if len(o.Header) > 0 {
		text = "// " + strings.Join(o.Header, "\n// ") + "\n\n" + text
	}
	name := program.Main.Name()
	text, err := format.Source(source.NewFile(name, strings.ReplaceAll(text, "// \n", "//\n")))
	if err != nil {
		return "", fmt.Errorf("the text that was written cannot be read: %w", err)
	}
	return text, w.verify(s, point, text, o)
}

// writer collects the edits.
type writer struct {
	main    *source.File
	program *resolve.Program
	family  *syntax.Family
	variant *syntax.Variant
	edits   []edit
	byCall  []given // for the scaling of the family
	inLine  []given // for the variant
}

// given is a setting that takes the place of what stands in another file, or nowhere.
type given struct{ name, text, note string }

// choose gives a place its value.
func (w *writer) choose(d *build.Dimension, index int) error {
	value, at := d.Values[index].Text, d.Free.Span
	if at.File == w.main {
		w.edits = append(w.edits, edit{at.Start, at.End, value, note(d, index)})
		return nil
	}
	g := given{d.Name, value, note(d, index)}
	for _, s := range w.variant.Settings {
		if s.Name.Text == d.Name { // the command line's take the place of the variant's
			w.edits = append(w.edits, edit{s.Value.Place().Start, s.Value.Place().End, value, g.note})
			return nil
		}
	}
	network := w.program.Networks[w.family.Network().Text]
	switch {
	case d.Name != "phi" && w.scalingHas(d.Name):
		w.byCall = append(w.byCall, g)
	case d.Rule || hasParam(network.Params, d.Name):
		w.inLine = append(w.inLine, g)
	default:
		return fmt.Errorf("%s stands in %s, and the result changes %s alone: search in that file", d.Name,
			at.File.Name(), w.main.Name())
	}
	return nil
}

// scalingHas reports whether a name is a parameter of the family's scaling.
func (w *writer) scalingHas(name string) bool {
	return w.family.By != nil && hasParam(w.program.Scalings[w.family.By.Name.Text].Params, name)
}

func hasParam(params []*syntax.Param, name string) bool {
	return slices.ContainsFunc(params, func(p *syntax.Param) bool { return p.Name.Text == name })
}

// note says where a value came from: "kernel 5 from [3, 5], was 3".
func note(d *build.Dimension, index int) string {
	name := d.Name[strings.LastIndexByte(d.Name, '.')+1:]
	text := fmt.Sprintf("%s %s from %s", name, d.Values[index].Text, oneLine(d.Free.Among.Place().Text()))
	if index != d.Baseline {
		text += ", was " + d.Values[d.Baseline].Text
	}
	return text
}

// oneLine is a text without line breaks.
func oneLine(text string) string {
	return strings.NewReplacer("[ ", "[", ", ]", "]", " ]", "]").Replace(strings.Join(strings.Fields(text), " "))
}

// give writes the settings of the scaling and of the variant.
func (w *writer) give() {
	if by := w.family.By; by != nil && len(w.byCall) > 0 {
		matched, _ := resolve.Match(by.Args, w.program.Scalings[by.Name.Text].Params)
		var more []given
		for _, g := range w.byCall {
			i := slices.IndexFunc(w.program.Scalings[by.Name.Text].Params,
				func(p *syntax.Param) bool { return p.Name.Text == g.name })
			if a := matched[i]; a != nil {
				w.edits = append(w.edits, edit{a.Value.Place().Start, a.Value.Place().End, g.text, g.note})
			} else {
				more = append(more, g)
			}
		}
		w.insertArguments(by, more)
	}
	if len(w.inLine) == 0 {
		return
	}
	at, before := w.variant.Name.Span.End, " "
	at += strings.IndexByte(w.main.Text()[at:], ':') + 1
	if n := len(w.variant.Settings); n > 0 {
		at, before = w.variant.Settings[n-1].Span.End, ", "
	}
	for _, g := range w.inLine {
		w.edits = append(w.edits, edit{at, at, before + g.name + " = " + g.text, g.note})
		before = ", "
	}
}

func (w *writer) insertArguments(call *syntax.Call, more []given) {
	at, before, after := call.Span.End, "(", ")"
	if call.HasArgs {
		if at, before, after = call.Span.End-1, ", ", ""; len(call.Args) == 0 {
			before = ""
		}
	}
	for i, g := range more {
		e := edit{at, at, before + g.name + ": " + g.text, g.note}
		if i == len(more)-1 {
			e.text += after
		}
		w.edits = append(w.edits, e)
		before = ", "
	}
}

// imports makes the paths of imports relative to a folder.
func (w *writer) imports(folder string) {
	tree, _ := syntax.Parse(w.main)
	for _, i := range tree.Imports {
		if strings.HasPrefix(i.Text, "std/") {
			continue
		}
		from, err1 := filepath.Abs(folder)
		to, err2 := filepath.Abs(filepath.Join(filepath.Dir(w.main.Name()), filepath.FromSlash(i.Text)))
		if path, err := filepath.Rel(from, to); err == nil && err1 == nil && err2 == nil {
			w.edits = append(w.edits, edit{i.Span.Start, i.Span.End, `"` + filepath.ToSlash(path) + `"`, ""})
		}
	}
}

// apply makes the text, with a comment at the end of each line that has changed.
func (w *writer) apply(comments bool) string {
	slices.SortStableFunc(w.edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	text, last := "", 0
	var notes []string // of the line at hand
	old := w.main.Text()
	copyTo := func(end int) {
		part := old[last:end]
		if line, rest, ends := strings.Cut(part, "\n"); ends {
			text += comment(line, notes, w.hasComment(last+len(line))) + "\n"
			part, notes = rest, nil
		}
		text += part
	}
	for _, e := range w.edits {
		copyTo(e.start)
		text += e.text
		last = e.end
		if comments && e.note != "" {
			notes = append(notes, e.note)
		}
	}
	copyTo(len(old))
	return text
}

// hasComment reports whether a line, of which an offset is the end, has a comment.
func (w *writer) hasComment(end int) bool {
	tokens, _ := syntax.Tokens(w.main)
	for _, t := range tokens {
		if t.Kind == syntax.KindComment && t.Span.Start < end && end <= t.Span.End {
			return true
		}
	}
	return false
}

// comment adds what there is to say of a line to its end.
func comment(line string, notes []string, has bool) string {
	if len(notes) == 0 {
		return line
	}
	text := "searched: " + strings.Join(notes, "; ")
	line = strings.TrimRight(line, " \t\r")
	if has {
		return line + "; " + text
	}
	return line + " // " + text
}

// verify holds the text to being the network of the point.
func (w *writer) verify(s *compiler.Space, point []int, text string, o Options) error {
	name := w.main.Name()
	if o.Folder != "" {
		name = filepath.Join(o.Folder, filepath.Base(name))
	}
	program, err := compiler.LoadFile(source.NewFile(name, text))
	if err != nil {
		return fmt.Errorf("the text that was written is wrong: %w", err)
	}
	got, err := program.Build(s.Variant, s.Given())
	if err != nil {
		return fmt.Errorf("the text that was written is wrong: %w", err)
	}
	want, err := s.Build(point)
	if err != nil {
		return err
	}
	if body(got) != body(want) {
		return fmt.Errorf("the text that was written is not the network of the candidate")
	}
	return nil
}

// body is a graph without its name, which says what the command line has given.
func body(n *compiler.Network) string {
	_, rest, _ := strings.Cut(n.Graph.String(), "\n")
	return rest
}
