package stored

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// Extent is the range of bytes of a file that belongs to one tensor.
type Extent struct {
	Name     string
	From, To int64 // the first byte, and the one behind the last
}

// CheckApart makes sure that no two tensors share bytes of a file: files in which they do can claim far more values
// than they hold.
func CheckApart(extents []Extent) error {
	sorted := slices.Clone(extents)
	slices.SortStableFunc(sorted, func(a, b Extent) int { return cmp.Compare(a.From, b.From) })
	end, owner := int64(0), ""
	for _, e := range sorted {
		if e.To > e.From && e.From < end {
			return fmt.Errorf("the tensors %s and %s overlap", Quote(owner), Quote(e.Name))
		}
		if e.To > end {
			end, owner = e.To, e.Name
		}
	}
	return nil
}

// Chain is several files read as one, one behind the other.
type Chain struct {
	parts []part
	size  int64
}

// part is one file of a chain; from is where its first byte lies in the whole.
type part struct {
	r    io.ReaderAt
	from int64
	size int64
}

// Add puts a file of size bytes behind those that are there.
func (c *Chain) Add(r io.ReaderAt, size int64) {
	c.parts = append(c.parts, part{r, c.size, size})
	c.size += size
}

// Size returns the bytes of all files together.
func (c *Chain) Size() int64 { return c.size }

// ReadAt reads across the borders of files.
func (c *Chain) ReadAt(p []byte, at int64) (n int, err error) {
	// The first part that ends behind at.
	i, _ := slices.BinarySearchFunc(c.parts, at, func(q part, at int64) int {
		if q.from+q.size <= at {
			return -1
		}
		return 1
	})
	for ; n < len(p) && i < len(c.parts); i++ {
		q := c.parts[i]
		inside := at + int64(n) - q.from
		piece := p[n:min(len(p), n+int(min(q.size-inside, int64(len(p)))))]
		k, err := q.r.ReadAt(piece, inside)
		if n += k; k < len(piece) {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
