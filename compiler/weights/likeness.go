package weights

import (
	"slices"
	"strconv"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// rival is the part of the best likeness from which another set of tensors is its rival. A moving average has all
// shapes of the network (1), one without running statistics three quarters of them; the network's first half, the
// optimizer's moments of one layer and a score are far below.
const rival = 0.8

// most is the part of the likely tensors of which a prefix must have more to be one that a trainer wrote: all but a
// head, not the larger half of a network.
const most = 0.8

// likeness tells how much a set of tensors resembles a network's parameters.
type likeness struct {
	shapes map[string]int // how many parameters have a shape
	total  int
}

func likenessTo(g *ir.Graph) likeness {
	l := likeness{shapes: map[string]int{}}
	for _, p := range g.Params() {
		shape := make([]int64, len(p.Shape))
		for i, d := range p.Shape {
			shape[i] = int64(d)
		}
		l.shapes[shapeKey(shape)]++
		l.total++
	}
	return l
}

// of returns 1 where the shapes of the tensors are those of the parameters, and 0 where no shape is common: the Dice
// coefficient of the two multisets, 2·common / (parameters + tensors). Integers are no weights. Names are left to the
// mappings. common is how many tensors have the shape of a parameter.
func (l likeness) of(tensors []stored.Tensor) (score float64, common int) {
	left := map[string]int{}
	total := 0
	for _, t := range tensors {
		if !mayBeWeight(t) {
			continue
		}
		total++
		key := shapeKey(t.Shape)
		if _, ok := left[key]; !ok {
			left[key] = l.shapes[key]
		}
		if left[key] > 0 {
			left[key]--
			common++
		}
	}
	if common == 0 {
		return 0, 0
	}
	return 2 * float64(common) / float64(l.total+total), common
}

// mayBeWeight reports whether a tensor can be a parameter, or could be if its type were another: a quantised one has
// no size here.
func mayBeWeight(t stored.Tensor) bool {
	return !t.Optional && (t.Type.Readable() || t.Type.Size() == 0)
}

// shapeKey is the same for shapes that may hold the same weight: in another order of dimensions, with ones or without.
func shapeKey(shape []int64) string {
	sorted := slices.DeleteFunc(slices.Clone(shape), func(d int64) bool { return d == 1 })
	slices.Sort(sorted)
	var key []byte
	for _, d := range sorted {
		key = append(strconv.AppendInt(key, d, 10), ' ')
	}
	return string(key)
}
