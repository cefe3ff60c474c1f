package flax

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

func load(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func read(data string) (stored.State, error) { return Read(strings.NewReader(data), int64(len(data))) }

// TestRead reads what Python's msgpack wrote as Flax does: see testdata/make_files.py. The number is what an array
// counts from.
func TestRead(t *testing.T) {
	whole := []string{"stem/kernel [3, 3, 1, 4] HWIO 0", "bn/scale [4]  1", "bn/bias [4]  2", "bn/mean [4]  5",
		"bn/var [4]  6",
		"head/kernel [4, 5]  3", "head/bias [5]  4"}
	tests := []struct {
		file   string
		want   []string
		passed []string
	}{
		{"variables.msgpack", whole, nil},
		{"state.msgpack", whole, []string{"opt_state/0/count", "opt_state/0/mu/stem/kernel"}},
		{"bare.msgpack", []string{whole[0], whole[1], whole[2], whole[5], whole[6]}, nil},
		{"chunked.msgpack", whole[:1], nil},
	}
	for _, tt := range tests {
		data := load(t, tt.file)
		if !Sniff([]byte(data[:min(len(data), 4096)])) {
			t.Errorf("%s is not recognised", tt.file)
		}
		s, err := read(data)
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		var got []string
		for i := range s.Tensors {
			a := &s.Tensors[i]
			v, err := a.Values()
			if err != nil {
				t.Fatalf("%s: %v", tt.file, err)
			}
			for j := range v {
				if v[j] != v[0]+float32(j) {
					t.Errorf("%s: %s is %v", tt.file, a.Name, v)
					break
				}
			}
			got = append(got, fmt.Sprintf("%s %s %s %v", a.Name, stored.Brief(a.Shape), a.Order, v[0]))
		}
		if !slices.Equal(got, tt.want) || !slices.Equal(s.Passed, tt.passed) {
			t.Errorf("%s has\n%q, passed over %q, want\n%q, %q", tt.file, got, s.Passed, tt.want, tt.passed)
		}
	}
}

func TestHostile(t *testing.T) {
	text := func(s string) string { return string([]byte{0xa0 + byte(len(s))}) + s }
	bytes := func(s string) string { return string([]byte{0xc4, byte(len(s))}) + s }
	ext := func(inner string) string { return string([]byte{0xc7, byte(len(inner)), 1}) + inner }
	one := func(value string) string { return "\x81" + text("w") + value }
	good := ext("\x93\x91\x01" + text("float32") + bytes("\x00\x00\x80?"))
	chunked := func(shape, chunks string) string {
		return one("\x83" + text(chunkedKey) + "\xc3" + text("shape") + shape + text("chunks") + chunks)
	}
	tests := []struct{ name, data, want string }{
		{"good", one(good), ""},
		{"truncated", one(good)[:10], "truncated or damaged"},
		{"something behind", one(good) + "\x00", "something follows"},
		{"no arrays", one("\x01"), "no arrays"},
		{"no dictionary", "\x01", "no arrays"},
		{"unknown byte", one("\xc1"), "which nothing does"},
		{"name twice", "\x82" + text("w") + good + text("w") + good, `has "w" twice`},
		{"name twice, on two ways", "\x82" + text("a") + "\x81" + text("b") + good + text("a/b") + good,
			`two arrays have the name "a/b"`},
		{"names alike", "\x82" + text("a") + "\x81" + text("b") + good + text("b") + good, ""},
		{"name is a number", "\x81\x01" + good, "a name is no text"},
		{"long name", "\x81\xda\xff\xff" + strings.Repeat("x", 1<<16), "over 4096 bytes"},
		{"long list", "\x81" + text("w") + "\xdd\xff\xff\xff\xff", "truncated or damaged"},
		{"many values", one("\xdd\x00\x20\x00\x00" + strings.Repeat("\x01", 1<<21)), "over 262144 values"},
		{"deep", strings.Repeat("\x91", 1<<20), "over 64 deep"},
		{"deep dictionaries", strings.Repeat("\x81\xa1a", 1<<20), "over 64 deep"},
		{"bytes beyond", one("\xc6\xff\xff\xff\xff"), "more than the file has"},
		{"extension beyond", one("\xc9\xff\xff\xff\xff\x01"), "more than the file has"},
		{"not an array", one(ext("\x01\x01")), "not a shape, a type and bytes"},
		{"a dictionary for an array", one(ext("\x83\x91\x01" + text("float32") + bytes("\x00\x00\x80?"))),
			"not a shape, a type and bytes"},
		{"an array of two", one(ext("\x92\x91\x01" + text("float32"))), "not a shape, a type and bytes"},
		{"an array of four", one(ext("\x94\x91\x01" + text("float32") + bytes("\x00\x00\x80?") + "\x01")),
			"not a shape, a type and bytes"},
		{"a dictionary for a shape", one(ext("\x93\x81\x01" + text("float32") + bytes("\x00\x00\x80?"))),
			"not a shape, a type and bytes"},
		{"a shape of 65 dimensions", one(ext("\x93\xdc\x00\x41" + strings.Repeat("\x01", 65) + text("float32") +
			bytes("\x00\x00\x80?"))), "not a shape, a type and bytes"},
		{"array without bytes", one(ext("\x93\x91\x01" + text("float32"))), "truncated or damaged"},
		{"array without a type", one(ext("\x93\x91\x01")), "truncated or damaged"},
		{"empty extension", one("\xc7\x00\x01"), "truncated or damaged"},
		{"too short", one(ext("\x93\x91\x02" + text("float32") + bytes("\x00\x00\x80?"))),
			"of shape [2] needs 8 bytes, but has 4"},
		{"bytes end early", one(ext("\x93\x91\x01" + text("float32") + bytes("\x00\x00\x80?") + "\x00")),
			"do not end where"},
		{"bytes end late", one(ext("\x93\x91\x02"+text("float32")+"\xc4\x08\x00\x00\x80?")) + "\x00\x00\x00\x00",
			"do not end where"},
		{"negative", one(ext("\x93\x91\xff" + text("float32") + bytes(""))), "impossible shape"},
		{"huge", one(ext("\x93\x92\xcf\x00\x00\x01\x00\x00\x00\x00\x00\xcf\x00\x00\x01\x00\x00\x00\x00\x00" + text("float32") + bytes(""))),
			"impossible shape"},
		{"shape of texts", one(ext("\x93\x91\xa1a" + text("float32") + bytes(""))), "something else than numbers"},
		{"objects", one(ext("\x93\x91\x01" + text("object") + bytes("12345678"))), `type "object" is unknown`},
		{"objects within", one("\x81" + text("v") + ext("\x93\x91\x01"+text("object")+bytes("12345678"))),
			`type "object" is unknown`},
		{"chunks missing", chunked("\x81\xa10\x01", "\x80"), "lacks its shape or its chunks"},
		{"chunks of numbers", chunked("\x81\xa10\x01", "\x81\xa10\x01"), "not vectors of one type"},
		{"chunks out of order", chunked("\x81\xa10\x01", "\x81\xa11"+good), "not vectors of one type"},
		{"shape out of order", chunked("\x81\xa11\x01", "\x81\xa10"+good), "shape is not in order"},
		{"too few chunks", chunked("\x81\xa10\x02", "\x81\xa10"+good), "of shape [2] has 1 elements"},
		{"chunks", chunked("\x81\xa10\x01", "\x81\xa10"+good), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := read(tt.data)
			if err == nil {
				_, err = s.Tensors[0].Values()
			}
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestRoot: arrays that stand in no layer, one of which has an empty name, are one layer's, in the file's order.
func TestRoot(t *testing.T) {
	array := "\xc7\x11\x01\x93\x91\x01\xa7float32\xc4\x04\x00\x00\x80?"
	s, err := read("\x84\xa1w" + array + "\xa1a\x81\xa1w" + array + "\xa1b" + array + "\xa0" + array)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range s.Tensors {
		got = append(got, a.Name)
	}
	if want := []string{"w", "b", "", "a/w"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTruncated(t *testing.T) {
	for _, file := range []string{"variables.msgpack", "state.msgpack", "chunked.msgpack"} {
		data := load(t, file)
		for n := range len(data) {
			if _, err := read(data[:n]); err == nil {
				t.Errorf("%s: the first %d bytes of %d are accepted", file, n, len(data))
			}
		}
	}
}

func TestSniff(t *testing.T) {
	for _, head := range []string{"", "\x80", "\x80\x02\x8a\x0a", "\x81", "\x81\x01", "\x81\xa1", "\x81\xa1\x00",
		"{\"a\": 1}", "\x08\x07\x12"} {
		if Sniff([]byte(head)) {
			t.Errorf("%q is taken for a dictionary", head)
		}
	}
	for head, want := range map[string]bool{
		"\x81\xa1a": true, "\x8f\xa2ab": true, "\xde\x00\x10\xa1a": true, "\xde\x00\x10\x01": false, "\xde\x00": false,
		"\x81\xa0": false, "\x81\xa5ab": false, "\x81\xa1\xff": false, "\x90\xa1a": false, "\x81\xd9\x01a": true,
	} {
		if Sniff([]byte(head)) != want {
			t.Errorf("%q is taken for a dictionary: %t", head, !want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{"variables.msgpack", "state.msgpack", "chunked.msgpack"} {
		f.Add(load(f, file))
	}
	f.Fuzz(func(t *testing.T, data string) {
		s, err := read(data)
		if err != nil {
			return
		}
		for i := range s.Tensors {
			if n, err := stored.Elements(s.Tensors[i].Shape); err == nil && n < 1<<20 && s.Tensors[i].Type.Readable() {
				if v, err := s.Tensors[i].Values(); err == nil && int64(len(v)) != n {
					t.Errorf("%d values of %d", len(v), n)
				}
			}
		}
	})
}
