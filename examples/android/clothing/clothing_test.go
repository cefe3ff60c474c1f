package clothing

import (
	"image"
	"image/color"
	"testing"
)

// TestPixels: each pixel is the mean of an area, from 0 to 1, and then as the network was trained with it: less the
// mean, over the deviation.
func TestPixels(t *testing.T) {
	for _, scale := range []int{1, 2, 5} {
		m := image.NewGray(image.Rect(3, 4, 3+28*scale, 4+28*scale))
		for y := range 28 * scale {
			for x := range 28 * scale {
				if x < 14*scale {
					m.SetGray(3+x, 4+y, color.Gray{255})
				} else if y%scale == 0 { // one line of each area
					m.SetGray(3+x, 4+y, color.Gray{51})
				}
			}
		}
		got := pixels(m)
		if len(got) != 28*28 {
			t.Fatalf("%d pixels", len(got))
		}
		for i, v := range got {
			want := (1 - 0.2860) / 0.3530
			if i%28 >= 14 {
				want = (0.2/float64(scale) - 0.2860) / 0.3530
			}
			if d := float64(v) - want; !(d*d <= 1e-10) {
				t.Fatalf("%d× as large: pixel %d is %g, want %g", scale, i, v, want)
			}
		}
	}
}
