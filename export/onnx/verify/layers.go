package verify

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// matrix returns rows and columns of an input of Gemm, after it is transposed if the attribute says so.
func (c *call) matrix(input int, transposed string) (rows, columns int64, err error) {
	dims := c.in[input].dims
	if len(dims) != 2 {
		return 0, 0, fmt.Errorf("its input %d is %v, no matrix", input, dims)
	}
	if c.int(transposed, 0) != 0 {
		return dims[1], dims[0], nil
	}
	return dims[0], dims[1], nil
}

func inferGemm(c *call) ([]typed, error) {
	rows, inner, err := c.matrix(0, "transA")
	if err != nil {
		return nil, err
	}
	inner2, columns, err := c.matrix(1, "transB")
	if err != nil {
		return nil, err
	}
	if err := c.sameKinds(len(c.in)); err != nil {
		return nil, err
	}
	out := []int64{rows, columns}
	if inner != inner2 {
		return nil, fmt.Errorf("%v and %v cannot be multiplied", c.in[0].dims, c.in[1].dims)
	}
	if c.has(2) {
		joint, err := broadcast(out, c.in[2].dims)
		if err != nil || !slices.Equal(joint, out) {
			return nil, fmt.Errorf("the bias is %v, which does not fit %v", c.in[2].dims, out)
		}
	}
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

func costGemm(c *call, out []typed) float64 {
	_, inner, err := c.matrix(0, "transA")
	if err != nil {
		return 0
	}
	return product(out[0].dims) * float64(inner)
}

func runGemm(o *operation) ([]Array, error) {
	a, b := o.values[0], o.values[1]
	rows, columns := int(o.out[0].dims[0]), int(o.out[0].dims[1])
	_, inner, err := o.matrix(0, "transA")
	if err != nil {
		return nil, err
	}
	// The places of element (i, k) of one and (k, j) of the other factor.
	stepI, stepK := int(a.Dims[1]), 1
	if o.int("transA", 0) != 0 {
		stepI, stepK = stepK, stepI
	}
	stepK2, stepJ := int(b.Dims[1]), 1
	if o.int("transB", 0) != 0 {
		stepK2, stepJ = stepJ, stepK2
	}
	alpha, beta := o.float("alpha", 1), o.float("beta", 1)
	y := make([]float64, rows*columns)
	parallel(rows*columns, func(at int) {
		i, j := at/columns, at%columns
		sum := 0.0
		for k := range int(inner) {
			sum += a.Floats[i*stepI+k*stepK] * b.Floats[k*stepK2+j*stepJ]
		}
		y[at] = alpha * sum
	})
	if o.has(2) {
		eachPair(o.out[0].dims, o.out[0].dims, o.values[2].Dims,
			func(at, _, c int) { y[at] += beta * o.values[2].Floats[c] })
	}
	return []Array{{Floats: y}}, nil
}

func inferBatchNorm(c *call) ([]typed, error) {
	x := c.in[0].dims
	if len(x) < 2 {
		return nil, fmt.Errorf("it needs channels, which an input of the shape %v does not have", x)
	}
	for _, p := range c.in[1:] {
		if !slices.Equal(p.dims, x[1:2]) {
			return nil, fmt.Errorf("a parameter is %v, but there are %d channels", p.dims, x[1])
		}
	}
	if len(c.node.Outputs) > 1 || c.int("training_mode", 0) != 0 {
		return nil, Uncovered("batch norm that trains is not known here")
	}
	return one(typed{kind: c.in[0].kind, dims: x}, nil)
}

func runBatchNorm(o *operation) ([]Array, error) {
	x := o.values[0]
	scale, shift, mean, variance := o.values[1].Floats, o.values[2].Floats, o.values[3].Floats, o.values[4].Floats
	epsilon := o.float("epsilon", 1e-5)
	channels := int(x.Dims[1])
	_, inner := around(x.Dims, 1)
	y := make([]float64, len(x.Floats))
	for i, v := range x.Floats {
		c := i / inner % channels
		y[i] = (v-mean[c])/math.Sqrt(variance[c]+epsilon)*scale[c] + shift[c]
	}
	return []Array{{Floats: y}}, nil
}

// softmaxRows returns how the elements lie that add up to 1: they are inner apart, and length of them belong
// together. Before opset 13, all axes from the given one on were one.
func (c *call) softmaxRows() (length, inner int, err error) {
	dims := c.in[0].dims
	missing := int64(-1)
	if c.opset < 13 {
		missing = 1
	}
	a, err := axis(c.int("axis", missing), len(dims), int64(len(dims))-1)
	if err != nil {
		return 0, 0, err
	}
	if err := c.backwards(c.int("axis", missing)); err != nil {
		return 0, 0, err
	}
	if c.opset < 13 {
		n, err := elements(dims[a:])
		return int(n), 1, err
	}
	_, inner = around(dims, a)
	return int(dims[a]), inner, nil
}

func inferSoftmax(c *call) ([]typed, error) {
	if _, _, err := c.softmaxRows(); err != nil {
		return nil, err
	}
	return like(c)
}

func runSoftmax(o *operation) ([]Array, error) {
	length, inner, err := o.softmaxRows()
	if err != nil {
		return nil, err
	}
	x := o.values[0].Floats
	y := make([]float64, len(x))
	for start := 0; start < len(x) && length > 0; start += length * inner {
		for first := start; first < start+inner; first++ {
			largest, sum := math.Inf(-1), 0.0
			for i := range length {
				largest = max(largest, x[first+i*inner])
			}
			for i := range length {
				e := math.Exp(x[first+i*inner] - largest)
				y[first+i*inner] = e
				sum += e
			}
			for i := range length {
				y[first+i*inner] /= sum
			}
		}
	}
	return []Array{{Floats: y}}, nil
}

func inferTopK(c *call) ([]typed, error) {
	dims := slices.Clone(c.in[0].dims)
	a, err := axis(c.int("axis", -1), len(dims), int64(len(dims))-1)
	if err != nil {
		return nil, err
	}
	k, err := c.indices(1, Int64)
	switch {
	case err != nil:
		return nil, err
	case len(k) != 1:
		return nil, fmt.Errorf("k is %v, not one number", k)
	case k[0] < 0 || k[0] > dims[a]:
		return nil, fmt.Errorf("the best %d of %d cannot be told", k[0], dims[a])
	}
	dims[a] = k[0]
	return []typed{{kind: c.in[0].kind, dims: dims}, {kind: Int64, dims: dims}}, nil
}

// runTopK finds the largest of each row, the largest first; among equals, those that stand first. With largest 0, the
// smallest.
func runTopK(o *operation) ([]Array, error) {
	x := o.values[0]
	if !x.Type.isFloat() {
		return nil, Uncovered("the best of integers are not known here")
	}
	a, err := axis(o.int("axis", -1), len(x.Dims), int64(len(x.Dims))-1)
	if err != nil {
		return nil, err
	}
	outer, inner := around(x.Dims, a)
	length, k := int(x.Dims[a]), int(o.out[0].dims[a])
	values, places := Array{Floats: make([]float64, outer*k*inner)}, Array{Ints: make([]int64, outer*k*inner)}
	order := make([]int, length)
	for row := range outer * inner {
		first := row/inner*length*inner + row%inner
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int {
			if o.int("largest", 1) != 0 {
				i, j = j, i
			}
			return cmp.Compare(x.Floats[first+i*inner], x.Floats[first+j*inner])
		})
		for n, i := range order[:k] {
			to := row/inner*k*inner + n*inner + row%inner
			values.Floats[to], places.Ints[to] = x.Floats[first+i*inner], int64(i)
		}
	}
	return []Array{values, places}, nil
}

var errDivision = errors.New("it divides an integer by zero")
