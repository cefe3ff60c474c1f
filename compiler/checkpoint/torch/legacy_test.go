package torch

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestLegacyKeys has lists of storages and lengths that are not as the structure says.
func TestLegacyKeys(t *testing.T) {
	structure := dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x04\x85", "K\x01\x85"))
	file := func(keys string, length byte) []byte {
		return []byte(magic + start + "K\x01." + start + "}." + start + structure + "." + start + keys + "." +
			string(length) + "\x00\x00\x00\x00\x00\x00\x00" + fourOnes)
	}
	good := "]X" + text("0") + "a"
	states, err := ReadLegacy(bytes.NewReader(file(good, 4)), int64(len(file(good, 4))))
	if err != nil || !slices.Equal(values(t, states, "", "w"), []float32{1, 2, 3, 4}) {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, keys string
		length     byte
		want       string
	}{
		{"length", good, 3, `"0" at byte`},
		{"none", "]", 4, `"0" is not in the list`},
		{"twice", "](X" + text("0") + "X" + text("0") + "e", 4, `has "0", which`},
		{"nested", "]N" + strings.Repeat("2\x86", 60) + "a", 4, "has a tuple of 2, which"},
		{"no list", "N", 4, "is missing"},
	} {
		data := file(tt.keys, tt.length)
		if _, err := ReadLegacy(bytes.NewReader(data), int64(len(data))); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestLegacyModule reads a module that was saved whole with its source, as the old format has it.
func TestLegacyModule(t *testing.T) {
	class := "(X" + text("module") + "cmy\nNet\nX" + text("net.py") + "X" + text("class Net: pass") + "tQ"
	parameters := dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x04\x85", "K\x01\x85"))
	data := []byte(magic + start + "K\x01." + start + "}." + start + class + strings.TrimPrefix(module("my.Net",
		parameters, ""), "cmy\nNet\n") + "." +
		start + "]X" + text("0") + "a.\x04\x00\x00\x00\x00\x00\x00\x00" + fourOnes)
	states, err := ReadLegacy(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if got := values(t, states, "", "w"); !slices.Equal(got, []float32{1, 2, 3, 4}) {
		t.Errorf("got %v", got)
	}
}

func TestTruncatedLegacy(t *testing.T) {
	data, err := os.ReadFile("testdata/legacy.pth")
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(data) {
		if _, err := ReadLegacy(bytes.NewReader(data[:n]), int64(n)); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(data))
		}
	}
}

func FuzzReadLegacy(f *testing.F) {
	seed(f, "legacy.pth")
	f.Fuzz(func(t *testing.T, data []byte) {
		if states, err := ReadLegacy(bytes.NewReader(data), int64(len(data))); err == nil {
			readAll(states)
		}
	})
}

// withoutWords is a source that fails where eight bytes are read, as lengths of storages are.
type withoutWords struct{ io.ReaderAt }

func (r withoutWords) ReadAt(p []byte, at int64) (int, error) {
	if len(p) == 8 {
		return 0, checkpointtest.ErrBroken
	}
	return r.ReaderAt.ReadAt(p, at)
}

// TestBrokenLegacy reads a file from sources that fail, in every place, and where a storage begins.
func TestBrokenLegacy(t *testing.T) {
	structure := dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x04\x85", "K\x01\x85"))
	data := []byte(magic + start + "K\x01." + start + "}." + start + structure + "." + start + "]X" + text("0") +
		"a.\x04\x00\x00\x00\x00\x00\x00\x00" + fourOnes)
	checkpointtest.Broken(t, data, func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		states, err := ReadLegacy(r, size)
		if err != nil {
			return nil, err
		}
		return states[0].Tensors, nil
	})
	source := withoutWords{bytes.NewReader(data)}
	if _, err := ReadLegacy(source, int64(len(data))); !errors.Is(err, checkpointtest.ErrBroken) {
		t.Errorf("without a storage's length: %v", err)
	}
}

// TestLegacyViews reads a tensor from the middle of its storage, and one of a storage without elements at the end.
func TestLegacyViews(t *testing.T) {
	structure := "}(X" + text("w") + tensorOf(reference("torch.FloatStorage", "0", 4), "K\x01", "K\x02\x85",
		"K\x01\x85") + "X" + text("none") +
		tensorOf(reference("torch.FloatStorage", "1", 0), "K\x00", "K\x00\x85", "K\x01\x85") + "u"
	data := []byte(magic + start + "K\x01." + start + "}." + start + structure + "." + start + "](X" + text("0") + "X" +
		text("1") + "e.\x04\x00\x00\x00\x00\x00\x00\x00" + fourOnes + strings.Repeat("\x00", 8))
	states, err := ReadLegacy(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if got := values(t, states, "", "w"); !slices.Equal(got, []float32{2, 3}) {
		t.Errorf("got %v", got)
	}
	if got := values(t, states, "", "none"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if _, err := ReadLegacy(bytes.NewReader(data[:len(data)-1]), int64(len(data)-1)); err == nil {
		t.Error("a file without all of its last length is read")
	}
}
