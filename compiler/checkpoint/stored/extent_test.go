package stored

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestChain reads every range of four files, one of them empty, as one.
func TestChain(t *testing.T) {
	c := &Chain{}
	for _, part := range []string{"abc", "", "d", "efghi"} {
		c.Add(strings.NewReader(part), int64(len(part)))
	}
	const whole = "abcdefghi"
	if c.Size() != int64(len(whole)) {
		t.Errorf("%d bytes, want %d", c.Size(), len(whole))
	}
	for from := range len(whole) + 1 {
		for to := from; to <= len(whole); to++ {
			got := make([]byte, to-from)
			if n, err := c.ReadAt(got, int64(from)); err != nil || n != len(got) || string(got) != whole[from:to] {
				t.Errorf("%d to %d is %q, %d, %v, want %q", from, to, got, n, err, whole[from:to])
			}
		}
		beyond := make([]byte, len(whole)-from+1)
		if n, err := c.ReadAt(beyond, int64(from)); err != io.EOF || string(beyond[:n]) != whole[from:] {
			t.Errorf("from %d: %q, %v, want the rest and EOF", from, beyond[:n], err)
		}
	}
	if err := iotest.TestReader(io.NewSectionReader(c, 0, c.Size()), []byte(whole)); err != nil {
		t.Error(err)
	}
}

func TestCheckApart(t *testing.T) {
	good := []Extent{{"b", 4, 8}, {"a", 0, 4}, {"empty", 2, 2}}
	if err := CheckApart(good); err != nil {
		t.Error(err)
	}
	err := CheckApart(append(good, Extent{"c", 7, 9}))
	if err == nil || !strings.Contains(err.Error(), `"b" and "c" overlap`) {
		t.Errorf("got %v", err)
	}
}

// TestConverted widens bytes that arrive one at a time, two each, and reads them in pieces that split numbers.
func TestConverted(t *testing.T) {
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(iotest.OneByteReader(bytes.NewReader([]byte{1, 2, 3, 4, 5, 6}))), nil
	}
	sum := Converted(open, 2, func(i int64, raw []byte) float32 {
		return float32(100*i) + float32(raw[0])*10 + float32(raw[1])
	})
	r, err := sum()
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(iotest.OneByteReader(r))
	if err != nil {
		t.Fatal(err)
	}
	got, err := (&Tensor{Type: F32, Shape: []int64{3}, Open: Section(bytes.NewReader(all), 0,
		int64(len(all)))}).Values()
	if err != nil || len(got) != 3 || got[0] != 12 || got[1] != 134 || got[2] != 256 {
		t.Errorf("got %v, %v", got, err)
	}
}
