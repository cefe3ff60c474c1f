package method

import (
	"errors"
	"fmt"
	"testing"
)

// TestNamed runs the choice at each of its edges.
func TestNamed(t *testing.T) {
	for _, tt := range []struct {
		name       string
		points     float64
		candidates int
		want       string // the method's type
	}{
		{"", 50, 50, "*method.Grid"}, {"", 51, 50, "method.Model"}, {"", 1e9, 100, "method.Model"},
		{"", 1e9, 101, "method.Evolution"}, {"random", 10, 50, "method.Random"}, {"model", 10, 500, "method.Model"},
		{"evolution", 10, 50, "method.Evolution"}, {"grid", 1e6, 50, "*method.Grid"},
	} {
		name, maker, err := Named(tt.name, tt.points, tt.candidates)
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if got := fmt.Sprintf("%T", maker(&Space{})); got != tt.want || tt.name != "" && name != tt.name {
			t.Errorf("%+v: %s is a %s", tt, name, got)
		}
	}
	var unknown UnknownError
	if _, _, err := Named("grit", 10, 5); !errors.As(err, &unknown) ||
		err.Error() != `there is no method "grit": the methods are evolution, grid, model, random` {
		t.Errorf("an unknown method: %v", err)
	}
	if _, _, err := Named("grid", 1e6+1, 5); err == nil || errors.As(err, &unknown) {
		t.Errorf("a grid that is too large: %v", err)
	}
}
