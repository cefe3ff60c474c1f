package safetensors

import (
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
