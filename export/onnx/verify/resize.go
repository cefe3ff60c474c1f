package verify

import (
	"fmt"
	"math"
	"slices"
)

// Operators that put elements elsewhere.

// sides returns what a Pad adds before and behind each axis.
func (c *call) sides() (before, behind []int64, err error) {
	rank := len(c.in[0].dims)
	pads, err := c.indices(1, Int64)
	switch {
	case err != nil:
		return nil, nil, err
	case c.has(3):
		return nil, nil, Uncovered("padding of some axes is not known here")
	case len(pads) != 2*rank:
		return nil, nil, fmt.Errorf("it has %d pads for %d dimensions", len(pads), rank)
	}
	if a := c.attribute("mode"); a != nil && a.Text != "constant" {
		return nil, nil, Uncovered("padding of the mode %q is not known here", a.Text)
	}
	return pads[:rank], pads[rank:], nil
}

func inferPad(c *call) ([]typed, error) {
	before, behind, err := c.sides()
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(c.in[0].dims)
	for i := range dims {
		if max(before[i], behind[i], -before[i], -behind[i]) > 1<<20 {
			return nil, Uncovered("a padding of %d and %d is too large to be evaluated", before[i], behind[i])
		}
		if min(before[i], 0)+min(behind[i], 0) <= -dims[i] {
			return nil, fmt.Errorf("nothing of the %d elements of axis %d is left", dims[i], i)
		}
		dims[i] += before[i] + behind[i]
	}
	return one(typed{kind: c.in[0].kind, dims: dims}, nil)
}

func runPad(o *operation) ([]Array, error) {
	before, _, err := o.sides()
	if err != nil {
		return nil, err
	}
	x := o.values[0]
	if !x.Type.isFloat() {
		return nil, Uncovered("padding of integers is not known here")
	}
	value := 0.0
	if o.has(2) {
		value = o.values[2].Floats[0]
	}
	count, err := elements(o.out[0].dims)
	if err != nil {
		return nil, err
	}
	y := make([]float64, count)
	for i := range y {
		y[i] = value
		if at, ok := moved(i, o.out[0].dims, x.Dims, func(axis int, place int64) int64 {
			return place - before[axis]
		}); ok {
			y[i] = x.Floats[at]
		}
	}
	return []Array{{Floats: y}}, nil
}

// moved returns which element of the input an element of the result is, from the place along each axis. It reports
// false for places outside the input.
func moved(i int, out, in []int64, from func(axis int, place int64) int64) (at int64, ok bool) {
	rest, pitch := int64(i), int64(1)
	for axis := len(out) - 1; axis >= 0; axis-- {
		place := from(axis, rest%out[axis])
		if place < 0 || place >= in[axis] {
			return 0, false
		}
		at += place * pitch
		rest, pitch = rest/out[axis], pitch*in[axis]
	}
	return at, true
}

// resized returns the height and width that a Resize gives an image.
func (c *call) resized() (height, width int64, err error) {
	byFactors := c.has(2) && !slices.Equal(c.in[2].dims, []int64{0})
	if len(c.in[0].dims) != 4 || c.attribute("axes") != nil || byFactors == c.has(3) {
		return 0, 0, Uncovered("resizing other than by factors, or to sizes, of all axes of an image is not known here")
	}
	if c.text("keep_aspect_ratio_policy", "stretch") != "stretch" || c.int("antialias", 0) != 0 {
		return 0, 0, Uncovered("resizing that keeps the ratio of height and width, or smooths, is not known here")
	}
	dims := c.in[0].dims
	if c.has(3) {
		sizes, err := c.indices(3, Int64)
		switch {
		case err != nil:
			return 0, 0, err
		case len(sizes) != 4 || min(sizes[2], sizes[3]) < 1:
			return 0, 0, fmt.Errorf("%v cannot be the sizes of an image", sizes)
		case sizes[0] != dims[0] || sizes[1] != dims[1]:
			return 0, 0, Uncovered("resizing %v to %v is not known here", dims, sizes)
		}
		return sizes[2], sizes[3], nil
	}
	scales := c.in[2].value
	switch {
	case scales != nil && len(scales.Floats) != 4:
		return 0, 0, fmt.Errorf("it has %d factors for 4 dimensions", len(scales.Floats))
	case scales == nil:
		return 0, 0, Uncovered("its input 2, %s, is only known when the model runs", c.node.Inputs[2])
	}
	f := scales.Floats
	if f[0] != 1 || f[1] != 1 || f[2] != math.Trunc(f[2]) || f[3] != math.Trunc(f[3]) || min(f[2], f[3]) < 1 ||
		max(f[2], f[3]) > 1<<20 {
		return 0, 0, Uncovered("resizing by %v is not known here", f)
	}
	return dims[2] * int64(f[2]), dims[3] * int64(f[3]), nil
}

