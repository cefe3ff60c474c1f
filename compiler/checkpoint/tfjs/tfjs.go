// Package tfjs finds the weights of TensorFlow.js models: a JSON file that lists them, and shards of bytes beside it.
//
// The JSON is a model.json (a "layers model", which Keras' names are in, or a "graph model", which has TensorFlow's)
// or the bare list of groups that older converters and face-api.js write:
//
//	{"modelTopology": …, "weightsManifest": [group, …]}        or        [group, …]
//
//	group: {"paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"], "weights": [weight, …]}
//
// A group's shards, one behind the other, are its weights, one behind the other, without gaps. A weight may lie in
// several shards. Quantized weights are integers v that stand for v × scale + minimum, computed in float64 and
// rounded once, as TensorFlow.js computes them.
//
// Format: https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts.
package tfjs

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// MaxJSON is the largest JSON file that is read; that of EfficientNet-B7 has a megabyte.
const MaxJSON = 16 << 20

// maxShards bounds the files of a model: converters write pieces of 4 MiB.
const maxShards = 4096

// Sniff reports whether a file that starts with head may be a model.json or a bare list of weights.
func Sniff(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return false
	}
	has := func(key string) bool { return bytes.Contains(head, []byte(`"`+key+`"`)) }
	switch head[0] {
	case '{':
		return has("modelTopology") || has("weightsManifest") || has("layers-model") || has("graph-model")
	case '[':
		return has("weights") || has("paths")
	}
	return false
}

// OpenFile opens a file beside the model.
type OpenFile func(name string) (r io.ReaderAt, size int64, err error)

// group is an entry of the manifest: files, and the weights in them.
type group struct {
	Paths   list[string] `json:"paths"`
	Weights list[weight] `json:"weights"`
}

// list is a JSON array of at most maxList elements: three bytes of JSON, {}, can stand for a hundred in memory.
type list[T any] []T

const maxList = 1 << 17

// UnmarshalJSON reads element by element.
func (l *list[T]) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.New("something else stands where a list is expected")
	}
	for *l = nil; d.More(); {
		if len(*l) == maxList {
			return fmt.Errorf("a list has over %d elements, the limit", maxList)
		}
		var element T
		if err := d.Decode(&element); err != nil {
			return err
		}
		*l = append(*l, element)
	}
	return nil
}

// weight is one weight of a group. DType is the type that the network computes with, which quantized values are
// widened to.
type weight struct {
	Name         string        `json:"name"`
	Shape        list[int64]   `json:"shape"`
	DType        string        `json:"dtype"`
	Group        string        `json:"group"` // "model", "optimizer" or missing
	Quantization *quantization `json:"quantization"`
}

// maxDimensions bounds a shape; TensorFlow.js has up to six.
const maxDimensions = 64

// quantization says how the integers of a file become the numbers of the network.
type quantization struct {
	DType string   `json:"dtype"`
	Scale *float64 `json:"scale"`
	Min   *float64 `json:"min"`
}

// Read returns the weights that the text of a JSON file lists, without an optimizer's, whose names it returns apart.
// They are in the order in which the network uses them where the model says it, else in that of the list.
func Read(text []byte, open OpenFile) (tensors []stored.Tensor, passed []string, err error) {
	groups, model, err := parse(text)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	files := map[string]bool{}
	for i, g := range groups {
		data := &stored.Chain{}
		for _, path := range g.Paths {
			switch {
			case files[path]:
				return nil, nil, fmt.Errorf("the shard %s is named twice", stored.Quote(path))
			case len(files) == maxShards:
				return nil, nil, fmt.Errorf("it has over %d shards, the limit", maxShards)
			case !filepath.IsLocal(path):
				return nil, nil, fmt.Errorf("the shard %s is not a file beside this one", stored.Quote(path))
			}
			files[path] = true
			r, size, err := open(path)
			if err != nil {
				return nil, nil, fmt.Errorf("the shard %s: %w", stored.Quote(path), err)
			}
			data.Add(r, size)
		}
		at := int64(0)
		for _, w := range g.Weights {
			if seen[w.Name] {
				return nil, nil, fmt.Errorf("the weight %s occurs twice", stored.Quote(w.Name))
			}
			seen[w.Name] = true
			t, length, err := w.tensor(data, at)
			if err != nil {
				return nil, nil, fmt.Errorf("weight %s %w", stored.Quote(w.Name), err)
			}
			at += length
			if w.Group == "optimizer" {
				passed = append(passed, w.Name)
			} else {
				tensors = append(tensors, t)
			}
		}
		if at != data.Size() {
			return nil, nil, fmt.Errorf("the weights of group %d need %d bytes, but its %d shards have %d: "+
				"they are truncated, or another model's", i+1, at, len(g.Paths), data.Size())
		}
	}
	describe(tensors, model)
	return tensors, passed, nil
}

