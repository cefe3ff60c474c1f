package params

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// maxHeader is the largest header a safetensors file may have; that of B7 has 150 KB.
const maxHeader = 100 << 20

// ReadSafetensors reads a checkpoint and binds it by name: the file must hold exactly the graph's parameters. Values may be F32,
// F16 or BF16. PyTorch's num_batches_tracked counters are passed over.
func ReadSafetensors(path string, g *ir.Graph) (Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is not a regular file", path)
	}
	set, err := readSafetensors(f, info.Size(), g)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return set, nil
}

// entry is one tensor of the header. Offsets count from the end of the header.
type entry struct {
	name  string
	DType string    `json:"dtype"`
	Shape []int64   `json:"shape"`
	Data  *[2]int64 `json:"data_offsets"`
}

func readSafetensors(f io.ReaderAt, size int64, g *ir.Graph) (Set, error) {
	entries, start, err := readHeader(f, size)
	if err != nil {
		return nil, err
	}
	if err := checkLayout(entries, size-start); err != nil {
		return nil, err
	}
	bound, err := bind(entries, g)
	if err != nil {
		return nil, err
	}
	set := Set{}
	for _, p := range g.Params() {
		data, err := readTensor(f, start, bound[p.Name])
		if err != nil {
			return nil, err
		}
		set[p.Name] = &Tensor{Shape: p.Shape, Data: data}
	}
	return set, nil
}

func readHeader(f io.ReaderAt, size int64) (entries []entry, start int64, err error) {
	var word [8]byte
	if _, err := f.ReadAt(word[:], 0); err != nil {
		return nil, 0, fmt.Errorf("not a safetensors file: it has only %d bytes", size)
	}
	length := binary.LittleEndian.Uint64(word[:])
	if length > maxHeader || int64(length) > size-8 {
		return nil, 0, fmt.Errorf("not a safetensors file, or a truncated one: its header would have %d bytes, the file has %d", length, size)
	}
	text := make([]byte, length)
	if _, err := f.ReadAt(text, 8); err != nil {
		return nil, 0, fmt.Errorf("cannot read the header: %w", err)
	}
	entries, err = parseHeader(text)
	if err != nil {
		return nil, 0, fmt.Errorf("the header is not as safetensors has it: %w", err)
	}
	return entries, 8 + int64(length), nil
}

// parseHeader reads the header's object key by key: a map would hide a name that occurs twice.
func parseHeader(text []byte) ([]entry, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	var entries []entry
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := t.(string) // a key of an object
		if seen[name] {
			return nil, fmt.Errorf("the tensor %q occurs twice", name)
		}
		seen[name] = true
		if name == "__metadata__" {
			var metadata map[string]string
			if err := d.Decode(&metadata); err != nil {
				return nil, err
			}
			continue
		}
		e := entry{name: name}
		if err := d.Decode(&e); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		if e.Data == nil || e.DType == "" {
			return nil, fmt.Errorf("tensor %q lacks dtype or data_offsets", name)
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return nil, errors.New("something follows the JSON object")
	}
	return entries, nil
}

var elementSize = map[string]int64{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4,
	"I64": 8, "U64": 8, "F64": 8,
}

// checkLayout makes sure that every tensor has the bytes its shape needs, within the file, and shares none.
func checkLayout(entries []entry, size int64) error {
	for _, e := range entries {
		width, known := elementSize[e.DType]
		if !known {
			return fmt.Errorf("tensor %q has the unknown type %q", e.name, e.DType)
		}
		from, to := e.Data[0], e.Data[1]
		if from < 0 || to < from || to > size {
			return fmt.Errorf("tensor %q lies at bytes %d to %d, but the file has %d bytes of data: it is truncated or damaged", e.name, from, to, size)
		}
		n := width
		for _, d := range e.Shape {
			if d < 0 || d > 0 && n > (1<<62)/d {
				return fmt.Errorf("tensor %q has the impossible shape %v", e.name, e.Shape)
			}
			n *= d
		}
		if n != to-from {
			return fmt.Errorf("tensor %q of shape %v needs %d bytes, but has %d", e.name, e.Shape, n, to-from)
		}
	}
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b entry) int { return int(min(1, max(-1, a.Data[0]-b.Data[0]))) })
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; b.Data[0] < a.Data[1] && b.Data[1] > b.Data[0] {
			return fmt.Errorf("the tensors %q and %q overlap", a.name, b.name)
		}
	}
	return nil
}

