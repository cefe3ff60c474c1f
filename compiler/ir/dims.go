package ir

// MaxRank bounds the dimensions of a value, the batch left out. Attention over windows, which has [rows, columns of
// windows, heads, tokens, features], needs five.
const MaxRank = 6

// Dims is a list of up to MaxRank whole numbers as a setting of an operation, which must be comparable: the sizes of a
// shape, or the numbers of axes. The zero value is the empty list.
type Dims struct {
	rank  int
	sizes [MaxRank]int
}

// DimsOf makes a list. It panics where it has over MaxRank numbers: what a user writes is checked before.
func DimsOf(sizes ...int) Dims {
	d := Dims{rank: len(sizes)}
	if copy(d.sizes[:], sizes) < len(sizes) {
		panic("ir: more dimensions than the limit")
	}
	return d
}

// Len returns how many numbers there are.
func (d Dims) Len() int { return d.rank }

// List returns the numbers.
func (d Dims) List() []int { return append([]int(nil), d.sizes[:d.rank]...) }

// Shape returns the numbers as a shape.
func (d Dims) Shape() Shape { return d.List() }

// String prints them as a graph's text has them: "{3, 224, 224}".
func (d Dims) String() string { return "{" + joinInts(d.sizes[:d.rank]) + "}" }
