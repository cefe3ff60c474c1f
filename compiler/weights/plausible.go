package weights

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// Names and shapes may fit and the values still not be what they are taken for: the four vectors of a batch norm have
// one shape. What can be seen of them is looked at before anything is computed from them.
//
//	running_var    never negative: it is a mean of squares. sqrt(variance + epsilon) would be NaN
//	weight         mostly positive, and not zero in every batch norm
//	bias, mean     of both signs

// ImplausibleError lists tensors whose values cannot be what they are bound to.
type ImplausibleError struct{ Problems []string }

func (e *ImplausibleError) Error() string {
	shown := e.Problems[:min(len(e.Problems), maxListed)]
	text := "the values are not what they are bound to:\n  " + strings.Join(shown, "\n  ")
	if more := len(e.Problems) - len(shown); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	return text
}

// signs counts the signs of some values. Those that are not finite have none.
type signs struct{ negative, zero, positive int }

func (s *signs) add(values []float32) {
	for _, v := range values {
		switch {
		case v < 0:
			s.negative++
		case v == 0:
			s.zero++
		case v > 0:
			s.positive++
		}
	}
}

func (s *signs) join(other signs) {
	s.negative += other.negative
	s.zero += other.zero
	s.positive += other.positive
}

// mixed reports whether many values are of either sign.
func (s signs) mixed() bool { return 4*s.negative > s.positive && 4*s.positive > s.negative }

// allPositive reports whether none of many values is negative, and they are not only zeros.
func (s signs) allPositive() bool { return s.negative == 0 && s.positive >= 64 }

// plausible reads the vectors of all batch norms, once. The error is an *ImplausibleError.
func (b *Binding) plausible() error {
	b.looked.Do(func() { b.implausible = b.look() })
	return b.implausible
}

func (b *Binding) look() error {
	var problems []string
	all := map[ir.Role]*signs{}
	for _, r := range []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance} {
		all[r] = &signs{}
	}
	for i := 0; i < len(b.Bound); {
		first := i
		for i++; i < len(b.Bound) && b.Bound[i].node == b.Bound[first].node; i++ {
		}
		if _, ok := b.Bound[first].node.Op.(ir.BatchNorm); !ok {
			continue
		}
		problem, err := b.lookAt(b.Bound[first:i], all)
		if err != nil {
			return err
		}
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	if len(problems) == 0 {
		problems = overall(all)
	}
	if len(problems) > 0 {
		return &ImplausibleError{problems}
	}
	return nil
}

// lookAt looks at one batch norm, and counts its signs among all.
func (b *Binding) lookAt(vectors []Bound, all map[ir.Role]*signs) (problem string, err error) {
	one := map[ir.Role]signs{}
	names := map[ir.Role]string{}
	for _, v := range vectors {
		if v.Tensor == nil {
			continue
		}
		values, err := b.whole(v)
		if err != nil {
			return "", err
		}
		var s signs
		s.add(values)
		one[v.Param.Role] = s
		names[v.Param.Role] = stored.Quote(v.Tensor.Name)
		all[v.Param.Role].join(s)
	}
	if variance := one[ir.RunningVariance]; variance.negative > 0 {
		problem = fmt.Sprintf("variance: %s has %d negative values, and no variance is", names[ir.RunningVariance],
			variance.negative)
		if mean := one[ir.RunningMean]; mean.negative == 0 && mean.positive > 0 {
			problem += fmt.Sprintf("; the running mean %s has none: are they exchanged?", names[ir.RunningMean])
		}
	}
	return problem, nil
}

// overall looks at the batch norms of the whole network, where none is wrong by itself.
func overall(all map[ir.Role]*signs) (problems []string) {
	scale, shift, mean := all[ir.Scale], all[ir.Shift], all[ir.RunningMean]
	if scale.zero > 0 && scale.positive+scale.negative == 0 {
		problems = append(problems, "scale: the scales of all batch norms are zero, and so would be all results")
	}
	if scale.mixed() && shift.allPositive() {
		problems = append(problems, fmt.Sprintf("exchanged: of the batch norms' scales %d are negative and of their "+
			"shifts none: they are taken for each other", scale.negative))
	}
	if scale.mixed() && mean.allPositive() {
		problems = append(problems, fmt.Sprintf("exchanged: of the batch norms' scales %d are negative and of their "+
			"running means none: they are taken for each other", scale.negative))
	}
	return problems
}
