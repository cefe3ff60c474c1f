// Package checkpoint opens files with trained weights, whatever program wrote them.
//
// A path comes in, of a file, or of a folder or a prefix that a format's files have; a stored.Checkpoint goes out: the
// names, types and shapes of all tensors, whose values stay in the file until they are asked for. What a file is shows
// in its first bytes; its name does not matter. Files are not trusted: each format's package checks that every tensor
// lies within the file and has what its shape needs, and none takes more memory than the file's size and a constant.
package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/flax"
	"github.com/netc-lang/netc/compiler/checkpoint/hdf5"
	"github.com/netc-lang/netc/compiler/checkpoint/keras"
	"github.com/netc-lang/netc/compiler/checkpoint/numpy"
	"github.com/netc-lang/netc/compiler/checkpoint/onnx"
	"github.com/netc-lang/netc/compiler/checkpoint/safetensors"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/checkpoint/tensorflow"
	"github.com/netc-lang/netc/compiler/checkpoint/tfjs"
	"github.com/netc-lang/netc/compiler/checkpoint/torch"
)

// format is one kind of file. open fills the checkpoint, whose file is open already.
type format struct {
	name  string
	sniff func(head []byte) bool
	open  func(c *opening) ([]stored.State, error)
}

// formats lists what can be read, in the order in which a file is tried: those with a magic number first.
func formats() []format {
	return []format{
		{"zip archive", stored.SniffZip, openZip}, // PyTorch, Keras, NumPy
		{"PyTorch checkpoint", torch.SniffLegacy, func(c *opening) ([]stored.State,
			error) {
			return torch.ReadLegacy(c.file, c.size)
		}},
		{"Python pickle", torch.SniffPickle, func(c *opening) ([]stored.State, error) {
			return torch.ReadPickle(c.file,
				c.size)
		}},
		{"tar archive", torch.SniffTar, func(*opening) ([]stored.State, error) { return nil, torch.ErrTar }},
		{"HDF5 file", hdf5.Sniff, openHDF5}, // Keras
		{"TensorFlow checkpoint", tensorflow.Sniff, func(c *opening) ([]stored.State, error) {
			return tensorflow.Read(c.file, c.size, filepath.Base(c.path), c.reader)
		}},
		{"TensorFlow Lite model", sniffAt(4, "TFL3"), refuse("it has weights in TensorFlow Lite's own form, often of " +
			"8 bits: " +
			"take those of the model that it was made from")},
		{"GGUF file", sniffAt(0, "GGUF"), refuse("it has quantized weights of language models: " +
			"take the safetensors that it was made from")},
		{"TensorFlow.js model", tfjs.Sniff, openTFJS},
		{"Flax dictionary", flax.Sniff, func(c *opening) ([]stored.State, error) {
			state, err := flax.Read(c.file, c.size)
			return []stored.State{state}, err
		}},
		{"index of shards", safetensors.SniffIndex, openIndex},
		{"safetensors", safetensors.Sniff, func(c *opening) ([]stored.State, error) {
			tensors, err := safetensors.Read(c.file, c.size)
			return single(tensors), err
		}},
		{"ONNX model", onnx.Sniff, func(c *opening) ([]stored.State, error) {
			state, err := onnx.Read(c.file, c.size, c.reader)
			return []stored.State{state}, err
		}},
	}
}

// sniffAt recognises formats that are known by a few bytes.
func sniffAt(offset int, magic string) func(head []byte) bool {
	return func(head []byte) bool {
		return len(head) >= offset+len(magic) && string(head[offset:offset+len(magic)]) == magic
	}
}

// refuse is for formats that people try and netc does not read.
func refuse(why string) func(*opening) ([]stored.State, error) {
	return func(*opening) ([]stored.State, error) { return nil, errors.New(why) }
}

// readable is what an error says can be read.
const readable = "safetensors files and their index, PyTorch checkpoints, Keras weights and archives, " +
	"TensorFlow checkpoints and SavedModels, TensorFlow.js and ONNX models, Flax dictionaries, NumPy's .npz and " +
	"pickles of NumPy's arrays can be read"

// headLength is how much of a file the formats look at to tell it.
const headLength = 4096

// opening is a checkpoint being opened.
type opening struct {
	*stored.Checkpoint
	path string
	file *os.File
	size int64
}

