package hdf5

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// enc writes numbers, little-endian and as wide as their types, and texts.
func enc(parts ...any) (b []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		default:
			b, _ = binary.Append(b, binary.LittleEndian, p)
		}
	}
	return b
}

// The messages of a dataset of two float32.
var (
	space = enc(uint8(2), uint8(1), uint8(0), uint8(1), uint64(2))
	float = enc(uint8(0x11), "\x20\x1f\x00", uint32(4), uint16(0), uint16(32), uint8(23), uint8(8), uint8(0), uint8(23),
		uint32(127))
	values  = "\x00\x00\x80?\x00\x00\x00@"
	inPlace = enc(uint8(3), uint8(compact), uint16(8), values)
)

// typed is a message of a header.
type typed struct {
	kind uint8
	body []byte
}

// dataset is what a dataset's header holds.
func dataset(change ...typed) []typed {
	return append([]typed{{msgDataspace, space}, {msgDatatype, float}, {msgLayout, inPlace}}, change...)
}

// builder makes a file with headers of version 2.
type builder struct{ b []byte }

// add writes an object header and returns its address. Messages behind the cut, if it is above 0, stand in a
// continuation. Flags say which fields the header has.
func (w *builder) add(flags uint8, cut int, messages ...typed) uint64 {
	body := func(messages []typed) (b []byte) {
		for _, m := range messages {
			b = append(b, enc(m.kind, uint16(len(m.body)), uint8(0))...)
			if flags&4 != 0 {
				b = append(b, 0, 0) // the order of creation
			}
			b = append(b, m.body...)
		}
		return b
	}
	if cut > 0 {
		at := w.here()
		rest := enc("OCHK", body(messages[cut:]), uint32(0x01020304))
		w.b = append(w.b, rest...)
		messages = append(slices.Clone(messages[:cut]), typed{msgContinuation, enc(at, uint64(len(rest)))})
	}
	at := w.here()
	b := body(messages)
	w.b = append(w.b, enc("OHDR", uint8(2), flags)...)
	if flags&0x20 != 0 {
		w.b = append(w.b, make([]byte, 16)...)
	}
	if flags&0x10 != 0 {
		w.b = append(w.b, make([]byte, 4)...)
	}
	length := enc(uint64(len(b)))[:1<<(flags&3)]
	w.b = append(w.b, enc(length, b, uint32(0x05060708))...)
	return at
}

const superblockLength = 8 + 4 + 4*8 + 4

func (w *builder) here() uint64 { return superblockLength + uint64(len(w.b)) }

// finish writes the file: a superblock of version 2 or 3, or of 0 or 1, which are longer and stand behind the rest.
func (w *builder) finish(version uint8, root uint64) []byte {
	end := w.here()
	super := enc("\x89HDF\r\n\x1a\n", version, uint8(8), uint8(8), uint8(0), uint64(0), undefined, end, root, uint32(0))
	return append(super, w.b...)
}

// linked is a link message of version 1, with the fields that flags say.
func linked(flags uint8, name string, to uint64) typed {
	b := enc(uint8(1), flags)
	if flags&8 != 0 {
		b = append(b, 0) // hard
	}
	if flags&4 != 0 {
		b = append(b, make([]byte, 8)...)
	}
	if flags&0x10 != 0 {
		b = append(b, 1)
	}
	return typed{msgLink, enc(b, enc(uint64(len(name)))[:1<<(flags&3)], name, to)}
}

// TestHeaders reads datasets and links whose headers have every field that may be there, in one piece and in two.
func TestHeaders(t *testing.T) {
	for _, flags := range []uint8{0, 1, 2, 3, 4, 0x10, 0x20, 0x37} {
		for cut := range 3 {
			var w builder
			a := w.add(flags, cut, dataset()...)
			b := w.add(flags, cut, dataset()...)
			root := w.add(flags, min(cut, 1), linked(flags&0x17, "a", a), linked(flags&0x17|8, "b", b))
			for version := uint8(2); version < 4; version++ {
				o, err := read(w.finish(version, root))
				if err != nil {
					t.Errorf("flags %#x, %d messages in the header: %v", flags, cut, err)
					continue
				}
				for _, name := range []string{"a", "b"} {
					m := o.Member(name)
					if m == nil {
						t.Errorf("flags %#x: %s is missing", flags, name)
						continue
					}
					if v, err := m.Data.Values(); err != nil || !slices.Equal(v, []float32{1, 2}) {
						t.Errorf("flags %#x: %s is %v, %v", flags, name, v, err)
					}
				}
			}
		}
	}
}

