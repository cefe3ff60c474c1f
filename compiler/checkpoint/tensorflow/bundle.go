// Package tensorflow finds the variables of TensorFlow's checkpoints, which SavedModels have in their folder
// variables.
//
// A checkpoint is an index and files of data beside it:
//
//	model.ckpt-1234.index                 a table: names → type, shape, data file, offset, size, checksum
//	model.ckpt-1234.data-00000-of-00002   bytes, little endian
//	model.ckpt-1234.data-00001-of-00002
//
// The index comes in; the variables go out under the names that people gave them. A checkpoint of TensorFlow 2 has
// them under paths of objects ("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE") and the names
// ("stem/kernel") in a graph of objects, which is a variable of its own. Left out, and named, are optimizers' slots,
// counters and metrics. Exponential moving averages are a state of their own.
//
//	bundle.go  the index, and where values lie
//	entry.go   what the index says of one variable
//	table.go   the table: LevelDB's format, without compression
//	graph.go   names in TensorFlow 2's graph of objects
//	names.go   what is a weight by its name
//
// Format: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto.
package tensorflow

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Sniff reports whether a file that starts with head is the index of a checkpoint. Its first entry is the header,
// which has the empty name: no byte shared with the name before, none of its own, the length of the header, which
// begins with the number of files.
func Sniff(head []byte) bool {
	return len(head) > 4 && head[0] == 0 && head[1] == 0 && head[2] >= 2 && head[2] < 64 && head[3] == 0x08
}

// Suffix is that of an index's name; what stands before it begins the names of the data files.
const Suffix = ".index"

// OpenFile opens a file beside the index.
type OpenFile func(name string) (r io.ReaderAt, size int64, err error)

// maxIndex bounds an index; that of EfficientNet-B7 with its optimizer has half a megabyte.
const maxIndex = 64 << 20

// Read returns the states of a checkpoint whose index has a name in its folder.
func Read(r io.ReaderAt, size int64, name string, open OpenFile) ([]stored.State, error) {
	if size > maxIndex {
		return nil, fmt.Errorf("the index has %d bytes; the limit is %d", size, maxIndex)
	}
	text := make([]byte, size)
	if _, err := r.ReadAt(text, 0); err != nil {
		return nil, err
	}
	b := &bundle{prefix: strings.TrimSuffix(name, Suffix), open: open, shards: map[int64]*shard{}}
	if err := readTable(text, b.entry); err != nil {
		return nil, fmt.Errorf("the index: %w", err)
	}
	if b.files == 0 {
		return nil, errors.New("the index has no header")
	}
	for _, s := range b.shards {
		if err := stored.CheckApart(s.extents); err != nil {
			return nil, err
		}
	}
	return b.states()
}

// bundle is a checkpoint being read.
type bundle struct {
	prefix    string
	open      OpenFile
	files     int64 // of data; 0 until the header is read
	shards    map[int64]*shard
	variables []stored.Tensor // by their keys, in the order of the table
	graph     *stored.Tensor  // TensorFlow 2's graph of objects
	graphSum  uint32          // its checksum
}

// shard is one file of data.
type shard struct {
	r       io.ReaderAt
	size    int64
	extents []stored.Extent
}

// maxFiles bounds the files of data, maxVariables what they hold.
const (
	maxFiles     = 1000
	maxVariables = 1 << 17
)

// graphKey is the name of the graph of objects.
const graphKey = "_CHECKPOINTABLE_OBJECT_GRAPH"

