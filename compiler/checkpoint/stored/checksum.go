package stored

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"
)

// A zip archive has a checksum for each member. Comparing costs next to nothing while the member is read anyway (10 GB
// a second where the processor has carry-less multiplication), so every byte that is used is checked, and nothing is
// read for the check alone but what surrounds a tensor that is part of a member.

// Section returns an Open function for a part of a member. A part that goes to the member's end, behind a header or
// not, is checked as it is read. For any other, the whole member is, once, when the part is first opened.
func (a *Archive) Section(f *zip.File, from, length int64) func() (io.ReadCloser, error) {
	const mostHeader = 64 << 10
	toEnd := from <= mostHeader && from+length == int64(f.UncompressedSize64)
	return func() (io.ReadCloser, error) {
		if !toEnd && Stored(f) {
			if err := a.check(f); err != nil {
				return nil, err
			}
			offset, _, err := a.plain(f)
			return section{io.NewSectionReader(a.r, offset+from, length)}, err
		}
		r, err := a.stream(f)
		if err != nil {
			return nil, err
		}
		if _, err := io.CopyN(io.Discard, r, from); err != nil {
			r.Close()
			return nil, fmt.Errorf("cannot be read: %w", truncated(err))
		}
		return r, nil
	}
}

// File returns a member that is not compressed, to be read from any place. Its checksum is compared first.
func (a *Archive) File(f *zip.File) (r io.ReaderAt, size int64, err error) {
	offset, length, err := a.plain(f)
	if err == nil {
		err = a.check(f)
	}
	return io.NewSectionReader(a.r, offset, length), length, err
}

// check compares the checksum of a whole member, once.
func (a *Archive) check(f *zip.File) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err, ok := a.checked[f]
	if !ok && f.CRC32 != 0 {
		var r io.ReadCloser
		if r, err = a.stream(f); err == nil {
			_, err = io.Copy(io.Discard, r)
			r.Close()
		}
		a.checked[f] = err
	}
	return err
}

// stream opens a member from its first byte on. The read that reaches its end fails where the checksum is another.
func (a *Archive) stream(f *zip.File) (io.ReadCloser, error) {
	var r io.ReadCloser
	if Stored(f) {
		offset, length, err := a.plain(f)
		if err != nil {
			return nil, err
		}
		r = section{io.NewSectionReader(a.r, offset, length)}
	} else {
		var err error
		if r, err = f.Open(); err != nil {
			return nil, err
		}
	}
	return &summed{ReadCloser: r, name: f.Name, want: f.CRC32, left: int64(f.UncompressedSize64)}, nil
}

// summed reads a member and compares its checksum at its end. A checksum of zero is none: PyTorch writes such when it
// is told to save the time.
type summed struct {
	io.ReadCloser
	name      string
	want, sum uint32
	left      int64
}

func (s *summed) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.ReadCloser.Read(p[:min(int64(len(p)), s.left)])
	s.sum = crc32.Update(s.sum, crc32.IEEETable, p[:n])
	if s.left -= int64(n); s.left == 0 && s.want != 0 && s.sum != s.want {
		return 0, fmt.Errorf("the zip archive's member %s is damaged: its checksum is %08x, not %08x",
			Quote(s.name), s.sum, s.want)
	}
	return n, err
}