// TestRefusals reads files of which one thing is not as it should be, and is told which.
func TestRefusals(t *testing.T) {
	attribute := func(version uint8, name string, kind, space []byte, value string) typed {
		b := enc(version, uint8(0), uint16(len(name)), uint16(len(kind)), uint16(len(space)))
		if version == 3 {
			b = append(b, 0)
		}
		return typed{msgAttribute, enc(b, name, kind, space, value)}
	}
	text := func(size uint32) []byte { return enc(uint8(0x13), "\x00\x00\x00", size) }
	one := enc(uint8(2), uint8(0), uint8(0), uint8(0))
	variable := enc(uint8(0x19), "\x01\x00\x00", uint32(16))
	replaced := func(kind uint8, body []byte) []typed {
		all := dataset()
		for i := range all {
			if all[i].kind == kind {
				all[i].body = body
			}
		}
		return all
	}
	without := func(kind uint8) []typed {
		return slices.DeleteFunc(dataset(), func(m typed) bool { return m.kind == kind })
	}
	layout := func(parts ...any) []typed { return replaced(msgLayout, enc(parts...)) }
	chunk := func(parts ...any) []typed {
		return layout(append([]any{uint8(4), uint8(chunked)}, parts...)...)
	}
	filtered := func(parts ...any) []typed {
		return append(chunk(uint8(0), uint8(2), uint8(4), uint32(2), uint32(4), uint8(1), uint64(0)),
			typed{msgFilters, enc(parts...)})
	}
	for _, tt := range []struct {
		name     string
		messages []typed
		want     string // "" is a dataset of 1 and 2
	}{
		{"good", dataset(), ""},
		{"another file", dataset(typed{msgExternal, nil}), "lie in another file"},
		{"no shape", without(msgDataspace), "its type or its shape is missing"},
		{"no type", without(msgDatatype), "its type or its shape is missing"},
		{"shape of version 1", replaced(msgDataspace, enc(uint8(1), uint8(1), uint8(0), make([]byte, 5), uint64(2))),
			""},
		{"shape of version 3", replaced(msgDataspace, enc(uint8(3), uint8(1), uint8(0), uint8(1), uint64(2))),
			"version 3 of a shape"},
		{"no elements at all", replaced(msgDataspace, enc(uint8(2), uint8(1), uint8(0), uint8(2), uint64(2))),
			"it is empty"},
		{"32 dimensions", replaced(msgDataspace, enc(uint8(2), uint8(32), uint8(0), uint8(1),
			bytes.Repeat(enc(uint64(1)), 31), uint64(2))), ""},
		{"33 dimensions", replaced(msgDataspace, enc(uint8(2), uint8(33), uint8(0), uint8(1), make([]byte, 33*8))),
			"33 dimensions; the limit is 32"},
		{"an impossible size", replaced(msgDataspace, enc(uint8(2), uint8(1), uint8(0), uint8(1), uint64(1)<<63)),
			"the impossible size"},
		{"a shape cut off", replaced(msgDataspace, space[:9]), "truncated"},
		{"a type cut off", replaced(msgDatatype, float[:9]), "truncated"},
		{"other values", layout(uint8(3), uint8(compact), uint16(4), values[:4]),
			"of shape [2] needs 8 bytes, but has 4"},
		{"layout of version 2", layout(uint8(2), uint8(1)), "version 2 of a layout"},
		{"contiguous, cut off", layout(uint8(3), uint8(contiguous), uint64(superblockLength)), "truncated"},
		{"layout of class 3", layout(uint8(3), uint8(3)), "class 3 of a layout"},
		{"contiguous", layout(uint8(3), uint8(contiguous), uint64(superblockLength), uint64(8)), ""},
		{"contiguous elsewhere", layout(uint8(3), uint8(contiguous), uint64(1)<<40, uint64(8)), "it lies at bytes"},
		{"contiguous to the end", layout(uint8(3), uint8(contiguous), uint64(superblockLength), uint64(7)),
			"needs 8 bytes, but has 7"},
		{"contiguous nowhere", layout(uint8(3), uint8(contiguous), undefined, uint64(8)), "a shape, and no values"},
		{"one chunk", chunk(uint8(0), uint8(2), uint8(4), uint32(2), uint32(4), uint8(1), uint64(superblockLength)),
			""},
		{"another index", chunk(uint8(0), uint8(2), uint8(4), uint32(2), uint32(4), uint8(3), uint64(0)),
			"another index of chunks"},
		{"sizes of no bytes", chunk(uint8(0), uint8(2), uint8(0), uint8(1), uint64(0)), "truncated"},
		{"sizes of 9 bytes", chunk(uint8(0), uint8(2), uint8(9), make([]byte, 18), uint8(1), uint64(0)), "truncated"},
		{"chunks of no dimension", chunk(uint8(0), uint8(1), uint8(4), uint32(4), uint8(1), uint64(0)),
			"its chunks have 0 dimensions"},
		{"chunks of nothing", chunk(uint8(0), uint8(2), uint8(4), uint32(0), uint32(4), uint8(1), uint64(0)),
			"the impossible size 0"},
		{"huge chunks", chunk(uint8(0), uint8(2), uint8(8), uint64(1)<<32, uint64(4), uint8(1), uint64(0)),
			"the impossible size 4294967296"},
		{"chunks of two dimensions", chunk(uint8(0), uint8(3), uint8(4), uint32(2), uint32(1), uint32(4), uint8(1),
			uint64(0)), "its chunks have 2 dimensions, it has 1"},
		{"filters cut off", filtered(uint8(2), uint8(1), uint16(1)), "truncated"},
		{"a filter of its own", filtered(uint8(2), uint8(1), uint16(300), uint16(0), uint16(0), uint16(0)),
			"compressed by filter 300"},
		{"the attribute of another type", dataset(attribute(3, "dtype", text(8), one, "bfloat16")), ""},
		{"attributes", dataset(attribute(3, "a", text(2), one, "xy"), attribute(2, "b", text(2), one, "xy")), ""},
		{"an attribute without a value", dataset(attribute(3, "a", text(2), one[:2], "")), ""},
		{"a long attribute", dataset(attribute(3, "a", text(3), one, "xy")),
			`attribute "a" is longer than its message`},
		{"an attribute of no bytes", dataset(attribute(3, "a", text(0), one, "xy")), "longer than its message"},
		{"an attribute cut off", dataset(typed{msgAttribute, enc(uint8(3), uint8(0), uint16(9))}), "truncated"},
		{"an attribute's type cut off", dataset(attribute(3, "a", text(3)[:6], one, "xy")), "truncated"},
		{"an attribute of lists", dataset(attribute(3, "a", enc(uint8(0x19), "\x00\x00\x00", uint32(16)), one,
			string(enc(uint32(1), uint64(8), uint32(1))))), ""},
		{"a string of no heap", dataset(attribute(3, "a", variable, one, string(enc(uint32(1), uint64(8), uint32(1))))),
			`the attribute "a": byte 8`},
		{"a string beyond the end", dataset(attribute(3, "a", variable, one, string(enc(uint32(1), uint64(1)<<40,
			uint32(1))))), "beyond the end"},
		{"an empty string", dataset(attribute(3, "a", variable, one, string(enc(uint32(0), uint64(8), uint32(1))))),
			""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := builder{[]byte(values)}
			root := w.add(0, 0, linked(0, "d", w.add(1, 0, tt.messages...)))
			check(t, w.finish(2, root), tt.want)
		})
	}
}

