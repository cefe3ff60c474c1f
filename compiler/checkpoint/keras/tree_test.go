package keras

import (
	"archive/zip"
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/hdf5"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// group makes a group of an HDF5 file. Words with "=" are attributes: "weight_names=a b" is a list of two.
func group(name string, parts ...any) *hdf5.Object {
	o := &hdf5.Object{Name: name, Attributes: map[string][]string{}}
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			attribute, values, _ := strings.Cut(part, "=")
			o.Attributes[attribute] = strings.Fields(values)
		case *hdf5.Object:
			o.Members = append(o.Members, part)
		}
	}
	return o
}

// data makes a dataset of so many numbers along each axis.
func data(name string, shape ...int64) *hdf5.Object {
	return &hdf5.Object{Name: name, Data: &stored.Tensor{Shape: shape}}
}

// TestTrees gathers the weights of trees as Keras 2 and 3 lay them out, and as nobody does.
func TestTrees(t *testing.T) {
	kernel := func(path ...string) *hdf5.Object { // a kernel in groups within groups
		o := data("kernel:0", 3)
		for _, name := range slices.Backward(path) {
			o = group(name, o)
		}
		return o
	}
	vars := func(names ...string) *hdf5.Object {
		o := group("vars")
		for _, name := range names {
			o.Members = append(o.Members, data(name, 2))
		}
		return o
	}
	for name, tt := range map[string]struct {
		root *hdf5.Object
		want string // the names, "| passed" and those passed over; or the error
	}{
		"Keras 2": {group("", "layer_names=conv", group("conv", "weight_names=conv/kernel:0", kernel("conv"))),
			"conv/kernel |"},
		"Keras 2, a model": {group("", group("model_weights", "layer_names=conv",
			group("conv", "weight_names=conv/kernel:0", kernel("conv"))),
			group("optimizer_weights", group("Adam", data("iteration:0"))), group("other", data("x"))),
			"conv/kernel | optimizer_weights/Adam/iteration:0"},
		"the model's name before the layer's": {group("", "layer_names=conv",
			group("conv", "weight_names=net/conv/kernel:0", kernel("net", "conv"))), "conv/kernel |"},
		"without the layer's name": {group("", "layer_names=conv", group("conv", "weight_names=kernel:0", kernel())),
			"conv/kernel |"},
		"names of two layers": {group("", "layer_names=a b", group("a", "weight_names=own/kernel:0", kernel("own")),
			group("b", "weight_names=own/kernel:0", kernel("own"))), "own/kernel b/own/kernel |"},
		"a name three times": {group("", "layer_names=a b", group("a", "weight_names=own/kernel:0", kernel("own")),
			group("b", "weight_names=own/kernel:0 own/kernel:0", kernel("own"))),
			`two weights have the name "b/own/kernel"`},
		"lists in parts": {group("", "layer_names0=a", "layer_names1=b c", "layer_names3=d",
			group("a", "weight_names0=kernel:0", kernel()), group("b", "weight_names=kernel:0", kernel()),
			group("c", "weight_names=", kernel()), group("d", "weight_names=kernel:0", kernel())),
			"a/kernel b/kernel |"},
		"no layer": {group("", "layer_names=conv"), `the layer "conv" is named, but not there`},
		"no weight": {group("", "layer_names=conv", group("conv", "weight_names=conv/kernel:0", kernel("cond"))),
			`the weight "conv/kernel:0" of layer "conv" is named, but not there`},
		"a group for a weight": {group("", "layer_names=conv", group("conv", "weight_names=conv", kernel("conv"))),
			`the weight "conv" of layer "conv" is named, but not there`},
		"a model without names": {group("", group("model_weights", kernel("conv"))), "model_weights/conv/kernel:0 |"},

		"Keras 3": {group("", group("layers", group("conv2d", vars("0", "1")), group("dense", vars("0")))),
			"conv2d/kernel conv2d/bias dense/kernel |"},
		"names in attributes": {group("", group("layers", group("conv2d", group("vars", "name=stem", data("0", 1))),
			group("conv2d_1", group("vars", "name=", data("0", 1))),
			group("conv2d_2", group("vars", "name=a b", data("0", 1))))),
			"stem/kernel conv2d_1/kernel conv2d_2/kernel |"},
		"models in models": {group("", group("layers", group("functional", "name=x",
			group("layers", group("conv2d", vars("0")))))), "functional/conv2d/kernel |"},
		"as they are counted": {group("", group("layers", group("dense_10", vars("0")), group("dense_2", vars("0")),
			group("dense", vars("0")), group("conv2d_3", vars("0")))),
			"conv2d_3/kernel dense/kernel dense_2/kernel dense_10/kernel |"},
		"variables as they are counted": {group("", group("own", vars("10", "9", "2"))), "own/2 own/9 own/10 |"},
		"variables of the model":        {group("", vars("0")), "vars/0 |"},
		"outside of vars":               {group("", data("a", 1), group("b", data("c", 1))), "a b/c |"},
		"what is no weight, at the top": {group("", group("optimizer", vars("0")),
			group("metrics", group("m", vars("1"))),
			group("own", group("optimizer", vars("0")))), "own/optimizer/0 | metrics/m/vars/1 optimizer/vars/0"},
		"old checkpoints": {group("", group("_layer_checkpoint_dependencies", group("dense", vars("0")))),
			"dense/kernel |"},
		"a group among variables": {group("", group("layers", group("dense", group("vars", group("0"))))),
			`"layers/dense"/vars: the group "0" stands where a variable is expected`},
		"two variables of a name": {group("", group("layers", group("a", group("vars", "name=x", data("0", 1))),
			group("b", group("vars", "name=x", data("0", 1))))), `two weights have the name "x/0"`},
		"two of a name": {group("", data("a", 1), data("a", 1)), `two weights have the name "a"`},
		"two of a name, deep": {group("", group("b", data("a", 1), data("a", 1))),
			`two weights have the name "b/a"`},
		"two of a name, in layers": {group("", group("layers", data("a", 1), data("a", 1))),
			`two weights have the name "layers/a"`},
		"nothing":              {group("", group("layers")), "it has no weights"},
		"no weight but others": {group("", group("optimizer", vars("0"))), "it has no weights"},
	} {
		s, err := weights(tt.root, nil)
		got := fmt.Sprint(err)
		if err == nil {
			var names []string
			for _, w := range s.Tensors {
				names = append(names, w.Name)
			}
			got = strings.TrimSpace(strings.Join(names, " ") + " | " + strings.Join(s.Passed, " "))
		} else if len(s.Tensors) > 0 {
			t.Errorf("%s: weights beside the error %v", name, err)
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

// TestKinds: weights of four dimensions have Keras' order, single numbers are counters, which a network need not have.
func TestKinds(t *testing.T) {
	s, err := weights(group("", data("conv", 3, 3, 1, 2), data("count"), data("matrix", 2, 3),
		data("volume", 1, 2, 3)), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, w := range s.Tensors {
		got[w.Name] = fmt.Sprint(w.Order, " ", w.Optional)
	}
	want := map[string]string{"conv": "HWIO false", "count": " true", "matrix": " false", "volume": " false"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestConfigured names and orders layers as a configuration does, and as deep as models may lie in models.
func TestConfigured(t *testing.T) {
	const text = `{"class_name": "Functional", "config": {"name": "net", "layers": [null,
		{"class_name": "Conv2D", "config": {"name": "second", "padding": "same"}},
		{"class_name": "Dense", "config": {"name": "dense_7"}},
		{"class_name": "Conv2D", "config": {"name": "first"}},
		{"class_name": "BatchNormalization", "config": {"name": "norm", "scale": false, "epsilon": 0.5}},
		{"class_name": "BatchNormalization", "config": {"name": "norm2", "center": false}}]}}`
	vars := func(n int) *hdf5.Object {
		o := group("vars", "name=another")
		for i := range n {
			o.Members = append(o.Members, data(fmt.Sprint(i), 1))
		}
		return o
	}
	s, err := weights(group("", group("layers", group("batch_normalization", vars(3)),
		group("batch_normalization_1", vars(3)),
		group("conv2d", vars(2)), group("conv2d_1", vars(1)), group("dense", vars(1)), group("unknown", vars(1)))),
		[]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range s.Tensors {
		name := w.Name
		if w.Layer != nil {
			name += fmt.Sprintf("(%v %s)", w.Layer.Epsilon, w.Layer.Rule)
		}
		got = append(got, name)
	}
	want := []string{"second/kernel(0 same)", "second/bias(0 same)", "dense_7/kernel", "first/kernel",
		"norm/beta(0.5 )", "norm/moving_mean(0.5 )", "norm/moving_variance(0.5 )", "norm2/gamma", "norm2/moving_mean",
		"norm2/moving_variance", "another/0"}
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, depth := range []int{maxNesting - 1, maxNesting, maxNesting + 1} {
		model, tree := `{"class_name": "Dense", "config": {"name": "last"}}`, group("dense", vars(1))
		path := "last"
		for i := range depth {
			model = fmt.Sprintf(`{"class_name": "Functional", "config": {"name": "m%d", "layers": [%s]}}`, i, model)
			tree = group("functional", group("layers", tree))
			if i < depth-1 {
				path = fmt.Sprintf("m%d/%s", i, path)
			}
		}
		if depth > maxNesting {
			path = strings.TrimSuffix(path, "last") + "another"
		}
		s, err := weights(group("", tree.Members[0]), []byte(model))
		if err != nil {
			t.Errorf("%d models deep: %v", depth, err)
		} else if got := s.Tensors[0].Name; got != path+"/kernel" {
			t.Errorf("%d models deep: got %s, want %s", depth, got, path+"/kernel")
		}
	}
	for _, wrong := range []string{"{", `[]`, `{"config": {"layers": 3}}`} {
		if s, err := weights(group("", data("a", 1)), []byte(wrong)); err == nil {
			t.Errorf("%s: %v", wrong, s)
		}
	}
}

// TestArchives refuses archives whose members are not as Keras writes them.
func TestArchives(t *testing.T) {
	whole := load(t, "keras3.weights.h5")
	archive := func(method uint16, config string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, m := range []struct {
			name   string
			data   []byte
			method uint16
		}{{weightsMember, whole, method}, {configMember, []byte(config), zip.Deflate}} {
			if m.name == configMember && config == "" {
				continue
			}
			f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: m.method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(m.data); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	unknown := archive(zip.Store, "{}")
	at := bytes.LastIndex(unknown, []byte("PK\x01\x02")) // the configuration's entry of the directory
	unknown[at+10] = 99                                  // a method that nobody knows
	for _, tt := range []struct {
		name, want string
		data       []byte
	}{
		{"without a configuration", "", archive(zip.Store, "")}, {"with one", "", archive(zip.Store, "{}")},
		{"compressed", `the zip archive's member "model.weights.h5" is compressed, which Keras never does: unpack it`,
			archive(zip.Deflate, "")},
		{"no JSON", "model.weights.h5: ", archive(zip.Store, "{")},
		{"large", "config.json has 16777217 bytes; the limit is 16777216",
			archive(zip.Store, strings.Repeat(" ", maxConfig+1))},
		{"as large as may be", "", archive(zip.Store, "{}"+strings.Repeat(" ", maxConfig-2))},
		{"of another method", "config.json: ", unknown},
	} {
		s, err := read(tt.data)
		if tt.want == "" && (err != nil || len(s.Tensors) != 13) ||
			tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%s: %d weights, %v, want %q", tt.name, len(s.Tensors), err, tt.want)
		}
	}
}
