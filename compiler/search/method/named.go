package method

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The names of the methods.
const (
	GridName      = "grid"
	RandomName    = "random"
	EvolutionName = "evolution"
	ModelName     = "model"
)

// makers make the methods by their names.
var makers = map[string]func(*Space) Method{
	GridName:      func(s *Space) Method { return &Grid{Space: s} },
	RandomName:    func(s *Space) Method { return Random{Space: s} },
	EvolutionName: func(s *Space) Method { return Evolution{Space: s} },
	ModelName:     func(s *Space) Method { return Model{Space: s} },
}

// maxGrid bounds a grid, whose points are all tried, and maxModel the candidates for which a model is fast enough: what
// it takes grows with the cube of their number.
const (
	maxGrid  = 1e6
	maxModel = 100
)

// UnknownError says that there is no method of a name.
type UnknownError string

func (e UnknownError) Error() string {
	return fmt.Sprintf("there is no method %q: the methods are %s", string(e),
		strings.Join(slices.Sorted(maps.Keys(makers)), ", "))
}

// Named returns the name of a method, and what makes it for a space. Without a name it is the one that suits a space of
// so many points, of which so many are to be tried: all of them, where these are enough, or else the one that learns
// most of each. The error is an UnknownError, or says that there are too many points for a grid.
func Named(name string, points float64, candidates int) (chosen string, maker func(*Space) Method, err error) {
	switch {
	case name != "":
	case points <= float64(candidates):
		name = GridName
	case candidates <= maxModel:
		name = ModelName
	default:
		name = EvolutionName
	}
	maker, known := makers[name]
	switch {
	case !known:
		return name, nil, UnknownError(name)
	case name == GridName && points > maxGrid:
		return name, nil, fmt.Errorf("a grid of %.3g points is too large", points)
	}
	return name, maker, nil
}