// text returns an attribute that is a text.
func (c *call) text(name, missing string) string {
	if a := c.attribute(name); a != nil {
		return a.Text
	}
	return missing
}

func inferResize(c *call) ([]typed, error) {
	height, width, err := c.resized()
	if err != nil {
		return nil, err
	}
	switch way := c.text("mode", "nearest") + " " + c.text("coordinate_transformation_mode", "half_pixel"); way {
	case "nearest asymmetric":
		if rounding := c.text("nearest_mode", "round_prefer_floor"); rounding != "floor" {
			return nil, Uncovered("rounding by %q is not known here", rounding)
		}
	case "linear half_pixel", "linear align_corners":
	default:
		return nil, Uncovered("resizing %q is not known here", way)
	}
	dims := slices.Clone(c.in[0].dims)
	dims[2], dims[3] = height, width
	return one(typed{kind: c.in[0].kind, dims: dims}, nil)
}

// interpolation is where a result lies along one side: the share of the second element is weight.
type interpolation struct {
	first, second int64
	weight        float64
}

// interpolate returns the places of all results along one side.
func (o *operation) interpolate(size, results int64) []interpolation {
	places := make([]interpolation, results)
	for i := range places {
		at := float64(i) * float64(size) / float64(results)
		switch o.text("coordinate_transformation_mode", "half_pixel") {
		case "asymmetric":
			places[i] = interpolation{int64(at), int64(at), 0}
			continue
		case "align_corners":
			at = float64(i) * float64(size-1) / float64(max(results-1, 1))
		default:
			at = (float64(i)+0.5)*float64(size)/float64(results) - 0.5
		}
		at = min(max(at, 0), float64(size-1))
		places[i] = interpolation{int64(at), min(int64(at)+1, size-1), at - math.Floor(at)}
	}
	return places
}

func runResize(o *operation) ([]Array, error) {
	x, out := o.values[0], o.out[0].dims
	if !x.Type.isFloat() {
		return nil, Uncovered("resizing of integers is not known here")
	}
	rows, columns := o.interpolate(x.Dims[2], out[2]), o.interpolate(x.Dims[3], out[3])
	y := make([]float64, 0, out[0]*out[1]*out[2]*out[3])
	for plane := range out[0] * out[1] {
		image := x.Floats[plane*x.Dims[2]*x.Dims[3]:]
		for _, row := range rows {
			for _, column := range columns {
				mean := func(line int64) float64 {
					a, b := image[line*x.Dims[3]+column.first], image[line*x.Dims[3]+column.second]
					if column.weight == 0 {
						return a
					}
					return (1-column.weight)*a + column.weight*b
				}
				sum := mean(row.first)
				if row.weight != 0 {
					sum = (1-row.weight)*sum + row.weight*mean(row.second)
				}
				y = append(y, sum)
			}
		}
	}
	return []Array{{Floats: y}}, nil
}

func inferDepthToSpace(c *call) ([]typed, error) {
	dims, size := slices.Clone(c.in[0].dims), c.int("blocksize", 0)
	switch {
	case len(dims) != 4:
		return nil, fmt.Errorf("it needs an input of four dimensions, not %v", dims)
	case size < 1 || size > 1<<10 || dims[1]%(size*size) != 0:
		return nil, fmt.Errorf("%d channels cannot be spread over blocks of %d×%d", dims[1], size, size)
	case c.text("mode", "DCR") != "CRD":
		return nil, Uncovered("depth to space of the mode %q is not known here", c.text("mode", "DCR"))
	}
	return one(typed{kind: c.in[0].kind, dims: []int64{dims[0], dims[1] / (size * size), dims[2] * size,
		dims[3] * size}}, nil)
}

func runDepthToSpace(o *operation) ([]Array, error) {
	x, out, size := o.values[0], o.out[0].dims, o.int("blocksize", 0)
	count, err := elements(out)
	if err != nil {
		return nil, err
	}
	y := gather(x, int(count), func(take func(place int)) {
		for i := range count {
			plane, row, column := i/(out[2]*out[3]), i/out[3]%out[2], i%out[3]
			channel := (plane*size+row%size)*size + column%size
			take(int((channel*x.Dims[2]+row/size)*x.Dims[3] + column/size))
		}
	})
	return []Array{y}, nil
}
