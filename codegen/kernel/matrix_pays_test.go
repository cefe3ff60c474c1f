package kernel

import "testing"

// TestPaysOnMatrix holds the choice of the matrix unit to what it depends on, each part by itself. A machine without
// the unit never chooses it, not even where tests ask for it always: its instructions would end the program there.
func TestPaysOnMatrix(t *testing.T) {
	const without = AVX2 | AVX512
	window := func(height, width, rows, columns int) Window {
		return Window{InHeight: height, InWidth: width, OutHeight: height, OutWidth: width, Size: Pair{rows, columns},
			Stride: Square(1), Dilation: Square(1), Top: rows / 2, Left: columns / 2}
	}
	conv := func(groups int, w Window) *Conv {
		return &Conv{InChannels: 256, OutChannels: 256, Groups: groups, Window: w}
	}
	pointwise := func(channels, pixels int) *Pointwise {
		return &Pointwise{InChannels: channels, OutChannels: 512, Pixels: pixels}
	}
	strided := func(side int) *Conv {
		k := conv(1, window(side, side, 1, 1))
		k.Window.InHeight, k.Window.InWidth, k.Window.Stride = 2*side, 2*side, Square(2)
		return k
	}
	expansion := func(channels int, w Window) *ExpandDepthwise {
		return &ExpandDepthwise{InChannels: channels, Channels: 1024, Window: w}
	}
	for _, tt := range []struct {
		name   string
		kernel interface{ paysOnMatrix(*Machine) bool }
		pays   bool
		always bool // where it can be used at all
	}{
		{"pointwise", pointwise(512, 28*28), true, true},
		{"pointwise, of few pixels", pointwise(512, enoughPixels-1), false, true},
		{"pointwise, of few channels", pointwise(8, 28*28), false, true},
		{"pointwise, of many floats", pointwise(1632, 12*12), false, true},
		{"pointwise, of as many as fit", pointwise(1024, 14*14), true, true},
		{"strided", strided(14), true, true},
		{"strided, of few pixels", strided(7), false, true},
		{"conv", conv(1, window(28, 28, 3, 3)), true, true},
		{"conv, in groups", conv(2, window(28, 28, 3, 3)), false, false},
		{"conv, of the largest window", conv(1, window(28, 28, 8, 8)), true, true},
		{"conv, of a larger window", conv(1, window(28, 28, 5, 13)), false, false},
		{"conv, of few pixels", conv(1, window(1, enoughWindowPixels-1, 3, 3)), false, true},
		{"conv, wide", conv(1, window(8, pixelsAtOnce+1, 3, 3)), false, false},
		{"expansion", expansion(256, window(28, 28, 3, 3)), true, true},
		{"expansion, of few pixels", expansion(256, window(11, 11, 3, 3)), false, true},
		{"expansion, wide", expansion(128, window(1, pixelsAtOnce+1, 3, 3)), false, false},
		{"expansion, of many floats", expansion(512, window(28, 28, 3, 3)), false, false},
	} {
		for _, m := range []struct {
			has  Features
			want bool
		}{
			{without, false}, {without | alwaysAMX, false}, {without | AMX, tt.pays},
			{without | AMX | alwaysAMX, tt.pays || tt.always && hasMatrixRoutines},
		} {
			if got := tt.kernel.paysOnMatrix(&Machine{Has: m.has}); got != m.want {
				t.Errorf("%s with %v: got %v, want %v", tt.name, m.has, got, m.want)
			}
		}
	}
}