// check reads a file, whose dataset d has the values 1 and 2, or which is refused.
func check(t *testing.T, data []byte, want string) {
	t.Helper()
	o, err := read(data)
	if want != "" {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if v, err := o.Member("d").Data.Values(); err != nil || !slices.Equal(v, []float32{1, 2}) {
		t.Errorf("got %v, %v", v, err)
	}
}

// TestGroups has groups whose links are not as they should be.
func TestGroups(t *testing.T) {
	soft := linked(8, "d", 0)
	soft.body[2] = 1
	for _, tt := range []struct {
		name  string
		links func(to uint64) []typed
		want  string
	}{
		{"good", func(to uint64) []typed { return []typed{linked(0, "d", to)} }, ""},
		{"a name twice", func(to uint64) []typed { return []typed{linked(0, "d", to), linked(0, "d", to+1)} },
			`a group has "d" twice`},
		{"no name", func(to uint64) []typed { return []typed{linked(0, "", to)} }, "a name is empty"},
		{"soft", func(uint64) []typed { return []typed{soft} }, "links to other files or paths"},
		{"cut off", func(uint64) []typed { return []typed{{msgLink, enc(uint8(1), uint8(0), uint8(9))}} }, "truncated"},
		{"no dense links", func(to uint64) []typed {
			return []typed{{msgLinkInfo, enc(uint8(0), uint8(0), undefined, undefined)}, linked(0, "d", to)}
		}, ""},
		{"no dense links in order", func(to uint64) []typed {
			return []typed{{msgLinkInfo, enc(uint8(0), uint8(1), uint64(7), undefined, undefined)}, linked(0, "d", to)}
		}, ""},
		{"dense links", func(uint64) []typed { return []typed{{msgLinkInfo, enc(uint8(0), uint8(0), uint64(7))}} },
			"dense links"},
		{"a description cut off", func(uint64) []typed { return []typed{{msgLinkInfo, enc(uint8(0), uint8(0))}} },
			"truncated"},
		{"a table cut off", func(uint64) []typed { return []typed{{msgSymbolTable, enc(uint64(0))}} }, "truncated"},
		{"a table without a heap", func(uint64) []typed { return []typed{{msgSymbolTable, enc(uint64(0), uint64(0))}} },
			"stands where HEAP is expected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var w builder
			root := w.add(0, 0, tt.links(w.add(0, 0, dataset()...))...)
			check(t, w.finish(2, root), tt.want)
		})
	}
}

