package torch

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// The pickles of these tests are written by hand: what PyTorch itself writes is in testdata, by make_checkpoints.py.
const (
	start    = "\x80\x02"
	rebuild  = "ctorch._utils\n_rebuild_tensor_v2\n"
	noHooks  = "\x89ccollections\nOrderedDict\n)R"
	fourOnes = "\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@" // 1, 2, 3, 4
)

// reference is a persistent id of a storage.
func reference(class, key string, elements byte) string {
	return "(X\x07\x00\x00\x00storagec" + strings.Replace(class, ".", "\n",
		1) + "\nX" + text(key) + "X\x03\x00\x00\x00cpuK" + string(elements) + "tQ"
}

func text(s string) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s }

// tensorOf is a call of _rebuild_tensor_v2.
func tensorOf(storage, offset, shape, stride string) string {
	return rebuild + "(" + storage + offset + shape + stride + noHooks + "tR"
}

// dict is a dictionary with one entry.
func dict(key, value string) string { return "}X" + text(key) + value + "s" }

// archive makes a zip archive as torch.save does.
func archive(t testing.TB, method uint16, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: "archive/" + files[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) ([]stored.State, error) {
	r := bytes.NewReader(data)
	a, err := stored.OpenZip(r, int64(len(data)))
	if err != nil {
		return nil, err
	}
	return Read(a)
}

func values(t testing.TB, states []stored.State, state, name string) []float32 {
	t.Helper()
	for _, s := range states {
		for _, tensor := range s.Tensors {
			if s.Name == state && tensor.Name == name {
				v, err := tensor.Values()
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
		}
	}
	t.Fatalf("there is no %s in %q", name, state)
	return nil
}

var good = start + dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x02K\x02\x86",
	"K\x02K\x01\x86")) + "."

