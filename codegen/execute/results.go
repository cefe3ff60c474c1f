package execute

import (
	"archive/zip"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/checkpoint/numpy"
)

// WriteArchive writes the results of n images as an archive of NumPy's (.npz), each output under its name.
func WriteArchive(w io.Writer, outputs []plan.Output, n int, results [][]float32) error {
	archive := zip.NewWriter(w)
	for i, o := range outputs {
		member, err := archive.CreateHeader(&zip.FileHeader{Name: o.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := WriteArray(member, o, n, results[i]); err != nil {
			return err
		}
	}
	return archive.Close()
}

// WriteArray writes the results of one output as an array of NumPy's (.npy), of shape [n, …].
func WriteArray(w io.Writer, o plan.Output, n int, results []float32) error {
	return numpy.WriteArray(w, append([]int{n}, o.Shape...), results)
}

// most is how many of a vector's elements Text shows.
const most = 5

// Text says what the network made of image i: of a vector the largest elements with their numbers, of an image its
// range.
func Text(outputs []plan.Output, i int, results [][]float32) string {
	var b strings.Builder
	for k, o := range outputs {
		size := o.Shape.Elements()
		one := results[k][i*size : (i+1)*size]
		fmt.Fprintf(&b, "%s %v", o.Name, o.Shape)
		if len(o.Shape) > 1 {
			least, largest, mean := rangeOf(one)
			fmt.Fprintf(&b, ": %.6g to %.6g, mean %.6g\n", least, largest, mean)
			continue
		}
		b.WriteByte('\n')
		for _, class := range largest(one) {
			fmt.Fprintf(&b, "%8d  %.6g\n", class, one[class])
		}
	}
	return b.String()
}

// largest returns the numbers of the largest elements, the first of equals before the others, and NaN before
// everything.
func largest(values []float32) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { // -v is NaN where v is, and that is before all others
		return cmp.Compare(-values[a], -values[b])
	})
	return order[:min(len(order), most)]
}

func rangeOf(values []float32) (least, largest, mean float64) {
	least, largest = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		least, largest = min(least, float64(v)), max(largest, float64(v))
		mean += float64(v) / float64(len(values))
	}
	return least, largest, mean
}

// WriteFloats writes numbers as float32, little-endian, without a shape.
func WriteFloats(w io.Writer, values []float32) error {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	_, err := w.Write(data)
	return err
}
