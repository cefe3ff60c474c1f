package align

import (
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/names"
)

// separators end the parts of names.
const separators = "./_:-"

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// prefix returns the beginning of a name up to its n-th number, with a letter that belongs to it: block2a of
// block2a_expand. It is "" where there are fewer numbers, or nothing follows.
func prefix(name string, n int) string {
	for at := 0; at < len(name); at++ {
		if !isDigit(name[at]) {
			continue
		}
		for at < len(name) && isDigit(name[at]) {
			at++
		}
		if n--; n > 0 {
			continue
		}
		letter := at < len(name) && name[at] >= 'a' && name[at] <= 'z'
		if letter && (at+1 == len(name) || strings.IndexByte(separators, name[at+1]) >= 0) {
			at++
		}
		if at == len(name) {
			return ""
		}
		return name[:at]
	}
	return ""
}

// digitless returns a name without its numbers.
func digitless(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, name)
}

// unlettered returns a name without its numbers, and without parts of one letter, which count as numbers do: f.a.0,
// f.b.0.
func unlettered(name string) string {
	var b strings.Builder
	for i := range len(name) {
		starts := i == 0 || strings.IndexByte(separators, name[i-1]) >= 0
		ends := i+1 == len(name) || strings.IndexByte(separators, name[i+1]) >= 0
		if !isDigit(name[i]) && (!starts || !ends) {
			b.WriteByte(name[i])
		}
	}
	return b.String()
}

// tokens cuts a name into its words and numbers, in lower case: bn_Conv1 is bn, conv and 1.
func tokens(name string) (all []string) {
	separates := func(r rune) bool { return strings.ContainsRune(separators, r) }
	for _, part := range strings.FieldsFunc(strings.ToLower(name), separates) {
		for part != "" {
			head, rest := names.CutRun(part)
			all = append(all, head)
			part = rest
		}
	}
	return all
}

// roles are what words in names mean, as netc's own blocks call it. A projection is that of an inverted bottleneck,
// or the shortcut's.
var roles = map[string][]string{
	"shortcut": {"shortcut"}, "short": {"shortcut"}, "sc": {"shortcut"}, "downsample": {"shortcut"},
	"skip": {"shortcut"}, "residual": {"shortcut"}, "identity": {"shortcut"},
	"expand": {"expand"}, "expansion": {"expand"},
	"depthwise": {"depthwise"}, "dw": {"depthwise"}, "dwconv": {"depthwise"},
	"project": {"project"}, "pwl": {"project"}, "proj": {"project", "shortcut"}, "projection": {"project", "shortcut"},
	"reduce": {"reduce"}, "squeeze": {"reduce"},
	"se": {"excite"}, "excite": {"excite"}, "excitation": {"excite"},
	"stem": {"stem"}, "head": {"head"}, "top": {"head"},
	"primary": {"primary"}, "cheap": {"cheap"},
}

// allRoles lists the meanings, those first that tell most.
var allRoles = []string{
	"shortcut", "depthwise", "excite", "expand", "project", "reduce", "stem", "head", "primary", "cheap",
}

// tokens returns the words of a name.
func (p *pairer) tokens(name string) []string {
	all, known := p.words[name]
	if !known {
		all = tokens(name)
		p.words[name] = all
	}
	return all
}

