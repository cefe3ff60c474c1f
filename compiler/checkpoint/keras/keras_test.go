package keras

import (
	"bytes"
	"os"
	"path/filepath"
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

// read reads a file of either kind.
func read(data []byte) (stored.State, error) {
	r, size := bytes.NewReader(data), int64(len(data))
	if !stored.SniffZip(data) {
		return Read(r, size, nil)
	}
	a, err := stored.OpenZip(r, size)
	if err != nil || !IsArchive(a) {
		return stored.State{}, err
	}
	return ReadArchive(a)
}

// TestRead reads files as Keras lays them out: see testdata/make_files.py. The weight of place n in the list counts
// from n.
func TestRead(t *testing.T) {
	whole := []string{"stem/kernel", "stem_bn/gamma", "stem_bn/beta", "stem_bn/moving_mean", "stem_bn/moving_variance",
		"deep/depthwise_kernel", "deep_bn/beta", "deep_bn/moving_mean", "deep_bn/moving_variance",
		"last/kernel", "last/bias", "logits/kernel", "logits/bias"}
	// Without a configuration, the order of layers is that of their classes, and what is missing of a batch norm is
	// not known.
	byClass := []string{"stem_bn/gamma", "stem_bn/beta", "stem_bn/moving_mean", "stem_bn/moving_variance",
		"deep_bn/0", "deep_bn/moving_mean", "deep_bn/moving_variance", "stem/kernel", "last/kernel", "last/bias",
		"logits/kernel", "logits/bias", "deep/depthwise_kernel"}
	places := []float32{1, 2, 3, 4, 6, 7, 8, 0, 9, 10, 11, 12, 5}
	replaced := strings.NewReplacer("stem_bn", "batch_normalization", "deep_bn", "batch_normalization_1",
		"stem", "conv2d", "last", "conv2d_1", "logits", "dense", "deep", "depthwise_conv2d")
	var unnamed []string
	for _, name := range byClass {
		unnamed = append(unnamed, replaced.Replace(name))
	}
	tests := []struct {
		file   string
		want   []string
		places []float32 // of each in the list; nil where they are in its order
		passed []string
	}{
		{"keras2.weights.h5", whole, nil, nil},
		{"keras2_model.h5", whole, nil, []string{"optimizer_weights/Adam/iteration:0"}},
		{"keras3.weights.h5", byClass, places, []string{"optimizer/vars/0", "optimizer/vars/1"}},
		{"keras3_old.weights.h5", unnamed, places, []string{"optimizer/vars/0", "optimizer/vars/1"}},
		{"model.keras", whole, nil, []string{"optimizer/vars/0", "optimizer/vars/1"}},
		{"nested.keras", []string{"backbone/stem/kernel", "own/0", "logits/kernel"}, nil, nil},
	}
	for _, tt := range tests {
		s, err := read(load(t, tt.file))
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		var names []string
		for i := range s.Tensors {
			a := &s.Tensors[i]
			names = append(names, a.Name)
			want := float32(i)
			if tt.places != nil {
				want = tt.places[i]
			}
			if v, err := a.Values(); err != nil || v[0] != want || len(v) > 1 && v[1] != want+1 {
				t.Errorf("%s: %s is %v, %v, and should count from %v", tt.file, a.Name, v, err, want)
			}
			if (a.Order == "HWIO") != (len(a.Shape) == 4) {
				t.Errorf("%s: %s %v stands as %q", tt.file, a.Name, a.Shape, a.Order)
			}
		}
		if !slices.Equal(names, tt.want) || !slices.Equal(s.Passed, tt.passed) {
			t.Errorf("%s has\n%q, passed over %q, want\n%q, %q", tt.file, names, s.Passed, tt.want, tt.passed)
		}
	}
}

func TestSnake(t *testing.T) {
	for class, want := range map[string]string{
		"Conv2D": "conv2d", "DepthwiseConv2D": "depthwise_conv2d", "BatchNormalization": "batch_normalization",
		"ReLU":  "re_lu",
		"PReLU": "p_re_lu", "Dense": "dense", "Functional": "functional", "Custom>My Layer": "custom_my_layer",
	} {
		if got := snake(class); got != want {
			t.Errorf("%s is called %s, want %s", class, got, want)
		}
	}
}

// TestTruncated cuts files: none may be accepted.
func TestTruncated(t *testing.T) {
	for _, file := range []string{"keras2.weights.h5", "keras3.weights.h5", "model.keras"} {
		data := load(t, file)
		for n := 0; n < len(data); n += 97 {
			if s, err := read(data[:n]); err == nil && len(s.Tensors) > 0 {
				t.Errorf("%s: the first %d bytes of %d are accepted", file, n, len(data))
			}
		}
	}
}

// TestHostile changes what names lead to.
func TestHostile(t *testing.T) {
	replace := func(file, old, new string) []byte {
		data := load(t, file)
		if !bytes.Contains(data, []byte(old)) {
			t.Fatalf("%s has no %q", file, old)
		}
		return bytes.ReplaceAll(data, []byte(old), []byte(new))
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"a layer that is not there", replace("keras2.weights.h5", "logits\x00", "others\x00"), "named, but not there"},
		{"a weight that is not there", replace("keras2.weights.h5", "stem_bn/gamma:0", "stem_bn/gamna:0"),
			"named, but not there"},
		{"configuration", replace("nested.keras", `"name": "own"`, `"name":: "own`), "zip"},
	}
	for _, tt := range tests {
		if _, err := read(tt.data); err == nil ||
			!strings.Contains(err.Error(), tt.want) && !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
	if _, err := Read(bytes.NewReader(load(t, "keras3.weights.h5")), 1<<20, []byte("[")); err == nil {
		t.Error("a configuration that is no JSON is accepted")
	}
}

// FuzzConfig reads one file with any configuration.
func FuzzConfig(f *testing.F) {
	data := load(f, "keras3_old.weights.h5")
	f.Add([]byte(`{"class_name": "Functional", "config": {"layers": [{"class_name": "Conv2D", "config": {"name": "stem"}}]}}`))
	f.Add([]byte(`{"config": {"layers": [{"class_name": "BatchNormalization", "config": {"scale": false}}, null]}}`))
	f.Fuzz(func(t *testing.T, config []byte) {
		s, err := Read(bytes.NewReader(data), int64(len(data)), config)
		if err != nil {
			return
		}
		names := map[string]bool{}
		for _, a := range s.Tensors {
			if names[a.Name] {
				t.Errorf("%s occurs twice", a.Name)
			}
			names[a.Name] = true
		}
		if len(names) != 13 {
			t.Errorf("%d weights of 13", len(names))
		}
	})
}