// TestSuperblocks changes what stands at the beginning of a file, and where a header begins and goes on.
func TestSuperblocks(t *testing.T) {
	var w builder
	d := w.add(0, 1, dataset()...)
	data := w.finish(2, w.add(0, 0, linked(0, "d", d)))
	second := uint64(bytes.Index(data, []byte("OCHK")))
	for _, tt := range []struct {
		name string
		at   uint64
		to   string
		want string
	}{
		{"good", 8, "\x02", ""}, {"version 9", 8, "\x09", "version 9 of the superblock is unknown"},
		{"addresses of 4 bytes", 9, "\x04", "its addresses have 4 bytes and its lengths 8"},
		{"lengths of 4 bytes", 10, "\x04", "its addresses have 8 bytes and its lengths 4"},
		{"a user block", 12, "\x01", "it begins with something else"},
		{"a longer file", 30, "\xff", "it is truncated"},
		{"a root elsewhere", 38, "\xff", "beyond the end of the file"},
		{"another header", d, "OHDX", "version 79 of an object header is unknown"},
		{"another version", d + 4, "\x03", "version 3 of an object header is unknown"},
		{"a header that does not go on", second, "OCHX", "an object header does not go on here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := bytes.Clone(data)
			copy(changed[tt.at:], tt.to)
			check(t, changed, tt.want)
		})
	}
	all := func(r *Object, err error) (tensors []stored.Tensor, _ error) {
		if err == nil {
			each(r, "", func(_ string, d *stored.Tensor) { tensors = append(tensors, *d) })
		}
		return tensors, err
	}
	source := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) { return all(Read(r, size)) }
	checkpointtest.Broken(t, data, source)
	checkpointtest.Cut(t, data, source)
}