// entry takes one entry of the table. The first has no name and is the header.
func (b *bundle) entry(key string, value []byte) error {
	if (key == "") != (b.files == 0) {
		return errors.New("its header is not its first entry")
	}
	if key == "" {
		return b.header(value)
	}
	if key[0] == 0 {
		return nil // a slice of a variable, whose own entry says that it has such
	}
	e, err := parseEntry(value)
	if err != nil {
		return fmt.Errorf("the entry of %s: %w", stored.Quote(key), err)
	}
	if len(b.variables) == maxVariables {
		return fmt.Errorf("it has over %d variables, the limit", maxVariables)
	}
	t := stored.Tensor{Name: key, Type: e.kind(), Shape: e.shape}
	if err := b.locate(&t, e); err != nil {
		return fmt.Errorf("the variable %s %w", stored.Quote(key), err)
	}
	if key == graphKey {
		b.graph, b.graphSum = &t, e.checksum
		return nil
	}
	b.variables = append(b.variables, t)
	return nil
}

// header reads a BundleHeaderProto.
func (b *bundle) header(value []byte) error {
	big := uint64(0)
	err := fields(value, func(f protowire.Number, v uint64, _ []byte) error {
		switch f {
		case 1:
			b.files = int64(v)
		case 2:
			big = v
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case b.files < 1 || b.files > maxFiles:
		return fmt.Errorf("it has %d files of data; the limit is %d", b.files, maxFiles)
	case big != 0:
		return errors.New("its numbers are big-endian, which cannot be read")
	}
	return nil
}

// locate finds a variable's bytes.
func (b *bundle) locate(t *stored.Tensor, e entry) error {
	n, err := stored.Elements(t.Shape)
	if err != nil {
		return err
	}
	if e.sliced || t.Type.Size() == 0 && e.dtype != 7 {
		t.Open = func() (io.ReadCloser, error) { return nil, fmt.Errorf("is %s, which cannot be read", t.Type) }
		return nil
	}
	if need := n * t.Type.Size(); e.dtype != 7 && need != e.size {
		return fmt.Errorf("of shape %s needs %d bytes, but has %d", stored.Brief(t.Shape), need, e.size)
	}
	s, name, err := b.shard(e.file)
	if err != nil {
		return err
	}
	if e.offset < 0 || e.size < 0 || e.offset > s.size || e.size > s.size-e.offset {
		return fmt.Errorf("lies at byte %d of %s with %d bytes, but the file has %d: it is truncated or another "+
			"checkpoint's",
			e.offset, stored.Quote(name), e.size, s.size)
	}
	s.extents = append(s.extents, stored.Extent{Name: t.Name, From: e.offset, To: e.offset + e.size})
	section := stored.Section(s.r, e.offset, e.size)
	t.Open = section
	if e.dtype != 7 { // strings have a checksum of another kind
		t.Open = func() (io.ReadCloser, error) {
			r, err := section()
			return &summed{ReadCloser: r, left: e.size, want: e.checksum}, err
		}
	}
	return nil
}

// shard opens a file of data, once.
func (b *bundle) shard(i int64) (*shard, string, error) {
	name := fmt.Sprintf("%s.data-%05d-of-%05d", b.prefix, i, b.files)
	if i < 0 || i >= b.files {
		return nil, name, fmt.Errorf("lies in file %d of %d", i, b.files)
	}
	if s := b.shards[i]; s != nil {
		return s, name, nil
	}
	r, size, err := b.open(name)
	if err != nil {
		return nil, name, fmt.Errorf("lies in %s: %w", stored.Quote(name), err)
	}
	s := &shard{r: r, size: size}
	b.shards[i] = s
	return s, name, nil
}

// castagnoli is the polynomial of TensorFlow's checksums.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked returns a checksum as TensorFlow stores it, so that checksums of texts that have checksums in them stay
// good.
func masked(crc uint32) uint32 { return (crc>>15 | crc<<17) + 0xa282ead8 }

// summed reads a variable and compares its checksum before it hands out the last byte.
type summed struct {
	io.ReadCloser
	left int64
	sum  uint32
	want uint32
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.sum = crc32.Update(s.sum, castagnoli, p[:n])
	if s.left -= int64(n); n > 0 && s.left == 0 && masked(s.sum) != s.want {
		return 0, errors.New("its checksum is wrong: the file is damaged")
	}
	return n, err
}
