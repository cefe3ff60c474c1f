package engine

import "testing"

// TestPopulate holds that memory keeps what it holds, whatever its place and size.
func TestPopulate(t *testing.T) {
	all := make([]float32, 40_000)
	for i := range all {
		all[i] = float32(i)
	}
	for _, begin := range []int{0, 1, 15, 1023, 1024, 1025} {
		for _, length := range []int{0, 1, 1000, 1024, 2047, 2048, 30_000} {
			for _, advice := range []int{populateRead, populateWrite} {
				populate(all[begin:begin+length], advice)
			}
		}
	}
	populate(nil, populateWrite)
	for i, v := range all {
		if v != float32(i) {
			t.Fatalf("element %d is %g", i, v)
		}
	}
}
