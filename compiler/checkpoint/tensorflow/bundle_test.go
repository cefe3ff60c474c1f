package tensorflow

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

var update = flag.Bool("update", false, "write the checkpoints in testdata")

// message builds protobuf messages.
type message []byte

func (m message) int(n protowire.Number, v uint64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, n, protowire.VarintType), v)
}

func (m message) fixed(n protowire.Number, v uint32) message {
	return protowire.AppendFixed32(protowire.AppendTag(m, n, protowire.Fixed32Type), v)
}

func (m message) bytes(n protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, n, protowire.BytesType), b)
}

// table writes a table as TensorFlow does, with so many entries a block.
func table(entries map[string][]byte, perBlock int) []byte {
	var out, index []byte
	finish := func(block []byte) []byte { // returns the handle
		block = append(block, 0, 0, 0, 0, 1, 0, 0, 0) // one restart, at 0
		at := len(out)
		out = append(append(out, block...), 0)
		out = binary.LittleEndian.AppendUint32(out, masked(crc32.Checksum(out[at:], castagnoli)))
		return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(at)), uint64(len(block)))
	}
	add := func(block []byte, last, key string, value []byte) []byte {
		shared := 0
		for shared < min(len(last), len(key)) && last[shared] == key[shared] {
			shared++
		}
		for _, v := range []int{shared, len(key) - shared, len(value)} {
			block = binary.AppendUvarint(block, uint64(v))
		}
		return append(append(block, key[shared:]...), value...)
	}
	keys := slices.Sorted(maps.Keys(entries))
	lastOfIndex := ""
	for part := range slices.Chunk(keys, perBlock) {
		var block []byte
		last := ""
		for _, key := range part {
			block = add(block, last, key, entries[key])
			last = key
		}
		index = add(index, lastOfIndex, last, finish(block))
		lastOfIndex = last
	}
	footer := append(finish(nil), finish(index)...)
	footer = append(footer, make([]byte, footerLength-8-len(footer))...)
	return append(out, binary.LittleEndian.AppendUint64(footer, magic)...)
}

// writer makes a checkpoint of one file of data.
type writer struct {
	entries map[string][]byte
	data    []byte
}

func newWriter() *writer {
	version := message(nil).int(1, 1)
	return &writer{entries: map[string][]byte{"": message(nil).int(1, 1).bytes(3, version)}}
}

// add adds a variable given by its bytes.
func (w *writer) add(key string, dtype uint64, data []byte, shape ...uint64) {
	var dims message
	for _, d := range shape {
		dims = dims.bytes(2, message(nil).int(1, d))
	}
	e := message(nil).int(1, dtype).bytes(2, dims)
	if len(w.data) > 0 {
		e = e.int(4, uint64(len(w.data)))
	}
	w.entries[key] = e.int(5, uint64(len(data))).fixed(6, masked(crc32.Checksum(data, castagnoli)))
	w.data = append(w.data, data...)
}

// counting adds a variable of float32 that counts from a number.
func (w *writer) counting(key string, from float32, shape ...uint64) {
	n := uint64(1)
	for _, d := range shape {
		n *= d
	}
	var data []byte
	for i := range n {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(from+float32(i)))
	}
	w.add(key, 1, data, shape...)
}

// text adds a variable of one string.
func (w *writer) text(key, text string) {
	sum := crc32.Checksum(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), castagnoli)
	data := binary.LittleEndian.AppendUint32(binary.AppendUvarint(nil, uint64(len(text))), masked(sum))
	data = append(data, text...)
	sum = crc32.Update(sum, castagnoli, data[len(data)-len(text)-4:])
	w.add(key, 7, data, 1)
	e := w.entries[key]
	binary.LittleEndian.PutUint32(e[len(e)-4:], masked(sum)) // the last field
}

func (w *writer) read() ([]stored.State, error) {
	index := table(w.entries, 3)
	return read(index, "ckpt", map[string]string{"ckpt.data-00000-of-00001": string(w.data)})
}