// Open opens a checkpoint. Errors name the file and, where there is one, the place in it.
func Open(path string) (c *stored.Checkpoint, err error) {
	if path, err = resolve(path); err != nil {
		return nil, err
	}
	o := &opening{Checkpoint: &stored.Checkpoint{}, path: path}
	defer func() {
		if err != nil {
			o.Close()
			c = nil
		}
	}()
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if o.file, o.size, err = o.own(path, info, func() (*os.File, error) { return os.Open(path) }); err != nil {
		return nil, err
	}
	if o.States, err = o.read(formats()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o.Checkpoint, nil
}

// read reads the file by the first of the formats that recognises it.
func (o *opening) read(formats []format) ([]stored.State, error) {
	head := make([]byte, min(o.size, headLength))
	if _, err := o.file.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	for _, f := range formats {
		if !f.sniff(head) {
			continue
		}
		o.Format = f.name
		states, err := f.open(o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Format, err)
		}
		return states, nil
	}
	if o.size == 0 {
		return nil, errors.New("the file is empty")
	}
	if cause := mistaken(head); cause != "" {
		return nil, errors.New(cause)
	}
	if remedy := remedies[strings.ToLower(filepath.Ext(o.path))]; remedy != "" {
		return nil, fmt.Errorf("not a format that netc knows: %s", remedy)
	}
	return nil, fmt.Errorf("not a format that netc knows: %s", readable)
}

// own opens a file that the checkpoint closes. info is what is at its path: opening a pipe would wait for its writer.
func (o *opening) own(name string, info os.FileInfo, open func() (*os.File, error)) (*os.File, int64, error) {
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: is not a regular file", name)
	}
	f, err := open()
	if err != nil {
		return nil, 0, err
	}
	o.Own(f)
	if info, err = f.Stat(); err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// maxFiles bounds the files beside a checkpoint that it may refer to.
const maxFiles = 1000

// beside opens a file in the checkpoint's folder, or below it, links that lead out of it excluded.
func (o *opening) beside(name string) (*os.File, int64, error) {
	if name == "" || !filepath.IsLocal(name) {
		return nil, 0, fmt.Errorf("%s is not a file beside this one", stored.Quote(name))
	}
	if len(o.Files()) > maxFiles {
		return nil, 0, fmt.Errorf("the checkpoint has over %d files, the limit", maxFiles)
	}
	folder, err := os.OpenRoot(filepath.Dir(o.path))
	if err != nil {
		return nil, 0, err
	}
	defer folder.Close()
	info, err := folder.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	return o.own(name, info, func() (*os.File, error) { return folder.Open(name) })
}

// reader is beside for formats that only read.
func (o *opening) reader(name string) (io.ReaderAt, int64, error) { return o.beside(name) }

func single(tensors []stored.Tensor) []stored.State { return []stored.State{{Tensors: tensors}} }

func openZip(o *opening) ([]stored.State, error) {
	a, err := stored.OpenZip(o.file, o.size)
	switch {
	case err != nil:
		return nil, err
	case torch.IsArchive(a):
		o.Format = "PyTorch checkpoint"
		return torch.Read(a)
	case keras.IsArchive(a):
		o.Format = "Keras archive"
		state, err := keras.ReadArchive(a)
		return []stored.State{state}, err
	case numpy.IsArchive(a):
		o.Format = "NumPy archive"
		tensors, err := numpy.Read(a)
		return single(tensors), err
	}
	if torch.IsExported(a) {
		return nil, errors.New("torch.export wrote it, a program with its weights: write the weights with " +
			"torch.save(program.state_dict, FILE)")
	}
	return nil, errors.New("it is neither PyTorch's nor Keras' nor NumPy's: " + readable)
}

func openHDF5(o *opening) ([]stored.State, error) {
	o.Format = "Keras weights"
	state, err := keras.Read(o.file, o.size, nil)
	return []stored.State{state}, err
}

// text reads the whole file, of at most limit bytes.
func (o *opening) text(limit int64) ([]byte, error) {
	if o.size > limit {
		return nil, fmt.Errorf("it has %d bytes; the limit is %d", o.size, limit)
	}
	text := make([]byte, o.size)
	if _, err := o.file.ReadAt(text, 0); err != nil {
		return nil, err
	}
	return text, nil
}

func openTFJS(o *opening) ([]stored.State, error) {
	text, err := o.text(tfjs.MaxJSON)
	if err != nil {
		return nil, err
	}
	tensors, passed, err := tfjs.Read(text, o.reader)
	return []stored.State{{Tensors: tensors, Passed: passed}}, err
}

func openIndex(o *opening) ([]stored.State, error) {
	text, err := o.text(safetensors.MaxIndex)
	if err != nil {
		return nil, err
	}
	index, err := safetensors.ParseIndex(text)
	if err != nil {
		return nil, err
	}
	var shards [][]stored.Tensor
	for _, name := range index.Files {
		tensors, err := o.shard(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		shards = append(shards, tensors)
	}
	tensors, err := index.Join(shards)
	return single(tensors), err
}

// shard reads one file of an index, of any format but an index.
func (o *opening) shard(name string) ([]stored.Tensor, error) {
	f, size, err := o.beside(name)
	if err != nil {
		return nil, err
	}
	defer func(format string) { o.Format = format }(o.Format)
	whole := slices.DeleteFunc(formats(), func(f format) bool { return f.name == o.Format })
	states, err := (&opening{o.Checkpoint, o.path, f, size}).read(whole)
	if err != nil {
		return nil, err
	}
	if len(states) != 1 {
		return nil, fmt.Errorf("a shard has one set of weights, this has %d", len(states))
	}
	return states[0].Tensors, nil
}
