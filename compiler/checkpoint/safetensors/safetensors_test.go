package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
)

func file(header, data string) []byte {
	return []byte(string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header + data)
}

// TestDamaged reads a file that is broken and cut off in every place.
func TestDamaged(t *testing.T) {
	data := file(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[1,2],"data_offsets":[4,8]}}  `, "12345678")
	checkpointtest.Broken(t, data, Read)
	checkpointtest.Cut(t, data, Read)
}

// TestHeader has entries that other readers refuse: encoding/json reads them all into a struct.
func TestHeader(t *testing.T) {
	entry := func(text string) []byte { return file(`{"a":{`+text+`}}`, "12345678") }
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"good", entry(`"dtype":"F32","shape":[2],"data_offsets":[0,8]`), ""},
		{"a key of a later version", entry(`"dtype":"F32","shape":[2],"order":{"x":[1]},"data_offsets":[0,8]`), ""},
		{"no dimensions", entry(`"dtype":"F64","shape":[],"data_offsets":[0,8]`), ""},
		{"three offsets", entry(`"dtype":"F32","shape":[2],"data_offsets":[0,8,9]`),
			`tensor "a" has wrong "data_offsets": it has over 2 numbers`},
		{"one offset", entry(`"dtype":"F32","shape":[2],"data_offsets":[8]`), "has 1 numbers"},
		{"null offsets", entry(`"dtype":"F32","shape":[2],"data_offsets":null`), "it is no array"},
		{"keys in another case", entry(`"DType":"F32","Shape":[2],"Data_Offsets":[0,8]`), "lacks dtype"},
		{"no shape", entry(`"dtype":"F32","data_offsets":[0,4]`), "lacks shape"},
		{"null shape", entry(`"dtype":"F32","shape":null,"data_offsets":[0,4]`), "it is no array"},
		{"a key twice", entry(`"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]`), `has "shape" twice`},
		{"a type by number", entry(`"dtype":1,"shape":[2],"data_offsets":[0,8]`), "a dtype that is no string"},
		{"a dimension in words", entry(`"dtype":"F32","shape":["2"],"data_offsets":[0,8]`), "no number"},
		{"half a dimension", entry(`"dtype":"F32","shape":[2.5],"data_offsets":[0,8]`), `"2.5" is no integer`},
		{"a huge dimension", entry(`"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]`),
			"is no integer"},
		{"many dimensions", entry(`"dtype":"F32","shape":[` + strings.Repeat("1,", 70) + `1],"data_offsets":[0,4]`),
			"over 64 numbers"},
		{"a type of no JSON", entry(`"dtype":x,"shape":[2],"data_offsets":[0,8]`), `tensor "a" invalid character`},
		{"a dimension of no JSON", entry(`"dtype":"F32","shape":[x],"data_offsets":[0,8]`),
			`wrong "shape": invalid character`},
		{"a header cut off", entry(`"dtype":"F32","shape":[2],"data_offsets":[0,8]`)[:12], "the file has 12"},
		{"no object", file(`{"a":[]}`, ""), `tensor "a" is no JSON object`},
		{"two at one place", file(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},`+
			`"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "12345678"), `tensors "a" and "b" overlap`},
		{"nothing at the place of one", file(`{"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},`+
			`"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "12345678"), ""},
		{"a name twice", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`+
			`"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, "12345678"), `the tensor "a" occurs twice`},
		{"beyond the end", entry(`"dtype":"F32","shape":[3],"data_offsets":[0,12]`), "the file has 8 bytes of data"},
		{"before the beginning", entry(`"dtype":"F32","shape":[1],"data_offsets":[-4,0]`), "lies at bytes -4 to 0"},
		{"backwards", entry(`"dtype":"F32","shape":[1],"data_offsets":[8,4]`), "lies at bytes 8 to 4"},
		{"too many bytes", entry(`"dtype":"F32","shape":[1],"data_offsets":[0,8]`), "needs 4 bytes, but has 8"},
		{"too many bytes, behind others", file(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`+
			`"a":{"dtype":"F32","shape":[1],"data_offsets":[4,12]}}`, "123456789012"), "needs 4 bytes, but has 8"},
		{"too few bytes", entry(`"dtype":"F32","shape":[2],"data_offsets":[0,4]`), "needs 8 bytes, but has 4"},
		{"no such type", entry(`"dtype":"F33","shape":[2],"data_offsets":[0,8]`), `the unknown type "F33"`},
		{"an impossible shape", entry(`"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]`),
			"impossible"},
		{"something behind", file(`{} {}`, ""), "something follows the JSON object"},
		{"a list", file(`[1, 2]`, ""), "it is not a JSON object"},
		{"unclosed", file(`{"a":{"dtype":"F32"`, ""), "the header is not"},
		{"metadata of numbers", file(`{"__metadata__":{"a":1}}`, ""), "the header is not"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(tt.data), int64(len(tt.data)))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// many is a file of so many tensors of one element.
func many(n int) []byte {
	var header strings.Builder
	for i := range n {
		fmt.Fprintf(&header, `,"t%d":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}`, i, 4*i, 4*i+4)
	}
	return file("{"+header.String()[1:]+"}", strings.Repeat("\x00", 4*n))
}

func TestManyTensors(t *testing.T) {
	for n, want := range map[int]string{maxTensors: "", maxTensors + 1: "over 131072 tensors"} {
		data := many(n)
		if _, err := Read(bytes.NewReader(data), int64(len(data))); (err == nil) != (want == "") || err != nil &&
			!strings.Contains(err.Error(), want) {
			t.Errorf("%d tensors: got %v, want %q", n, err, want)
		}
	}
}

// BenchmarkHeader reads the most tensors that are allowed.
func BenchmarkHeader(b *testing.B) {
	data := many(maxTensors)
	for b.Loop() {
		if _, err := Read(bytes.NewReader(data), int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}

// TestRead reads tensors from where their offsets say, in the order of the header.
func TestRead(t *testing.T) {
	data := file(`{"b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]},`+
		`"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`,
		"\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\xc0")
	tensors, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(tensors) != 2 {
		t.Fatalf("%d tensors, %v", len(tensors), err)
	}
	for i, want := range []string{"b F32 [1 2] [2 -3]", "a F32 [] [1]"} {
		a := &tensors[i]
		v, err := a.Values()
		if got := fmt.Sprint(a.Name, " ", a.Type, " ", a.Shape, " ", v); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

// TestSniff: a file begins with the length of a header, and the header.
func TestSniff(t *testing.T) {
	for _, tt := range []struct {
		length uint64
		text   string
		want   bool
	}{
		{2, "{}", true}, {1 << 40, "{", true}, {1<<40 + 1, "{", false}, {2, "[]", false}, {2, "", false},
	} {
		head := append(binary.LittleEndian.AppendUint64(nil, tt.length), tt.text...)
		if Sniff(head) != tt.want {
			t.Errorf("%q may be one: %t", head, !tt.want)
		}
	}
	if Sniff([]byte("{}")) || Sniff(nil) {
		t.Error("less than a length may be one")
	}
}
