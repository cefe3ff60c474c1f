package ir

import "testing"

// TestPaddingMessage: figures in messages are written as people write them, and not as Go prints its structs.
func TestPaddingMessage(t *testing.T) {
	_, err := AvgPool{Kernel: Square(3), Stride: Square(5), Pad: Padding{Top: 3, Left: 3, Bottom: 3,
		Right: 3}}.infer([]Shape{{3, 8, 8}})
	if want := "padding of 3 must be smaller than the kernel, 3"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
