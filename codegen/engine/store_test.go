package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
)

// constant is a network of several steps whose results all are its first weight, if all its weights are the same.
func constant(weights int) *Network {
	n := &Network{
		Name: "Constant", Packing: "0123456789abcdef", Inputs: []int{1}, Arena: 256,
		Sections: []kernel.Section{{Type: kernel.F32, Elements: weights - weights/3},
			{Type: kernel.F32, Elements: weights / 3}},
		Results: []kernel.Ref{kernel.PlanesInArena(0, kernel.F32, 64, 1)},
	}
	for range 5 {
		n.Steps = append(n.Steps, Step{Kernel: &doing{64, 0, func(_ *kernel.Worker, m kernel.Memory, first, last int) {
			weights, out := kernel.FloatsOf(m[kernel.WeightsSpace]), kernel.FloatsOf(m[kernel.ArenaSpace])
			for i := first; i < last; i++ {
				out[i] = weights[0]
				for at := 0; at < len(weights); at += 1024 / 4 { // a few of every page
					if weights[at] != weights[0] {
						out[i] = float32(math.NaN())
					}
				}
			}
		}}})
	}
	return n
}

// fileOf returns a file of weights for a network that are all the same.
func fileOf(n *Network, value float32) []byte {
	h := Header{
		Network: n.Name, Variant: "v", Source: "n.net sha256:12", Checkpoint: "a b.pt sha256:34", Generator: "netc v0",
		Packing: n.Packing, Type: float32Type,
	}
	var data []byte
	for range sectionBytes(n.Sections) / 4 {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(value))
	}
	return WeightsFile(h, data)
}

