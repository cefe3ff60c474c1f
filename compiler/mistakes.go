package compiler

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/syntax"
)

// mistakes collects what building the variants of a file finds wrong. A mistake that several variants share is one
// mistake, told as it shows in the first of them.
type mistakes struct {
	list     diag.List
	variants [][]*syntax.Variant // that have the mistake of the same index
	varies   []bool              // it shows otherwise in some of them: with other figures, or in other blocks
	built    int
	done     build.Work // all variants together
}

// maxMistakes is how many mistakes are looked for: nobody mends more than this at once.
const maxMistakes = 50

// enough reports whether to look no further. A variant that takes too long to build is not followed by others.
func (m *mistakes) enough() bool {
	return len(m.list) >= maxMistakes || tooLong(m.list)
}

// tooLong reports whether an error says that a variant takes too long to build.
func tooLong(err error) bool {
	var list diag.List
	return errors.As(err, &list) && slices.ContainsFunc(list, func(d diag.Diagnostic) bool {
		return d.Code == diag.TooManySteps
	})
}

// Limits of all variants of a file together.
const (
	maxSteps      = 5_000_000
	maxOperations = 250_000
)

// tooMuch adds what building v took to what the variants before it took, and reports whether that exceeds a limit,
// which it notes.
func (m *mistakes) tooMuch(v *syntax.Variant, work build.Work) bool {
	m.done.Steps += work.Steps
	m.done.Operations += work.Operations
	switch {
	case m.done.Steps > maxSteps:
		m.add(v, diag.List{{Code: diag.FamilyTooLarge, Span: v.Name.Span, Message: fmt.Sprintf(
			"up to this variant, the file's take more than %d steps to build, the limit", maxSteps)}})
	case m.done.Operations > maxOperations:
		m.add(v, diag.List{{Code: diag.FamilyTooLarge, Span: v.Name.Span, Message: fmt.Sprintf(
			"up to this variant, the file's have more than %d operations, the limit", maxOperations)}})
	default:
		return false
	}
	return true
}

func (m *mistakes) add(v *syntax.Variant, found diag.List) {
	for _, d := range found {
		i := 0
		for i < len(m.list) && !m.list[i].IsLike(d) {
			i++
		}
		if i == len(m.list) {
			m.list.Add(d)
			m.variants, m.varies = append(m.variants, nil), append(m.varies, false)
		}
		m.variants[i] = append(m.variants[i], v)
		first := m.list[i]
		m.varies[i] = m.varies[i] || d.Message != first.Message || !slices.Equal(d.Related, first.Related)
	}
}

// err returns what was found, each mistake with the variants that have it where some others do not, or not like that.
func (m *mistakes) err() error {
	for i, variants := range m.variants {
		d, text := &m.list[i], "in "+listed(variants)
		if m.varies[i] {
			text += "; the message is of " + variants[0].Name.Text
		}
		if (len(variants) < m.built || m.varies[i]) && !within(d, variants[0]) {
			d.Related = append(d.Related, diag.Label{Span: variants[0].Name.Span, Text: text})
		}
	}
	return m.list.Err()
}

// within reports whether a mistake lies in what a variant gives.
func within(d *diag.Diagnostic, v *syntax.Variant) bool {
	all := v.Name.Span
	for _, s := range v.Settings {
		all = all.To(s.Span)
	}
	return d.Span.File == all.File && all.Start <= d.Span.Start && d.Span.End <= all.End
}

func listed(variants []*syntax.Variant) string {
	if len(variants) == 1 {
		return "the variant " + variants[0].Name.Text
	}
	const shown = 5
	var names []string
	for _, v := range variants[:min(shown, len(variants))] {
		names = append(names, v.Name.Text)
	}
	text := "the variants " + strings.Join(names, ", ")
	if more := len(variants) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
