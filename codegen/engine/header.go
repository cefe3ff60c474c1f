package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/codegen/kernel"
)

// ErrWeights is what errors of Open, Read and Swap are that refuse a file of weights, and those of inferences whose
// weights have changed or are damaged: errors.Is tells. A file that is missing, or cannot be read, is another error.
var ErrWeights = errors.New("the weights are refused")

// weightsError refuses a file of weights with a reason.
type weightsError struct{ text string }

func (e *weightsError) Error() string { return e.text }
func (e *weightsError) Unwrap() error { return ErrWeights }

// refuse returns an error that is ErrWeights.
func refuse(format string, args ...any) error { return &weightsError{fmt.Sprintf(format, args...)} }

// Header is what a file of weights says of itself, in text that begins the file:
//
//	netc weights 1 512
//	network EfficientNet-B0
//	variant B0
//	source efficientnet.net sha256:3f5c…
//	checkpoint b0.safetensors sha256:90ab…
//	generator netc v0.1.0
//	packing 0123456789abcdef
//	type float32
//	length 21220928
//	sha256 77ce…
//	crc32c 89abcdef
//
// The first line has the version of the format and the length of the header, a multiple of 64: the weights follow
// there, little-endian, in the order that the packing says. An empty line ends the text; what lies behind it is zero.
// A reader passes over lines that it does not know, so that a later netc may say more within the same version.
type Header struct {
	Network    string // the name of the network
	Variant    string
	Source     string // the architecture's file, and its hash
	Checkpoint string // the file that the values are from, and its hash; or how they were made up
	Generator  string // the netc that packed them
	Packing    string // fingerprint of what lies where: files that share it fit the same code
	Type       string // of the layers' weights, float32 or float16: biases and the like are float32
	Length     int    // of the weights, in bytes
	Digest     string // of the weights: 64 digits of a SHA-256
	Checksum   uint32 // of the weights: see checksum
}

// How a file of weights begins, and the version of the format.
const (
	weightsMagic  = "netc weights "
	weightsFormat = 1
	mostHeader    = 1 << 16
)

// The types of weights in a file.
const (
	float32Type = "float32"
	float16Type = "float16"
)

// sectionsOf returns the sections of a file whose weights are of a type, or nil where this code cannot read those. The
// type is that of the first section; the others are as the code has them.
func (n *Network) sectionsOf(weightType string) []kernel.Section {
	var t kernel.ElementType
	switch {
	case weightType == float16Type:
		t = kernel.F16
	case weightType != float32Type || n.Sections[0].Type != kernel.F32:
		return nil
	}
	sections := append([]kernel.Section(nil), n.Sections...)
	sections[0].Type = t
	return sections
}

// TypeName returns what a file of weights of a type calls it.
func TypeName(t kernel.ElementType) string {
	switch t {
	case kernel.F32:
		return float32Type
	case kernel.F16:
		return float16Type
	}
	panic("engine: no file of weights is of type " + t.String())
}

// fields are the lines of a header behind the first.
func (h *Header) fields() []headerField {
	return []headerField{
		{"network", textField{&h.Network}}, {"variant", textField{&h.Variant}}, {"source", textField{&h.Source}},
		{"checkpoint", textField{&h.Checkpoint}}, {"generator", textField{&h.Generator}},
		{"packing", textField{&h.Packing}}, {"type", textField{&h.Type}}, {"length", numberField{&h.Length}},
		{"sha256", textField{&h.Digest}}, {"crc32c", sumField{&h.Checksum}},
	}
}

type headerField struct {
	name  string
	value interface {
		String() string
		set(text string) error
	}
}

type textField struct{ at *string }

func (f textField) String() string        { return strings.Join(strings.Fields(*f.at), " ") } // in one line
func (f textField) set(text string) error { *f.at = text; return nil }

type numberField struct{ at *int }

func (f numberField) String() string { return strconv.Itoa(*f.at) }
func (f numberField) set(text string) (err error) {
	if *f.at, err = strconv.Atoi(text); err == nil && *f.at < 0 {
		err = strconv.ErrRange
	}
	return err
}

type sumField struct{ at *uint32 }