func TestViews(t *testing.T) {
	tests := []struct {
		name, offset, shape, stride string
		want                        []float32
	}{
		{"whole", "K\x00", "K\x02K\x02\x86", "K\x02K\x01\x86", []float32{1, 2, 3, 4}},
		{"transposed", "K\x00", "K\x02K\x02\x86", "K\x01K\x02\x86", []float32{1, 3, 2, 4}},
		{"part", "K\x01", "K\x02\x85", "K\x01\x85", []float32{2, 3}},
		{"every other", "K\x01", "K\x02\x85", "K\x02\x85", []float32{2, 4}},
		{"expanded", "K\x03", "K\x03\x85", "K\x00\x85", []float32{4, 4, 4}},
		{"scalar", "K\x02", ")", ")", []float32{3}},
		{"empty", "K\x00", "K\x00\x85", "K\x01\x85", []float32{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pickle := start + dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), tt.offset, tt.shape,
				tt.stride)) + "."
			states, err := read(archive(t, zip.Store, "data.pkl", pickle, "data/0", fourOnes))
			if err != nil {
				t.Fatal(err)
			}
			if got := values(t, states, "", "w"); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHostile(t *testing.T) {
	storage := reference("torch.FloatStorage", "0", 4)
	with := func(value string) string { return start + dict("w", value) + "." }
	plain := func(pickle string) []byte { return archive(t, zip.Store, "data.pkl", pickle, "data/0", fourOnes) }
	whole := plain(good)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"calls out", plain(start + "cposix\nsystem\nX" + text("touch /tmp/owned") + "\x85R."),
			`an object of "posix.system"`},
		{"calls out by the stack", plain(start + "X" + text("builtins") + "X" + text("eval") + "\x93."),
			"no dictionary of tensors"},
		{"old instance", plain(start + "(ios\nsystem\n."), `an object of "os.system"`},
		{"calls a class", plain(start + "ctorch\nFloatStorage\n)R."), `an object of "torch.FloatStorage"`},
		{"makes an object", plain(start + "ctorch\nFloatStorage\n)\x81."), `an object of "torch.FloatStorage"`},
		{"sets attributes", plain(start + "]}b."), "attributes of a list of 0"},
		{"named by a nested tuple", plain(start + "N" + strings.Repeat("2\x86", 60) + "K\x01\x93."),
			"names a global by a tuple of 2 and 1"},
		{"refers to a nested tuple", plain(start + "N" + strings.Repeat("2\x86", 60) + "Q."),
			"it refers to a tuple of 2"},
		{"tensors in an object", plain(start + "cmy.trainer\nState\n)\x81" + dict("w",
			tensorOf(storage, "K\x00", ")", ")")) + "b."), `its tensors are in an object of "my.trainer.State"`},
		{"module in itself", plain(start + module("my.Net", "", "h\x63") + "."),
			"nested too deeply, or contain themselves"},
		{"extension", plain(start + "\x82\x01."), "not allowed"},
		{"TorchScript without state", plain(start + "c__torch__.net\nNet\n)\x81."), `an object of "__torch__.net.Net"`},
		{"beyond the storage", plain(with(tensorOf(storage, "K\x01", "K\x02K\x02\x86", "K\x02K\x01\x86"))),
			"of a storage of 4"},
		{"negative offset", plain(with(tensorOf(storage, "J\xff\xff\xff\xff", "K\x01\x85", "K\x01\x85"))),
			"of a storage of 4"},
		{"negative stride", plain(with(tensorOf(storage, "K\x00", "K\x02\x85", "J\xff\xff\xff\xff\x85"))),
			"impossible strides"},
		{"huge stride", plain(with(tensorOf(storage, "K\x00", "K\x03\x85",
			"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"))), "impossible strides"},
		{"huge shape", plain(with(tensorOf(storage, "K\x00", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x09\x86",
			"K\x00K\x00\x86"))), "impossible shape"},
		{"shorter storage", archive(t, zip.Store, "data.pkl", good, "data/0", fourOnes[:12]),
			"4 values of type F32 need more"},
		{"missing storage", archive(t, zip.Store, "data.pkl", good), `lacks "archive/data/0"`},
		{"two sizes", plain(start + "}(X" + text("a") + tensorOf(storage, "K\x00", ")",
			")") + "X" + text("b") + tensorOf(reference("torch.FloatStorage", "0", 3), "K\x00", ")", ")") + "u."),
			"two different storages"},
		{"twice", plain(start + "}(X" + text("a") + tensorOf(storage, "K\x00", ")",
			")") + "X" + text("a") + tensorOf(storage, "K\x00", ")", ")") + "u."), `the key "a" occurs twice`},
		{"compressed", archive(t, zip.Deflate, "data.pkl", good, "data/0", fourOnes), "is compressed"},
		{"big endian", archive(t, zip.Store, "data.pkl", good, "data/0", fourOnes, "byteorder", "big"),
			`byte order "big"`},
		{"no pickle", archive(t, zip.Store, "data/0", fourOnes), "has no data.pkl"},
		{"empty pickle", plain(""), "ends too early"},
		{"no stop", plain(good[:len(good)-1]), "ends too early"},
		{"empty stack", plain(start + "."), "a value that is not there"},
		{"long string", plain(start + "X\xff\xff\xff\x7fabc."), "ends too early"},
		{"longest string", plain(start + "\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc."), "ends too early"},
		{"unknown opcode", plain(start + "\xfe."), "opcode 0xfe is unknown"},
		{"protocol 0", plain("\x80\x00."), "protocol 0 is not supported"},
		{"no memo", plain(start + "h\x07."), "reads the memo's entry 7"},
		{"no tensors", plain(start + dict("a", "K\x01") + "."), "no dictionary of tensors"},
		{"a number", plain(start + "K\x01."), "no dictionary of tensors"},
		{"a tensor", plain(start + tensorOf(storage, "K\x00", ")", ")") + "."), "one tensor without a name"},
		{"a list of tensors", plain(start + dict("shadow_params", "]"+tensorOf(storage, "K\x00", ")", ")")+"a") + "."),
			"in no dictionary by their names"},
		{"an optimizer", plain(start + "}(X" + text("state") + "}X" + text("param_groups") + "]u."),
			"an optimizer's state"},
		{"truncated", whole[:len(whole)-30], "truncated or damaged"},
		{"the same member twice", archive(t, zip.Store, "data.pkl", good, "data.pkl", good), "twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := read(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	if _, err := os.Stat("/tmp/owned"); err == nil {
		t.Error("a pickle was run")
	}
}

