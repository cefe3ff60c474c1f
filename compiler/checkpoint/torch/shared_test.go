package torch

import (
	"archive/zip"
	"slices"
	"strings"
	"testing"
)

// TestShared has two views of a storage of four elements, as a dictionary and as a module. PyTorch writes views as they
// are, tied weights and parts of larger tensors: whatever they share, each has the values that it has in PyTorch.
func TestShared(t *testing.T) {
	view := func(offset, shape, stride string) string {
		return tensorOf(reference("torch.FloatStorage", "0", 4), offset, shape, stride)
	}
	whole := view("K\x00", "K\x02K\x02\x86", "K\x02K\x01\x86")
	tests := []struct {
		name, a, b string
		values     []float32
	}{
		{"tied", whole, whole, []float32{1, 2, 3, 4}},
		{"tied and flat", whole, view("K\x00", "K\x04\x85", "K\x01\x85"), []float32{1, 2, 3, 4}},
		{"tied and transposed", whole, view("K\x00", "K\x02K\x02\x86", "K\x01K\x02\x86"), []float32{1, 3, 2, 4}},
		{"apart", view("K\x00", "K\x02\x85", "K\x01\x85"), view("K\x02", "K\x02\x85", "K\x01\x85"), []float32{3, 4}},
		{"columns", view("K\x00", "K\x02\x85", "K\x02\x85"), view("K\x01", "K\x02\x85", "K\x02\x85"), []float32{2, 4}},
		{"expanded", whole, view("K\x01", "K\x03K\x01\x86", "K\x00K\x01\x86"), []float32{2, 2, 2}},
		{"empty", whole, view("K\x01", "K\x00\x85", "K\x01\x85"), []float32{}},
		{"a part", whole, view("K\x01", "K\x02\x85", "K\x01\x85"), []float32{2, 3}},
		{"the beginning", whole, view("K\x00", "K\x02\x85", "K\x01\x85"), []float32{1, 2}},
		{"half", view("K\x00", "K\x03\x85", "K\x01\x85"), view("K\x01", "K\x03\x85", "K\x01\x85"), []float32{2, 3, 4}},
		{"itself", whole, view("K\x00", "K\x02K\x03\x86", "K\x01K\x01\x86"), []float32{1, 2, 3, 2, 3, 4}},
	}
	for _, tt := range tests {
		body := "(X" + text("a") + tt.a + "X" + text("b") + tt.b + "u"
		for _, pickle := range []string{start + "}" + body + ".", start + module("my.Net", "}"+body, "") + "."} {
			states, err := read(archive(t, zip.Store, "data.pkl", pickle, "data/0", fourOnes))
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if _, err := states[0].Tensors[0].Values(); err != nil {
				t.Errorf("%s: the first: %v", tt.name, err)
			}
			got, err := states[0].Tensors[1].Values()
			if err != nil || !slices.Equal(got, tt.values) {
				t.Errorf("%s: got %v, %v, want %v", tt.name, got, err, tt.values)
			}
		}
	}
}

// TestChecksums changes values and leaves their checksum: what is read whole is refused as it is read, a view when it
// is opened. A checksum of zero is none.
func TestChecksums(t *testing.T) {
	part := tensorOf(reference("torch.FloatStorage", "0", 4), "K\x01", "K\x02\x85", "K\x01\x85")
	for name, pickle := range map[string]string{"whole": good, "part": start + dict("w", part) + "."} {
		data := archive(t, zip.Store, "data.pkl", pickle, "data/0", fourOnes)
		at := strings.Index(string(data), fourOnes)
		data[at] ^= 1
		states, err := read(data)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := states[0].Tensors[0].Values(); err == nil ||
				!strings.Contains(err.Error(), `"archive/data/0" is damaged: its checksum is`) {
				t.Errorf("%s: got %v, want an error about the checksum", name, err)
			}
		}
		entry := strings.LastIndex(string(data), "PK\x01\x02")
		clear(data[entry+16 : entry+20])
		if states, err = read(data); err != nil {
			t.Fatal(err)
		}
		if _, err := states[0].Tensors[0].Values(); err != nil {
			t.Errorf("%s: without a checksum: %v", name, err)
		}
	}
	data := archive(t, zip.Store, "data.pkl", good, "data/0", fourOnes)
	data[strings.Index(string(data), "_rebuild")] = 'X'
	if _, err := read(data); err == nil || !strings.Contains(err.Error(), `"archive/data.pkl": is damaged`) &&
		!strings.Contains(err.Error(), "checksum") {
		t.Errorf("a changed pickle: got %v", err)
	}
	data = archive(t, zip.Store, "data.pkl", good, "data/0", fourOnes)
	data[strings.LastIndex(string(data), "PK\x01\x02")+8] |= 1
	if _, err := read(data); err == nil || !strings.Contains(err.Error(), `"archive/data/0" is encrypted`) {
		t.Errorf("an encrypted member: got %v", err)
	}
}