func (f sumField) String() string { return fmt.Sprintf("%08x", *f.at) }
func (f sumField) set(text string) error {
	sum, err := strconv.ParseUint(text, 16, 32)
	*f.at = uint32(sum)
	return err
}

// encode returns the header as it stands in a file.
func (h *Header) encode() []byte {
	var b strings.Builder
	for _, f := range h.fields() {
		fmt.Fprintf(&b, "%s %s\n", f.name, f.value)
	}
	b.WriteString("\n")
	const first = len(weightsMagic) + len("1 65536\n")
	length := (first + b.Len() + kernel.Alignment - 1) / kernel.Alignment * kernel.Alignment
	text := make([]byte, length)
	copy(text, fmt.Sprintf("%s%d %d\n%s", weightsMagic, weightsFormat, length, &b))
	return text
}

// firstLine is how many bytes are enough to tell the length of the header, or what else the file is.
const firstLine = 64

// headerLength returns the length of the header of a file that begins with these bytes, firstLine of them or all that
// there are.
func headerLength(name, begin string) (int, error) {
	rest, ours := strings.CutPrefix(begin, weightsMagic)
	switch {
	case ours:
	case strings.HasPrefix(begin, "version https://git-lfs.github.com/spec/"):
		return 0, refuse("%s is a pointer of Git LFS, and the weights are elsewhere: run git lfs pull", name)
	case strings.HasPrefix(begin, "netc wts"):
		return 0, refuse("%s is of a format before version %d: pack the weights again, with netc pack", name,
			weightsFormat)
	default:
		return 0, refuse("%s is no file of packed weights: netc pack writes them", name)
	}
	line, _, _ := strings.Cut(rest, "\n")
	version, length, _ := strings.Cut(line, " ")
	if version != strconv.Itoa(weightsFormat) {
		return 0, refuse("%s is of version %s of the format, and this code reads version %d: pack the weights with "+
			"the netc that generated the code", name, oneWord(version), weightsFormat)
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < len(weightsMagic) || n > mostHeader || n%kernel.Alignment != 0 {
		return 0, damagedHeader(name)
	}
	return n, nil
}

// oneWord keeps what a file says from filling a message.
func oneWord(text string) string {
	if len(text) > 10 {
		text = text[:10] + "…"
	}
	return strconv.Quote(text)
}

func damagedHeader(name string) error {
	return refuse("%s is damaged: its header cannot be read: copy or pack it again", name)
}

// parseHeader reads a header, of the length that headerLength says.
func parseHeader(name, text string) (*Header, error) {
	text, _, ended := strings.Cut(text, "\n\n")
	if !ended {
		return nil, damagedHeader(name)
	}
	values := map[string]string{}
	for _, line := range strings.Split(text, "\n")[1:] {
		key, value, _ := strings.Cut(line, " ")
		values[key] = value
	}
	h := new(Header)
	for _, f := range h.fields() {
		value, there := values[f.name]
		if !there || f.value.set(value) != nil {
			return nil, damagedHeader(name)
		}
	}
	if len(h.Digest) != 64 {
		return nil, damagedHeader(name)
	}
	return h, nil
}

// check says why weights do not fit the network.
func (h *Header) check(name string, n *Network) error {
	if h.Network != n.Name {
		return refuse("%s holds weights of %s, and this code runs %s", name, h.Network, n.Name)
	}
	if h.Packing != n.Packing {
		return refuse("%s holds weights of %s in another packing, that of %s: pack them again, with the netc and the "+
			"settings that generated this code", name, h.Network, h.Generator)
	}
	sections := n.sectionsOf(h.Type)
	switch {
	case sections == nil && n.Sections[0].Type == kernel.F16:
		return refuse("%s has weights of type %s, and this code reads float16: pack them with --weights-dtype fp16",
			name, h.Type)
	case sections == nil:
		return refuse("%s has weights of type %s, and this code reads float32 and float16", name, h.Type)
	case h.Length != sectionBytes(sections):
		return refuse("%s has %d bytes of weights, and the network needs %d", name, h.Length, sectionBytes(sections))
	}
	return nil
}
