package numpy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// npy builds a .npy file of version 1.
func npy(header, data string) string {
	return "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(header)))) + header + data
}

func archive(t testing.TB, method uint16, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: files[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) ([]stored.Tensor, error) {
	r := bytes.NewReader(data)
	a, err := stored.OpenZip(r, int64(len(data)))
	if err != nil {
		return nil, err
	}
	return Read(a)
}

// TestNumPy reads what NumPy wrote: see testdata/make_archives.py. Every array counts from -2 in row-major order.
func TestNumPy(t *testing.T) {
	for _, file := range []string{"plain.npz", "compressed.npz"} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		tensors, err := read(data)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range tensors {
			names = append(names, a.Name)
			if !a.Type.Readable() {
				continue
			}
			got, err := a.Values()
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range got {
				if v != float32(i-2) {
					t.Errorf("%s: %s is %v", file, a.Name, got)
					break
				}
			}
			if n, _ := stored.Elements(a.Shape); int64(len(got)) != n || n == 0 {
				t.Errorf("%s: %s of shape %v has %d values", file, a.Name, a.Shape, len(got))
			}
		}
		if want := []string{"block.weight", "column", "half", "double", "scalar", "count"}; !slices.Equal(names, want) {
			t.Errorf("%s has %v, want %v", file, names, want)
		}
	}
}

func TestHostile(t *testing.T) {
	const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
	tests := []struct{ name, file, want string }{
		{"no array", "hello, world", "not a .npy file"},
		{"empty", "", "not a .npy file"},
		{"version", "\x93NUMPY\x09\x00", "version 9"},
		{"long header", "\x93NUMPY\x02\x00\xff\xff\xff\xff", "the limit is"},
		{"truncated header", "\x93NUMPY\x01\x00\xff\x00{", "truncated"},
		{"too short", npy(header, "1234567"), "needs 8 bytes, but has 7"},
		{"too long", npy(header, "123456789"), "needs 8 bytes, but has 9"},
		{"objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "12345678"), `type "|O"`},
		{"records", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "12345678"),
			"array of records"},
		{"big endian", npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "12345678"), `type ">f4"`},
		{"huge", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", ""),
			"impossible shape"},
		{"negative", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "12345678"),
			"not as NumPy writes it"},
		{"twice", npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678"),
			"not as NumPy writes it"},
		{"no shape", npy("{'descr': '<f4', 'fortran_order': False, }", "12345678"), "not as NumPy writes it"},
		{"neither True nor False", npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", "12345678"),
			"not as NumPy writes it"},
		{"another key", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'order': 'C', }", "12345678"),
			"not as NumPy writes it"},
		{"a key without quotes", npy("{descr: '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678"),
			"not as NumPy writes it"},
		{"no colon", npy("{'descr' '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678"),
			"not as NumPy writes it"},
		{"a shape without an end", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, }", "12345678"),
			"not as NumPy writes it"},
		{"a shape of words", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (a,), }", "12345678"),
			"not as NumPy writes it"},
		{"a number as shape", npy("{'descr': '<f4', 'fortran_order': False, 'shape': 2), }", "12345678"),
			"not as NumPy writes it"},
		{"many dimensions", npy("{'descr': '<f4', 'fortran_order': False, 'shape': ("+strings.Repeat("1,", 65)+"), }",
			"1234"), "not as NumPy writes it"},
		{"no end", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), ", "12345678"),
			"not as NumPy writes it"},
		{"no beginning", npy("'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678"),
			"not as NumPy writes it"},
		{"version 0", "\x93NUMPY\x00\x00", "version 0"},
		{"no length", "\x93NUMPY\x01\x00\x01", "truncated"},
		{"code", npy("__import__('os')", ""), "not as NumPy writes it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := read(archive(t, zip.Store, "w.npy", tt.file)); err == nil ||
				!strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "w.npy") {
				t.Errorf("got %v, want an error with %q and the array's name", err, tt.want)
			}
		})
	}
}

// TestBomb opens an archive of ten kilobytes that holds ten megabytes of zeros: nothing is unpacked until it is asked
// for.
func TestBomb(t *testing.T) {
	data := archive(t, zip.Deflate, "w.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2621440,), }",
		strings.Repeat("\x00", 10<<20)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := read(data); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("opening an archive of %d bytes takes %d bytes", len(data), got)
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{"plain.npz", "compressed.npz"} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if tensors, err := read(data); err == nil {
			readAll(tensors)
		}
	})
}