// rolesOf returns the meanings of a name's words.
func (p *pairer) rolesOf(name string) (all []string) {
	for _, word := range p.tokens(name) {
		all = append(all, roles[word]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// byMeaning pairs the layers that alone have a meaning of their own on both sides.
func (p *pairer) byMeaning(ours, theirs []int, take func(i, j int)) {
	for _, role := range allRoles {
		has := func(layers []Layer) func(i int) bool {
			return func(i int) bool { return !slices.Contains(p.rolesOf(layers[i].Name), role) }
		}
		a := slices.DeleteFunc(slices.Clone(ours), has(p.network))
		b := slices.DeleteFunc(slices.Clone(theirs), has(p.file))
		if len(a) == 1 && len(b) == 1 {
			take(a[0], b[0])
			ours = slices.DeleteFunc(ours, func(i int) bool { return i == a[0] })
			theirs = slices.DeleteFunc(theirs, func(j int) bool { return j == b[0] })
		}
	}
}

// byConvolution pairs batch norms by the names of the convolutions before them, which are paired already.
func (p *pairer) byConvolution(of []int, ours, theirs []int, take func(i, j int)) {
	for _, i := range ours {
		if !p.network[i].Norm || len(p.network[i].After) != 1 || of[p.network[i].After[0]] < 0 {
			continue
		}
		conv := p.file[of[p.network[i].After[0]]]
		another := func(j int) bool { return !p.namedAfter(p.file[j].Name, conv.Name) }
		own := slices.DeleteFunc(slices.Clone(theirs), another)
		if len(own) == 1 {
			take(i, own[0])
			theirs = slices.DeleteFunc(theirs, func(j int) bool { return j == own[0] })
		}
	}
}

var normWords = map[string]bool{
	"bn": true, "batchnorm": true, "batch": true, "norm": true, "normalization": true, "batchnormalization": true,
}
var convWords = map[string]bool{"conv": true, "convolution": true, "weights": true}

// namedAfter reports whether a batch norm's name says which convolution is before it:
//
//	bn_Conv1              Conv1                 the name and a word for batch norm
//	stem.bn, conv1/bn1    stem.conv, conv1      a word for batch norm in place of one for convolution
//	features.0.1          features.0.0          the next number
func (p *pairer) namedAfter(norm, conv string) bool {
	n, c := p.tokens(norm), p.tokens(conv)
	bare := without(n, normWords)
	if len(bare) < len(n) && (slices.Equal(bare, c) || slices.Equal(without(bare, convWords), without(c, convWords))) {
		return true
	}
	if len(n) != len(c) || len(n) < 2 {
		return false
	}
	last := len(n) - 1
	a, errA := strconv.Atoi(c[last])
	b, errB := strconv.Atoi(n[last])
	return errA == nil && errB == nil && b == a+1 && slices.Equal(n[:last], c[:last])
}

// without returns the words that are not of a set. conv2d and batchnorm2d are conv and batchnorm.
func without(words []string, set map[string]bool) (left []string) {
	for i := 0; i < len(words); i++ {
		if !set[words[i]] {
			left = append(left, words[i])
			continue
		}
		if i+2 < len(words) && words[i+1] == "2" && words[i+2] == "d" {
			i += 2
		}
	}
	return left
}

// plausible reports whether no name speaks against a pairing: a word that means one thing stands for another, or a
// batch norm is named after another convolution.
func (p *pairer) plausible(pairing Pairing) bool {
	byClass := map[string][]int{}
	for i, j := range pairing.Of {
		if j >= 0 {
			byClass[p.network[i].Class] = append(byClass[p.network[i].Class], i)
		}
	}
	for _, same := range byClass {
		if len(same) > 1 && !p.plausibleAmong(pairing.Of, same) {
			return false
		}
	}
	return true
}

func (p *pairer) plausibleAmong(of, same []int) bool {
	for _, i := range same {
		a, b := p.rolesOf(p.network[i].Name), p.rolesOf(p.file[of[i]].Name)
		for _, role := range []string{"shortcut", "expand", "depthwise", "project", "excite"} {
			if len(b) > 0 && slices.Contains(a, role) != slices.Contains(b, role) && p.spoken(of, same, role) {
				return false
			}
		}
		if !p.network[i].Norm || len(p.network[i].After) != 1 {
			continue
		}
		conv := of[p.network[i].After[0]]
		if conv < 0 || p.namedAfter(p.file[of[i]].Name, p.file[conv].Name) {
			continue
		}
		for _, k := range same {
			if p.namedAfter(p.file[of[k]].Name, p.file[conv].Name) {
				return false // there is one that is named after it
			}
		}
	}
	return true
}

// spoken reports whether as many layers of one class have a word for a role on both sides. Where one of a pair has it
// and the other has not, it then tells layers apart on both.
func (p *pairer) spoken(of, same []int, role string) bool {
	a, b := 0, 0
	for _, i := range same {
		if slices.Contains(p.rolesOf(p.network[i].Name), role) {
			a++
		}
		if slices.Contains(p.rolesOf(p.file[of[i]].Name), role) {
			b++
		}
	}
	return a == b
}
