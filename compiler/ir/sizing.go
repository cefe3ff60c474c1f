package ir

// Sizing says how the height and width of an operation's result follow from those of its inputs: what is asked when the
// size of the network's image is open. Of what is no image, it says whether it stays what it is.
type Sizing struct {
	Kind   SizingKind
	Window Window // of Slides
	Factor Pair   // of Grows
}

// SizingKind is one of the rules by which operations have their sizes.
type SizingKind uint8

// The rules.
const (
	Keeps    SizingKind = iota + 1 // the first input's size
	Slides                         // the first input's, after a window has gone over it
	Grows                          // the first input's, times a factor
	Follows                        // the second input's; what the shape says where there is none
	Fixed                          // what the shape says, whatever the inputs' sizes are
	Agrees                         // that which all inputs have, or are repeated to
	Joins                          // that which all inputs have
	Flattens                       // none: the number of elements depends on the size
	Moves                          // elements move between axes, or settings fit one size
)

var keeps, fixes, agrees, moves = Sizing{Kind: Keeps}, Sizing{Kind: Fixed}, Sizing{Kind: Agrees}, Sizing{Kind: Moves}

func slides(w Window) Sizing { return Sizing{Kind: Slides, Window: w} }
func grows(factor Pair) Sizing {
	return Sizing{Kind: Grows, Factor: factor}
}

// SizingOf returns the rule of an operation.
func SizingOf(op Op) Sizing { return op.sizing() }
