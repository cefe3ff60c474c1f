package ir

import "fmt"

// ErrorKind says what keeps an operation from being added to a graph.
type ErrorKind int

const (
	WrongFigure   ErrorKind = iota // a setting that no input could make right: stride 0
	WrongShape                     // an input of the wrong kind, such as an image where a vector is needed
	ShapesDiffer                   // inputs that do not go together
	NothingLeft                    // a window larger than the image
	TooLarge                       // a tensor beyond the limits
	TooManyInputs                  // more or fewer inputs than the operation takes
	NameTaken                      // a name that another operation has
	LateInput                      // an input that stands behind what computes, or something that stands before any
	TooManyNodes                   // a graph beyond MaxNodes
)

// Error is why Builder.Add refuses an operation, in words that follow the operation's name.
type Error struct {
	Kind ErrorKind
	text string
}

func (e *Error) Error() string { return e.text }

func errorf(kind ErrorKind, format string, args ...any) error {
	return &Error{kind, fmt.Sprintf(format, args...)}
}