// maxListed is how many tensors one error lists.
const maxListed = 20

// BindError lists every tensor that does not fit the network.
type BindError struct{ Problems []string }

func (e *BindError) Error() string {
	shown := e.Problems[:min(len(e.Problems), maxListed)]
	text := "the weights do not fit the network:\n  " + strings.Join(shown, "\n  ")
	if more := len(e.Problems) - len(shown); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	return text + "\nThe names must be those of the network: see netc summary, or train the module that netc torch writes."
}

// bind finds every parameter's tensor.
func bind(entries []entry, g *ir.Graph) (map[string]entry, error) {
	byName := map[string]entry{}
	for _, e := range entries {
		byName[e.name] = e
	}
	var problems []string
	wanted := map[string]bool{}
	for _, p := range g.Params() {
		wanted[p.Name] = true
		e, ok := byName[p.Name]
		switch {
		case !ok:
			problems = append(problems, fmt.Sprintf("missing: %s %v is not in the file", p.Name, p.Shape))
		case !sameShape(e.Shape, p.Shape):
			problems = append(problems, fmt.Sprintf("misshapen: %s is %v in the network, but %v in the file", p.Name, p.Shape, shapeOf(e.Shape)))
		case e.DType != "F32" && e.DType != "F16" && e.DType != "BF16":
			problems = append(problems, fmt.Sprintf("wrong type: %s is %s; F32, F16 and BF16 can be read", p.Name, e.DType))
		}
	}
	for _, e := range entries {
		if !wanted[e.name] && !strings.HasSuffix(e.name, ".num_batches_tracked") {
			problems = append(problems, fmt.Sprintf("surplus: %s %v is not in the network", e.name, shapeOf(e.Shape)))
		}
	}
	if len(problems) > 0 {
		return nil, &BindError{problems}
	}
	return byName, nil
}

func sameShape(got []int64, want ir.Shape) bool {
	return slices.EqualFunc(got, want, func(a int64, b int) bool { return a == int64(b) })
}

func shapeOf(dims []int64) ir.Shape {
	s := make(ir.Shape, len(dims))
	for i, d := range dims {
		s[i] = int(d)
	}
	return s
}

// readTensor reads and widens one tensor, a piece at a time.
func readTensor(f io.ReaderAt, start int64, e entry) ([]float32, error) {
	width := elementSize[e.DType]
	data := make([]float32, 0, (e.Data[1]-e.Data[0])/width)
	r := io.NewSectionReader(f, start+e.Data[0], e.Data[1]-e.Data[0])
	piece := make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(r, piece)
		for i := 0; i+int(width) <= n; i += int(width) {
			var x float32
			switch e.DType {
			case "F32":
				x = math.Float32frombits(binary.LittleEndian.Uint32(piece[i:]))
			case "BF16":
				x = math.Float32frombits(uint32(binary.LittleEndian.Uint16(piece[i:])) << 16)
			case "F16":
				x = float16(binary.LittleEndian.Uint16(piece[i:]))
			}
			if x != x || x > math.MaxFloat32 || x < -math.MaxFloat32 {
				return nil, fmt.Errorf("tensor %q holds %v at element %d: train again, or mend the file", e.name, x, len(data))
			}
			data = append(data, x)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return data, nil
		}
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", e.name, err)
		}
	}
}

// float16 widens an IEEE 754 half-precision number.
func float16(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15), int(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		x := float32(fraction) / (1 << 24)
		if sign == 1 {
			return -x
		}
		return x
	case 0x1f:
		return math.Float32frombits(sign<<31 | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign<<31 | uint32(exponent-15+127)<<23 | fraction<<13)
}
