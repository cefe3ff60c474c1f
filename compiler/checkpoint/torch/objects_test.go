package torch

import (
	"archive/zip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// module is an object as torch.save writes a module, memo entry 99: its parameters, and one module in it.
func module(class, parameters, inner string) string {
	at := strings.LastIndex(class, ".")
	if parameters == "" {
		parameters = "}"
	}
	modules := "}"
	if inner != "" {
		modules = dict("inner", inner)
	}
	return "c" + class[:at] + "\n" + class[at+1:] + "\n)\x81q\x63}(X" + text("_parameters") + parameters +
		"X" + text("_buffers") + "}X" + text("_modules") + modules + "ub"
}

// TestInside looks for tensors within values of each kind, as deep as they are looked for.
func TestInside(t *testing.T) {
	for name, wrap := range map[string]func(v any) any{
		"tuple": func(v any) any { return pickle.Tuple{1, v} },
		"list":  func(v any) any { return &pickle.List{Items: []any{v}} },
		"dict":  func(v any) any { return &pickle.Dict{Items: []pickle.Item{{Key: 1, Value: 2}, {Key: 3, Value: v}}} },
		"args":  func(v any) any { return &pickle.Object{Class: "a.B", Args: pickle.Tuple{v}} },
		"state": func(v any) any { return &pickle.Object{Class: "a.B", State: v} },
		"items": func(v any) any { return &pickle.Object{Class: "a.B", Items: []pickle.Item{{Key: 1, Value: v}}} },
		"rows":  func(v any) any { return &pickle.Object{Class: "a.B", List: []any{v}} },
	} {
		value := any(&tensor{})
		for depth := range maxInside + 2 {
			if got, want := (&collector{}).holdsTensor(value, 0), depth <= maxInside; got != want {
				t.Errorf("%s, %d deep: %t, want %t", name, depth, got, want)
			}
			value = wrap(value)
		}
		if (&collector{}).holdsTensor(wrap("text"), 0) {
			t.Errorf("%s: a text is a tensor", name)
		}
		if (&collector{visits: maxVisits}).holdsTensor(wrap(&tensor{}), 0) {
			t.Errorf("%s: there is no end of looking", name)
		}
	}
}

// TestIsTensor: an object stands for a tensor where a function of PyTorch's makes it of one or of a storage; not what
// holds tensors otherwise, nor what such a function makes of something else.
func TestIsTensor(t *testing.T) {
	for class := range tensorMakers {
		for _, tt := range []struct {
			class string
			args  pickle.Tuple
			want  bool
		}{{class, pickle.Tuple{&storage{}}, true}, {class, pickle.Tuple{1}, false},
			{"own.Layer", pickle.Tuple{&storage{}}, false}, {"own.Layer", nil, false}} {
			if got := (&collector{}).isTensor(&pickle.Object{Class: tt.class, Args: tt.args}); got != tt.want {
				t.Errorf("%s of %v: %t", tt.class, tt.args, got)
			}
		}
	}
}

// TestPassedOver has objects of classes that no weight needs beside the weights, and such as weights need in their
// place.
func TestPassedOver(t *testing.T) {
	w := tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x02\x85", "K\x01\x85")
	beside := func(name, value string) string {
		return start + "}(X" + text("w") + w + "X" + text(name) + value + "u."
	}
	strange := reference("torch.QInt8Storage", "7", 4)
	tests := []struct{ name, pickle, tensor, kind string }{
		{"Namespace", beside("args", "cargparse\nNamespace\n)\x81}X"+text("lr")+"G?\xb9\x99\x99\x99\x99\x99\x9asb"),
			"w", "F32"},
		{"path", beside("dir", "cpathlib\nPosixPath\n(X"+text("/")+"X"+text("data")+"tR"), "w", "F32"},
		{"NumPy scalar", beside("best", "cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n"+
			"U\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tbU\x0812345678tR"), "w",
			"F32"},
		{"call out", beside("x", "cposix\nsystem\nX"+text("touch /tmp/owned")+"\x85R"), "w", "F32"},
		{"deque", beside("log", "ccollections\ndeque\n)R(K\x01K\x02e"), "w", "F32"},
		{"Counter", beside("log", "ccollections\nCounter\n)RX"+text("a")+"K\x01s"), "w", "F32"},
		{"class", beside("x", "cmy\nNet\n"), "w", "F32"},
		{"object with tensors", beside("x", "cmy\nBest\n"+w+"\x85\x81"), "w", "F32"},
		{"defaultdict", start + "ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RX" + text("w") + w + "s.", "w",
			"F32"},
		{"parameter with attributes", beside("p", "ctorch._utils\n_rebuild_parameter_with_state\n("+w+"\x88}}tR"), "p",
			"F32"},
		{"subclass", beside("p", "ctorch._tensor\n_rebuild_from_type_v2\n("+rebuild+"cmy\nTensor\n"+
			strings.TrimSuffix(strings.TrimPrefix(w, rebuild), "R")+"}tR"), "p", "F32"},
		{"of XLA", beside("p", "ctorch._utils\n_rebuild_device_tensor_from_numpy\n("+reconstructed(dtype("f4", "<"),
			"K\x02\x85", "\x89", "C\x08"+fourOnes[:8])+"ctorch\nfloat32\nX"+text("xla:0")+"\x88tR"), "p", "F32"},
		{"of another device", beside("p",
			"ctorch._utils\n_rebuild_device_tensor_from_cpu_tensor\n("+w+"ctorch\nfloat32\nX"+text("hpu:0")+"\x88tR"),
			"p", "F32"},
		{"sparse", beside("p", "ctorch._utils\n_rebuild_sparse_tensor\n"+w+"\x85R"), "p",
			`made by "torch._utils._rebuild_sparse_tensor", which is not called`},
		{"NumPy array", beside("p", "cnumpy.core.multiarray\n_reconstruct\n)R"), "p", "a NumPy array that is not as " +
			"NumPy writes them"},
		{"unknown storage", beside("p", tensorOf(strange, "K\x00", "K\x02\x85", "K\x01\x85")), "p",
			"of torch.QInt8Storage"},
		{"in a list", start + "](" + dict("w", w) + "K\x03e.", "w", "F32"},
		{"in a tuple", start + dict("w", w) + "K\x03\x86.", "w", "F32"},
		{"whole module", start + module("my.Net", dict("p", w), "") + ".", "p", "F32"},
		{"module in a module", start + module("my.Net", "", module("my.Block", dict("p", w), "")) + ".", "inner.p",
			"F32"},
		{"module in a dictionary", start + dict("ema", module("my.Net", dict("p", w), "")) + ".", "p", "F32"},
		{"TorchScript", start + "c__torch__.my\nNet\n)\x81" + dict("w", w) + "b.", "w", "F32"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			states, err := read(archive(t, zip.Store, "data.pkl", tt.pickle, "data/0", fourOnes))
			if err != nil {
				t.Fatal(err)
			}
			if len(states) != 1 {
				t.Fatalf("%d states, want 1", len(states))
			}
			at := slices.IndexFunc(states[0].Tensors, func(a stored.Tensor) bool { return a.Name == tt.tensor })
			if at < 0 {
				t.Fatalf("there is no %s in %v", tt.tensor, states[0].Tensors)
			}
			tensor := states[0].Tensors[at]
			if string(tensor.Type) != tt.kind {
				t.Errorf("the type is %s, want %s", tensor.Type, tt.kind)
			}
			got, err := tensor.Values()
			if tt.kind == "F32" && (err != nil || !slices.Equal(got, []float32{1, 2})) {
				t.Errorf("got %v, %v, want 1 and 2", got, err)
			}
			if tt.kind != "F32" && (err == nil || !strings.Contains(err.Error(), tt.kind)) {
				t.Errorf("got %v, want the cause", err)
			}
		})
	}
	if _, err := os.Stat("/tmp/owned"); err == nil {
		t.Error("a pickle was run")
	}
}

