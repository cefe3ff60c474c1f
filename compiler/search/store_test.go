package search

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search/method"
	"github.com/netc-lang/netc/dsl/source"
)

func testSpace(t *testing.T, line string) *compiler.Space {
	t.Helper()
	text := "network N {\n    input image[3, 8, 8]\n    " + line + "\n}\n\nfamily N {\n    A:\n    B:\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOther refuses files of results that are of something else, and says of what.
func TestOther(t *testing.T) {
	s := testSpace(t, "a Conv(8 in [8, 16], kernel: 3 in [1, 3])")
	write := func(change func(h *Header)) string {
		path := filepath.Join(t.TempDir(), "results")
		h := NewHeader("n.net", s, "train {torch}", false, nil)
		change(&h)
		store, err := OpenStore(path, h)
		if err != nil {
			t.Fatal(err)
		}
		store.Close()
		return path
	}
	for _, c := range []struct {
		path, want string
	}{
		{write(func(h *Header) { h.Version = 7 }), "version 7 of the format, and this netc reads version 1"},
		{write(func(h *Header) { h.Variant = "B" }), "of the variant B, not A"},
		{write(func(h *Header) { h.Score = "other" }), "scored by another command, other"},
		{write(func(h *Header) { h.Epochs = []int{1, 3} }), "after other epochs: [1 3], not []"},
		{write(func(h *Header) { h.Dimensions[0].Values = []string{"8"} }),
			"a.out has the values 8 there, and 8, 16 in the file"},
		{write(func(h *Header) { h.Dimensions[1].Name = "a.stride" }), "another space, in which a.stride is free"},
		{write(func(h *Header) { h.Dimensions = h.Dimensions[:1] }), "another space, in which a.kernel is not free"},
		{write(func(h *Header) { h.Network = "x" }), "the network has changed since"},
	} {
		_, err := OpenStore(c.path, NewHeader("n.net", s, "train {torch}", false, nil))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("my notes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(path, NewHeader("n.net", s, "", false, nil)); err == nil ||
		!strings.Contains(err.Error(), "no file of results") {
		t.Error(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "my notes\n" {
		t.Error("a file of somebody else's has changed")
	}
}

// TestLocked refuses a file that another search has open.
func TestLocked(t *testing.T) {
	s := testSpace(t, "a Conv(8 in [8, 16])")
	path := filepath.Join(t.TempDir(), "results")
	first, err := OpenStore(path, NewHeader("n.net", s, "", false, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(path, NewHeader("n.net", s, "", false, nil)); err == nil ||
		!strings.Contains(err.Error(), "another search") {
		t.Error(err)
	}
	first.Close()
	if again, err := OpenStore(path, NewHeader("n.net", s, "", false, nil)); err != nil {
		t.Error(err)
	} else {
		again.Close()
	}
}

// full is a file on a disk that takes some more bytes.
type full struct {
	*os.File
	left int
}

func (f *full) Write(p []byte) (int, error) {
	if len(p) <= f.left {
		f.left -= len(p)
		return f.File.Write(p)
	}
	n, _ := f.File.Write(p[:f.left])
	f.left = 0
	return n, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
}

// TestFullDisk holds a search on a full disk to an error that holds what could not be written, and to keeping the rest:
// when there is room again, the search goes on from there.
func TestFullDisk(t *testing.T) {
	s := testSpace(t, "a Conv(8 in [8 to 80 step 8], kernel: 3 in [1, 3])")
	path := filepath.Join(t.TempDir(), "results")
	run := func(room int) (*Outcome, error) {
		store, err := OpenStore(path, NewHeader("n.net", s, "", false, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		store.file = &full{store.file.(*os.File), room}
		search := &Search{Space: s, Costs: Static(), Scorer: byMACs{}, Jobs: 1, Lookahead: 1, Store: store,
			NewMethod: func(m *method.Space) method.Method { return &method.Grid{Space: m} }}
		return search.Run(t.Context())
	}
	_, err := run(1000)
	var lost *StoreError
	if !errors.As(err, &lost) || !errors.Is(err, syscall.ENOSPC) || lost.Results[0].Score == 0 {
		t.Fatalf("got %v", err)
	}
	kept := lost.Results[0].Number
	if kept == 0 {
		t.Fatal("nothing was kept")
	}
	o, err := run(1 << 20)
	if err != nil || len(o.Results) != 20 || o.Reused != kept {
		t.Errorf("%v, %d results, %d reused, %d kept", err, len(o.Results), o.Reused, kept)
	}
}

// TestUnreadable passes on what the reading of a file of results fails with.
func TestUnreadable(t *testing.T) {
	const path = "/proc/self/mem" // a regular file whose first byte cannot be read
	if _, err := os.Stat(path); err != nil {
		t.Skip(err)
	}
	s := testSpace(t, "a Conv(8 in [8, 16])")
	if _, err := OpenStore(path, NewHeader("n.net", s, "train {torch}", false, nil)); !errors.Is(err, syscall.EIO) {
		t.Errorf("opened: %v", err)
	}
	if _, _, err := ReadResults(path); !errors.Is(err, syscall.EIO) {
		t.Errorf("read: %v", err)
	}
}

// TestPoint: a line is the result of a point where it has a value of each dimension, no other, and says what came of
// it.
func TestPoint(t *testing.T) {
	h := Header{Dimensions: []Dimension{{Name: "a", Values: []string{"8", "16"}},
		{Name: "b", Values: []string{"1", "3"}}}}
	for _, tt := range []struct {
		values map[string]string
		status Status
		want   bool
	}{
		{map[string]string{"a": "16", "b": "1"}, Done, true}, {map[string]string{"a": "16", "b": "1"}, "", false},
		{map[string]string{"a": "16"}, Done, false}, {map[string]string{"a": "16", "b": "2"}, Done, false},
		{map[string]string{"a": "16", "b": "1", "c": "1"}, Done, false}, {nil, Done, false},
	} {
		r := &Result{Values: tt.values, Status: tt.status}
		if got := h.point(r); got != tt.want || got && !slices.Equal(r.Point, []int{1, 0}) {
			t.Errorf("%v, %q: %t, %v", tt.values, tt.status, got, r.Point)
		}
	}
}
