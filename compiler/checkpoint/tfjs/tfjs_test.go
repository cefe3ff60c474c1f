package tfjs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/keras"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// files serves shards from memory.
type files map[string]string

func (f files) open(name string) (io.ReaderAt, int64, error) {
	text, ok := f[name]
	if !ok {
		return nil, 0, os.ErrNotExist
	}
	return strings.NewReader(text), int64(len(text)), nil
}

// weights makes the text of a manifest's list of weights.
func manifest(paths string, weights ...string) string {
	return fmt.Sprintf(`{"format": "layers-model", "modelTopology": {"keras_version": "2.2.4", "a": [{"b": 1}]},
		"weightsManifest": [{"paths": [%s], "weights": [%s]}]}`, paths, strings.Join(weights, ", "))
}

// TestRead has a weight that lies in two shards, one of each way of quantization and one that is none.
func TestRead(t *testing.T) {
	shards := files{"1.bin": "\x00\x00\x80?\x00\x00",
		"2.bin": "\x00@" + "\x00\x01\xff" + "\x00\x00\xff\xff" + "\x00<" + "\x07\x00\x00\x00" + "\x00\x00\x00\x00"}
	text := manifest(`"1.bin", "2.bin"`,
		`{"name": "conv/kernel", "shape": [2], "dtype": "float32"}`,
		`{"name": "conv/bytes", "shape": [3, 1], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.1, "min": -12.7}}`,
		`{"name": "conv/words", "shape": [2], "dtype": "float32", "quantization": {"dtype": "uint16", "scale": 0.001, "min": -32}}`,
		`{"name": "conv/half", "shape": [], "dtype": "float32", "quantization": {"dtype": "float16", "original_dtype": "float32"}}`,
		`{"name": "shape", "shape": [1], "dtype": "int32"}`,
		`{"name": "step", "shape": [1], "dtype": "float32", "group": "optimizer"}`)
	if !Sniff([]byte(text)) || !Sniff([]byte(`[{"weights":`)) || Sniff([]byte(`{"weight_map": {}}`)) || Sniff(nil) {
		t.Error("the wrong files are recognised")
	}
	if !Sniff([]byte("\r\n\t "+text)) || !Sniff([]byte(` [{"paths":`)) || Sniff([]byte("  ")) {
		t.Error("blanks before a file change what is recognised")
	}
	tensors, passed, err := Read([]byte(text), shards.open)
	if err != nil {
		t.Fatal(err)
	}
	// In float64, rounded once: 0.1 in float32 times 255 would round differently.
	want := map[string][]float32{
		"conv/kernel": {1, 2},
		"conv/bytes":  {-12.7, float32(0.1 + -12.7), float32(255*0.1 + -12.7)},
		"conv/words":  {-32, float32(65535*0.001 + -32)},
		"conv/half":   {1},
	}
	for _, a := range tensors {
		if a.Optional != (a.Name == "conv/half") {
			t.Errorf("%s, optional: %v", a.Name, a.Optional)
		}
		if a.Name == "shape" {
			if a.Type != "I32" {
				t.Errorf("shape is of type %s", a.Type)
			}
			continue
		}
		got, err := a.Values()
		if err != nil || !slices.Equal(got, want[a.Name]) {
			t.Errorf("%s is %v, %v, want %v", a.Name, got, err, want[a.Name])
		}
		delete(want, a.Name)
	}
	if len(want) > 0 || !slices.Equal(passed, []string{"step"}) {
		t.Errorf("missing: %v; passed over: %v", want, passed)
	}
}

// TestBareManifest reads the list alone, as face-api.js has it.
func TestBareManifest(t *testing.T) {
	text := `[{"weights": [{"name": "fc/weights", "shape": [1], "dtype": "float32"}], "paths": ["a.bin"]}]`
	tensors, _, err := Read([]byte(text), files{"a.bin": "\x00\x00\x80?"}.open)
	if err != nil || len(tensors) != 1 || tensors[0].Name != "fc/weights" {
		t.Errorf("%v, %v", tensors, err)
	}
}

