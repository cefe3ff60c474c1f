package compiler

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Space is what a file leaves free in one variant. Each combination of values is a point: for each dimension, the index
// of a value.
type Space struct {
	Variant    string // as written: "B0"
	Family     string
	Baseline   *Network
	Dimensions []build.Dimension

	program  *Program
	family   *syntax.Family
	variant  *syntax.Variant
	override build.Override
}

// Space finds out what is free in a variant, or in the first one, for the name "". Settings that the override makes
// free are dimensions, too. The error is a diag.List.
func (p *Program) Space(variant string, override build.Override) (*Space, error) {
	f, v, err := p.find(variant)
	if err != nil {
		return nil, err
	}
	baseline, err := p.build(f, v, override, nil, &build.Work{})
	if err != nil {
		return nil, p.unsatisfied(err)
	}
	s, err := p.space(f, v, override, baseline)
	if err != nil {
		return nil, err
	}
	// What the file leaves free has been checked with the file.
	var all mistakes
	var done build.Work
	tried := 0
	for i, d := range s.Dimensions {
		if _, given := override[d.Name].(*syntax.Free); given {
			if err := s.checkValues(i, &all, &done, &tried); err != nil {
				return nil, err
			}
		}
	}
	return s, all.list.Err()
}

func (p *Program) space(f *syntax.Family, v *syntax.Variant, override build.Override,
	baseline *Network) (*Space, error) {
	all, err := build.Space(p.resolved, f, v, override, baseline.Observed)
	if err != nil {
		return nil, err
	}
	return &Space{Variant: v.Name.Text, Family: f.Name.Text, Baseline: baseline, Dimensions: all, program: p, family: f,
		variant: v, override: override}, nil
}

// Size counts the points, those that break a constraint among them.
func (s *Space) Size() float64 {
	size := 1.0
	for _, d := range s.Dimensions {
		size *= float64(len(d.Values))
	}
	return size
}

// Origin is the point that the file has without a search.
func (s *Space) Origin() []int {
	point := make([]int, len(s.Dimensions))
	for i, d := range s.Dimensions {
		point[i] = d.Baseline
	}
	return point
}

func (s *Space) at(point []int) build.Point {
	at := build.Point{}
	for i := range s.Dimensions {
		s.Dimensions[i].Choose(at, point[i])
	}
	return at
}

// Build makes the network at a point. The error is a diag.List.
func (s *Space) Build(point []int) (*Network, error) {
	return s.program.build(s.family, s.variant, s.override, s.at(point), &build.Work{})
}

// Syntax returns what the space is of.
func (s *Space) Syntax() (*resolve.Program, *syntax.Family, *syntax.Variant) {
	return s.program.resolved, s.family, s.variant
}

// Satisfies returns what of the scaling's rules and constraints does not hold at a point. It takes microseconds, where
// Build takes milliseconds, and does not know the constraints in the network.
func (s *Space) Satisfies(point []int) error {
	return build.Satisfies(s.program.resolved, s.family, s.variant, s.override, s.at(point), &build.Work{})
}

// Text writes the values of a point as settings: alpha = 1.2, stage2.kernel = 5.
func (s *Space) Text(point []int) string {
	parts := make([]string, len(point))
	for i, d := range s.Dimensions {
		parts[i] = d.Name + " = " + d.Values[point[i]].Text
	}
	return strings.Join(parts, ", ")
}