func writeFile(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// answer is what an engine of a constant network answers.
func answer(e *Engine) (float32, error) {
	results := make([]float32, 64)
	if err := e.Infer(context.Background(), list(make([]float32, 1)), list(results)); err != nil {
		return 0, err
	}
	for _, r := range results {
		if r != results[0] {
			return float32(math.NaN()), nil
		}
	}
	return results[0], nil
}

func answers(t *testing.T, e *Engine, want float32) {
	t.Helper()
	if got, err := answer(e); err != nil || got != want {
		t.Errorf("the answer is %g, %v; want %g", got, err, want)
	}
}

// TestWays makes engines of the same file in every way that there is.
func TestWays(t *testing.T) {
	n := constant(100_000)
	file := fileOf(n, 7)
	path := writeFile(t, filepath.Join(t.TempDir(), "weights.bin"), file)
	for name, open := range map[string]func() (*Engine, error){
		"embedded": func() (*Engine, error) { return Embedded(n, "weights.bin", string(file), nil) },
		"opened":   func() (*Engine, error) { return Open(n, path, nil) },
		"copied":   func() (*Engine, error) { return Open(n, path, []Option{WithCopy()}) },
		"read":     func() (*Engine, error) { return Read(n, bytes.NewReader(file), nil) },
		"read slowly": func() (*Engine, error) {
			after := iotest.ErrReader(errors.New("nobody reads that far"))
			return Read(n, io.MultiReader(bytes.NewReader(file), after), nil)
		},
		"read by halves": func() (*Engine, error) { return Read(n, iotest.HalfReader(bytes.NewReader(file)), nil) },
	} {
		e, err := open()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		answers(t, e, 7)
		if h := e.Header(); h.Checkpoint != "a b.pt sha256:34" || h.Type != float32Type || len(h.Digest) != 64 {
			t.Errorf("%s: the header is %+v", name, h)
		}
		if err := e.Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := e.Verify(); err != ErrClosed {
			t.Errorf("%s, closed: %v", name, err)
		}
	}
}

// TestRefused holds that every way refuses files that do not fit, with the reason.
func TestRefused(t *testing.T) {
	n := constant(1000)
	good := string(fileOf(n, 1))
	other := *n
	other.Name = "Other"
	packed := *n
	packed.Packing = "fedcba9876543210"
	longer := *n
	longer.Sections = slices.Clone(n.Sections)
	longer.Sections[1].Elements++
	halved := *n
	halved.Sections = slices.Clone(n.Sections)
	halved.Sections[0].Type = kernel.F16
	if _, err := Embedded(&halved, "w", good, nil); !errors.Is(err, ErrWeights) ||
		!strings.Contains(err.Error(), "this code reads float16: pack them with --weights-dtype fp16") {
		t.Errorf("weights of 32 bits for code that reads 16: %v", err)
	}
	double := strings.Replace(good, "type float32", "type float64", 1)
	dir := t.TempDir()
	for name, tt := range map[string]struct{ file, want string }{
		"nothing":         {"", "bytes, and is no file of packed weights|is no file of packed weights"},
		"something else":  {strings.Repeat("%PDF", 100), "is no file of packed weights: netc pack writes them"},
		"LFS":             {"version https://git-lfs.github.com/spec/v1\noid", "is a pointer of Git LFS"},
		"an old format":   {"netc wts0123456789abcdef" + strings.Repeat("\x00", 4000), "before version 1"},
		"a new format":    {strings.Replace(good, "weights 1 ", "weights 2 ", 1), "is of version \"2\" of the format"},
		"another network": {string(fileOf(&other, 1)), "holds weights of Other, and this code runs Constant"},
		"another packing": {string(fileOf(&packed, 1)), "in another packing, that of netc v0"},
		"another length":  {string(fileOf(&longer, 1)), "has 4004 bytes of weights, and the network needs 4000"},
		"another type":    {double, "has weights of type float64"},
		"cut off": {good[:len(good)-1],
			"has 3999 bytes of weights, and says that there are 4000|ends before its weights do"},
		"cut off early": {good[:100], "is damaged: its header|ends before its weights do"},
		"no first line": {weightsMagic + "1 ", "is damaged: its header cannot be read"},
		"a huge header": {strings.Replace(good, "weights 1 ", "weights 1 9", 1),
			"is damaged: its header cannot be read"},
		"no packing": {strings.Replace(good, "\npacking", "\nparking", 1), "is damaged: its header cannot be read"},
		"no number":  {strings.Replace(good, "length 4", "length x", 1), "is damaged: its header cannot be read"},
		"a damaged weight": {good[:len(good)-1] + "\x01",
			"is damaged: its weights have not the checksum that it says"},
	} {
		path := writeFile(t, filepath.Join(dir, name), []byte(tt.file))
		swapped, err := Embedded(n, "weights.bin", string(fileOf(n, 5)), nil)
		if err != nil {
			t.Fatal(err)
		}
		opened := func(options ...Option) error {
			e, err := Open(n, path, options)
			if err == nil {
				err = e.Verify()
			}
			return err
		}
		_, read := Read(n, strings.NewReader(tt.file), nil)
		for way, err := range map[string]error{
			"Open": opened(), "Open with WithCopy": opened(WithCopy()), "Read": read, "Swap": swapped.Swap(path),
		} {
			fits := slices.ContainsFunc(strings.Split(tt.want, "|"), func(want string) bool {
				return err != nil && strings.Contains(err.Error(), want)
			})
			if !fits || !errors.Is(err, ErrWeights) {
				t.Errorf("%s, %s: %v", name, way, err)
			}
		}
		answers(t, swapped, 5)
	}
	_, err := Open(n, filepath.Join(dir, "missing"), nil)
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrWeights) {
		t.Errorf("a missing file: %v", err)
	}
	for _, options := range [][]Option{nil, {WithCopy()}} {
		if _, err := Open(n, dir, options); !errors.Is(err, ErrWeights) {
			t.Errorf("a folder: %v", err)
		}
	}
	broken := errors.New("the line is down")
	failing := io.MultiReader(strings.NewReader(good[:600]), iotest.ErrReader(broken))
	if _, err := Read(n, failing, nil); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

// TestBrokenReader: a reader that fails at any byte, or ends there, is an error of its own.
func TestBrokenReader(t *testing.T) {
	n := constant(30)
	good := string(fileOf(n, 1))
	broken := errors.New("the line is down")
	for k := range good {
		failing := io.MultiReader(strings.NewReader(good[:k]), iotest.ErrReader(broken))
		if _, err := Read(n, failing, nil); !errors.Is(err, broken) || errors.Is(err, ErrWeights) {
			t.Fatalf("a reader that fails at byte %d: %v", k, err)
		}
		if _, err := Read(n, strings.NewReader(good[:k]), nil); !errors.Is(err, ErrWeights) {
			t.Fatalf("a reader that ends at byte %d: %v", k, err)
		}
	}
}

// TestManyWeights: of weights that are all different, more than are read at a time, each is where it belongs, whether
// they are of the code's type or smaller; and a network without any has a file, too.
func TestManyWeights(t *testing.T) {
	for _, elements := range []int{0, 1 << 19} {
		n := constant(0)
		n.Sections = []kernel.Section{{Type: kernel.F32, Elements: elements},
			{Type: kernel.F32, Elements: elements / 2}}
		var want []float32
		wide, small := []byte{}, []byte{}
		for i := range elements + elements/2 {
			h := uint16(i*7) % 0x7c00
			v := kernel.HalfToFloat(h)
			want = append(want, v)
			wide = binary.NativeEndian.AppendUint32(wide, math.Float32bits(v))
			if i < elements {
				small = binary.NativeEndian.AppendUint16(small, h)
			} else {
				small = binary.NativeEndian.AppendUint32(small, math.Float32bits(v))
			}
		}
		for of, data := range map[string][]byte{float32Type: wide, float16Type: small} {
			file := WeightsFile(Header{Network: n.Name, Packing: n.Packing, Type: of}, data)
			path := writeFile(t, filepath.Join(t.TempDir(), "w"), file)
			for way, open := range map[string]func() (*Engine, error){
				"embedded": func() (*Engine, error) { return Embedded(n, "w", string(file), nil) },
				"read":     func() (*Engine, error) { return Read(n, bytes.NewReader(file), nil) },
				"opened":   func() (*Engine, error) { return Open(n, path, nil) },
			} {
				e, err := open()
				if err != nil {
					t.Fatalf("%s, %d weights of %s: %v", way, len(want), of, err)
				}
				if got := kernel.FloatsOf(e.current.weights); !slices.Equal(got, want) {
					t.Errorf("%s: %d weights of %s are others", way, len(want), of)
				}
				if err := e.Verify(); err != nil {
					t.Errorf("%s: %d weights of %s: %v", way, len(want), of, err)
				}
				if got := e.Memory().Weights; got != int64(4*len(want)) {
					t.Errorf("%s: %d weights take %d bytes", way, len(want), got)
				}
				if err := e.Close(); err != nil || e.Memory().Weights != 0 {
					t.Errorf("%s: closed, weights take %d bytes, %v", way, e.Memory().Weights, err)
				}
			}
		}
	}
}

// TestUnknownLines holds that a header may say more than this code knows.
func TestUnknownLines(t *testing.T) {
	n := constant(10)
	file := string(fileOf(n, 3))
	const known, more = "checkpoint a b.pt sha256:34\n", "checkpoint a\ncolour greenis\n"
	file = strings.Replace(file, known, more, 1)
	e, err := Embedded(n, "weights.bin", file, nil)
	if err != nil {
		t.Fatal(err)
	}
	answers(t, e, 3)
}

// TestBackgroundCheck holds that inferences return what the check that begins with Open finds.
func TestBackgroundCheck(t *testing.T) {
	n := constant(3 << 20)
	file := fileOf(n, 1)
	file[len(file)-1] ^= 0x10
	e, err := Open(n, writeFile(t, filepath.Join(t.TempDir(), "weights.bin"), file), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if _, err := answer(e); errors.Is(err, ErrWeights) && strings.Contains(err.Error(), "damaged") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no inference says that the weights are damaged")
		}
	}
}