func read(index []byte, name string, files map[string]string) ([]stored.State, error) {
	return Read(bytes.NewReader(index), int64(len(index)), name+Suffix, func(name string) (io.ReaderAt, int64, error) {
		text, ok := files[name]
		if !ok {
			return nil, 0, os.ErrNotExist
		}
		return strings.NewReader(text), int64(len(text)), nil
	})
}

// describe lists the tensors of states and what is passed over.
func describe(t *testing.T, states []stored.State) string {
	t.Helper()
	var b strings.Builder
	for _, s := range states {
		fmt.Fprintf(&b, "state %q\n", s.Name)
		for i := range s.Tensors {
			a := &s.Tensors[i]
			if !a.Type.Readable() {
				fmt.Fprintf(&b, "%s %s\n", a.Name, a.Type)
				continue
			}
			v, err := a.Values()
			if err != nil {
				t.Errorf("%s: %v", a.Name, err)
				continue
			}
			fmt.Fprintf(&b, "%s %v %s %v\n", a.Name, a.Shape, a.Order, v[:min(2, len(v))])
		}
		for _, name := range s.Passed {
			fmt.Fprintf(&b, "- %s\n", name)
		}
	}
	return b.String()
}

// first is a checkpoint as tf.compat.v1.train.Saver writes it, with Adam's state and moving averages.
func first() *writer {
	w := newWriter()
	w.counting("stem/kernel", 1, 3, 3, 1, 2)
	w.counting("stem/kernel/Adam", 100, 3, 3, 1, 2)
	w.counting("stem/kernel/Adam_1", 100, 3, 3, 1, 2)
	w.counting("stem/kernel/ExponentialMovingAverage", 2, 3, 3, 1, 2)
	w.counting("stem/bn/gamma", 3, 2)
	w.counting("stem/bn/gamma/Momentum", 100, 2)
	w.counting("stem/bn/moving_variance", 4, 2)
	w.counting("Adam", 5, 2) // a layer of that name
	w.counting("beta1_power", 100)
	w.add("global_step", 9, make([]byte, 8))
	w.add("half", 19, []byte{0, 0x3c}, 1)
	w.add("brain", 14, []byte{0x80, 0x3f}, 1)
	w.entries["cut"] = message(nil).int(1, 1).bytes(2, message(nil).bytes(2, message(nil).int(1, 4))).bytes(7, nil)
	w.entries["\x00cut slice"] = message(nil).int(1, 1)
	return w
}

// second is a checkpoint of TensorFlow 2, whose graph of objects has names and slots.
func second() *writer {
	w := newWriter()
	var graph message
	object := func(key, name string) {
		w.counting(key+valueSuffix, float32(len(w.entries)), 2)
		attribute := message(nil).bytes(1, []byte("VARIABLE_VALUE")).bytes(2, []byte(name)).bytes(3,
			[]byte(key+valueSuffix))
		graph = graph.bytes(1, message(nil).bytes(2, attribute))
	}
	object("layer_with_weights-0/kernel", "stem/kernel")
	object("layer_with_weights-2/gamma", "stem_bn/gamma")
	object("layer_with_weights-10/kernel", "last/kernel")
	object("layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/m", "Adam/stem/kernel/m")
	object("momentum", "momentum/anything") // a slot, though its name does not say so: node 4
	object("optimizer/_variables/1", "Adam/m/stem_bn-gamma")
	object("optimizer/learning_rate", "learning_rate")
	object("keras_api/metrics/0/total", "total")
	object("save_counter", "save_counter")
	graph = graph.bytes(1, message(nil).bytes(3, message(nil).int(1, 1).bytes(2, []byte("m")).int(3, 4)))
	w.text("layer_with_weights-0/.ATTRIBUTES/OBJECT_CONFIG_JSON", "{}")
	w.text(graphKey, string(graph))
	return w
}

