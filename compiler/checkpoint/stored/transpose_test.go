package stored

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestArranged holds every order of three dimensions, read whole, element by element and through windows smaller than
// the tensor, against indices worked out one by one.
func TestArranged(t *testing.T) {
	shape := []int64{3, 2, 4}
	values := make([]float32, 24)
	for i := range values {
		values[i] = float32(i)
	}
	for _, axes := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		got, err := tensor(t, F32, values, 3, 2, 4).Arranged(shape, axes)
		if err != nil {
			t.Fatal(err)
		}
		var want []float32
		var at [3]int64
		for a := range shape[axes[0]] {
			for b := range shape[axes[1]] {
				for c := range shape[axes[2]] {
					at[axes[0]], at[axes[1]], at[axes[2]] = a, b, c
					want = append(want, float32((at[0]*2+at[1])*4+at[2]))
				}
			}
		}
		if whole, err := got.Values(); err != nil || !slices.Equal(whole, want) {
			t.Errorf("%v: got %v, %v, want %v", axes, whole, err, want)
		}
		for _, window := range []int64{1, 5, 7, 24} {
			for _, step := range []int{1, 3, 8, 24} {
				r := newTransposer(got)
				r.window = window
				var read []float32
				for i := 0; i < len(want); i += step {
					part := make([]float32, step)
					if err := r.next(part); err != nil {
						t.Fatal(err)
					}
					read = append(read, part...)
				}
				if !slices.Equal(read, want) {
					t.Errorf("%v, window %d, step %d: got %v, want %v", axes, window, step, read, want)
				}
			}
		}
	}
}

// TestArrangedSplits divides dimensions and passes over ones: a linear weight [height·width·channels, out], and one in
// columns.
func TestArrangedSplits(t *testing.T) {
	// [h w c] o: element 100h + 10w + c of output o is 1000o more.
	var values []float32
	for h := range 2 {
		for w := range 3 {
			for c := range 2 {
				values = append(values, float32(100*h+10*w+c), float32(1000+100*h+10*w+c))
			}
		}
	}
	want := []float32{0, 10, 20, 100, 110, 120, 1, 11, 21, 101, 111, 121, 1000, 1010, 1020, 1100, 1110, 1120, 1001,
		1011, 1021, 1101, 1111, 1121}
	for _, shape := range [][]int64{{12, 2}, {1, 12, 1, 2, 1}, {2, 3, 2, 2}} {
		got, err := tensor(t, F32, values, shape...).Arranged([]int64{2, 3, 2, 2}, []int{3, 2, 0, 1})
		if err != nil {
			t.Fatal(err)
		}
		if v, err := got.Values(); err != nil || !slices.Equal(v, want) {
			t.Errorf("%v: got %v, %v", shape, v, err)
		}
	}
	columns := strided(tensor(t, F32, []float32{0, 1, 2, 3, 4, 5}, 3, 2), 1, 3) // [[0 3] [1 4] [2 5]]
	got, err := columns.Arranged([]int64{3, 1, 2}, []int{2, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := got.Values(); err != nil || !slices.Equal(v, []float32{0, 1, 2, 3, 4, 5}) {
		t.Errorf("columns: got %v, %v", v, err)
	}
	if _, err := tensor(t, F32, values, 12, 2).Arranged([]int64{5, 5}, []int{1, 0}); err == nil ||
		!strings.Contains(err.Error(), "does not divide") {
		t.Errorf("got %v", err)
	}
}

// TestArrangedPieces transposes matrices of which the last piece that is read has one element, some or a row.
func TestArrangedPieces(t *testing.T) {
	for _, shape := range [][2]int{{5, 52429}, {52429, 5}, {7, 52429},
		{7, 1}, {3, pieceElements / 2}, {pieceElements + 1, 1},
		{1, pieceElements + 1}} {
		rows, columns := shape[0], shape[1]
		values := make([]float32, rows*columns)
		for i := range values {
			values[i] = float32(i)
		}
		turned, err := tensor(t, F32, values, int64(rows), int64(columns)).Arranged(
			[]int64{int64(rows), int64(columns)}, []int{1, 0})
		if err != nil {
			t.Fatal(err)
		}
		got, err := turned.Values()
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range got {
			if want := float32(i%rows*columns + i/rows); x != want {
				t.Errorf("%v: element %d is %g, want %g", shape, i, x, want)
				break
			}
		}
	}
}

// TestArrangedErrors has files that end early and fail to open, at the first pass and at a later one.
func TestArrangedErrors(t *testing.T) {
	short, err := tensor(t, F32, []float32{1, 2, 3}, 2, 2).Arranged([]int64{2, 2}, []int{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := short.Values(); err == nil || !strings.Contains(err.Error(), "ends too early") {
		t.Errorf("got %v", err)
	}
	whole, _ := tensor(t, F32, []float32{1, 2, 3, 4}, 2, 2).Arranged([]int64{2, 2}, []int{1, 0})
	opens, open := 0, whole.Open
	gone := errors.New("the file is gone")
	whole.Open = func() (io.ReadCloser, error) {
		if opens++; opens > 1 {
			return nil, gone
		}
		return open()
	}
	read, err := whole.Reader()
	if err != nil {
		t.Fatal(err)
	}
	if err := read(make([]float32, 4)); err != nil {
		t.Error(err)
	}
	if _, err := whole.Values(); !errors.Is(err, gone) || !strings.Contains(err.Error(), `tensor "w"`) {
		t.Errorf("got %v", err)
	}
	plain := tensor(t, F32, []float32{1}, 1)
	plain.Open = func() (io.ReadCloser, error) { return nil, gone }
	if read, err := plain.Reader(); !errors.Is(err, gone) || read != nil {
		t.Errorf("got %v", err)
	}
}
