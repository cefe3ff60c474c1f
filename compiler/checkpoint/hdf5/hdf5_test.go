package hdf5

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

func load(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(data []byte) (*Object, error) { return Read(bytes.NewReader(data), int64(len(data))) }

// each visits the datasets of a tree by their paths.
func each(o *Object, path string, visit func(path string, d *stored.Tensor)) {
	if o.Data != nil {
		visit(strings.TrimPrefix(path, "/"), o.Data)
	}
	for _, m := range o.Members {
		each(m, path+"/"+m.Name, visit)
	}
}

// TestRead reads what h5py wrote: see testdata/make_files.py. Every tensor of floats counts from -2.
func TestRead(t *testing.T) {
	tests := map[string][]string{
		"plain.h5": {"bfloat16 [24]", "float16 [6, 4]", "float32 [2, 3, 4]", "float64 [24]",
			"group/inner/all [4, 6]", "group/inner/checked [4, 6]", "group/inner/chunked [4, 6]",
			"group/inner/deep [24]",
			"group/inner/deflated [4, 6]", "group/inner/shuffled [4, 6]", "int64", "nothing [0, 3]", "one_chunk [4, 6]",
			"scalar []", "text", "truth"},
		"latest.h5": {"float32 [2, 3, 4]", "one_chunk [4, 6]", "plain_chunk [4, 6]"},
	}
	for file, want := range tests {
		data := load(t, file)
		root, err := read(data)
		if err != nil || !Sniff(data) {
			t.Fatalf("%s: %v", file, err)
		}
		var got []string
		each(root, "", func(path string, d *stored.Tensor) {
			if !d.Type.Readable() {
				got = append(got, path)
				if _, err := d.Values(); err == nil {
					t.Errorf("%s: %s of type %q has values", file, path, d.Type)
				}
				return
			}
			got = append(got, path+" "+stored.Brief(d.Shape))
			values, err := d.Values()
			if err != nil {
				t.Errorf("%s: %s: %v", file, path, err)
			}
			for i, v := range values {
				if v != float32(i)-2 {
					t.Errorf("%s: %s is %v", file, path, values)
					break
				}
			}
		})
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s has\n%q, want\n%q", file, got, want)
		}
	}
}

func TestAttributes(t *testing.T) {
	root, err := read(load(t, "plain.h5"))
	if err != nil {
		t.Fatal(err)
	}
	got := root.Member("group").Member("inner").Attributes
	want := map[string][]string{"fixed": {"one", "three"}, "variable": {"räume"}, "variables": {"x", "", "yz"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if root, err = read(load(t, "latest.h5")); err != nil || root.Member("group").Attributes["name"][0] != "stem" {
		t.Errorf("%v, %v", root, err)
	}
}

// TestTrees reads a group and a dataset whose trees have several nodes.
func TestTrees(t *testing.T) {
	root, err := read(load(t, "many.h5"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		d := root.Member(fmt.Sprint("d", i))
		if d == nil {
			t.Fatalf("d%d is missing", i)
		}
		if v, err := d.Data.Values(); err != nil || v[0] != float32(i) {
			t.Errorf("d%d is %v, %v", i, v, err)
		}
	}
	values, err := root.Member("chunks").Data.Values()
	if err != nil || len(values) != 400 {
		t.Fatalf("%d values, %v", len(values), err)
	}
	for i, v := range values {
		if v != float32(i) {
			t.Fatalf("element %d is %v", i, v)
		}
	}
}

func TestRefused(t *testing.T) {
	for file, want := range map[string]string{
		"dense.h5":   "dense links",
		"index.h5":   "another index of chunks",
		"links.h5":   "links to other files or paths",
		"twice.h5":   "two names",
		"missing.h5": "0 chunks of 4",
		"lzf.h5":     "filter 32000",
	} {
		if _, err := read(load(t, file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", file, err, want)
		}
	}
	root, err := read(load(t, "bigendian.h5"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.Member("a").Data.Values(); err == nil || !strings.Contains(err.Error(), "class 1") {
		t.Errorf("big-endian numbers: %v", err)
	}
}

// TestTruncated cuts each file at every length: none may be accepted, none may panic.
func TestTruncated(t *testing.T) {
	for _, file := range []string{"plain.h5", "latest.h5"} {
		data := load(t, file)
		for n := 0; n < len(data); n += 7 {
			if _, err := read(data[:n]); err == nil {
				t.Errorf("%s: the first %d bytes of %d are accepted", file, n, len(data))
			}
		}
	}
}

// TestDamaged sets each byte to values that are too large or nothing, and reads what is accepted, in little memory.
func TestDamaged(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	accepted := 0
	for _, file := range []string{"plain.h5", "latest.h5"} {
		data := load(t, file)
		step := 11 // an odd one, so that every byte of a number has its turn
		if testing.Short() {
			step = 101
		}
		for at := 0; at < len(data); at += step {
			old := data[at]
			for _, b := range []byte{0, 1, 0x7f, 0xff} {
				data[at] = b
				if root, err := read(data); err == nil {
					accepted++
					readAll(root)
				}
			}
			data[at] = old
		}
	}
	runtime.ReadMemStats(&after)
	if per := (after.TotalAlloc - before.TotalAlloc) / uint64(accepted); per > 8<<20 {
		t.Errorf("%d bytes for each of %d damaged files", per, accepted)
	}
}

func readAll(root *Object) {
	each(root, "", func(_ string, d *stored.Tensor) {
		if n, err := stored.Elements(d.Shape); err == nil && n < 1<<20 {
			d.Values()
		}
	})
}

// patch replaces an address in a file by another.
func patch(data []byte, from, to uint64) []byte {
	a, b := binary.LittleEndian.AppendUint64(nil, from), binary.LittleEndian.AppendUint64(nil, to)
	return bytes.ReplaceAll(bytes.Clone(data), a, b)
}

// TestOverlap makes two datasets of a file share their values.
func TestOverlap(t *testing.T) {
	data := load(t, "many.h5")
	f := &file{r: bytes.NewReader(data), size: int64(len(data)), left: maxStructure, objects: map[uint64]bool{}}
	root, err := f.superblock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.object("", root, 0); err != nil {
		t.Fatal(err)
	}
	_, err = read(patch(data, uint64(f.extents[20].From), uint64(f.extents[21].From)))
	if err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("got %v, want an error that tensors overlap", err)
	}
}

// TestFilters checks what a chunk goes through against its opposite.
func TestFilters(t *testing.T) {
	if got := unshuffle([]byte{1, 4, 2, 5, 3, 6, 9}, 3); !bytes.Equal(got, []byte{1, 2, 3, 4, 5, 6, 9}) {
		t.Errorf("unshuffle gives %v", got)
	}
	if _, err := inflate([]byte("nothing"), 10); err == nil {
		t.Error("what is not compressed is inflated")
	}
	if _, err := checked([]byte{1, 2, 3}); err == nil || !strings.Contains(err.Error(), "lacks its checksum") {
		t.Errorf("no checksum: %v", err)
	}
	if got, err := checked([]byte{0, 0, 0, 0}); err != nil || len(got) != 0 {
		t.Errorf("a checksum of nothing: %v, %v", got, err)
	}
	if _, err := checked([]byte{1, 2, 3, 4, 5, 6}); err == nil || !strings.Contains(err.Error(), "checksum is wrong") {
		t.Errorf("a wrong checksum: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{"plain.h5", "latest.h5", "many.h5", "dense.h5"} {
		f.Add(load(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if root, err := read(data); err == nil {
			readAll(root)
		}
	})
}
