package torch

import (
	"archive/zip"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestReferences holds references to storages, and tensors made of them, to what PyTorch writes: each argument is once
// of another kind, or missing.
func TestReferences(t *testing.T) {
	type tuple = pickle.Tuple
	class := func(name string) *pickle.Class { return &pickle.Class{Name: "torch." + name} }
	four := &storage{kind: stored.F32, elements: 4}
	untyped := &storage{elements: 16} // bytes
	one, none := tuple{int64(1)}, tuple{}
	twos := tuple{int64(2), int64(2)}
	type call = func(tuple) (any, error)
	h := func(id any) call {
		return func(tuple) (any, error) {
			h := &host{found: map[string]*storage{"0": {kind: stored.F32, elements: 4}}}
			return h.Persistent(id)
		}
	}
	float := class("FloatStorage")
	for _, tt := range []struct {
		name string
		f    call
		args tuple
		want string
	}{
		{"a storage", h(tuple{"storage", float, "1", "cpu", int64(4)}), nil, ""},
		{"the same", h(tuple{"storage", float, "0", "cpu", int64(4)}), nil, ""},
		{"the same, of another size", h(tuple{"storage", float, "0", "cpu", int64(5)}), nil,
			`two different storages "0"`},
		{"the same, of another type", h(tuple{"storage", class("HalfStorage"), "0", "cpu", int64(4)}), nil,
			`two different storages "0"`},
		{"a module", h(tuple{"module", class("Net"), "net.py", "source"}), nil, ""},
		{"a module of nothing", h(tuple{"module"}), nil, "which is no storage"},
		{"something else", h(tuple{"stores", float, "1", "cpu", int64(4)}), nil, "which is no storage"},
		{"a number", h(int64(3)), nil, "which is no storage"},
		{"no size", h(tuple{"storage", float, "1", "cpu"}), nil, "which is no storage"},
		{"a class by name", h(tuple{"storage", "float", "1", "cpu", int64(4)}), nil, "not as PyTorch writes them"},
		{"a number as key", h(tuple{"storage", float, int64(1), "cpu", int64(4)}), nil, "not as PyTorch writes them"},
		{"a size in words", h(tuple{"storage", float, "1", "cpu", "4"}), nil, "not as PyTorch writes them"},
		{"a negative size", h(tuple{"storage", float, "1", "cpu", int64(-1)}), nil, "not as PyTorch writes them"},
		{"a huge size", h(tuple{"storage", float, "1", "cpu", int64(maxStorage + 1)}), nil,
			"not as PyTorch writes them"},
		{"no view", h(tuple{"storage", float, "1", "cpu", int64(4), nil}), nil, ""},
		{"a view", h(tuple{"storage", float, "1", "cpu", int64(4), tuple{}}), nil, "a view of another"},

		{"a tensor", rebuildTensor, tuple{four, int64(0), twos, tuple{int64(2), int64(1)}}, ""},
		{"to the end", rebuildTensor, tuple{four, int64(3), one, one}, ""},
		{"three arguments", rebuildTensor, tuple{four, int64(0), twos}, "too few arguments"},
		{"of a number", rebuildTensor, tuple{int64(3), int64(0), one, one}, "no typed storage"},
		{"of bytes", rebuildTensor, tuple{untyped, int64(0), one, one}, "no typed storage"},
		{"an offset in words", rebuildTensor, tuple{four, "0", one, one}, "are no numbers"},
		{"a number as shape", rebuildTensor, tuple{four, int64(0), int64(1), one}, "are no numbers"},
		{"a shape of words", rebuildTensor, tuple{four, int64(0), tuple{"1"}, one}, "are no numbers"},
		{"strides of words", rebuildTensor, tuple{four, int64(0), one, tuple{"1"}}, "are no numbers"},
		{"65 dimensions", rebuildTensor, tuple{four, int64(0), make(tuple, 65), make(tuple, 65)}, "are no numbers"},
		{"strides missing", rebuildTensor, tuple{four, int64(0), one, none}, "0 strides for 1 dimensions"},
		{"negative strides", rebuildTensor, tuple{four, int64(0), twos, tuple{int64(-2), int64(1)}},
			"impossible strides"},
		{"before the beginning", rebuildTensor, tuple{four, int64(-1), one, one}, "from the elements -1 to 0"},
		{"beyond the end", rebuildTensor, tuple{four, int64(4), one, one},
			"from the elements 4 to 5 of a storage of 4"},

		{"typed", rebuildTypedTensor, tuple{four, int64(0), one, one, nil, nil, class("float32")}, ""},
		{"typed, of bytes", rebuildTypedTensor, tuple{untyped, int64(3), one, one, nil, nil, class("float32")}, ""},
		{"typed, beyond the end", rebuildTypedTensor, tuple{untyped, int64(4), one, one, nil, nil, class("float32")},
			"from the elements 4 to 5 of a storage of 4"},
		{"typed, shorter", rebuildTypedTensor, tuple{untyped, int64(7), one, one, nil, nil, class("float16")}, ""},
		{"typed, of another type", rebuildTypedTensor, tuple{four, int64(0), one, one, nil, nil, class("float16")},
			"of type torch.float16 from a storage of type F32"},
		{"typed, of an unknown type", rebuildTypedTensor, tuple{four, int64(0), one, one, nil, nil, class("qint8")},
			""},
		{"typed, without a type", rebuildTypedTensor, tuple{four, int64(0), one, one, nil, nil}, "too few arguments"},
		{"typed by a word", rebuildTypedTensor, tuple{four, int64(0), one, one, nil, nil, "float32"}, "no storage"},
		{"typed, of a number", rebuildTypedTensor, tuple{int64(4), int64(0), one, one, nil, nil, class("float32")},
			"no storage"},
		{"typed, of what is not read", rebuildTypedTensor, tuple{&foreign{"x"}, nil, nil, nil, nil, nil, nil}, ""},

		{"a parameter", rebuildParameter, tuple{&tensor{}}, ""},
		{"of an object", rebuildParameter, tuple{&pickle.Object{}}, ""},
		{"a parameter of nothing", rebuildParameter, none, "no tensor"},
		{"a parameter of a number", rebuildParameter, one, "no tensor"},
		{"elsewhere", rebuildElsewhere, tuple{&tensor{}}, ""}, {"an object elsewhere", rebuildElsewhere,
			tuple{&pickle.Object{}}, ""},
		{"nothing elsewhere", rebuildElsewhere, none, "no array"},
		{"a number elsewhere", rebuildElsewhere, one, "no array"},
	} {
		got, err := tt.f(tt.args)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) ||
			err == nil && got == nil {
			t.Errorf("%s: %v, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	for _, args := range []tuple{none, one, twos, {int64(1), int64(2), none},
		{pickle.Call(rebuildTensor), nil, int64(1)}} {
		if got, err := rebuildSubclass(args); err != nil {
			t.Errorf("a subclass of %v: %v, %v", args, got, err)
		} else if _, ok := got.(*pickle.Object); !ok {
			t.Errorf("a subclass of %v is %v", args, got)
		}
	}
}

// TestByteOrder: an archive may say its byte order, and only one can be read.
func TestByteOrder(t *testing.T) {
	for order, want := range map[string]string{"little": "", "big": `the byte order "big"`, "": `the byte order ""`} {
		_, err := read(archive(t, zip.Store, "data.pkl", good, "data/0", fourOnes, "byteorder", order))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", order, err)
		}
	}
}
