package verify

import (
	"math"
	"reflect"
	"testing"
)

// TestCast casts between floats and integers, at the ends of what they hold: toward zero, and beyond an integer's range
// to what its bits say. What is not zero is true.
func TestCast(t *testing.T) {
	for _, tt := range []struct {
		from, to ElementType
		x, want  Array
	}{
		{Float32, Float64, Array{Floats: []float64{-1.5, 0.25}}, Array{Floats: []float64{-1.5, 0.25}}},
		{Int64, Float32, Array{Ints: []int64{-3, 7}}, Array{Floats: []float64{-3, 7}}},
		{Uint8, Float32, Array{Ints: []int64{0, 255}}, Array{Floats: []float64{0, 255}}},
		{Uint64, Float64, Array{Ints: []int64{-1, 5}}, Array{Floats: []float64{math.MaxUint64, 5}}},
		{Float32, Int64, Array{Floats: []float64{-2.75, 2.75}}, Array{Ints: []int64{-2, 2}}},
		{Float32, Uint8, Array{Floats: []float64{3.9, 200}}, Array{Ints: []int64{3, 200}}},
		{Float32, Bool, Array{Floats: []float64{0, 0.5, -3}}, Array{Ints: []int64{0, 1, 1}}},
		{Int64, Int8, Array{Ints: []int64{127, 128, -129}}, Array{Ints: []int64{127, -128, 127}}},
		{Int64, Uint8, Array{Ints: []int64{255, 256, -1}}, Array{Ints: []int64{255, 0, 255}}},
		{Int64, Bool, Array{Ints: []int64{0, 2, -1}}, Array{Ints: []int64{0, 1, 1}}},
	} {
		tt.x.Type = tt.from
		got, err := runCast(&operation{values: []Array{tt.x}, out: []typed{{kind: tt.to}}})
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Floats, tt.want.Floats) ||
			!reflect.DeepEqual(got[0].Ints, tt.want.Ints) {
			t.Errorf("%s to %s: got %+v, %v, want %+v", tt.from, tt.to, got, err, tt.want)
		}
	}
}