// spaces calls do for the spaces of the variants that are built: of those that have the same dimensions, for the first.
func (p *Program) spaces(networks []*Network, do func(*Space) error) error {
	seen := map[*syntax.Free]bool{}
	i := 0
	for _, f := range p.resolved.Families {
		for _, v := range f.Variants {
			network := networks[i]
			i++
			if len(p.resolved.Choices(f, v)) == 0 {
				continue
			}
			s, err := p.space(f, v, nil, network)
			if err != nil {
				return err
			}
			known := true
			for _, d := range s.Dimensions {
				known = known && seen[d.Free]
				seen[d.Free] = true
			}
			if known {
				continue
			}
			if err := do(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxTried bounds how many networks are built to check the values of a space.
const maxTried = 200

// checkSpaces builds every variant with each value that a place may have in turn, and reports values that no network
// can have: of a wrong type, or unknown. A value that breaks a constraint, or whose shapes do not fit those of the
// baseline's other values, is no mistake.
func (p *Program) checkSpaces(networks []*Network) error {
	var all mistakes
	var done build.Work
	tried := 0
	err := p.spaces(networks, func(s *Space) error {
		for i := range s.Dimensions {
			if err := s.checkValues(i, &all, &done, &tried); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return all.list.Err()
}

// checkValues builds the baseline with each value of one dimension in its place. It adds to what was tried and done.
func (s *Space) checkValues(dimension int, all *mistakes, done *build.Work, tried *int) error {
	d := s.Dimensions[dimension]
	for j := range d.Values {
		enough := *tried >= maxTried || done.Steps > maxSteps || done.Operations > maxOperations
		if j == d.Baseline || enough || d.Values[j].IsNum && between(j, d) {
			continue
		}
		*tried++
		at := build.Point{}
		d.Choose(at, j)
		var found diag.List
		if _, err := s.program.build(s.family, s.variant, s.override, at, done); errors.As(err, &found) {
			all.add(s.variant, wrongValues(found, d, d.Values[j]))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// between reports whether a value of a dimension is neither the first, the last nor one beside the baseline: numbers
// within a list are like their neighbours.
func between(j int, d build.Dimension) bool {
	const few = 8
	return len(d.Values) > few && j > 0 && j < len(d.Values)-1 && j != d.Baseline-1 && j != d.Baseline+1
}

func wrongValues(found diag.List, d build.Dimension, v build.Value) diag.List {
	var wrong diag.List
	for _, problem := range found {
		isValue := strings.HasPrefix(string(problem.Code), "N2") || strings.HasPrefix(string(problem.Code), "N3")
		isValue = isValue || problem.Code == diag.UnknownPadding
		if isValue && problem.Code != diag.NotFulfilled && problem.Code != diag.MissingValue {
			problem.Related = append(problem.Related,
				diag.Label{Span: d.Place(), Text: fmt.Sprintf("where %s is %s", d.Name, v.Text)})
			wrong.Add(problem)
		}
	}
	return wrong
}

// maxSatisfied bounds how many points are looked at to find out whether any satisfies the constraints of a scaling.
const maxSatisfied = 100_000

// unsatisfied says of a variant that breaks a constraint of its scaling whether another point of its space would hold
// it, and names one.
func (p *Program) unsatisfied(err error) error {
	var list diag.List
	if !errors.As(err, &list) {
		return err
	}
	i := slices.IndexFunc(list, func(d diag.Diagnostic) bool { return d.Code == diag.NotFulfilled })
	if i < 0 {
		return err
	}
	for _, f := range p.resolved.Families {
		for _, v := range f.Variants {
			if s := p.spaceOfRules(f, v); s != nil {
				s.explain(&list[i])
				return err
			}
		}
	}
	return err
}

// spaceOfRules is the space of the settings of a variant's scaling, where there are few enough points to see them all.
func (p *Program) spaceOfRules(f *syntax.Family, v *syntax.Variant) *Space {
	observed := &build.Observed{Free: map[*syntax.Free]int{}}
	all, err := build.Space(p.resolved, f, v, nil, observed)
	if err != nil {
		return nil
	}
	s := &Space{Variant: v.Name.Text, program: p, family: f, variant: v}
	for _, d := range all {
		if d.Rule {
			s.Dimensions = append(s.Dimensions, d)
		}
	}
	if len(s.Dimensions) == 0 || s.Size() > maxSatisfied ||
		build.Satisfies(p.resolved, f, v, nil, nil, &build.Work{}) == nil {
		return nil
	}
	return s
}

// explain says of a constraint that the baseline breaks what the space has. It says nothing where the scaling takes too
// long to be evaluated at every point.
func (s *Space) explain(d *diag.Diagnostic) {
	const enough = 3 * maxSteps
	satisfied, first := 0, ""
	var done build.Work
	s.Each(func(point []int) bool {
		err := build.Satisfies(s.program.resolved, s.family, s.variant, s.override, s.at(point), &done)
		if err == nil {
			if satisfied++; first == "" {
				first = s.Text(point)
			}
		}
		return done.Steps < enough
	})
	switch {
	case done.Steps >= enough:
	case satisfied == 0:
		d.Code = diag.NothingSatisfies
		d.Help = fmt.Sprintf("nothing in the space of %s satisfies it: all of its %.0f points were tried", s.Variant,
			s.Size())
	default:
		d.Help = fmt.Sprintf(
			"%d of %.0f points of the space of %s satisfy it: make one of them the baseline, such as %s", satisfied,
			s.Size(), s.Variant, first)
	}
}

// Each calls do for every point of the space, the last dimension fastest, until it returns false.
func (s *Space) Each(do func(point []int) bool) {
	point := make([]int, len(s.Dimensions))
	for do(point) {
		i := len(point) - 1
		for ; i >= 0; i-- {
			if point[i]++; point[i] < len(s.Dimensions[i].Values) {
				break
			}
			point[i] = 0
		}
		if i < 0 {
			return
		}
	}
}

// largeSpace is the number of points from which no search sees more than a corner of a space.
const largeSpace = 1e12

func (p *Program) largeSpaces(networks []*Network) diag.List {
	var warnings diag.List
	if len(networks) == 0 {
		return nil
	}
	p.spaces(networks, func(s *Space) error { // its mistakes have been reported
		if s.Size() >= largeSpace {
			largest := 0
			for i, d := range s.Dimensions {
				if len(d.Values) > len(s.Dimensions[largest].Values) {
					largest = i
				}
			}
			warnings.Add(diag.Diagnostic{Code: diag.LargeSpace, Span: s.Dimensions[largest].Place(),
				Message: fmt.Sprintf("the space of %s has %.2g points, and no search sees more than a few thousand",
					s.Variant, s.Size()),
				Help: fmt.Sprintf("take larger steps: %s has the most values, %d", s.Dimensions[largest].Name,
					len(s.Dimensions[largest].Values))})
		}
		return nil
	})
	return warnings
}

// Given is what the override gives: all of it but what is free.
func (s *Space) Given() build.Override {
	given := maps.Clone(s.override)
	maps.DeleteFunc(given, func(_ string, v any) bool {
		_, free := v.(*syntax.Free)
		return free
	})
	return given
}