// FuzzHeader leaves the archive alone, whose checksums stop most changes.
func FuzzHeader(f *testing.F) {
	f.Add([]byte(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }", "12345678")))
	f.Fuzz(func(t *testing.T, array []byte) {
		if tensors, err := read(archive(t, zip.Store, "w.npy", string(array))); err == nil {
			readAll(tensors)
		}
	})
}

// readAll reads every array of at most a thousand elements: what a network of that size would ask for.
func readAll(tensors []stored.Tensor) {
	for i := range tensors {
		if n, err := stored.Elements(tensors[i].Shape); err == nil && n < 1000 {
			tensors[i].Values()
		}
	}
}

func source(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
	a, err := stored.OpenZip(r, size)
	if err != nil {
		return nil, err
	}
	return Read(a)
}

// TestDamaged reads archives that are broken, cut off and changed in every place. Their checksums leave only names
// open: those in the archive's directory are covered by none.
func TestDamaged(t *testing.T) {
	for _, file := range []string{"plain.npz", "compressed.npz"} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		checkpointtest.Broken(t, data, source)
		checkpointtest.Cut(t, data, source)
		directory := bytes.Index(data, []byte("PK\x01\x02"))
		checkpointtest.Flipped(t, data, source, func(at int) bool {
			entry := bytes.LastIndex(data[:at+1], []byte("PK\x01\x02"))
			return at > directory && entry >= 0 && at >= entry+46 // in an array's name
		})
	}
}

// TestArray writes arrays and reads them back, and refuses what is none.
func TestArray(t *testing.T) {
	for _, shape := range [][]int{{}, {3}, {2, 3}, {1, 2, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 2}} {
		values, n := []float32{}, 1
		for _, d := range shape {
			n *= d
		}
		for i := range n {
			values = append(values, float32(i)-1.5)
		}
		var b bytes.Buffer
		if err := WriteArray(&b, shape, values); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b.Bytes(), []byte("\x93NUMPY\x01\x00")) { // NumPy reads no version 1.1
			t.Errorf("%v: a file of another version: %q", shape, b.Bytes()[:8])
		}
		for n := range b.Len() - len(values)*4 {
			broken := io.NewSectionReader(cut{n, b.Bytes()}, 0, int64(b.Len()))
			if _, err := ReadArray(broken, int64(b.Len())); !errors.Is(err, errDisk) {
				t.Errorf("%v: a disk that fails behind byte %d: %v", shape, n, err)
			}
		}
		if at := b.Len() - 4*n; !IsArray(b.Bytes()) || at%64 != 0 || b.Bytes()[at-1] != '\n' {
			t.Errorf("%v: the values begin at byte %d", shape, at)
		}
		a, err := ReadArray(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.Values()
		if err != nil || !slices.Equal(got, values) || len(a.Shape) != len(shape) {
			t.Errorf("%v: %v of shape %v, %v", shape, got, a.Shape, err)
		}
		for n := range b.Len() {
			if _, err := ReadArray(bytes.NewReader(b.Bytes()[:n]), int64(n)); err == nil {
				t.Errorf("%v: the first %d of %d bytes are an array", shape, n, b.Len())
			}
		}
		if err := WriteArray(failing{}, shape, values); err == nil {
			t.Error("a write that fails is none")
		}
	}
	if IsArray([]byte("\x93NUMPX\x01\x00")) || IsArray(nil) {
		t.Error("anything is an array")
	}
}

var errDisk = errors.New("the disk fails")

// cut is a file whose disk fails behind its first bytes.
type cut struct {
	good int
	data []byte
}

func (c cut) ReadAt(p []byte, at int64) (int, error) {
	n := copy(p, c.data[min(int(at), c.good):c.good])
	if n < len(p) {
		return n, errDisk
	}
	return n, nil
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestIsArchive: an archive of arrays has nothing else, and something.
func TestIsArchive(t *testing.T) {
	for _, tt := range []struct {
		files []string
		want  bool
	}{
		{[]string{"a.npy", ""}, true}, {[]string{"a.npy", "", "b.npy", ""}, true}, {nil, false},
		{[]string{"a.npy", "", "b.txt", ""}, false}, {[]string{"b.txt", "", "a.npy", ""}, false},
	} {
		data := archive(t, zip.Store, tt.files...)
		a, err := stored.OpenZip(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if IsArchive(a) != tt.want {
			t.Errorf("%q is an archive of arrays: %t", tt.files, !tt.want)
		}
	}
}

// TestVersions reads arrays of all versions of the format, which differ in the length of their header's length.
func TestVersions(t *testing.T) {
	const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"
	for version, want := range []bool{false, true, true, true, false} {
		length := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
		if version < 2 {
			length = length[:2]
		}
		file := "\x93NUMPY" + string(rune(version)) + "\x00" + string(length) + header + "\x00\x00\x80?"
		a, err := ReadArray(strings.NewReader(file), int64(len(file)))
		if (err == nil) != want {
			t.Errorf("version %d: %v", version, err)
		}
		if err != nil {
			continue
		}
		if v, err := a.Values(); err != nil || !slices.Equal(v, []float32{1}) {
			t.Errorf("version %d: %v, %v", version, v, err)
		}
	}
}
