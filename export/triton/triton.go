// Package triton writes what Triton Inference Server needs beside an ONNX model to serve it: a model repository's
// configuration and labels.
//
// A model goes in; its folder in the repository and the text files of that folder come out:
//
//	NAME/config.pbtxt   the configuration
//	NAME/labels.txt     the names of the classes, if there are any
//	NAME/1/model.onnx   version 1 of the model, which the caller writes
//
// Format: https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_configuration.md.
package triton

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/export/onnx"
)

// Mark is the first line of the configuration: what lies in a folder that has it was written by netc and can be written
// again.
const Mark = "# Written by netc: it is written again when the model is. To keep changes, remove this line.\n"

// ConfigPath is where the configuration lies, in the model's folder.
const ConfigPath = "config.pbtxt"

// ModelPath is where the ONNX file lies, in the model's folder.
const ModelPath = "1/model.onnx"

// Options says how a model is served.
type Options struct {
	MaxBatch     int      // requests that are put together into one batch at most; 0 is DefaultMaxBatch
	QueueDelayUS int      // microseconds that a request waits for others; 0 is DefaultQueueDelayUS
	Labels       []string // of the classes
}

// The defaults keep latency low: a batch is sent off as soon as 100 µs have passed.
const (
	DefaultMaxBatch     = 32
	DefaultQueueDelayUS = 100
)

// File is one text file, with its path in the model's folder.
type File struct{ Path, Text string }

// Name makes the model's name in the repository, which is also that of its folder: "EfficientNet-B0" becomes
// "efficientnet_b0".
func Name(m *onnx.Model) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, m.Name)
}

// Files returns the text files. A model whose batch is fixed is served as it is, without putting requests together.
func Files(m *onnx.Model, o Options) ([]File, error) {
	if o.MaxBatch < 0 || o.QueueDelayUS < 0 {
		return nil, fmt.Errorf("triton: batches of %d and a delay of %d µs cannot be", o.MaxBatch, o.QueueDelayUS)
	}
	w := &writer{}
	w.text.WriteString(Mark)
	w.line("name: %q", Name(m))
	w.line("platform: \"onnxruntime_onnx\"")
	batched := openBatch(m)
	switch {
	case batched:
		w.line("max_batch_size: %d", or(o.MaxBatch, DefaultMaxBatch))
	case o.MaxBatch > 0:
		return nil, fmt.Errorf("triton: the model takes batches of a fixed size: it cannot be served in batches of "+
			"up to %d", o.MaxBatch)
	default:
		w.line("max_batch_size: 0")
	}
	w.values("input", m.Inputs, batched, nil)
	labels := o.Labels
	if m.Operators()["TopK"] > 0 { // outputs in the order of their scores: the i-th is not of class i
		labels = nil
	}
	labelled := w.values("output", m.Outputs, batched, labels)
	if batched {
		w.line("dynamic_batching {")
		w.line("  max_queue_delay_microseconds: %d", or(o.QueueDelayUS, DefaultQueueDelayUS))
		w.line("}")
	}
	files := []File{{ConfigPath, w.text.String()}}
	if labelled {
		files = append(files, File{"labels.txt", strings.Join(o.Labels, "\n") + "\n"})
	}
	return files, nil
}

func or(value, missing int) int {
	if value == 0 {
		return missing
	}
	return value
}

// openBatch reports whether the model takes batches of any size.
func openBatch(m *onnx.Model) bool {
	for _, v := range m.Inputs {
		if len(v.Dims) == 0 || v.Dims[0].Symbol == "" {
			return false
		}
	}
	return true
}

type writer struct{ text strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

// values writes inputs or outputs. Vectors with a value for each label get the labels; it reports whether any did.
func (w *writer) values(kind string, values []onnx.Value, batched bool, labels []string) (labelled bool) {
	types := map[onnx.ElementType]string{
		onnx.Float32: "FP32", onnx.Float16: "FP16", onnx.BFloat16: "BF16", onnx.Uint8: "UINT8", onnx.Int64: "INT64",
	}
	w.line("%s [", kind)
	for i, v := range values {
		dims := v.Dims
		if batched { // Triton puts the batch in front itself
			dims = dims[1:]
		}
		words := make([]string, len(dims))
		for k, d := range dims {
			words[k] = fmt.Sprint(d.Size)
			if d.Symbol != "" {
				words[k] = "-1"
			}
		}
		w.line("  {")
		w.line("    name: %q", v.Name)
		w.line("    data_type: TYPE_%s", types[v.Type])
		w.line("    dims: [ %s ]", strings.Join(words, ", "))
		if n := len(labels); n > 0 && len(v.Dims) == 2 && v.Dims[1].Size == n {
			w.line("    label_filename: \"labels.txt\"")
			labelled = true
		}
		w.line("  }%s", map[bool]string{true: ",", false: ""}[i < len(values)-1])
	}
	w.line("]")
	return labelled
}