// TestSymbols has a group as HDF5 stores it by default, a tree of symbols over a heap of names, of which one thing is
// not as it should be.
func TestSymbols(t *testing.T) {
	for _, tt := range []struct {
		name               string
		offset             uint64 // of the dataset's name
		names              string
		kind               uint32
		tree, level        uint8
		heap, node, symbol string // signatures
		want               string
	}{
		{"good", 3, "xx\x00d\x00", 0, 0, 0, "HEAP", "TREE", "SNOD", ""},
		{"outside the heap", 5, "xx\x00d\x00", 0, 0, 0, "HEAP", "TREE", "SNOD", "a name lies outside its heap"},
		{"far outside", 1 << 40, "xx\x00d\x00", 0, 0, 0, "HEAP", "TREE", "SNOD", "a name lies outside its heap"},
		{"no name", 4, "xx\x00d\x00", 0, 0, 0, "HEAP", "TREE", "SNOD", "a name is empty or has no end"},
		{"no end", 3, "xx\x00d", 0, 0, 0, "HEAP", "TREE", "SNOD", "a name is empty or has no end"},
		{"a link", 3, "xx\x00d\x00", 2, 0, 0, "HEAP", "TREE", "SNOD", "links to other files"},
		{"another kind", 3, "xx\x00d\x00", 0, 1, 0, "HEAP", "TREE", "SNOD", "a node of another kind or level"},
		{"too high", 3, "xx\x00d\x00", 0, 0, 33, "HEAP", "TREE", "SNOD", "a node of another kind or level"},
		{"no heap", 3, "xx\x00d\x00", 0, 0, 0, "HEAX", "TREE", "SNOD", "stands where HEAP is expected"},
		{"no tree", 3, "xx\x00d\x00", 0, 0, 0, "HEAP", "TREX", "SNOD", "stands where TREE is expected"},
		{"no symbols", 3, "xx\x00d\x00", 0, 0, 0, "HEAP", "TREE", "SNOX", "stands where SNOD is expected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var w builder
			put := func(parts ...any) uint64 {
				at := w.here()
				w.b = append(w.b, enc(parts...)...)
				return at
			}
			d := w.add(0, 0, dataset()...)
			names := put(tt.names)
			heap := put(tt.heap, uint32(0), uint64(len(tt.names)), undefined, names)
			symbols := put(tt.symbol, uint8(1), uint8(0), uint16(1), tt.offset, d, tt.kind, uint32(0), make([]byte, 16))
			tree := put(tt.node, tt.tree, tt.level, uint16(1), undefined, undefined, uint64(0), symbols, uint64(0))
			if tt.name == "good" { // in a tree of 33 levels, too
				for level := uint8(1); level <= 32; level++ {
					tree = put("TREE", uint8(0), level, uint16(1), undefined, undefined, uint64(0), tree, uint64(0))
				}
			}
			check(t, w.finish(2, w.add(0, 0, typed{msgSymbolTable, enc(tree, heap)})), tt.want)
		})
	}
}

// TestLevels has trees whose levels do not fall by one, and one that leads back to its root.
func TestLevels(t *testing.T) {
	for _, levels := range [][2]uint8{{2, 0}, {1, 1}, {1, 2}, {0, 0}} {
		var w builder
		at := w.here()
		const length = 8 + 16 + 24
		w.b = append(w.b, enc("TREE", uint8(0), levels[0], uint16(1), undefined, undefined, uint64(0), at+length,
			uint64(0), "TREE", uint8(0), levels[1], uint16(1), undefined, undefined, uint64(0), at, uint64(0))...)
		f := &file{r: bytes.NewReader(w.finish(2, at)), size: int64(superblockLength + len(w.b)), left: maxStructure}
		err := f.tree(at, 0, 8, func(_ *cursor, child uint64) error { return nil })
		if (err == nil) != (levels == [2]uint8{0, 0}) || err != nil && !strings.Contains(err.Error(), "kind or level") {
			t.Errorf("levels %v: got %v", levels, err)
		}
	}
}

// TestOldSuperblocks reads files whose superblock is of version 0 or 1, which are longer.
func TestOldSuperblocks(t *testing.T) {
	for version, more := range []int{0, 4} {
		w := builder{make([]byte, 64)}
		root := w.add(0, 0, linked(0, "d", w.add(0, 0, dataset()...)))
		data := w.finish(2, root)
		copy(data, enc("\x89HDF\r\n\x1a\n", uint8(version), make([]byte, 4), uint8(8), uint8(8), make([]byte, 9+more),
			uint64(0), undefined, uint64(len(data)), undefined, uint64(0), root))
		check(t, data, "")
	}
}

// TestTypes holds the types of elements to what their bits say.
func TestTypes(t *testing.T) {
	number := func(class uint8, flags string, size uint32, properties ...any) []byte {
		return enc(append([]any{0x10 | class, flags + "\x00\x00", size}, properties...)...)
	}
	whole := func(flags string, size uint32, bits uint16) []byte { return number(0, flags, size, uint16(0), bits) }
	real := func(flags string, size uint32, bits uint16, exponent, mantissa uint8) []byte {
		return number(1, flags, size, uint16(0), bits, mantissa, exponent, uint8(0), mantissa, uint32(127))
	}
	for _, tt := range []struct {
		name string
		b    []byte
		want stored.Type
	}{
		{"unsigned", whole("\x00", 4, 32), "U32"}, {"signed", whole("\x08", 2, 16), "I16"},
		{"big-endian", whole("\x09", 2, 16), ""}, {"24 bits of 32", whole("\x08", 4, 24), ""},
		{"a byte", whole("\x08", 1, 8), "I8"}, {"float32", real(" ", 4, 32, 8, 23), stored.F32},
		{"float16", real(" ", 2, 16, 5, 10), stored.F16}, {"bfloat16", real(" ", 2, 16, 8, 7), stored.BF16},
		{"float64", real(" ", 8, 64, 11, 52), stored.F64}, {"big-endian float", real("!", 4, 32, 8, 23), ""},
		{"VAX float", real("a", 4, 32, 8, 23), ""}, {"31 bits of float", real(" ", 4, 31, 8, 23), ""},
		{"float32 in 8 bytes", real(" ", 8, 64, 8, 23), ""}, {"truth", number(8, "\x02", 1), "BOOL"},
		{"an enumeration of words", number(8, "\x02", 4), ""}, {"opaque", number(5, "\x00", 2), ""},
	} {
		got, err := parseType(&cursor{b: tt.b})
		if err != nil || got.kind != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got.kind, err, tt.want)
		}
	}
}

