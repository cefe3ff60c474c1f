package execute

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/checkpoint/numpy"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// errBroken is of a source that breaks.
var errBroken = errors.New("the line is down")

// TestFailingWrites: results that cannot be written are an error, at whichever write the writer breaks.
func TestFailingWrites(t *testing.T) {
	outputs := []plan.Output{{Name: "logits", Shape: ir.Shape{2}}, {Name: "features", Shape: ir.Shape{1, 1, 3}}}
	results := [][]float32{{1, 2, 4, 3}, {1, 2, 3, 4, 5, 9}}
	for name, write := range map[string]func(w io.Writer) error{
		"archive": func(w io.Writer) error { return WriteArchive(w, outputs, 2, results) },
		"array":   func(w io.Writer) error { return WriteArray(w, outputs[1], 2, results[1]) },
		"floats":  func(w io.Writer) error { return WriteFloats(w, results[0]) },
	} {
		t.Run(name, func(t *testing.T) { compilertest.EveryWrite(t, write) })
	}
}

// failing reads as its bytes do, but for the k-th time.
type failing struct {
	*bytes.Reader
	k int
}

func (f *failing) ReadAt(p []byte, at int64) (int, error) {
	if f.k--; f.k == 0 {
		return 0, errBroken
	}
	return f.Reader.ReadAt(p, at)
}

// TestFailingReads: images whose file cannot be read, at its k-th read, are an error and no images, and so are those of
// a file that ends early.
func TestFailingReads(t *testing.T) {
	var array, raw bytes.Buffer
	values := []float32{1, 2, 3, 4, 5, 6}
	if err := numpy.WriteArray(&array, []int{1, 2, 3}, values); err != nil {
		t.Fatal(err)
	}
	if err := WriteFloats(&raw, values); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.npz")
	compilertest.WriteArchive(t, path, compilertest.Array{Name: "image", Shape: []int{1, 2, 3}, Values: values})
	archive, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := wanted{"", "image", ir.Shape{1, 2, 3}, true}
	for name, data := range map[string][]byte{"array": array.Bytes(), "raw": raw.Bytes(), "archive": archive} {
		for k := 1; ; k++ {
			source := &failing{bytes.NewReader(data), k}
			got, err := readImages(source, int64(len(data)), w)
			if source.k > 0 { // it was not read so often
				if err != nil || !slices.Equal(got, values) || k < 3 {
					t.Errorf("%s, read %d times: %v, %v", name, k, got, err)
				}
				break
			}
			// What lies behind the last value of an archive's member is read, too, and is of no matter.
			whole := err == nil && name == "archive" && slices.Equal(got, values)
			if !whole && !errors.Is(err, errBroken) {
				t.Errorf("%s: the %dth read fails: %v, %v", name, k, got, err)
			}
		}
		for n := range data {
			if got, err := readImages(bytes.NewReader(data[:n]), int64(n), w); err == nil {
				t.Errorf("%s: cut off after %d of %d bytes it holds %v", name, n, len(data), got)
			}
		}
	}
}

