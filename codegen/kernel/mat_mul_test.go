package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestMatMul(t *testing.T) { onEveryLevel(t, testMatMul) }

// testMatMul multiplies matrices of several sizes, of which the second lies as it is and transposed.
func testMatMul(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 5))
	for _, size := range [][3]int{{1, 1, 1}, {3, 16, 16}, {17, 5, 33}, {20, 40, 7}, {31, 64, 80}, {5, 33, 50}} {
		rows, inner, columns := size[0], size[1], size[2]
		for _, isTransposed := range []bool{false, true} {
			const batches = 2
			k := &MatMul{Rows: rows, Inner: inner, Columns: columns, Transposed: isTransposed, Batches: batches,
				OutBlock: rows * lanes, ABlock: rows * lanes, BBlock: inner * lanes, OutFrom: lanes, AFrom: lanes,
				BFrom: lanes}
			if isTransposed {
				k.BBlock = columns * lanes
			}
			k.OutBatch, k.ABatch = blocksOf(columns)*k.OutBlock, blocksOf(inner)*k.ABlock
			k.BBatch = max(blocksOf(columns)*inner, blocksOf(inner)*columns) * lanes
			floats := func(batch int) []float32 { return alignedFloats(lanes + batches*batch) }
			a, b, out := floats(k.ABatch), floats(k.BBatch), floats(k.OutBatch)
			var want, got []float32
			task := k.Bind(machine(), nil)
			for batch := range batches {
				x, y := randomFloats(r, rows*inner), randomFloats(r, inner*columns)
				at := func(from, pitch, block, row, column int) int {
					return lanes + batch*from + column/lanes*block + row*pitch + column%lanes
				}
				for i := range rows {
					for j := range inner {
						a[at(k.ABatch, lanes, k.ABlock, i, j)] = x[i*inner+j]
					}
				}
				for i := range inner {
					for j := range columns {
						if isTransposed {
							b[at(k.BBatch, lanes, k.BBlock, j, i)] = y[i*columns+j]
						} else {
							b[at(k.BBatch, lanes, k.BBlock, i, j)] = y[i*columns+j]
						}
					}
				}
				for i := range rows {
					for j := range columns {
						sum := 0.0
						for l := range inner {
							sum += float64(x[i*inner+l]) * float64(y[l*columns+j])
						}
						want = append(want, float32(sum))
					}
				}
			}
			operand := func(at int, x []float32) Ref { return InArena(4*at, F32, lanes, len(x)/lanes) }
			k.Out, k.A, k.B = operand(0, out), operand(len(out), a), operand(len(out)+len(a), b)
			all := append(append(append([]float32(nil), out...), a...), b...)
			memory := NewMemory(0, BytesOf(all), nil, nil)
			inPieces(task.Items(), 2, func(first, last int) { task.Run(newWorker(task), memory, first, last) })
			for batch := range batches {
				for i := range rows {
					for j := range columns {
						got = append(got, all[lanes+batch*k.OutBatch+j/lanes*k.OutBlock+i*lanes+j%lanes])
					}
				}
			}
			compare(t, fmt.Sprintf("%v, transposed %t", size, isTransposed), got, want, 1e-5)
		}
	}
}
