package safetensors

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

func FuzzParseIndex(f *testing.F) {
	f.Add([]byte(`{"metadata": {"total_size": 16}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}`))
	f.Add([]byte(`{"weight_map": {"a": "../1.safetensors"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := ParseIndex(text)
		if err != nil {
			return
		}
		shards := make([][]stored.Tensor, len(x.Files))
		for i, file := range x.Files {
			if file == "" || file[0] == '/' || file == ".." {
				t.Errorf("the index leads to %q", file)
			}
			for name, of := range x.file {
				if of == file {
					shards[i] = append(shards[i], stored.Tensor{Name: name})
				}
			}
		}
		if all, err := x.Join(shards); err != nil || len(all) != len(x.file) {
			t.Errorf("%d tensors of %d: %v", len(all), len(x.file), err)
		}
	})
}

// TestJoin holds shards to what the index says of them, and the index to what can be one.
func TestJoin(t *testing.T) {
	const index = `{"weight_map": {"a": "1.safetensors", "b": "2.safetensors", "c": "2.safetensors"}}`
	of := func(names ...string) (tensors []stored.Tensor) {
		for _, name := range names {
			tensors = append(tensors, stored.Tensor{Name: name})
		}
		return tensors
	}
	for _, tt := range []struct {
		shards [][]stored.Tensor
		want   string
	}{
		{[][]stored.Tensor{of("a"), of("c", "b")}, ""},
		{[][]stored.Tensor{of("a"), of("b")}, `the index has the tensor "c", but "2.safetensors" lacks it (1 such`},
		{[][]stored.Tensor{of(), of()}, `the index has the tensor "a", but "1.safetensors" lacks it (3 such tensors)`},
		{[][]stored.Tensor{of("a"), of("b", "c", "d")}, `2.safetensors has the tensor "d", which the index lacks`},
		{[][]stored.Tensor{of("a", "b"), of("c")}, `the tensor "b" is in 1.safetensors, not in "2.saf`},
		{[][]stored.Tensor{of("a"), of("b", "c", "b")}, `the tensor "b" is in two files`},
	} {
		x, err := ParseIndex([]byte(index))
		if err != nil {
			t.Fatal(err)
		}
		all, err := x.Join(tt.shards)
		for range 16 { // the index is a map: what is named first does not depend on its order
			if _, again := x.Join(tt.shards); fmt.Sprint(again) != fmt.Sprint(err) {
				t.Errorf("%v: %v, and then %v", tt.shards, err, again)
			}
		}
		if tt.want == "" && (err != nil || len(all) != 3 || all[1].Name != "c") ||
			tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%v: %v, %v, want %q", tt.shards, all, err, tt.want)
		}
	}
	for range 16 {
		x, err := ParseIndex([]byte(`{"weight_map": {"a": "3.x", "b": "1.x", "c": "4.x", "d": "2.x", "e": "1.x"}}`))
		if err != nil || strings.Join(x.Files, " ") != "1.x 2.x 3.x 4.x" {
			t.Fatalf("the files are %v, %v: they are not in order, or not each once", x.Files, err)
		}
	}
	for text, want := range map[string]string{
		"{}": "it has no weight_map", `{"weight_map": {}}`: "it has no weight_map",
		"[":   "not an index of safetensors files: unexpected end of JSON",
		"[1]": "array stands where an object is needed", `{"weight_map": {"a": 1}}`: "wrong type: number",
		`{"weight_map": {"a": ""}}`: `names the file ""`, `{"weight_map": {"a": "../b"}}`: `names the file "../b"`,
		`{"weight_map": {"a": "b/c"}}`: "not one beside it", `{"weight_map": {"a": "/b"}}`: "not one beside it",
		`{"weight_map": {"a": ".."}}`: "not one beside it", `{"weight_map": {"a": "b\\c"}}`: "not one beside it",
	} {
		if _, err := ParseIndex([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for head, want := range map[string]bool{
		` {"weight_map": `: true, "\n\t{\"metadata\"": true, `{"a": 1`: false, "": false, "  ": false,
		`["weight_map"]`: false,
	} {
		if SniffIndex([]byte(head)) != want {
			t.Errorf("%q may be an index: %t", head, !want)
		}
	}
}