// TestOpaque: two opaque bytes are a bfloat16 where an attribute says so, and nothing where none does.
func TestOpaque(t *testing.T) {
	opaque := func(size uint32) typed { return typed{msgDatatype, enc(uint8(0x15), "\x00\x00\x00", size)} }
	for _, tt := range []struct {
		size  uint32
		dtype []string
		want  stored.Type
	}{
		{2, []string{"bfloat16"}, stored.BF16}, {2, nil, "of HDF5's class 5 with 2 bytes"},
		{2, []string{"float8"}, "of HDF5's class 5 with 2 bytes"},
		{2, []string{"bfloat16", "bfloat16"}, "of HDF5's class 5 with 2 bytes"},
		{4, []string{"bfloat16"}, "of HDF5's class 5 with 4 bytes"},
	} {
		var w builder
		d := w.add(0, 0, typed{msgDataspace, space}, opaque(tt.size),
			typed{msgLayout, enc(uint8(3), uint8(compact), uint16(4), values[:4])})
		data := w.finish(2, d)
		f := &file{r: bytes.NewReader(data), size: int64(len(data)), left: maxStructure}
		messages, err := f.header(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.dataset("d", messages, map[string][]string{"dtype": tt.dtype})
		if err != nil || got.Type != tt.want {
			t.Errorf("%d bytes of %q: got %v, %v, want %s", tt.size, tt.dtype, got, err, tt.want)
		}
	}
}

// TestManyObjects: a file may have so many objects, and no more.
func TestManyObjects(t *testing.T) {
	var w builder
	data := w.finish(2, w.add(0, 0, dataset()...))
	for have, want := range map[int]string{maxObjects - 1: "", maxObjects: "over 131072 objects"} {
		f := &file{r: bytes.NewReader(data), size: int64(len(data)), left: maxStructure, objects: map[uint64]bool{}}
		for i := range have {
			f.objects[1<<40+uint64(i)] = true
		}
		if _, err := f.object("d", superblockLength, 0); (err == nil) != (want == "") ||
			err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d objects and one more: got %v", have, err)
		}
	}
}

// TestCursor: what is read behind the end, or behind an error, is nothing, and the first error stays.
func TestCursor(t *testing.T) {
	for _, n := range []int{-1, 4, 1 << 40} {
		c := &cursor{b: []byte{1, 2, 3}, from: 10}
		if got := c.take(n); got != nil || c.err == nil || !strings.Contains(c.err.Error(), "byte 10: ") {
			t.Errorf("%d of 3 bytes: got %v, %v", n, got, c.err)
		}
		first := c.err
		if got := c.u8(); got != 0 || c.err != first {
			t.Errorf("after an error: got %d, %v", got, c.err)
		}
	}
	c := &cursor{b: []byte{1, 2, 3}}
	if got := c.take(3); len(got) != 3 || c.err != nil || c.left() != 0 {
		t.Errorf("3 of 3 bytes: got %v, %v", got, c.err)
	}
}

// TestMuchStructure: so many bytes are read of what is no value, and no more.
func TestMuchStructure(t *testing.T) {
	f := &file{r: strings.NewReader("0123456789"), size: 10, left: 6}
	for n, want := range map[int64]string{4: "", 2: "", 1: "MiB of structure"} {
		f.left = map[int64]int64{4: 6, 2: 2, 1: 0}[n]
		if _, err := f.read(1, n); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: got %v", n, err)
		}
	}
}
