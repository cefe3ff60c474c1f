package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/flax"
	"github.com/netc-lang/netc/compiler/checkpoint/onnx"
	"github.com/netc-lang/netc/compiler/checkpoint/safetensors"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/checkpoint/tfjs"
	"github.com/netc-lang/netc/compiler/checkpoint/torch"
)

// shard is a safetensors file of one tensor [2] with the values 1 and 2.
func shard(name string) string {
	header := fmt.Sprintf(`{"%s":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, name)
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header + "\x00\x00\x80?\x00\x00\x00@"
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSniff opens a file of each format under a name that says nothing.
func TestSniff(t *testing.T) {
	for path, want := range map[string]string{
		"torch/testdata/zip.pth":        "PyTorch checkpoint",
		"torch/testdata/legacy.pth":     "PyTorch checkpoint",
		"numpy/testdata/plain.npz":      "NumPy archive",
		"numpy/testdata/compressed.npz": "NumPy archive",
		"onnx/testdata/inside.onnx":     "ONNX model",
		"keras/testdata/model.keras":    "Keras archive",

		"keras/testdata/keras3.weights.h5": "Keras weights",
		"flax/testdata/state.msgpack":      "Flax dictionary",
		"":                                 "safetensors",
	} {
		text := []byte(shard("w"))
		if path != "" {
			var err error
			if text, err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Open(write(t, t.TempDir(), "weights", string(text)))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if c.Format != want || len(c.States) == 0 {
			t.Errorf("%s: %d states of the format %q, want %q", path, len(c.States), c.Format, want)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestShards(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.safetensors", shard("a"))
	write(t, dir, "2.safetensors", shard("b"))
	write(t, filepath.Dir(dir), "outside.safetensors", shard("b"))
	if err := os.Symlink("../outside.safetensors", filepath.Join(dir, "link.safetensors")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.safetensors"), 0o600); err != nil {
		t.Fatal(err)
	}
	index := func(a, b string) string {
		return fmt.Sprintf(`{"metadata": {"total_size": 16}, "weight_map": {"a": %q, "b": %q}}`, a, b)
	}
	tests := []struct{ name, index, want string }{
		{"whole", index("1.safetensors", "2.safetensors"), ""},
		{"wrong shard", index("2.safetensors", "1.safetensors"), "as the index says"},
		{"one shard missing", index("1.safetensors", "3.safetensors"), "3.safetensors"},
		{"one tensor missing", index("1.safetensors", "1.safetensors"), `the index has the tensor "b"`},
		{"one tensor more", `{"weight_map": {"c": "1.safetensors"}}`, "which the index lacks"},
		{"outside", index("1.safetensors", "../outside.safetensors"), "not one beside it"},
		{"absolute", index("1.safetensors", "/etc/passwd"), "not one beside it"},
		{"link that leads out", index("1.safetensors", "link.safetensors"), "escapes"},
		{"pipe", index("1.safetensors", "pipe.safetensors"), "not a regular file"},
		{"no map", `{"metadata": {}}`, "no weight_map"},
		{"truncated", index("1.safetensors", "2.safetensors")[:60], "not an index"},
		{"itself", index("index.json", "index.json"), "index.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Open(write(t, dir, "index.json", tt.index))
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) ||
					!strings.Contains(err.Error(), "index.json") {
					t.Errorf("got %v, want an error with %q and the file's name", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, tensor := range c.States[0].Tensors {
				if v, err := tensor.Values(); err != nil || !slices.Equal(v, []float32{1, 2}) {
					t.Errorf("%s is %v, %v", tensor.Name, v, err)
				}
			}
			if n := len(c.States[0].Tensors); n != 2 {
				t.Errorf("%d tensors, want 2", n)
			}
		})
	}
}

// TestTFJS reads a model whose shards lie beside it and below, and none that lies elsewhere.
func TestTFJS(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.bin", "\x00\x00\x80?")
	write(t, filepath.Dir(dir), "outside.bin", "\x00\x00\x00@")
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "below/2.bin", "\x00\x00\x00@")
	if err := os.Symlink("../outside.bin", filepath.Join(dir, "link.bin")); err != nil {
		t.Fatal(err)
	}
	for second, want := range map[string]string{
		"below/2.bin": "", "link.bin": "escapes", "../outside.bin": "not a file beside", "3.bin": "3.bin",
		"below": "not a regular file",
	} {
		text := fmt.Sprintf(`{"modelTopology": {}, "weightsManifest": [{"paths": ["1.bin", %q],
			"weights": [{"name": "w", "shape": [2], "dtype": "float32"}]}]}`, second)
		c, err := Open(write(t, dir, "any.name", text))
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "any.name") {
				t.Errorf("%s: got %v, want an error with %q and the file's name", second, err, want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if v, err := c.States[0].Tensors[0].Values(); err != nil || !slices.Equal(v, []float32{1, 2}) ||
			c.Format != "TensorFlow.js model" {
			t.Errorf("%v, %v, %q", v, err, c.Format)
		}
	}
}

// TestTorchShards joins two shards of PyTorch's own format.
func TestTorchShards(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("torch/testdata/zip.pth")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "1.bin", string(text))
	write(t, dir, "2.safetensors", shard("extra"))
	var names []string
	c, err := Open(filepath.Join(dir, "1.bin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range c.States[0].Tensors {
		names = append(names, fmt.Sprintf("%q: %q", tensor.Name, "1.bin"))
	}
	c.Close()
	index := `{"weight_map": {"extra": "2.safetensors", ` + strings.Join(names, ", ") + "}}"
	if c, err = Open(write(t, dir, "index.json", index)); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := len(c.States[0].Tensors); got != len(names)+1 || c.Format != "index of shards" {
		t.Errorf("%d tensors of %q, want %d", got, c.Format, len(names)+1)
	}
}

// zipOf is an archive of empty members.
func zipOf(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTrainersFolders opens the folders that trainers write.
func TestTrainersFolders(t *testing.T) {
	weights, err := os.ReadFile("torch/testdata/zip.pth")
	if err != nil {
		t.Fatal(err)
	}
	trainer, distributed := t.TempDir(), t.TempDir()
	for _, name := range []string{"pytorch_model.bin", "optimizer.pt", "training_args.bin"} {
		write(t, trainer, name, string(weights))
	}
	c, err := Open(trainer)
	if err != nil || c.Format != "PyTorch checkpoint" {
		t.Fatalf("transformers' Trainer: %v", err)
	}
	c.Close()
	write(t, distributed, ".metadata", "")
	write(t, distributed, "__0_0.distcp", string(weights))
	if _, err := Open(distributed); err == nil || !strings.Contains(err.Error(), "dcp_to_torch_save") {
		t.Errorf("distributed: %v", err)
	}
}

func TestUnknown(t *testing.T) {
	tar := bytes.Repeat([]byte{0}, 512)
	copy(tar[257:], "ustar")
	for name, tt := range map[string]struct{ text, want string }{
		"empty":   {"", "is empty"},
		"TF Lite": {"\x1c\x00\x00\x00TFL3", "TensorFlow Lite"},
		"GGUF":    {"GGUF\x03\x00\x00\x00", "quantized weights of language models"},
		"text":    {"network X {}", "not a format that netc knows"},
		"tar":     {string(tar), "torch.save"},
		"exported": {zipOf(t, "serialized_exported_program.json", "serialized_state_dict.pt"),
			"torch.save(program.state_dict, FILE)"},
		"exported later": {zipOf(t, "model/archive_format", "model/data/weights/weight_0"),
			"torch.save(program.state_dict, FILE)"},
		"plain zip":   {"PK\x05\x06" + strings.Repeat("\x00", 18), "not a format"},
		"damaged zip": {"PK\x03\x04 and nothing more", "truncated or damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, t.TempDir(), "weights.pth", tt.text)
			if _, err := Open(path); err == nil || !strings.Contains(err.Error(), tt.want) ||
				!strings.HasPrefix(err.Error(), path) {
				t.Errorf("got %v, want the path and %q", err, tt.want)
			}
		})
	}
	path := write(t, t.TempDir(), "huge.safetensors.index.json", `{"weight_map": {"a": "1.safetensors"}}`)
	if err := os.Truncate(path, safetensors.MaxIndex+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "the limit is 16777216") {
		t.Errorf("an index of over 16 MB: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "missing")); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestSniffing holds every format to what the beginning of a file shows, at its edges: what is tried first is not to
// claim what is another's.
func TestSniffing(t *testing.T) {
	ustar := strings.Repeat("\x00", 257) + "ustar"
	length := func(n uint64, rest string) string { return string(binary.LittleEndian.AppendUint64(nil, n)) + rest }
	for _, tt := range []struct {
		name  string
		sniff func(head []byte) bool
		yes   []string
		no    []string
	}{
		{"zip", stored.SniffZip, []string{"PK\x03\x04", "PK\x03\x04x"},
			[]string{"", "PK\x03", "PK\x05\x06", "PK\x03\x05"}},
		{"pickle", torch.SniffPickle, []string{"\x80\x02}", "\x80\x05}"},
			[]string{"", "\x80\x02", "\x80\x01}", "\x80\x06}", "\x81\x02}"}},
		{"tar", torch.SniffTar, []string{ustar, ustar + "x"},
			[]string{"", ustar[:261], ustar[:261] + "x", "x" + ustar}},
		{"TensorFlow.js", tfjs.Sniff, []string{`{"modelTopology"`, `{"weightsManifest"`, `{"layers-model"`,
			` {"format": "graph-model"`, `[{"weights"`, "\n\t\r [{\"paths\""},
			[]string{"", "  ", "{", "[", `{"weights"`, `{"paths"`, `["modelTopology"`, `["weightsManifest"`,
				`"weights"`, `{modelTopology`}},
		{"Flax", flax.Sniff, []string{"\x81\xa1w\x01", "\x8f\xa1w", "\xde\x00\x01\xa1w\x01", "\x81\xd9\x01w"},
			[]string{"", "\x81", "\x80\xa1w", "\x90\xa1w", "\xde\x00\x01", "\x81\xa0", "\x81\x01", "\x81\xa1\x01",
				"\x81\xa1\xff", "\xdf\x00\x00\x00\x01\xa1w", "\x81\xa2w"}},
		{"safetensors", safetensors.Sniff, []string{length(2, "{"), length(1<<40, "{}")},
			[]string{"", length(2, ""), length(1<<40+1, "{"), length(2, "[")}},
		{"ONNX", onnx.Sniff, []string{"\x08\x07\x12", "\x08\x01\x1a", "\x08\x20\x22", "\x08\x07\x28", "\x08\x07\x32",
			"\x08\x07\x3a", "\x08\x07\x42", "\x08\x07\x72"},
			[]string{"", "\x08\x07", "\x08\x00\x12", "\x08\x21\x12", "\x09\x07\x12", "\x08\x07\x13"}},
		{"TensorFlow Lite", sniffAt(4, "TFL3"), []string{"\x00\x00\x00\x00TFL3"},
			[]string{"", "TFL3", "\x00\x00\x00\x00TFL"}},
	} {
		for _, head := range tt.yes {
			if !tt.sniff([]byte(head)) {
				t.Errorf("%s: %q is not recognised", tt.name, head)
			}
		}
		for _, head := range tt.no {
			if tt.sniff([]byte(head)) {
				t.Errorf("%s: %q is recognised", tt.name, head)
			}
		}
	}
}
