package kernel

import "testing"

func TestTmp(t *testing.T) {
	for _, l := range []struct{ in, out, side, size, stride int }{{512, 512, 7, 3, 1}, {512, 512, 14, 3, 2}, {1024, 2048, 14, 1, 2}, {256, 256, 28, 3, 2}, {128, 128, 56, 3, 2}, {24, 24, 150, 3, 1}, {48, 192, 75, 3, 1}} {
		w := window{inHeight: l.side, inWidth: l.side, size: l.size, stride: l.stride, dilation: 1, top: l.size / 2, left: l.size / 2}
		w.outHeight, w.outWidth = outSide(&w, l.side, w.top), outSide(&w, l.side, w.left)
		s := &convShape{1, l.in, l.out, w, relu}
		strips, groups := s.matrixCut()
		p := phasesOf(&w, (w.outHeight+strips-1)/strips)
		t.Log(l, s.onMatrix(), "strips", strips, "groups", groups, "outputs", p.outputs)
	}
	for _, l := range []struct {
		in, out, px int
		scaled      bool
	}{{1152, 192, 49, false}, {480, 112, 196, true}, {672, 112, 196, true}, {480, 80, 196, true}, {240, 40, 784, true}, {256, 64, 3136, false}, {64, 256, 3136, false}, {256, 128, 3136, false}, {2048, 512, 49, false}, {512, 2048, 49, false}, {3840, 640, 361, false}, {2304, 384, 361, false}, {320, 1280, 49, false}, {640, 2560, 361, false}, {960, 160, 1444, true}} {
		s := &pointwiseShape{in: l.in, out: l.out, pixels: l.px, scaled: l.scaled}
		b, g := s.matrixCut()
		t.Log(l, s.onMatrix(), "bands", b, "groups", g)
	}
}
