package engine

import "testing"

// TestPopulate holds that memory keeps what it holds, whatever its place and size.
func TestPopulate(t *testing.T) {
	all := make([]byte, 160_000)
	for i := range all {
		all[i] = byte(i % 251)
	}
	for _, begin := range []int{0, 1, 63, 4095, 4096, 4097} {
		for _, length := range []int{0, 1, 4000, 4096, 8191, 8192, 120_000} {
			for _, advice := range []int{populateRead, populateWrite} {
				populate(all[begin:begin+length], advice)
			}
		}
	}
	populate(nil, populateWrite)
	for i, v := range all {
		if v != byte(i%251) {
			t.Fatalf("byte %d is %d", i, v)
		}
	}
}