// TestSelfReference reads dictionaries that contain themselves, and lists nested deeply: neither may take forever.
func TestSelfReference(t *testing.T) {
	self := start + "}q\x00X" + text("me") + "h\x00sX" + text("w") + tensorOf(reference("torch.FloatStorage", "0", 4),
		"K\x00", ")", ")") + "s."
	states, err := read(archive(t, zip.Store, "data.pkl", self, "data/0", fourOnes))
	if err != nil || len(states) != 1 {
		t.Errorf("got %d states, %v", len(states), err)
	}
	deep := start + strings.Repeat("]", 1_000_000) + strings.Repeat("a", 999_999) + "."
	if _, err := read(archive(t, zip.Store, "data.pkl", deep)); err == nil ||
		!strings.Contains(err.Error(), "no dictionary of tensors") {
		t.Errorf("got %v", err)
	}
	endless := start + strings.Repeat("N0", 3<<20) + "."
	if _, err := read(archive(t, zip.Store, "data.pkl", endless)); err == nil ||
		!strings.Contains(err.Error(), "steps, the limit") {
		t.Errorf("got %v", err)
	}
}

// TestFolderEntries reads an archive with entries for its folders, as zip -r writes them.
func TestFolderEntries(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range [][2]string{{"model/", ""}, {"model/code/data.pkl", "no pickle"},
		{"model/ydata.pkl", "no pickle"}, {"model/data/", ""}, {"model/data.pkl", good}, {"model/data/0", fourOnes}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f[0], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f[1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	states, err := read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got := values(t, states, "", "w"); !slices.Equal(got, []float32{1, 2, 3, 4}) {
		t.Errorf("got %v", got)
	}
}

// TestSameError opens a file with several mistakes many times: the same must be reported each time, without pointers.
func TestSameError(t *testing.T) {
	var body strings.Builder
	for i := range 9 {
		name := string(rune('a' + i))
		body.WriteString("X" + text(name) + tensorOf(reference("torch.FloatStorage", name, 4), "K\x00", ")", ")"))
	}
	data := archive(t, zip.Store, "data.pkl", start+"}("+body.String()+"u.")
	legacy := []byte(magic + start + "K\x01." + start + "}." + start + "}(" + body.String() + "u." + start +
		"](X" + text("a") + "](}]ee.")
	first := map[string]bool{}
	for range 20 {
		for _, read := range []func() ([]stored.State, error){
			func() ([]stored.State, error) { return read(data) },
			func() ([]stored.State, error) { return ReadLegacy(bytes.NewReader(legacy), int64(len(legacy))) },
		} {
			_, err := read()
			if err == nil || strings.Contains(err.Error(), "0xc0") {
				t.Fatalf("got %v", err)
			}
			first[err.Error()] = true
		}
	}
	if len(first) != 2 {
		t.Errorf("the errors differ: %v", first)
	}
}

// TestOverlap reads an archive two of whose members have the same bytes, as zip bombs do.
func TestOverlap(t *testing.T) {
	data := archive(t, zip.Store, "data.pkl", good, "data/0", fourOnes, "data/1", fourOnes)
	// The directory gives each member's offset in bytes 42 to 46 of its entry: point the last at the one before.
	first := bytes.LastIndex(data[:bytes.LastIndex(data, []byte("PK\x01\x02"))], []byte("PK\x01\x02"))
	last := bytes.LastIndex(data, []byte("PK\x01\x02"))
	copy(data[last+42:last+46], data[first+42:first+46])
	if _, err := read(data); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("got %v, want an error about the overlap", err)
	}
}

// TestPyTorch reads what PyTorch 1.13 wrote: see testdata/make_checkpoints.py.
func TestPyTorch(t *testing.T) {
	counting := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i) - 2
		}
		return v
	}
	tests := []struct {
		file, state, name string
		want              []float32
	}{
		{"zip.pth", "", "weight", counting(6)},
		{"zip.pth", "", "transposed", []float32{-2, 1, -1, 2, 0, 3}},
		{"zip.pth", "", "shared", []float32{0, 1}},
		{"zip.pth", "", "half", counting(6)},
		{"zip.pth", "", "bfloat", counting(6)},
		{"zip.pth", "", "double", counting(6)},
		{"zip.pth", "", "parameter", counting(6)},
		{"legacy.pth", "", "weight", counting(6)},
		{"legacy.pth", "", "transposed", []float32{-2, 1, -1, 2, 0, 3}},
		{"legacy.pth", "", "half", counting(6)},
		{"training.pth", "state_dict", "weight", counting(6)},
		{"training.pth", "ema.shadow", "weight", []float32{1, 1}},
		{"namespace.pth", "state_dict", "weight", counting(6)},
		{"whole.pth", "model", "inner.0.weight", counting(6)},
		{"whole.pth", "model", "mean", counting(3)},
		{"script.pt", "", "0.0.weight", counting(6)},
	}
	for _, tt := range tests {
		t.Run(tt.file+"/"+tt.state+"."+tt.name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			reader := read
			if SniffLegacy(data) {
				reader = func(data []byte) ([]stored.State, error) {
					return ReadLegacy(bytes.NewReader(data),
						int64(len(data)))
				}
			}
			states, err := reader(data)
			if err != nil {
				t.Fatal(err)
			}
			if got := values(t, states, tt.state, tt.name); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// readAll reads every tensor of at most a thousand elements: what a network of that size would ask for.
func readAll(states []stored.State) {
	for _, s := range states {
		for i := range s.Tensors {
			if n, err := stored.Elements(s.Tensors[i].Shape); err == nil && n < 1000 {
				s.Tensors[i].Values()
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archive(f, zip.Store, "data.pkl", good, "data/0", fourOnes))
	seed(f, "zip.pth", "training.pth", "namespace.pth", "whole.pth", "script.pt")
	f.Fuzz(func(t *testing.T, data []byte) {
		if states, err := read(data); err == nil {
			readAll(states)
		}
	})
}

// FuzzPickle leaves the archive alone, whose checksums and directory stop most changes.
func FuzzPickle(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(start + "(ios\nsystem\n."))
	f.Add([]byte(start + module("my.Net", dict("p", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", ")",
		")")), "h\x63") + "."))
	f.Fuzz(func(t *testing.T, pickle []byte) {
		if states, err := read(archive(t, zip.Store, "data.pkl", string(pickle), "data/0", fourOnes)); err == nil {
			readAll(states)
		}
	})
}

func seed(f *testing.F, names ...string) {
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

func source(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
	head := make([]byte, min(size, 64))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	var states []stored.State
	if SniffLegacy(head) {
		var err error
		if states, err = ReadLegacy(r, size); err != nil {
			return nil, err
		}
	} else {
		a, err := stored.OpenZip(r, size)
		if err != nil {
			return nil, err
		}
		if states, err = Read(a); err != nil {
			return nil, err
		}
	}
	var all []stored.Tensor
	for _, s := range states {
		all = append(all, s.Tensors...)
	}
	return all, nil
}

// TestDamaged reads checkpoints that are broken, cut off and changed in every place. The old format has no checksums.
func TestDamaged(t *testing.T) {
	for _, file := range []string{"zip.pth", "training.pth", "whole.pth", "legacy.pth"} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		checkpointtest.Broken(t, data, source)
		checkpointtest.Cut(t, data, source)
		if !SniffLegacy(data) {
			checkpointtest.Flipped(t, data, source, func(int) bool { return false })
		}
	}
}
