package mapping

import (
	"slices"
	"strconv"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

// Names say nothing of arithmetic, so a mapping states it:
//
//	epsilon 1e-3 for EfficientNet-B5 EfficientNet-B6     a family's variants
//	epsilon 1e-5 padding symmetric                       every network
//	epsilon 1e-3 padding same as tf_ for EfficientNet    a whole family
//
// Several statements for one network are what the project has published under the same names.

// Stated is one arithmetic that a project has.
type Stated struct {
	arithmetic.Arithmetic
	As string // what the project calls such networks: "tf_"; may be ""
}

// statement is what a mapping states of some networks.
type statement struct {
	Stated
	networks []string // families and variants: "EfficientNet", "EfficientNet-B5"; none: all
}

// Arithmetics returns what the project may compute with in a family's variant. Names alone do not tell which it is,
// when there are several.
func (m *Mapping) Arithmetics(family, variant string) []Stated {
	var all []Stated
	for _, s := range m.stated {
		if len(s.networks) == 0 || slices.Contains(s.networks, family) ||
			slices.Contains(s.networks, family+"-"+variant) {
			all = append(all, s.Stated)
		}
	}
	return all
}

func isArithmetic(word string) bool {
	return word == "epsilon" || word == "padding" || word == "activation"
}

const arithmeticHelp = "epsilon 1e-3 padding same activation SiLU as NAME for EfficientNet-B5 …, in any selection"

// arithmetic parses "epsilon VALUE padding RULE activation FUNCTION as NAME for NETWORK...", of which all but one of
// the first three can be left out.
func (p *parser) arithmetic(span source.Span, fields []string) {
	s := statement{}
	for len(fields) > 0 {
		key := fields[0]
		if len(fields) == 1 {
			p.fail(span, "after "+key+" something is missing", arithmeticHelp)
			return
		}
		if key == "for" {
			s.networks = fields[1:]
			break
		}
		if problem := s.set(key, fields[1]); problem != "" {
			p.fail(span, problem, arithmeticHelp)
			return
		}
		fields = fields[2:]
	}
	p.mapping.stated = append(p.mapping.stated, s)
}

// set sets one part, or says what is wrong with it.
func (s *statement) set(key, value string) (problem string) {
	switch key {
	case "epsilon":
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || !(x > 0 && x < 1) {
			return "an epsilon is a number between 0 and 1"
		}
		s.Epsilon = x
	case "padding":
		s.Padding = arithmetic.Padding(value)
		if !slices.Contains(arithmetic.Paddings(), s.Padding) {
			return "padding is symmetric or same"
		}
	case "activation":
		s.Activation = ir.Function(value)
		if _, ok := ir.FunctionOf(s.Activation); !ok {
			return "there is no activation " + value
		}
	case "as":
		s.As = value
	default:
		return key + " is no part of a network's arithmetic"
	}
	return ""
}