// TestMany has one module in many places, and tuples of tuples: what is met has limits.
func TestMany(t *testing.T) {
	leaf := dict("p", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", ")", ")"))
	tree := start + module("my.Net", leaf, "") + "0"
	for range 20 { // each has the one before twice
		tree += "cmy\nNet\n)\x81}(X" + text("_parameters") + "}X" + text("_modules") + "}(X" +
			text("a") + "h\x63X" + text("b") + "h\x63uubq\x630"
	}
	// A dictionary of a hundred thousand attributes, which ten thousand objects have.
	var attributes, objects strings.Builder
	for range 100_000 {
		attributes.WriteString("NN")
	}
	for range 10_000 {
		objects.WriteString("cmy\nNet\n)\x81h\x02b")
	}
	crowd := start + "}(" + attributes.String() + "uq\x020](" + objects.String() + "e."
	tests := []struct{ name, pickle, want string }{
		{"attributes", crowd, "values, the limit"},
		{"modules", tree + "h\x63.", "tensors, the limit"},
		{"tuples", start + "Nq\x01" + strings.Repeat("0("+strings.Repeat("h\x01", 99)+"tq\x01", 8) + ".",
			"values, the limit"},
	}
	for _, tt := range tests {
		if _, err := read(archive(t, zip.Store, "data.pkl", tt.pickle, "data/0", fourOnes)); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

// TestAttributes: tensors that are attributes of a module, and neither parameters nor buffers, are no weights.
func TestAttributes(t *testing.T) {
	w := tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x02\x85", "K\x01\x85")
	whole := strings.Replace(module("my.Net", dict("p", w), ""), "}(X", "}(X"+text("cache")+w+"X", 1)
	states, err := read(archive(t, zip.Store, "data.pkl", start+whole+".", "data/0", fourOnes))
	if err != nil || len(states) != 1 || len(states[0].Tensors) != 1 || states[0].Tensors[0].Name != "p" {
		t.Errorf("got %v, %v, want the parameter alone", states, err)
	}
}

// TestNonPersistent leaves out the buffers that state_dict() does.
func TestNonPersistent(t *testing.T) {
	data, err := os.ReadFile("testdata/whole.pth")
	if err != nil {
		t.Fatal(err)
	}
	states, err := read(data)
	if err != nil || len(states) != 1 || len(states[0].Tensors) != 2 {
		t.Errorf("got %v, %v, want the weight and the mean", states, err)
	}
}