func TestRead(t *testing.T) {
	tests := []struct {
		name string
		w    *writer
		want string
	}{
		{"model.ckpt-7", first(), `state "variables"
Adam [2]  [5 6]
brain [1]  [1]
cut stored in slices (a partitioned variable)
half [1]  [1]
stem/bn/gamma [2]  [3 4]
stem/bn/moving_variance [2]  [4 5]
stem/kernel [3 3 1 2] HWIO [1 2]
- beta1_power
- global_step
- stem/bn/gamma/Momentum
- stem/kernel/Adam
- stem/kernel/Adam_1
state "ExponentialMovingAverage"
Adam [2]  [5 6]
brain [1]  [1]
cut stored in slices (a partitioned variable)
half [1]  [1]
stem/bn/gamma [2]  [3 4]
stem/bn/moving_variance [2]  [4 5]
stem/kernel [3 3 1 2] HWIO [2 3]
- beta1_power
- global_step
- stem/bn/gamma/Momentum
- stem/kernel/Adam
- stem/kernel/Adam_1
`},
		{"saved/variables/variables", second(), `state ""
stem/kernel [2]  [1 2]
stem_bn/gamma [2]  [2 3]
last/kernel [2]  [3 4]
- keras_api/metrics/0/total
- layer_with_weights-0/.ATTRIBUTES/OBJECT_CONFIG_JSON
- layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/m
- momentum
- optimizer/_variables/1
- optimizer/learning_rate
- save_counter
`},
	}
	for _, tt := range tests {
		index := table(tt.w.entries, 3)
		data := tt.w.data
		path := filepath.Join("testdata", filepath.FromSlash(tt.name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			for suffix, text := range map[string][]byte{Suffix: index, ".data-00000-of-00001": data} {
				if err := os.WriteFile(path+suffix, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		if kept, err := os.ReadFile(path + Suffix); err != nil || !bytes.Equal(kept, index) {
			t.Errorf("%s: the file in testdata is another one (%v): run the test with -update", tt.name, err)
		}
		if !Sniff(index) {
			t.Errorf("%s is not recognised", tt.name)
		}
		states, err := tt.w.read()
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := describe(t, states); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// TestPaths keeps the paths of objects where names are missing or the same.
func TestPaths(t *testing.T) {
	for _, names := range [][2]string{{"kernel", "kernel"}, {"kernel", ""}} {
		w := newWriter()
		var graph message
		for i, key := range []string{"a/kernel", "b/kernel"} {
			w.counting(key+valueSuffix, 0, 1)
			attribute := message(nil).bytes(2, []byte(names[i])).bytes(3, []byte(key+valueSuffix))
			graph = graph.bytes(1, message(nil).bytes(2, attribute))
		}
		w.text(graphKey, string(graph))
		states, err := w.read()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := describe(t, states), "state \"\"\na/kernel [1]  [0]\nb/kernel [1]  [0]\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestShards reads variables from two files.
func TestShards(t *testing.T) {
	w := newWriter()
	w.counting("a", 1, 2)
	w.entries[""] = message(nil).int(1, 2)
	w.entries["b"] = append(message(w.entries["a"]).int(3, 1), 0x20, 0) // the same in file 1, at offset 0
	files := map[string]string{"x.data-00000-of-00002": string(w.data), "x.data-00001-of-00002": string(w.data)}
	states, err := read(table(w.entries, 100), "x", files)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := describe(t, states), "state \"\"\na [2]  [1 2]\nb [2]  [1 2]\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	delete(files, "x.data-00001-of-00002")
	if _, err := read(table(w.entries, 100), "x", files); err == nil ||
		!strings.Contains(err.Error(), "x.data-00001-of-00002") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestHostile(t *testing.T) {
	dims := func(sizes ...uint64) message {
		var m message
		for _, s := range sizes {
			m = m.bytes(2, message(nil).int(1, s))
		}
		return m
	}
	variable := func(e message) func(w *writer) { return func(w *writer) { w.entries["v"] = e } }
	float := slices.Clip(message(nil).int(1, 1)) // what is appended to it must not be shared
	tests := []struct {
		name   string
		change func(w *writer)
		want   string // in the error of Read, or in that of the values
	}{
		{"good", func(*writer) {}, ""},
		{"header missing", func(w *writer) { delete(w.entries, "") }, "header is not its first"},
		{"no files", func(w *writer) { w.entries[""] = message(nil).int(1, 0) }, "0 files"},
		{"many files", func(w *writer) { w.entries[""] = message(nil).int(1, 1<<40) }, "the limit is 1000"},
		{"big-endian", func(w *writer) { w.entries[""] = message(nil).int(1, 1).int(2, 1) }, "big-endian"},
		{"damaged header", func(w *writer) { w.entries[""] = message(nil).int(1, 1)[:1] }, "truncated or damaged"},
		{"damaged entry", variable(float[:1]), `entry of "v"`},
		{"groups", variable(message{0x0b}), `entry of "v"`},
		{"too short", variable(float.bytes(2, dims(3)).int(5, 8)), "of shape [3] needs 12 bytes, but has 8"},
		{"beyond the end", variable(float.bytes(2, dims(2)).int(4, 1<<40).int(5, 8)), "but the file has 8"},
		{"just beyond the end", variable(float.bytes(2, dims(2)).int(4, 1).int(5, 8)), "lies at byte 1"},
		{"behind the end", variable(float.bytes(2, dims(0)).int(4, 9).int(5, 0)), "lies at byte 9"},
		{"one before the beginning", variable(float.bytes(2, dims(2)).int(4, 1<<64-1).int(5, 8)), "lies at byte -1"},
		{"a text of negative length", variable(message(nil).int(1, 7).bytes(2, dims(1)).int(5, 1<<64-1)),
			"with -1 bytes"},
		{"at the end", variable(float.bytes(2, dims(0)).int(4, 8).int(5, 0)), ""},
		{"negative bytes", variable(float.bytes(2, dims(2)).int(5, 1<<63)), "but has -9223372036854775808"},
		{"negative offset", variable(float.bytes(2, dims(2)).int(4, 1<<63).int(5, 8)),
			"lies at byte -9223372036854775808"},
		{"overflow", variable(float.bytes(2, dims(1<<40, 1<<40)).int(5, 8)), "impossible shape"},
		{"negative size", variable(float.bytes(2, dims(1<<64-2)).int(5, 8)), "impossible shape"},
		{"unknown rank", variable(float.bytes(2, message(nil).int(3, 1)).int(5, 4)), "shape is unknown"},
		{"many dimensions", variable(float.bytes(2, dims(make([]uint64, 255)...))), "over 254 dimensions"},
		{"another file", variable(float.bytes(2, dims(2)).int(3, 1).int(5, 8)), "file 1 of 1"},
		{"negative file", variable(float.bytes(2, dims(2)).int(3, 1<<63).int(5, 8)), "of 1"},
		{"overlap", func(w *writer) { w.entries["z"] = w.entries["v"] }, `"v" and "z" overlap`},
		{"checksum", func(w *writer) { w.data[0]++ }, "checksum is wrong"},
		{"resource", variable(message(nil).int(1, 20).int(5, 0)), "TensorFlow's type 20"},
		{"no variables", func(w *writer) { delete(w.entries, "v") }, "no variables"},
		{"graph", func(w *writer) { w.add(graphKey, 7, []byte{200}) }, "graph of objects"},
		{"damaged graph", func(w *writer) { w.text(graphKey, "\x0a\xff") }, "graph of objects"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWriter()
			w.counting("v", 1, 2)
			tt.change(w)
			states, err := w.read()
			if err == nil {
				_, err = states[0].Tensors[0].Values()
			}
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestDamagedTable cuts an index, changes each of its bytes, and makes blocks that share bytes.
func TestDamagedTable(t *testing.T) {
	w := first()
	index := table(w.entries, 3)
	files := map[string]string{"x.data-00000-of-00001": string(w.data)}
	for n := range len(index) {
		if _, err := read(index[:n], "x", files); err == nil {
			t.Errorf("the first %d bytes of %d are accepted", n, len(index))
		}
	}
	for at := range len(index) {
		damaged := bytes.Clone(index)
		damaged[at] ^= 0x10
		if _, err := read(damaged, "x", files); err == nil && !(at >= len(index)-footerLength && at < len(index)-8) {
			t.Errorf("byte %d of %d can be changed", at, len(index))
		}
	}
	header := "\x00\x00\x02\x08\x01"
	for entries, want := range map[string]string{
		header + "\x00\x01\x00b" + "\x00\x01\x00a": "not in order",
		header + "\x00\x01\x00a" + "\x00\x01\x00a": "not in order",
		header + "\x05\x01\x00a":                   "truncated or damaged", // shares more than there is
		header + "\x00\x7f\x00a":                   "truncated or damaged",
		header + "\x00\x01\x7fa":                   "truncated or damaged",
	} {
		if _, err := read(frame([]byte(entries)), "x", files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", entries, err, want)
		}
	}
	long := "\x00\x00\xcd\x01\x08\x01\x7a\xc8\x01" + strings.Repeat("v", 200) // a header with an unknown field
	for want, index := range map[string][]byte{
		"impossible restarts": framed([]byte(header), []byte{2, 0, 0, 0}, 1),
		"truncated":           framed(nil, []byte{1, 0}, 1),
		"blocks overlap":      framed([]byte(long), []byte{0, 0, 0, 0}, 3),
	} {
		if _, err := read(index, "x", files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	all := framed([]byte(header), []byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}, 1) // as many restarts as there can be
	if _, err := read(all, "x", files); err == nil || !strings.Contains(err.Error(), "no variables") {
		t.Errorf("two restarts: %v", err)
	}
}

// TestCompressed refuses an index whose blocks say that they are compressed, each by itself: their checksums are right.
func TestCompressed(t *testing.T) {
	w := first()
	whole := table(w.entries, 3)
	files := map[string]string{"x.data-00000-of-00001": string(w.data)}
	found := 0
	for end := 1; end+5 <= len(whole)-footerLength; end++ {
		for from := range end { // where a block begins, its checksum is that of what follows
			sum := masked(crc32.Checksum(whole[from:end+1], castagnoli))
			if whole[end] != 0 || binary.LittleEndian.Uint32(whole[end+1:]) != sum {
				continue
			}
			index := bytes.Clone(whole)
			index[end] = 1
			binary.LittleEndian.PutUint32(index[end+1:], masked(crc32.Checksum(index[from:end+1], castagnoli)))
			_, err := read(index, "x", files)
			if err == nil || !strings.Contains(err.Error(), "a block is compressed") {
				t.Errorf("the block from byte %d: got %v", from, err)
			}
			found++
		}
	}
	if found < 3 {
		t.Errorf("%d blocks were found", found)
	}
}

// FuzzRead gives an index any bytes, its checksums made right, so that what lies behind them is reached.
func FuzzRead(f *testing.F) {
	for _, w := range []*writer{first(), second(), newWriter()} {
		index := table(w.entries, 1000)
		block, err := firstBlock(index)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(block, w.data)
	}
	f.Fuzz(func(t *testing.T, block, data []byte) {
		index := frame(block)
		states, err := Read(bytes.NewReader(index), int64(len(index)), "x.index", func(string) (io.ReaderAt, int64,
			error) {
			return bytes.NewReader(data), int64(len(data)), nil
		})
		if err != nil {
			return
		}
		for _, s := range states {
			for i := range s.Tensors {
				s.Tensors[i].Values()
			}
		}
	})
}

// firstBlock returns the entries of a table that has one block.
func firstBlock(index []byte) ([]byte, error) {
	var all []byte
	_, rest, err := handle(index[len(index)-footerLength:])
	if err != nil {
		return nil, err
	}
	h, _, err := handle(rest)
	if err != nil {
		return nil, err
	}
	handles, err := block(index, h)
	if err != nil {
		return nil, err
	}
	err = entries(handles, func(_, value []byte) error {
		h, _, err := handle(value)
		if err == nil {
			all, err = block(index, h)
		}
		return err
	})
	return all, err
}

// frame makes a table of one block, which has one restart.
func frame(block []byte) []byte { return framed(block, []byte{0, 0, 0, 0, 1, 0, 0, 0}, 1) }

// framed makes a table of one block, so many times, which ends in restarts.
func framed(block, ending []byte, times int) []byte {
	seal := func(out []byte, from int) []byte {
		out = append(out, 0)
		return binary.LittleEndian.AppendUint32(out, masked(crc32.Checksum(out[from:], castagnoli)))
	}
	handleOf := func(at, length int) []byte {
		return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(at)), uint64(length))
	}
	restarts := []byte{0, 0, 0, 0, 1, 0, 0, 0}
	out := append(bytes.Clone(block), ending...)
	first := handleOf(0, len(out))
	out = seal(out, 0)
	at := len(out)
	var index []byte
	for range times {
		index = append(append(index, 0, 1, byte(len(first)), 'z'), first...)
	}
	index = append(index, restarts...)
	out = seal(append(out, index...), at)
	footer := append(bytes.Clone(first), handleOf(at, len(index))...) // the same block as metadata, which nobody reads
	footer = append(footer, make([]byte, footerLength-8-len(footer))...)
	return binary.LittleEndian.AppendUint64(append(out, footer...), magic)
}

// TestSliced: a variable that is stored in slices says so, as does one of a type that is unknown, and neither keeps the
// others from being read.
func TestSliced(t *testing.T) {
	w := newWriter()
	w.counting("plain", 1, 2)
	w.counting("parts", 1, 2)
	w.counting("handle", 1, 2)
	w.entries["parts"] = message(w.entries["parts"]).bytes(7, nil)
	w.entries["handle"] = message(w.entries["handle"]).int(1, 20) // DT_RESOURCE
	states, err := w.read()
	if err != nil {
		t.Fatal(err)
	}
	for i := range states[0].Tensors {
		a := &states[0].Tensors[i]
		_, err := a.Values()
		want := map[string]string{"parts": "of type stored in slices", "handle": "of type TensorFlow's type 20"}
		if a.Name == "plain" && err != nil || !strings.Contains(fmt.Sprint(err), want[a.Name]) {
			t.Errorf("%s: %v, want %s", a.Name, err, want[a.Name])
		}
	}
	if len(states[0].Tensors) != 3 {
		t.Errorf("%d variables, want 3", len(states[0].Tensors))
	}
}

// TestBlock: a block lies within its table, with the byte and the checksum that follow it.
func TestBlock(t *testing.T) {
	// byte 0 "before." | 7 one restart, at 0 | 15 not compressed | 16 checksum of bytes 7 to 15 | 20 "..."
	table := []byte("before.\x00\x00\x00\x00\x01\x00\x00\x00\x00")
	table = binary.LittleEndian.AppendUint32(table, masked(crc32.Checksum(table[7:], castagnoli)))
	table = append(table, "..."...)
	for end := range len(table) + 1 {
		if _, err := block(table[:end], extent{7, 8}); (err == nil) != (end >= 20) {
			t.Errorf("the first %d bytes of a table, whose block's checksum ends at 20: %v", end, err)
		}
	}
	for _, e := range []extent{{20, 3}, {23, 0}, {24, 0}, {7, 17}, {7, math.MaxUint64}, {math.MaxUint64, 7}} {
		if _, err := block(table, e); err == nil || !strings.Contains(err.Error(), "a block lies outside it") {
			t.Errorf("%d bytes at %d of 23: %v", e.length, e.offset, err)
		}
	}
}

// TestAveragesAlone: a checkpoint of averages alone has them as its weights, under the names of what they are of.
func TestAveragesAlone(t *testing.T) {
	w := newWriter()
	w.counting("conv/kernel/ExponentialMovingAverage", 1, 2)
	w.counting("conv/bias/ExponentialMovingAverage", 5, 2)
	states, err := w.read()
	if err != nil || len(states) != 1 || len(states[0].Tensors) != 2 {
		t.Fatalf("%v, %v", states, err)
	}
	for i, name := range []string{"conv/bias", "conv/kernel"} {
		a := &states[0].Tensors[i]
		if v, err := a.Values(); err != nil || a.Name != name || v[0] != []float32{5, 1}[i] {
			t.Errorf("%s is %v, %v", a.Name, v, err)
		}
	}
}

// TestSniff: an index begins with a header of the empty name and of a length that a header can have.
func TestSniff(t *testing.T) {
	for head, want := range map[string]bool{
		"\x00\x00\x02\x08\x01": true, "\x00\x00\x3f\x08\x01": true, "\x00\x00\x40\x08\x01": false,
		"\x00\x00\x01\x08\x01": false, "\x01\x00\x02\x08\x01": false, "\x00\x01\x02\x08\x01": false,
		"\x00\x00\x02\x09\x01": false, "\x00\x00\x02\x08": false, "": false,
	} {
		if Sniff([]byte(head)) != want {
			t.Errorf("%q may be an index: %t", head, !want)
		}
	}
}

// TestManyVariables: a checkpoint may have so many variables, and no more.
func TestManyVariables(t *testing.T) {
	b := &bundle{files: 1, variables: make([]stored.Tensor, maxVariables-1)}
	sliced := message(nil).int(1, 1).bytes(7, nil)
	if err := b.entry("last", sliced); err != nil {
		t.Error(err)
	}
	if err := b.entry("more", sliced); err == nil || !strings.Contains(err.Error(), "over 131072 variables") {
		t.Errorf("got %v", err)
	}
}

// TestScalars: a number of a name that is not known may be missing in a network; a vector may not.
func TestScalars(t *testing.T) {
	w := newWriter()
	w.counting("scale", 1)
	w.counting("vector", 1, 1)
	states, err := w.read()
	if err != nil || len(states) != 1 || len(states[0].Tensors) != 2 {
		t.Fatalf("%v, %v", states, err)
	}
	for _, a := range states[0].Tensors {
		if a.Optional != (a.Name == "scale") {
			t.Errorf("%s is optional: %t", a.Name, a.Optional)
		}
	}
}

// TestFields visits fields of every kind, and refuses those that are cut off.
func TestFields(t *testing.T) {
	const whole = "\x08\x96\x01\x15\x01\x00\x00\x00\x19\x02\x00\x00\x00\x00\x00\x00\x00\x22\x01a\xa8\x06\x05"
	ends := map[int]string{0: "", 3: "1:150 ", 8: "1:150 2:1 ", 17: "1:150 2:1 3:2 ", 20: "1:150 2:1 3:2 4:0a ",
		23: "1:150 2:1 3:2 4:0a 101:5 "}
	for n := range len(whole) + 1 {
		var got strings.Builder
		err := fields([]byte(whole[:n]), func(f protowire.Number, v uint64, inner []byte) error {
			fmt.Fprintf(&got, "%d:%d%s ", f, v, inner)
			return nil
		})
		if want, good := ends[n]; good != (err == nil) || good && got.String() != want {
			t.Errorf("%d bytes: %s, %v, want %s", n, got.String(), err, want)
		}
	}
	for _, text := range []string{"\x0b\x0c", "\x0e", "\x00\x01"} {
		err := fields([]byte(text), func(protowire.Number, uint64, []byte) error { return nil })
		if err != errTruncated {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// TestShapes reads shapes that are said to be known, and dimensions whose size is not written, which is 0.
func TestShapes(t *testing.T) {
	float := slices.Clip(message(nil).int(1, 1))
	for _, tt := range []struct {
		shape message
		want  string
	}{
		{nil, "[]"}, {message(nil).int(3, 0), "[]"}, {message(nil).bytes(2, nil), "[0]"},
		{message(nil).bytes(2, message(nil).int(1, 2)).int(3, 0).bytes(2, message(nil).bytes(2, []byte("n"))), "[2 0]"},
	} {
		e, err := parseEntry(float.bytes(2, tt.shape).int(5, 8))
		if got := fmt.Sprint(e.shape); err != nil || got != tt.want {
			t.Errorf("%q: got %s, %v, want %s", tt.shape, got, err, tt.want)
		}
	}
}
