package kernel

// itemFloats is how many floats make an item of elementwise work: some 5 microseconds.
const itemFloats = 1 << 15

// elementwiseShape holds the settings of work on values of one shape. floats is the length of a whole blocked value.
type elementwiseShape struct {
	floats   int
	function function // of activate
}

// items returns how many items the work is cut into.
func (s *elementwiseShape) items() int { return (s.floats + itemFloats - 1) / itemFloats }

// span returns the floats that a range of items covers.
func (s *elementwiseShape) span(first, last int) (begin, end int) {
	return first * itemFloats, min(last*itemFloats, s.floats)
}

// activate applies a function to every element. out may be in.
func activate(out, in []float32, s *elementwiseShape, first, last int) {
	begin, end := s.span(first, last)
	if &out[0] != &in[0] {
		copy(out[begin:end], in[begin:end])
	}
	apply(out[begin:end], s.function)
}

// add adds two values of one shape. out may be a or b.
func add(out, a, b []float32, s *elementwiseShape, first, last int) {
	begin, end := s.span(first, last)
	addPixels(out[begin:end], a[begin:end], b[begin:end])
}

// multiply multiplies two values of one shape. out may be a or b.
func multiply(out, a, b []float32, s *elementwiseShape, first, last int) {
	begin, end := s.span(first, last)
	multiplyPixels(out[begin:end], a[begin:end], b[begin:end])
}
