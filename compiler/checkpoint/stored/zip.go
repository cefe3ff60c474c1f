package stored

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// maxDirectory bounds how much of a zip archive is read to find its members; a checkpoint with ten thousand tensors
// needs a megabyte.
const maxDirectory = 16 << 20

// Archive is a zip archive with checked members.
type Archive struct {
	Members []*zip.File
	r       io.ReaderAt

	mu      sync.Mutex
	checked map[*zip.File]error // members whose checksum was compared, and what came of it
}

// SniffZip reports whether a file that starts with head may be a zip archive.
func SniffZip(head []byte) bool { return len(head) >= 4 && string(head[:4]) == "PK\x03\x04" }

// OpenZip reads an archive's directory. No name may occur twice, and no two members may share bytes of the file:
// archives in which they do are bombs.
func OpenZip(r io.ReaderAt, size int64) (*Archive, error) {
	limited := &budget{r: r, left: maxDirectory}
	z, err := zip.NewReader(limited, size)
	if errors.Is(err, errBudget) {
		return nil, fmt.Errorf("the zip archive's directory is over %d MiB, the limit", maxDirectory>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("the zip archive is truncated or damaged: %w", err)
	}
	limited.left = -1
	seen := map[string]bool{}
	type extent struct {
		from, to int64
		name     string
	}
	var extents []extent
	for _, f := range z.File {
		if seen[f.Name] {
			return nil, fmt.Errorf("the zip archive has %s twice", Quote(f.Name))
		}
		seen[f.Name] = true
		if f.Flags&encrypted != 0 {
			return nil, fmt.Errorf("the zip archive's member %s is encrypted", Quote(f.Name))
		}
		from, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("the zip archive's member %s is damaged: %w", Quote(f.Name), err)
		}
		if f.CompressedSize64 > uint64(max(0, size-from)) {
			return nil, fmt.Errorf("the zip archive's member %s has %d bytes from byte %d on, but the file has %d: "+
				"it is truncated or damaged", Quote(f.Name), f.CompressedSize64, from, size)
		}
		if f.CompressedSize64 > 0 {
			extents = append(extents, extent{from, from + int64(f.CompressedSize64), f.Name})
		}
	}
	slices.SortFunc(extents, func(a, b extent) int { return int(min(1, max(-1, a.from-b.from))) })
	for i := 1; i < len(extents); i++ {
		if a, b := extents[i-1], extents[i]; b.from < a.to {
			return nil, fmt.Errorf("the zip archive's members %s and %s overlap", Quote(a.name), Quote(b.name))
		}
	}
	return &Archive{Members: z.File, r: r, checked: map[*zip.File]error{}}, nil
}

// encrypted are the flags of a member whose bytes are not what they stand for: encryption, and the strong kind of it.
const encrypted = 1<<0 | 1<<6

// plain returns the place of a member's bytes. The member must not be compressed.
func (a *Archive) plain(f *zip.File) (offset, length int64, err error) {
	if !Stored(f) {
		return 0, 0, fmt.Errorf("the zip archive's member %s is compressed", Quote(f.Name))
	}
	offset, err = f.DataOffset()
	return offset, int64(f.UncompressedSize64), err
}

// Stored reports whether a member is not compressed.
func Stored(f *zip.File) bool {
	return f.Method == zip.Store && f.CompressedSize64 == f.UncompressedSize64
}

// ReadPlain reads a whole member that is not compressed, of at most limit bytes.
func (a *Archive) ReadPlain(f *zip.File, limit int64) ([]byte, error) {
	_, length, err := a.plain(f)
	if err != nil {
		return nil, err
	}
	if length > limit {
		return nil, fmt.Errorf("the zip archive's member %s has %d bytes; the limit is %d", Quote(f.Name), length,
			limit)
	}
	data := make([]byte, length)
	r, err := a.stream(f)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, fmt.Errorf("the zip archive's member %s: %w", Quote(f.Name), truncated(err))
	}
	return data, r.Close()
}

var errBudget = errors.New("too much to read")

// budget is a reader that fails after a number of bytes; -1 is no limit.
type budget struct {
	r    io.ReaderAt
	left int64
}

func (b *budget) ReadAt(p []byte, at int64) (int, error) {
	if b.left >= 0 {
		if b.left -= int64(len(p)); b.left < 0 {
			b.left = 0
			return 0, errBudget
		}
	}
	return b.r.ReadAt(p, at)
}