// parse returns the groups of either form of the file, and the text of the model itself, if it has one.
func parse(text []byte) (groups list[group], model json.RawMessage, err error) {
	if err := stored.CheckJSON(text); err != nil {
		return nil, nil, err
	}
	if head := bytes.TrimLeft(text, " \t\r\n"); len(head) > 0 && head[0] == '[' {
		err = json.Unmarshal(text, &groups)
	} else {
		var whole struct {
			WeightsManifest list[group]     `json:"weightsManifest"`
			ModelTopology   json.RawMessage `json:"modelTopology"`
		}
		err = json.Unmarshal(text, &whole)
		groups, model = whole.WeightsManifest, whole.ModelTopology
	}
	if err != nil {
		return nil, nil, fmt.Errorf("not the JSON of a TensorFlow.js model: %w", err)
	}
	weights := 0
	for _, g := range groups {
		weights += len(g.Weights)
	}
	if weights == 0 {
		return nil, nil, errors.New("the model lists no weights: it has no weightsManifest, or an empty one")
	}
	return groups, model, nil
}

// types are the types of weights that are not quantized. Strings, which have no fixed size, are in no network of
// images.
var types = map[string]stored.Type{
	"float32": stored.F32, "float16": stored.F16, "int32": "I32", "bool": "BOOL", "complex64": "C64",
}

// tensor returns the weight that lies at a place of its group's bytes, and its length there.
func (w *weight) tensor(data *stored.Chain, at int64) (t stored.Tensor, length int64, err error) {
	n, err := stored.Elements(w.Shape)
	if err != nil {
		return t, 0, err
	}
	if len(w.Shape) > maxDimensions {
		return t, 0, fmt.Errorf("has %d dimensions; the limit is %d", len(w.Shape), maxDimensions)
	}
	kind, ok := types[w.DType]
	if !ok {
		return t, 0, fmt.Errorf("has the type %s, which cannot be read", stored.Quote(w.DType))
	}
	width := kind.Size()
	if w.Quantization != nil {
		if width, ok = quantizedWidth[w.Quantization.DType]; !ok {
			return t, 0, fmt.Errorf("is quantized to the type %s; uint8, uint16 and float16 can be read",
				stored.Quote(w.Quantization.DType))
		}
	}
	length = n * width
	if length > data.Size()-at {
		return t, 0, fmt.Errorf("of shape %s lies at bytes %d to %d, but the shards of its group have %d bytes: "+
			"they are truncated or damaged", stored.Brief(w.Shape), at, at+length, data.Size())
	}
	t = stored.Tensor{Name: w.Name, Type: kind, Shape: w.Shape, Open: stored.Section(data, at, length)}
	t.Optional = len(w.Shape) == 0 // a number of a formula, such as what images are scaled by
	if len(w.Shape) == 4 {
		t.Order = "HWIO"
	}
	if w.Quantization != nil {
		err = w.Quantization.widen(&t)
	}
	return t, length, err
}

var quantizedWidth = map[string]int64{"uint8": 1, "uint16": 2, "float16": 2}

// widen makes a tensor of integers one of the numbers that they stand for.
func (q *quantization) widen(t *stored.Tensor) error {
	switch {
	case t.Type != stored.F32: // int32 indices, which no parameter of a network is
		t.Open = func() (io.ReadCloser, error) {
			return nil,
				errors.New("is a quantized integer, which cannot be read")
		}
		return nil
	case q.DType == "float16":
		t.Type = stored.F16
		return nil
	case q.Scale == nil || q.Min == nil:
		return errors.New("is quantized, but lacks its scale or its minimum")
	}
	scale, minimum := *q.Scale, *q.Min // finite, as all numbers of JSON
	if q.DType == "uint8" {
		t.Open = stored.Converted(t.Open, 1, func(_ int64, raw []byte) float32 {
			return float32(float64(float64(raw[0])*scale) + minimum)
		})
		return nil
	}
	t.Open = stored.Converted(t.Open, 2, func(_ int64, raw []byte) float32 {
		return float32(float64(float64(binary.LittleEndian.Uint16(raw))*scale) + minimum)
	})
	return nil
}
