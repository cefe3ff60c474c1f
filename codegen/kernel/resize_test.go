package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestResize holds kernels that put pixels elsewhere against what they say of single pixels.
func TestResize(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for i := range 100 {
		channels, height, width := 1+r.IntN(40), 3+r.IntN(7), 3+r.IntN(7)
		x := randomFloats(r, channels*height*width)
		at := func(c, y, x0 int) float32 { return x[(c*height+y)*width+x0] }
		images := Images{InHeight: height, InWidth: width}

		k := &Pad{Channels: channels, Images: images, Top: r.IntN(5) - 2, Left: r.IntN(5) - 2, Value: 3}
		k.Images.OutHeight, k.Images.OutWidth = height+k.Top+2, width+k.Left+2
		pad := k.Bind(machine(), nil).(*padTask)
		comparePlaces(t, "pad", &k.Images, channels, channels, x, pad.Items(), pad.compute, func(c, y, x int) float32 {
			if y -= k.Top; y < 0 || y >= height {
				return 3
			}
			if x -= k.Left; x < 0 || x >= width {
				return 3
			}
			return at(c, y, x)
		})

		down, across := 1+r.IntN(3), 1+r.IntN(3)
		images.OutHeight, images.OutWidth = height*down, width*across
		nearest := (&Upsample{Channels: channels, Images: images}).Bind(machine(), nil).(*upsampleTask)
		comparePlaces(t, "nearest", &images, channels, channels, x, nearest.Items(), nearest.compute,
			func(c, y, x int) float32 { return at(c, y/down, x/across) })
		u := &Upsample{Channels: channels, Images: images, Bilinear: true, AlignCorners: i%2 == 0}
		bilinear := u.Bind(machine(), nil).(*upsampleTask)
		comparePlaces(t, "bilinear", &images, channels, channels, x, bilinear.Items(), bilinear.compute,
			func(c, y, x int) float32 {
				row, column := u.mixes(height, images.OutHeight)[y], u.mixes(width, images.OutWidth)[x]
				mean := func(y int) float32 {
					return (1-column.weight)*at(c, y, column.first) + column.weight*at(c, y, column.second)
				}
				return (1-row.weight)*mean(row.first) + row.weight*mean(row.second)
			})

		// any size, larger or smaller
		images.OutHeight, images.OutWidth = 1+r.IntN(20), 1+r.IntN(20)
		nearest = (&Upsample{Channels: channels, Images: images}).Bind(machine(), nil).(*upsampleTask)
		comparePlaces(t, "nearest to a size", &images, channels, channels, x, nearest.Items(), nearest.compute,
			func(c, y, x int) float32 { return at(c, y*height/images.OutHeight, x*width/images.OutWidth) })
		u = &Upsample{Channels: channels, Images: images, Bilinear: true}
		bilinear = u.Bind(machine(), nil).(*upsampleTask)
		comparePlaces(t, "bilinear to a size", &images, channels, channels, x, bilinear.Items(), bilinear.compute,
			func(c, y, x int) float32 {
				place := func(i, size, results int) (int, int, float64) {
					at := (float64(i)+0.5)*float64(size)/float64(results) - 0.5
					low := math.Floor(at)
					return min(max(int(low), 0), size-1), min(max(int(low)+1, 0), size-1), at - low
				}
				top, bottom, down := place(y, height, images.OutHeight)
				left, right, across := place(x, width, images.OutWidth)
				mean := func(y int) float64 {
					return (1-across)*float64(at(c, y, left)) + across*float64(at(c, y, right))
				}
				return float32((1-down)*mean(top) + down*mean(bottom))
			})

		size := 1 + r.IntN(3)
		wide := randomFloats(r, channels*size*size*height*width)
		images.OutHeight, images.OutWidth = height*size, width*size
		d := &DepthToSpace{Channels: channels, Images: images, Size: size}
		spread := d.Bind(machine(), nil).(*depthToSpaceTask)
		comparePlaces(t, "depth to space", &images, channels*size*size, channels, wide, spread.Items(), spread.compute,
			func(c, y, x int) float32 {
				channel := c*size*size + y%size*size + x%size
				return wide[(channel*height+y/size)*width+x/size]
			})
	}
}

// comparePlaces holds a task's results against those wanted, computed in two ranges of items.
func comparePlaces(t *testing.T, name string, i *Images, in, channels int, x []float32, items int,
	compute func(out, in []float32, first, last int), want func(c, y, x int) float32) {
	t.Helper()
	out := alignedFloats(blocksOf(channels) * i.OutHeight * i.OutWidth * lanes)
	compute(out, blocked(x, in), 0, items/2)
	compute(out, blocked(x, in), items/2, items)
	var wanted []float32
	for c := range channels {
		for y := range i.OutHeight {
			for x := range i.OutWidth {
				wanted = append(wanted, want(c, y, x))
			}
		}
	}
	compare(t, name, unblocked(out, channels), wanted, 1e-6)
}

// TestBetween holds the places of enlarged pixels against PyTorch's, of torch.nn.functional.interpolate.
func TestBetween(t *testing.T) {
	for _, tt := range []struct {
		align   bool
		in, out int
		want    []float32 // first + weight
	}{
		{false, 2, 4, []float32{0, 0.25, 0.75, 1}},
		{false, 3, 9, []float32{0, 0, 1. / 3, 2. / 3, 1, 4. / 3, 5. / 3, 2, 2}},
		{false, 3, 7, []float32{0, 1. / 7, 4. / 7, 1, 10. / 7, 13. / 7, 2}},
		{false, 7, 3, []float32{2. / 3, 3, 16. / 3}},
		{true, 2, 4, []float32{0, 1. / 3, 2. / 3, 1}},
		{true, 3, 6, []float32{0, 0.4, 0.8, 1.2, 1.6, 2}},
		{true, 1, 3, []float32{0, 0, 0}},
	} {
		for i, p := range (&Upsample{Bilinear: true, AlignCorners: tt.align}).mixes(tt.in, tt.out) {
			if got := float32(p.first) + p.weight; !near(got, tt.want[i], 1e-6) {
				t.Errorf("%d to %d, align corners %t: place %d is %g, want %g", tt.in, tt.out, tt.align, i, got,
					tt.want[i])
			}
		}
	}
}