// TestNoResults: an inference that ends early, and parameters that lack, are errors.
func TestNoResults(t *testing.T) {
	g, err := ir.Parse("graph \"n\"\nx = Input(Shape: {2}) : [2]\ny = Linear(Out: 2, Bias: true) x : [2]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Of(g, params.Initializer(g, 1))
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(p).Infer(over, []float32{1, 2}); err != context.Canceled {
		t.Errorf("an inference whose context has ended: %v", err)
	}
	if got, err := Graph(g, params.Set{}, []float32{1, 2}); err == nil {
		t.Errorf("without parameters: %v", got)
	}
}

// TestNamedArrays: of an archive, an only array is the images of an only input, whatever it is called; of several
// inputs each has the array of its name.
func TestNamedArrays(t *testing.T) {
	dir, shape := t.TempDir(), ir.Shape{1, 1, 2}
	array := func(name string, v float32) compilertest.Array {
		return compilertest.Array{Name: name, Shape: []int{1, 1, 2}, Values: []float32{v, v}}
	}
	one, two := filepath.Join(dir, "one.npz"), filepath.Join(dir, "two.npz")
	compilertest.WriteArchive(t, one, array("a", 1))
	compilertest.WriteArchive(t, two, array("a", 1), array("b", 2))
	type read = func(path, input string, shape ir.Shape) ([]float32, error)
	for _, c := range []struct {
		read        read
		path, input string
		want        float32 // 0: none
	}{
		{ReadImages, one, "a", 1}, {ReadImages, one, "x", 1}, {ReadImages, two, "b", 2}, {ReadImages, two, "x", 0},
		{ReadNamed, one, "a", 1}, {ReadNamed, one, "x", 0}, {ReadNamed, two, "b", 2}, {ReadNamed, two, "x", 0},
	} {
		got, err := c.read(c.path, c.input, shape)
		if c.want == 0 {
			if err == nil || !strings.Contains(err.Error(), "arrays is called x, as the input is") {
				t.Errorf("%s of %s: %v, %v", c.input, filepath.Base(c.path), got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, []float32{c.want, c.want}) {
			t.Errorf("%s of %s: %v, %v", c.input, filepath.Base(c.path), got, err)
		}
	}
}

// TestShapesOfImages: images have the network's axes, with their number before them or not.
func TestShapesOfImages(t *testing.T) {
	for _, c := range []struct {
		dims []int
		fits bool
	}{
		{[]int{1, 2, 3}, true}, {[]int{1, 1, 2, 3}, true}, {[]int{2, 1, 2, 3}, true}, {[]int{2, 3}, false},
		{[]int{1, 1, 1, 2, 3}, false}, {[]int{2, 2, 3}, false}, {[]int{1, 3, 2}, false}, {[]int{1, 2, 4}, false},
		{[]int{1, 2, 2, 3}, false},
	} {
		var b bytes.Buffer
		if err := numpy.WriteArray(&b, c.dims, make([]float32, elements(c.dims))); err != nil {
			t.Fatal(err)
		}
		got, err := ReadStream(&b, "image", ir.Shape{1, 2, 3})
		if c.fits != (err == nil) || c.fits && len(got) != elements(c.dims) {
			t.Errorf("%v: %v, %v", c.dims, got, err)
		}
	}
}

// TestCount: of each input as many values are given as of the first, whole ones.
func TestCount(t *testing.T) {
	m := &Model{plan: &plan.Plan{Inputs: []plan.Input{{Name: "a", Shape: ir.Shape{2}}, {Name: "b", Shape: ir.Shape{3}},
		{Name: "c", Shape: ir.Shape{1}}}}}
	for _, c := range []struct {
		lengths []int
		n       int
		says    string
	}{
		{[]int{4, 6, 2}, 2, ""}, {[]int{0, 0, 0}, 0, ""},
		{[]int{4, 6}, 0, "2 inputs are given, but the network has 3"},
		{[]int{4, 3, 2}, 0, "of the input a there are 2 values, of b 1"},
		{[]int{4, 6, 1}, 0, "of the input a there are 2 values, of c 1"},
		{[]int{3, 6, 2}, 0, "3 floats are no whole number of values of the input a of shape [2], which have 2 each"},
	} {
		var inputs [][]float32
		for _, n := range c.lengths {
			inputs = append(inputs, make([]float32, n))
		}
		n, err := m.count(inputs)
		if n != c.n || (err == nil) != (c.says == "") || err != nil && err.Error() != c.says {
			t.Errorf("%v: %d, %v", c.lengths, n, err)
		}
	}
}

// TestTextOfOutputs: of a vector the five largest elements are told, or all of fewer, of image i; of anything else its
// range, worked out by hand.
func TestTextOfOutputs(t *testing.T) {
	outputs := []plan.Output{{Name: "v", Shape: ir.Shape{7}}, {Name: "m", Shape: ir.Shape{2, 2}}}
	results := [][]float32{{0, 0, 0, 0, 0, 0, 0, 3, -1, 7, 7, 2, 9, 1}, {0, 0, 0, 0, -2, 8, 1, 1}}
	const want = "v [7]\n       5  9\n       2  7\n       3  7\n       0  3\n       4  2\n" +
		"m [2, 2]: -2 to 8, mean 2\n"
	if got := Text(outputs, 1, results); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
