// Package torch finds the tensors of PyTorch checkpoints, which people call .pth, .pt or .bin: zip archives as
// torch.save has written them since PyTorch 1.6, and the plain pickles of before.
//
// Nothing of a checkpoint is run. Of what its pickle names, PyTorch's tensors, parameters and storage types and
// OrderedDict are understood; an object of any other class is passed over, unless tensors are in it.
package torch

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// maxPickle bounds the structure of a checkpoint, which is apart from the values; that of EfficientNet-B7 has 200 KB.
const maxPickle = 32 << 20

// SniffTar reports whether a file that starts with head is a tar archive, as PyTorch before 0.2 wrote.
func SniffTar(head []byte) bool { return len(head) >= 262 && string(head[257:262]) == "ustar" }

// ErrTar is the answer to such a file.
var ErrTar = errors.New("PyTorch before 0.2 wrote this tar archive, and netc does not read those: " +
	"load it in PyTorch and write it again with torch.save")

// IsArchive reports whether a zip archive is PyTorch's.
func IsArchive(a *stored.Archive) bool { return root(a) != nil }

// IsExported reports whether a zip archive is a .pt2 file of torch.export, of its first format or a later one.
func IsExported(a *stored.Archive) bool {
	return slices.ContainsFunc(a.Members, func(f *zip.File) bool {
		name := path.Base(f.Name)
		return name == "serialized_exported_program.json" || name == "archive_format"
	})
}

// root returns the member that holds the structure.
func root(a *stored.Archive) *zip.File {
	for _, f := range a.Members {
		folder, ok := strings.CutSuffix(f.Name, "data.pkl")
		if ok && strings.Count(folder, "/") == 1 && strings.HasSuffix(folder, "/") {
			return f
		}
	}
	return nil
}

// Read returns the states of a zip archive.
func Read(a *stored.Archive) ([]stored.State, error) {
	main := root(a)
	if main == nil {
		return nil, errors.New("not a PyTorch checkpoint: the zip archive has no data.pkl")
	}
	folder := strings.TrimSuffix(main.Name, "data.pkl")
	storages := map[string]*zip.File{}
	for _, f := range a.Members {
		switch key, isData := strings.CutPrefix(f.Name, folder+"data/"); {
		case isData:
			storages[key] = f
		case f.Name == folder+"byteorder":
			if order, err := a.ReadPlain(f, 16); err != nil || string(order) != "little" {
				return nil, fmt.Errorf("the checkpoint's numbers are in the byte order %q; only little can be read",
					order)
			}
		}
	}
	text, err := a.ReadPlain(main, maxPickle)
	if err != nil {
		return nil, err
	}
	h := &host{found: map[string]*storage{}}
	value, _, err := pickle.Load(text, h)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", stored.Show(main.Name), err)
	}
	for _, key := range h.keys() {
		s := h.found[key]
		f, ok := storages[key]
		if !ok {
			return nil, fmt.Errorf("the archive lacks %s, which has values", stored.Quote(folder+"data/"+key))
		}
		if !stored.Stored(f) {
			return nil, fmt.Errorf("the zip archive's member %s is compressed, which PyTorch never does",
				stored.Quote(f.Name))
		}
		open := func(from, length int64) func() (io.ReadCloser, error) { return a.Section(f, from, length) }
		if err := s.place(open, int64(f.UncompressedSize64)); err != nil {
			return nil, fmt.Errorf("%s: %w", stored.Quote(f.Name), err)
		}
	}
	return states(value)
}

// magic starts a checkpoint of PyTorch 0.2 to 1.5: the pickle of the number 0x1950a86a20f9469cfc6c.
const magic = "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."

// SniffLegacy reports whether a file that starts with head is such a checkpoint.
func SniffLegacy(head []byte) bool { return strings.HasPrefix(string(head), magic) }

// ReadLegacy returns the states of such a checkpoint: five pickles (the number, a version, facts of the system, the
// structure, the keys of the storages), then each storage, its length before it.
func ReadLegacy(r io.ReaderAt, size int64) ([]stored.State, error) {
	text := make([]byte, min(size, maxPickle))
	if _, err := r.ReadAt(text, 0); err != nil && err != io.EOF {
		return nil, err
	}
	h := &host{found: map[string]*storage{}}
	var parts [5]any
	at := 0
	for i := range parts {
		value, length, err := pickle.Load(text[at:], h)
		if err != nil {
			return nil, fmt.Errorf("the pickle at byte %d: %w", at, err)
		}
		parts[i] = value
		at += length
	}
	keys, ok := parts[4].(*pickle.List)
	if !ok {
		return nil, errors.New("the list of storages is missing")
	}
	offset := int64(at)
	placed := map[string]bool{}
	for _, k := range keys.Items {
		key, _ := k.(string)
		s := h.found[key]
		if s == nil || placed[key] {
			return nil, fmt.Errorf("the list of storages has %s, which no tensor has, or twice", pickle.Describe(k))
		}
		placed[key] = true
		length := s.elements * s.kind.Size()
		if offset+8 > size || length > size-offset-8 {
			return nil, fmt.Errorf("the storage %s at byte %d is not all in the file: it is truncated",
				stored.Quote(key), offset)
		}
		var word [8]byte
		if _, err := r.ReadAt(word[:], offset); err != nil {
			return nil, err
		}
		if n := binary.LittleEndian.Uint64(word[:]); n != uint64(s.elements) {
			return nil, fmt.Errorf("the storage %s at byte %d has %d elements, but the structure says %d: "+
				"it is damaged",
				stored.Quote(key), offset, n, s.elements)
		}
		start := offset + 8
		open := func(from, length int64) func() (io.ReadCloser, error) { return stored.Section(r, start+from, length) }
		if err := s.place(open, length); err != nil {
			return nil, err
		}
		offset += 8 + length
	}
	for _, key := range h.keys() {
		if !placed[key] {
			return nil, fmt.Errorf("the storage %s is not in the list of storages", stored.Quote(key))
		}
	}
	return states(parts[3])
}