// TestHeaderInOneLine holds that no name can say more than itself.
func TestHeaderInOneLine(t *testing.T) {
	h := Header{
		Network: "N\npacking 0\n\nx", Checkpoint: strings.Repeat("long ", 5000), Packing: "p",
		Digest: strings.Repeat("0", 64),
	}
	text := string(h.encode())
	n, err := headerLength("w", text[:firstLine])
	if err != nil || n != len(text) {
		t.Fatalf("the header of %d bytes says %d: %v", len(text), n, err)
	}
	if got, err := parseHeader("w", text); err != nil || got.Network != "N packing 0 x" || got.Packing != "p" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestSwap swaps weights under inferences and batches. Each answer is of one of the two and says of which, and nothing
// is left behind.
func TestSwap(t *testing.T) {
	swaps := 10_000
	if testing.Short() {
		swaps = 300
	}
	n := constant(5000)
	dir := t.TempDir()
	var paths, hashes [2]string
	for i := range paths {
		paths[i] = writeFile(t, filepath.Join(dir, []string{"a", "b"}[i]), fileOf(n, float32(i+1)))
		e, err := Open(n, paths[i], nil)
		if err != nil {
			t.Fatal(err)
		}
		hashes[i] = e.Weights()
		e.Close()
	}
	goroutines, files, heap := runtime.NumGoroutine(), openFiles(t, dir), heapInUse()
	e, err := Open(n, paths[0], []Option{WithWorkers(2)})
	if err != nil {
		t.Fatal(err)
	}
	var stop sync.WaitGroup
	done := make(chan bool)
	var counts [3]int
	for i := range counts {
		stop.Add(1)
		go func() {
			defer stop.Done()
			images := []int{1, 1, 5}[i]
			results := make([]float32, 64*images)
			by := ""
			ctx := AnsweredBy(context.Background(), &by)
			for {
				select {
				case <-done:
					return
				default:
				}
				err := e.InferBatch(ctx, images, list(make([]float32, images)), list(results))
				if err != nil {
					t.Error(err)
					return
				}
				if want := hashes[int(results[0])-1]; by != want {
					t.Errorf("weights %s answer, and say that they are %s", want, by)
					return
				}
				for k, r := range results {
					if r != results[k/64*64] || r != 1 && r != 2 {
						t.Errorf("an answer is %g", r)
						return
					}
				}
				counts[i]++
			}
		}()
	}
	for i := range swaps {
		if err := e.Swap(paths[(i+1)%2]); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	stop.Wait()
	answers(t, e, float32(swaps%2+1))
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := e.Swap(paths[0]); err != ErrClosed {
		t.Errorf("Swap after Close: %v", err)
	}
	t.Logf("%v inferences beside %d swaps", counts, swaps)
	if e.life.stores != 0 {
		t.Errorf("%d sets of weights are left", e.life.stores)
	}
	deadline := time.Now().Add(10 * time.Second)
	for ; runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
		}
	}
	if after := openFiles(t, dir); after > files {
		t.Errorf("%d files and mappings before, %d after", files, after)
	}
	if after := heapInUse(); after > heap+256<<10 {
		t.Errorf("%d bytes in use before, %d after", heap, after)
	}
}

// heapInUse is what the collector finds to be reachable, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// openFiles counts the files that are open, and mappings of those in a folder.
func openFiles(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0
	}
	return len(entries) + strings.Count(string(maps), dir)
}
