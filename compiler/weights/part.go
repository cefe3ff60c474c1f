package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// part is some tensors of a state: those whose names begin with a prefix, which they have lost.
//
//	state_dict   model.stem.weight   model.stem.bias   criterion.pos_weight
//	the part     stem.weight         stem.bias                                prefix "model."
//	outside it                                         criterion.pos_weight
type part struct {
	state   stored.State
	prefix  string
	tensors []stored.Tensor
	outside []stored.Tensor // with their whole names
	passed  []string        // what is beside the part that --state names: it is passed over
	last    bool            // it is tried when no other fits, and no mapping is proposed for it
}

// wholeState returns the part that is all of a state. Counters are left out.
func wholeState(s stored.State) (part, error) {
	p := part{state: s}
	seen := map[string]bool{}
	for _, t := range s.Tensors {
		if seen[t.Name] {
			return p, fmt.Errorf("the tensor %s occurs twice", stored.Quote(t.Name))
		}
		seen[t.Name] = true
		if !isCounter(t.Name) {
			p.tensors = append(p.tensors, t)
		}
	}
	return p, nil
}

// isCounter reports whether a tensor only counts batches or models: PyTorch's batch norm and its averaged models have
// such.
func isCounter(name string) bool {
	return name == "n_averaged" || name == "num_batches_tracked" || strings.HasSuffix(name, ".num_batches_tracked")
}

// under returns the part of the names that go on with a prefix.
func (p part) under(prefix string) part {
	inner := part{state: p.state, prefix: p.prefix + prefix, outside: slices.Clone(p.outside), passed: p.passed}
	for _, t := range p.tensors {
		if rest, ok := strings.CutPrefix(t.Name, prefix); ok && rest != "" {
			t.Name = rest
			inner.tensors = append(inner.tensors, t)
		} else {
			t.Name = p.prefix + t.Name
			inner.outside = append(inner.outside, t)
		}
	}
	return inner
}

// path returns the name that chooses the part with --state: "state_dict.model".
func (p part) path() string {
	path := strings.TrimRight(p.prefix, separators)
	if p.state.Name != "" && path != "" {
		path = p.state.Name + "." + path
	}
	return path
}

// separators stand between the parts of a name: PyTorch's dot, TensorFlow's slash.
const separators = "./"

// firstWord returns the beginning of a name with its separator, or "" where the name has but one word.
func firstWord(name string) string { return name[:strings.IndexAny(name, separators)+1] }

// prefixCalled returns the beginning of names that a user calls by its words, "model" for "model.", or "".
func prefixCalled(tensors []stored.Tensor, words string) string {
	for _, t := range tensors {
		for _, separator := range separators {
			if prefix := words + string(separator); strings.HasPrefix(t.Name, prefix) {
				return prefix
			}
		}
	}
	return ""
}

// maxWords bounds the prefix that is looked for.
const maxWords = 16

// descend returns the part and those inside it that resemble the network about as much: trainers put words before every
// name (module., _orig_mod., model., encoder., in any order), and tensors of their own beside them. Where two prefixes
// resemble it as much, as a student's and a teacher's do, rivals is the error that names them.
func (p part) descend(l likeness) (found []part, rivals error) {
	found = append(found, p.cleaned())
	score, common := l.of(p.tensors)
	for range maxWords {
		words := p.firstWords(l)
		best := 0.0
		for _, w := range words {
			best = max(best, w.score)
		}
		words = slices.DeleteFunc(words, func(w word) bool {
			return w.score < best*rival || w.score < score*rival || float64(w.common) <= float64(common)*most
		})
		switch len(words) {
		case 0:
			return found, nil
		case 1:
			score, common = words[0].score, words[0].common
			p = p.under(words[0].text)
			found = append(found, p.cleaned())
		default:
			return found, p.rivals(words)
		}
	}
	return found, nil
}

// word is a first word of names, and the likeness of the tensors that have it.
type word struct {
	text   string
	score  float64
	common int
}

// firstWords returns the first words of the names, in the order of the file.
func (p part) firstWords(l likeness) []word {
	groups := map[string][]stored.Tensor{}
	var words []word
	for _, t := range p.tensors {
		text := firstWord(t.Name)
		if text != "" && groups[text] == nil {
			words = append(words, word{text: text})
		}
		groups[text] = append(groups[text], t)
	}
	for i := range words {
		words[i].score, words[i].common = l.of(groups[words[i].text])
	}
	return slices.DeleteFunc(words, func(w word) bool { return w.common == 0 })
}

// closed returns the innermost part beside which no weights stand.
func closed(found []part) part {
	for i := len(found) - 1; i > 0; i-- {
		if found[i].last {
			continue
		}
		if !slices.ContainsFunc(found[i].outside, mayBeWeight) {
			return found[i]
		}
	}
	return found[0]
}

func (p part) rivals(words []word) error {
	var names []string
	for _, w := range words {
		names = append(names, stored.Show(p.under(w.text).path()))
	}
	return fmt.Errorf("the checkpoint has several sets of weights: choose one with --state: %s",
		shorten(strings.Join(names, ", "), maxList))
}

// inner are words that PyTorch's compiler, its sharding and its checkpointing put into the middle of names, where they
// wrap a part of the network.
var inner = []string{"_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."}

// parallel is the word of DataParallel, which wraps a part of some networks: features.module.0 in PyTorch's example of
// VGG. Networks may have such a word of their own, so it is left out only where nothing else fits.
const parallel = "module."

// cleaned leaves the inner words out.
func (p part) cleaned() part {
	q, _ := p.without(inner...)
	return q
}

// without leaves words out of the middle of names, unless two names would become one. It reports whether it did.
func (p part) without(words ...string) (part, bool) {
	has := func(t stored.Tensor) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(t.Name, "."+word) })
	}
	if !slices.ContainsFunc(p.tensors, has) {
		return p, false
	}
	tensors := slices.Clone(p.tensors)
	seen := map[string]bool{}
	for i := range tensors {
		for _, word := range words {
			tensors[i].Name = strings.ReplaceAll(tensors[i].Name, "."+word, ".")
		}
		if seen[tensors[i].Name] {
			return p, false
		}
		seen[tensors[i].Name] = true
	}
	p.tensors = tensors
	return p, true
}
