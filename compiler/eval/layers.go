package eval

import (
	"math"
	"runtime"
	"sync"

	"github.com/netc-lang/netc/compiler/ir"
)

// conv computes a convolution, each output channel by itself, spread over the processors.
func conv(e *evaluation, op ir.Conv) {
	in, out, x, y := e.from, e.to, e.in[0], e.out
	weight, bias := e.param(ir.Weight), e.param(ir.Bias)
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			sums := make([]float64, out[1]*out[2])
			for c := w; c < out[0]; c += workers {
				convChannel(op, in, out, c, x, weight, sums)
				if bias != nil {
					for i := range sums {
						sums[i] += float64(bias[c])
					}
				}
				for i, s := range sums {
					y[c*len(sums)+i] = float32(s)
				}
			}
		}()
	}
	wait.Wait()
}

// convChannel sums one output channel: for every weight, the image moved by that weight's place in the kernel.
func convChannel(op ir.Conv, in, out ir.Shape, channel int, x, weight []float32, sums []float64) {
	clear(sums)
	perGroup := in[0] / op.Groups
	first := channel / (op.Out / op.Groups) * perGroup
	for c := range perGroup {
		image := x[(first+c)*in[1]*in[2]:]
		for ky := range op.Kernel.Height {
			for kx := range op.Kernel.Width {
				w := float64(weight[((channel*perGroup+c)*op.Kernel.Height+ky)*op.Kernel.Width+kx])
				top, left := ky*op.Dilation.Height-op.Pad.Top, kx*op.Dilation.Width-op.Pad.Left
				y0, y1 := inside(top, op.Stride.Height, in[1], out[1])
				x0, x1 := inside(left, op.Stride.Width, in[2], out[2])
				for oy := y0; oy < y1; oy++ {
					row := image[(oy*op.Stride.Height+top)*in[2]:]
					for ox := x0; ox < x1; ox++ {
						sums[oy*out[2]+ox] += w * float64(row[ox*op.Stride.Width+left])
					}
				}
			}
		}
	}
}

// inside returns the range of results whose place in the input, at offset + i*stride, lies within the image.
func inside(offset, stride, size, results int) (from, to int) {
	if offset < 0 {
		from = (-offset + stride - 1) / stride
	}
	to = results
	if last := size - 1 - offset; last < 0 {
		to = 0
	} else {
		to = min(to, last/stride+1)
	}
	return from, max(from, to)
}

// convTranspose adds each pixel, times the kernel, to where the kernel lies in the result.
func convTranspose(e *evaluation, op ir.ConvTranspose) {
	in, out, x, y := e.from, e.to, e.in[0], e.out
	weight, bias := e.param(ir.Weight), e.param(ir.Bias)
	perGroup, perOut := in[0]/op.Groups, op.Out/op.Groups
	sums := make([]float64, out[1]*out[2])
	for channel := range out[0] {
		clear(sums)
		for c := range perGroup {
			from := channel/perOut*perGroup + c
			kernel := weight[(from*perOut+channel%perOut)*op.Kernel.Area():]
			for i, v := range x[from*in[1]*in[2] : (from+1)*in[1]*in[2]] {
				for k := range op.Kernel.Area() {
					row := i/in[2]*op.Stride.Height + k/op.Kernel.Width*op.Dilation.Height - op.Pad.Top
					column := i%in[2]*op.Stride.Width + k%op.Kernel.Width*op.Dilation.Width - op.Pad.Left
					if row >= 0 && row < out[1] && column >= 0 && column < out[2] {
						sums[row*out[2]+column] += float64(v) * float64(kernel[k])
					}
				}
			}
		}
		for i, s := range sums {
			if bias != nil {
				s += float64(bias[channel])
			}
			y[channel*len(sums)+i] = float32(s)
		}
	}
}

// linear multiplies each vector along the last axis.
func linear(e *evaluation, op ir.Linear) {
	features := e.from[len(e.from)-1]
	for row := range e.from.Elements() / features {
		product(e.in[0][row*features:(row+1)*features], e.param(ir.Weight), e.param(ir.Bias),
			e.out[row*op.Out:(row+1)*op.Out])
	}
}

func product(x, weight, bias, y []float32) {
	for o := range y {
		var sum float64
		for i, v := range x {
			sum += float64(weight[o*len(x)+i]) * float64(v)
		}
		if bias != nil {
			sum += float64(bias[o])
		}
		y[o] = float32(sum)
	}
}

func batchNorm(e *evaluation, op ir.BatchNorm) {
	scale, shift := e.param(ir.Scale), e.param(ir.Shift)
	mean, variance := e.param(ir.RunningMean), e.param(ir.RunningVariance)
	size := e.from[1:].Elements()
	for i, v := range e.in[0] {
		c := i / size
		normal := (float64(v) - float64(mean[c])) / math.Sqrt(float64(variance[c])+op.Epsilon)
		if !op.NoScale {
			normal *= float64(scale[c])
		}
		if !op.NoShift {
			normal += float64(shift[c])
		}
		e.out[i] = float32(normal)
	}
}

// pool reduces each window of each channel. The reduction sees the elements within the image.
func pool(e *evaluation, w ir.Window, reduce func(window []float32, padded int) float32) {
	in, out, x, y := e.from, e.to, e.in[0], e.out
	window := make([]float32, 0, w.Kernel.Area())
	for c := range out[0] {
		for oy := range out[1] {
			for ox := range out[2] {
				window = window[:0]
				top, left := oy*w.Stride.Height-w.Pad.Top, ox*w.Stride.Width-w.Pad.Left
				for iy := max(top, 0); iy < min(top+w.Kernel.Height, in[1]); iy++ {
					for ix := max(left, 0); ix < min(left+w.Kernel.Width, in[2]); ix++ {
						window = append(window, x[(c*in[1]+iy)*in[2]+ix])
					}
				}
				y[(c*out[1]+oy)*out[2]+ox] = reduce(window, w.Kernel.Area())
			}
		}
	}
}

// globalPool reduces each channel.
func globalPool(e *evaluation, reduce func(window []float32, padded int) float32) {
	size := e.from[1:].Elements()
	for c := range e.out {
		e.out[c] = reduce(e.in[0][c*size:(c+1)*size], size)
	}
}

func largest(window []float32, _ int) float32 {
	best := float32(math.Inf(-1))
	for _, v := range window {
		if v > best || v != v {
			best = v
		}
		if best != best {
			break
		}
	}
	return best
}

func mean(countPadding bool) func(window []float32, padded int) float32 {
	return func(window []float32, padded int) float32 {
		var sum float64
		for _, v := range window {
			sum += float64(v)
		}
		if countPadding {
			return float32(sum / float64(padded))
		}
		return float32(sum / float64(len(window)))
	}
}
