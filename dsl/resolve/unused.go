package resolve

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// reads is what the checker has seen being read. It is what unused declarations are found by.
type reads struct {
	names  map[source.Span]bool // of parameters, by the place of their declaration
	used   map[string]bool      // blocks and functions that something else than themselves mentions
	uses   map[string]bool      // names that some "use" gives and some body reads
	passed map[string]bool      // blocks that are passed on as a value: what takes them may dictate their settings
}

func newReads() *reads {
	return &reads{names: map[source.Span]bool{}, used: map[string]bool{}, uses: map[string]bool{},
		passed: map[string]bool{}}
}

// unused warns of what the main file declares and nothing reads. A file without a network is a library, whose blocks
// and functions others use.
func (c *checker) unused(f *syntax.File) diag.List {
	var w diag.List
	if len(f.Networks) > 0 {
		for _, b := range f.Blocks {
			if !c.reads.used[b.Name.Text] {
				w.Add(diag.Diagnostic{Code: diag.UnusedBlock, Span: b.Name.Span,
					Message: fmt.Sprintf("the block %s is not used", b.Name.Text),
					Help:    "use it in the network, or remove it"})
			}
		}
		for _, fn := range f.Functions {
			if !c.reads.used[fn.Name.Text] {
				w.Add(diag.Diagnostic{Code: diag.UnusedFunction, Span: fn.Name.Span,
					Message: fmt.Sprintf("the function %s is not used", fn.Name.Text), Help: "call it, or remove it"})
			}
		}
	}
	for _, b := range f.Blocks {
		if !c.reads.passed[b.Name.Text] {
			c.unusedSettings(&w, "block "+b.Name.Text, b.Params)
			c.unusedTensors(&w, b)
		}
	}
	for _, fn := range f.Functions {
		c.unusedSettings(&w, "function "+fn.Name.Text, fn.Params)
		c.unusedValues(&w, fn.Body)
		unreached(&w, fn.Body)
	}
	for _, b := range f.Blocks {
		c.unusedValues(&w, b.Body)
		unreached(&w, b.Body)
	}
	for _, n := range f.Networks {
		c.unusedValues(&w, n.Body)
		unreached(&w, n.Body)
	}
	for _, sc := range f.Scalings {
		if c.scales(sc) {
			c.unusedSettings(&w, "scaling "+sc.Name.Text, sc.Params)
		}
	}
	for _, n := range f.Networks {
		c.unusedSettings(&w, "network "+n.Name.Text, n.Params)
	}
	unbuilt(&w, f)
	return w
}

func (c *checker) unusedSettings(w *diag.List, owner string, params []*syntax.Param) {
	for _, p := range params {
		if !c.reads.names[p.Name.Span] {
			w.Add(diag.Diagnostic{Code: diag.UnusedSetting, Span: p.Name.Span,
				Message: fmt.Sprintf("the setting %s of the %s is not used", p.Name.Text, owner),
				Help:    "use it, or remove it"})
		}
	}
}

// unusedValues warns of lines that only name a value, and whose name nothing reads. A scaling's are its dimensions,
// which variants and networks know.
func (c *checker) unusedValues(w *diag.List, body []syntax.Statement) {
	for _, st := range body {
		switch st := st.(type) {
		case *syntax.Assign:
			if !c.reads.names[st.Name.Span] {
				w.Add(diag.Diagnostic{Code: diag.UnusedValue, Span: st.Name.Span,
					Message: fmt.Sprintf("nothing uses %s", st.Name.Text), Help: "use it, return it, or remove it"})
			}
		case *syntax.Use:
			if st.Value != nil && !c.reads.uses[st.Name.Text] {
				w.Add(diag.Diagnostic{Code: diag.UnusedValue, Span: st.Name.Span,
					Message: fmt.Sprintf("nothing uses %s", st.Name.Text), Help: "name it in a chain, or remove it"})
			}
		}
	}
}

// unusedTensors warns of tensors that a block takes and does not read. The first is the current one of its first line.
func (c *checker) unusedTensors(w *diag.List, b *syntax.Block) {
	for _, in := range b.Inputs[1:] {
		if !c.reads.names[in.Name.Span] {
			w.Add(diag.Diagnostic{Code: diag.UnusedValue, Span: in.Name.Span,
				Message: fmt.Sprintf("nothing uses the tensor %s of the block %s", in.Name.Text, b.Name.Text),
				Help:    "use it, or remove it"})
		}
	}
}

// unreached warns of the first line after a "return", which ends a body.
func unreached(w *diag.List, body []syntax.Statement) {
	for i, st := range body {
		if _, ok := st.(*syntax.Return); ok && i+1 < len(body) {
			w.Add(diag.Diagnostic{Code: diag.IdleLine, Span: body[i+1].Place(),
				Message: "this line stands behind a return, which ends the body",
				Related: []diag.Label{{Span: st.Place(), Text: "the body ends here"}},
				Help:    "move it up, or remove it"})
			return
		}
	}
}

// unbuilt warns of what no variant builds: networks without a family, families without variants.
func unbuilt(w *diag.List, f *syntax.File) {
	families := map[string]bool{} // of networks, by their names
	for _, family := range f.Families {
		families[family.Network().Text] = true
	}
	for _, n := range f.Networks {
		if !families[n.Name.Text] {
			w.Add(diag.Diagnostic{Code: diag.NoFamily, Span: n.Name.Span,
				Message: fmt.Sprintf("the network %s has no family: nothing of it is built or checked", n.Name.Text),
				Help:    fmt.Sprintf("add the variants: family %s { … }", n.Name.Text)})
		}
	}
	for _, family := range f.Families {
		if len(family.Variants) == 0 {
			w.Add(diag.Diagnostic{Code: diag.NoFamily, Span: family.Name.Span,
				Message: fmt.Sprintf("the family %s has no variants: nothing of it is built or checked",
					family.Name.Text),
				Help: fmt.Sprintf("add one: family %s { A: }", family.Name.Text)})
		}
	}
}

// scales reports whether a family scales by sc: a network may read what a scaling is given.
func (c *checker) scales(sc *syntax.Scaling) bool {
	for _, scalings := range c.scalings {
		if slices.Contains(scalings, sc) {
			return true
		}
	}
	return false
}

// scalingReads counts what a network reads of a name as read of every scaling that gives it.
func (c *checker) scalingReads(n *syntax.Network, s *scope) {
	for _, scaling := range c.scalings[n.Name.Text] {
		for _, p := range scaling.Params {
			if c.reads.names[s.names[p.Name.Text]] {
				c.reads.names[p.Name.Span] = true
			}
		}
	}
}