// TestOrder puts weights that are listed by name into the order of the model, which is z, a, m, b.
func TestOrder(t *testing.T) {
	const layers = `{"class_name": "Model", "config": {"name": "net", "layers": [
		{"class_name": "Conv2D", "config": {"name": "z"}},
		{"class_name": "Model", "config": {"name": "inner", "layers": [{"config": {"name": "a"}}, {"config": {"name": "m"}}]}},
		{"class_name": "Dense", "config": {"name": "b"}}]}}`
	var listed []string
	for _, name := range []string{"a/k", "b/k", "extra/k", "inner/m/k", "z/k", "z/l"} {
		listed = append(listed, `{"name": "`+name+`", "shape": [1], "dtype": "bool"}`)
	}
	weights := strings.Join(listed, ", ")
	for topology, want := range map[string][]string{
		layers:                             {"z/k", "z/l", "a/k", "inner/m/k", "b/k", "extra/k"},
		`{"model_config": ` + layers + `}`: {"z/k", "z/l", "a/k", "inner/m/k", "b/k", "extra/k"},
		`{"model_config": {"config": [{"config": {"name": "z"}}, {"config": {"name": "b"}}]}}`: {
			"z/k", "z/l", "b/k", "a/k", "extra/k", "inner/m/k"},
		`{"node": [{"name": "c", "input": ["x", "z/l"]}, {"input": ["c", "z/k:0", "a/k"]}, {}]}`: {
			"z/l", "z/k", "a/k", "b/k", "extra/k", "inner/m/k"},
		`{"node": 1}`:         {"a/k", "b/k", "extra/k", "inner/m/k", "z/k", "z/l"},
		`{"model_config": 1}`: {"a/k", "b/k", "extra/k", "inner/m/k", "z/k", "z/l"},
	} {
		text := `{"modelTopology": ` + topology + `, "weightsManifest": [{"paths": ["a"], "weights": [` + weights + `]}]}`
		tensors, _, err := Read([]byte(text), files{"a": "123456"}.open)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range tensors {
			got = append(got, a.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s gives the order %q, want %q", topology, got, want)
		}
	}
}

// TestLayers says how the layers of a model compute: Keras' own networks pad before a convolution of stride 2.
func TestLayers(t *testing.T) {
	const text = `{"modelTopology": {"model_config": {"config": {"layers": [
		{"class_name": "ZeroPadding2D", "config": {"name": "pad", "padding": [[0, 1], [0, 1]]}, "inbound_nodes": [[["image", 0, 0, {}]]]},
		{"class_name": "Conv2D", "config": {"name": "stem", "padding": "valid"}, "inbound_nodes": [[["pad", 0, 0, {}]]]},
		{"class_name": "BatchNormalization", "config": {"name": "bn", "epsilon": 0.001}, "inbound_nodes": [[["stem", 0, 0, {}]]]},
		{"class_name": "Conv2D", "config": {"name": "last", "padding": "same"}, "inbound_nodes": [[["bn", 0, 0, {}]]]}]}}},
		"weightsManifest": [{"paths": ["a"], "weights": [{"name": "stem/k", "shape": [1], "dtype": "bool"},
		{"name": "bn/gamma", "shape": [1], "dtype": "bool"}, {"name": "last/k", "shape": [1], "dtype": "bool"},
		{"name": "other", "shape": [1], "dtype": "bool"}]}]}`
	// The layers of a Sequential read the ones before them and do not say so.
	sequential := strings.ReplaceAll(strings.Replace(text, `{"config": {"layers"`,
		`{"class_name": "Sequential", "config": {"layers"`, 1),
		"inbound_nodes", "nothing")
	for _, text := range []string{text, sequential} {
		checkLayers(t, text)
	}
}

// TestLayerOf: a weight belongs to the layer that its path names, in whatever model; one without a path to none, not
// to a layer whose name its own begins with.
func TestLayerOf(t *testing.T) {
	layers := map[string]described{"s": {name: "s", class: "BatchNormalization",
		Settings: keras.Settings{Epsilon: json.RawMessage("0.5")}}}
	for name, known := range map[string]bool{"s/gamma": true, "inner/s/gamma": true, "s": false, "stem": false,
		"": false, "stem/gamma": false, "s/inner/gamma": false} {
		if l := layerOf(name, layers); (l != nil) != known || known && l.Epsilon != 0.5 {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// TestOperations says how the operations of a graph model compute.
func TestOperations(t *testing.T) {
	const text = `{"modelTopology": {"node": [{"name": "x", "op": "Placeholder"}, {"name": "p", "op": "PadV2", "input": ["x"]},
		{"name": "a", "op": "_FusedConv2D", "input": ["x", "same", "b"], "attr": {"padding": {"s": "U0FNRQ=="}}},
		{"name": "b", "op": "Conv2D", "input": ["a", "valid:0"], "attr": {"padding": {"s": "VkFMSUQ="}}},
		{"name": "c", "op": "DepthwiseConv2dNative", "input": ["p:0", "padded"], "attr": {"padding": {"s": "VkFMSUQ="}}},
		{"name": "d", "op": "FusedBatchNormV3", "input": ["c", "gamma"], "attr": {"epsilon": {"f": 0.001}}},
		{"name": "e", "op": "MatMul", "input": ["d", "dense"]}]},
		"weightsManifest": [{"paths": ["a"], "weights": [%s]}]}`
	names := []string{"same", "valid", "padded", "gamma", "dense"}
	want := []*stored.Layer{{Rule: "same"}, {Pads: []int64{0, 0, 0, 0}}, nil, {Epsilon: 0.001}, nil}
	var listed []string
	for _, name := range names {
		listed = append(listed, fmt.Sprintf(`{"name": %q, "shape": [1], "dtype": "bool"}`, name))
	}
	tensors, _, err := Read([]byte(fmt.Sprintf(text, strings.Join(listed, ","))), files{"a": "12345"}.open)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range tensors {
		if a.Name != names[i] || !reflect.DeepEqual(a.Layer, want[i]) {
			t.Errorf("%s: %+v, want %s: %+v", a.Name, a.Layer, names[i], want[i])
		}
	}
}

func checkLayers(t *testing.T, text string) {
	t.Helper()
	tensors, _, err := Read([]byte(text), files{"a": "1234"}.open)
	if err != nil {
		t.Fatal(err)
	}
	want := []*stored.Layer{{Pads: []int64{0, 0, 1, 1}}, {Epsilon: 0.001}, {Rule: "same"}, nil}
	for i, a := range tensors {
		if !reflect.DeepEqual(a.Layer, want[i]) {
			t.Errorf("%s: %+v, want %+v", a.Name, a.Layer, want[i])
		}
	}
}

func TestHostile(t *testing.T) {
	shards := files{"a": "12345678", "b": "1234"}
	w := `{"name": "w", "shape": [2], "dtype": "float32"}`
	quantized := func(q string) string {
		return manifest(`"a"`, `{"name": "w", "shape": [8], "dtype": "float32", "quantization": `+q+`}`)
	}
	tests := []struct{ name, text, want string }{
		{"good", manifest(`"a"`, w), ""},
		{"two shards", manifest(`"b", "a"`, w, `{"name": "v", "shape": [1], "dtype": "float32"}`), ""},
		{"truncated", manifest(`"a"`, w)[:80], "not the JSON of a TensorFlow.js model"},
		{"not JSON", "[weights", "not the JSON"},
		{"no manifest", `{"modelTopology": {}}`, "lists no weights"},
		{"empty list", `[]`, "lists no weights"},
		{"list of numbers", `[1, 2]`, "not the JSON"},
		{"a name for the list of shards", strings.Replace(manifest(`"a"`, w), `["a"]`, `"a"`, 1), "where a list is"},
		{"a number for a shape", manifest(`"a"`, `{"name": "w", "shape": 2, "dtype": "float32"}`), "where a list is"},
		{"an object for weights", strings.Replace(manifest(`"a"`, w), "["+w+"]", w, 1), "where a list is"},
		{"name twice", manifest(`"a"`, w, w), `weight "w" occurs twice`},
		{"shard too short", manifest(`"b"`, w),
			`"w" of shape [2] lies at bytes 0 to 8, but the shards of its group have 4`},
		{"the second beyond the end", manifest(`"a"`, w, `{"name": "v", "shape": [1], "dtype": "float32"}`),
			`"v" of shape [1] lies at bytes 8 to 12, but the shards of its group have 8`},
		{"behind blanks", " \n\t" + manifest(`"a"`, w), ""},
		{"a list behind blanks", ` [{"weights": [` + w + `], "paths": ["a"]}]`, ""},
		{"shard too long", manifest(`"a", "b"`, w), "the weights of group 1 need 8 bytes, but its 2 shards have 12"},
		{"shard twice", manifest(`"b", "b"`, w), `shard "b" is named twice`},
		{"shard missing", manifest(`"c"`, w), `shard "c"`},
		{"shard outside", manifest(`"../a"`, w), "not a file beside this one"},
		{"shard at the root", manifest(`"/etc/passwd"`, w), "not a file beside this one"},
		{"no shard", manifest(``, w), "have 0 bytes"},
		{"huge", manifest(`"a"`, `{"name": "w", "shape": [1099511627776, 1099511627776], "dtype": "float32"}`),
			"impossible shape"},
		{"negative", manifest(`"a"`, `{"name": "w", "shape": [-2], "dtype": "float32"}`), "impossible shape"},
		{"fraction", manifest(`"a"`, `{"name": "w", "shape": [2.5], "dtype": "float32"}`), "not the JSON"},
		{"dimensions", manifest(`"a"`, `{"name": "w", "shape": [2`+strings.Repeat(",1", 64)+`], "dtype": "float32"}`),
			"65 dimensions"},
		{"64 dimensions", manifest(`"a"`, `{"name": "w", "shape": [2`+strings.Repeat(",1", 63)+`], "dtype": "float32"}`),
			""},
		{"many weights", manifest(`"a"`, strings.Repeat("{},", maxList)+"{}"), "a list has over"},
		{"many objects", manifest(`"a"`, w) + strings.Repeat("{}", 1<<19), "the JSON text has"},
		{"strings", manifest(`"a"`, `{"name": "w", "shape": [2], "dtype": "string"}`), `type "string"`},
		{"unknown quantization", quantized(`{"dtype": "int4", "scale": 1, "min": 0}`), `quantized to the type "int4"`},
		{"no scale", quantized(`{"dtype": "uint8", "min": 0}`), "lacks its scale"},
		{"no minimum", quantized(`{"dtype": "uint8", "scale": 1}`), "lacks its scale or its minimum"},
		{"infinite scale", quantized(`{"dtype": "uint8", "scale": 1e999, "min": 0}`), "not the JSON"},
		{"deep", "[" + strings.Repeat("[", 1<<20), "not the JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Read([]byte(tt.text), shards.open)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// FuzzRead lets every shard be the same bytes.
func FuzzRead(f *testing.F) {
	f.Add([]byte(manifest(`"a"`, `{"name": "w", "shape": [2], "dtype": "float32"}`)), []byte("12345678"))
	f.Add([]byte(`{"modelTopology": {"node": [{"input": ["w"]}], "config": {"layers": [{"config": {"name": "l"}}]}},
		"weightsManifest": [{"paths": ["a"], "weights": [{"name": "l/w", "shape": [2], "dtype": "float32"}]}]}`), []byte("12345678"))
	f.Add([]byte(`[{"weights": [{"name": "w", "shape": [8], "dtype": "float32",
		"quantization": {"dtype": "uint8", "scale": 0.1, "min": -1}}], "paths": ["a"]}]`), []byte("12345678"))
	f.Fuzz(func(t *testing.T, text, shard []byte) {
		tensors, _, err := Read(text, func(string) (io.ReaderAt, int64, error) {
			return bytes.NewReader(shard),
				int64(len(shard)), nil
		})
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Error("read what is no JSON")
		}
		for i := range tensors {
			if !tensors[i].Type.Readable() {
				continue
			}
			values, err := tensors[i].Values()
			if err != nil {
				t.Errorf("%s: %v", tensors[i].Name, err) // all that can be wrong is found before
			}
			if n, _ := stored.Elements(tensors[i].Shape); n != int64(len(values)) || n > math.MaxInt32 {
				t.Errorf("%s has %d values, not %d", tensors[i].Name, len(values), n)
			}
		}
	})
}

// TestQuantizedIntegers: integers of fewer bits can be passed over, and cannot be read.
func TestQuantizedIntegers(t *testing.T) {
	text := manifest(`"a"`, `{"name": "w", "shape": [2], "dtype": "int32", "quantization": {"dtype": "uint8", "scale": 1, "min": 0}}`)
	tensors, _, err := Read([]byte(text), files{"a": "12"}.open)
	if err != nil || len(tensors) != 1 {
		t.Fatalf("%v, %v", tensors, err)
	}
	if r, err := tensors[0].Open(); err == nil || r != nil || !strings.Contains(err.Error(), "is a quantized integer") {
		t.Errorf("got %v, %v", r, err)
	}
}
