package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestRectangles holds every kernel that has a window against its reference where rows and columns differ: in size,
// in stride, in dilation and in padding.
func TestRectangles(t *testing.T) { onEveryLevel(t, testRectangles) }

func testRectangles(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for i := range pace(240, 60) {
		w := randomWindow(r, 5+r.IntN(20), 5+r.IntN(20))
		in, out, f := 1+r.IntN(40), 1+r.IntN(70), someFunction(i)
		c := randomConvolution(r, 1, in, out, w, f, i%3 == 0)
		compare(t, c.String(), runConv(c, 2), c.reference(), tolerance)
		c = randomConvolution(r, 3, 3*in, 3*out, w, f, i%3 == 0)
		compare(t, c.String(), runConv(c, 2), c.reference(), tolerance)
		c = randomConvolution(r, 1, 1+in%4, out, w, f, i%3 == 0)
		compare(t, c.String(), runPlanar(c), c.reference(), tolerance)
		c = randomConvolution(r, in, in, in, w, f, i%3 == 0)
		compare(t, c.String(), runDepthwise(t, c, 3), c.reference(), tolerance)
		w.Dilation = Square(1) // pools have none
		w.place()
		comparePools(t, r, w, in)
	}
}

// TestRectanglesBehindAnother holds the kernels of two convolutions against theirs one after the other.
func TestRectanglesBehindAnother(t *testing.T) { onEveryLevel(t, testRectanglesBehindAnother) }

func testRectanglesBehindAnother(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	for i := range pace(60, 20) {
		channels, f := 1+r.IntN(70), someFunction(i)
		planar := randomConvolution(r, 1, 1+i%4, channels, randomWindow(r, 30+r.IntN(30), 30+r.IntN(30)), f, false)
		c := behind(r, planar, f)
		compare(t, c.String(), runPlanarDepthwise(t, planar, c, 2), c.reference(), tolerance)
		point := Window{InHeight: 5 + r.IntN(40), InWidth: 5 + r.IntN(40), Size: Square(1), Stride: Square(1),
			Dilation: Square(1)}
		expand := randomConvolution(r, 1, 20, channels, point, f, false)
		c = behind(r, expand, f)
		compare(t, c.String(), runExpandDepthwise(t, expand, c, 2), c.reference(), tolerance)
	}
}

// behind makes a depthwise convolution of another's result.
func behind(r *rand.Rand, first *convolution, f Function) *convolution {
	w := randomWindow(r, first.window.OutHeight, first.window.OutWidth)
	c := randomConvolution(r, first.out, first.out, first.out, w, f, false)
	c.image = first.reference()
	return c
}

// randomWindow returns a window that fits an image, mostly with rows and columns of their own.
func randomWindow(r *rand.Rand, height, width int) Window {
	pair := func(values ...int) Pair {
		return Pair{values[r.IntN(len(values))], values[r.IntN(len(values))]}
	}
	for {
		w := Window{InHeight: height, InWidth: width, Size: pair(1, 2, 3, 3, 5, 7), Stride: pair(1, 1, 2, 3),
			Dilation: pair(1, 1, 2)}
		if r.IntN(2) == 0 { // what routines take for square
			w.Size.Columns = w.Size.Rows
		}
		w.Top, w.Left = r.IntN(w.Size.Rows/2+1), r.IntN(w.Size.Columns/2+1)
		if w.place(); w.reach().Rows <= height+2*w.Top && w.reach().Columns <= width+2*w.Left {
			return w
		}
	}
}
