package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// MaxIndex is the largest index that is read.
const MaxIndex = 16 << 20

// SniffIndex reports whether a file that starts with head may be an index of shards.
func SniffIndex(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) > 0 && head[0] == '{' &&
		(bytes.Contains(head, []byte(`"weight_map"`)) || bytes.Contains(head, []byte(`"metadata"`)))
}

// Index says which shard has which tensor.
type Index struct {
	Files []string // names of files beside the index, sorted
	file  map[string]string
}

// ParseIndex reads the JSON of an index, such as model.safetensors.index.json.
func ParseIndex(text []byte) (*Index, error) {
	var raw struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("not an index of safetensors files: %w", jsonMistake(err))
	}
	if len(raw.WeightMap) == 0 {
		return nil, fmt.Errorf("not an index of safetensors files: it has no weight_map")
	}
	x := &Index{file: raw.WeightMap}
	seen := map[string]bool{}
	for _, name := range raw.WeightMap {
		if name == "" || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) {
			return nil, fmt.Errorf("the index names the file %s, which is not one beside it", stored.Quote(name))
		}
		if !seen[name] {
			seen[name] = true
			x.Files = append(x.Files, name)
		}
	}
	slices.Sort(x.Files)
	return x, nil
}

// jsonMistake says what is wrong with a value of the header in words for people who do not know its types in Go.
func jsonMistake(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	if wrong.Field == "" {
		return fmt.Errorf("%s stands where an object is needed", wrong.Value)
	}
	return fmt.Errorf("%s has a value of the wrong type: %s", wrong.Field, wrong.Value)
}

// Join checks the tensors of the shards, given in the order of Files, against the index and returns them all.
func (x *Index) Join(shards [][]stored.Tensor) ([]stored.Tensor, error) {
	var all []stored.Tensor
	found := map[string]bool{}
	for i, shard := range shards {
		for _, t := range shard {
			switch file, ok := x.file[t.Name]; {
			case found[t.Name]:
				return nil, fmt.Errorf("the tensor %s is in two files", stored.Quote(t.Name))
			case !ok:
				return nil, fmt.Errorf("%s has the tensor %s, which the index lacks", x.Files[i], stored.Quote(t.Name))
			case file != x.Files[i]:
				return nil, fmt.Errorf("the tensor %s is in %s, not in %s as the index says",
					stored.Quote(t.Name), x.Files[i], stored.Quote(file))
			}
			found[t.Name] = true
			all = append(all, t)
		}
	}
	var missing []string
	for name := range x.file {
		if !found[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("the index has the tensor %s, but %s lacks it (%d such tensors)",
			stored.Quote(missing[0]), stored.Quote(x.file[missing[0]]), len(missing))
	}
	return all, nil
}
