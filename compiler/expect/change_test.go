package expect

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestChangesOfImages: colours and ranges are changed of images of three channels, where they are the only input;
// ranges where nothing is below zero, from 255 where something is above two.
func TestChangesOfImages(t *testing.T) {
	const image = "[3, 1, 2]"
	pixels := []float32{9, 0, 255, 2, 1, 51}
	for _, tt := range []struct {
		name, shape     string
		values          []float32
		colours, ranges int
		first           float32 // of the image in the last of the ranges
	}{
		{"pixels", image, pixels, 1, 3, 9. / 255},
		{"pixels of a dark image", image, []float32{3, 0, 0, 0, 0, 0}, 1, 3, 3. / 255},
		{"shares", image, []float32{0.75, 0, 0, 0, 0, 1}, 1, 2, 0.5},
		{"shares, a little above", image, []float32{2, 0, 0, 0, 0, 0}, 1, 2, 3},
		{"normalised", image, []float32{0, 0, -0.1, 0, 0, 255}, 1, 0, 0},
		{"gray", "[1, 2, 3]", pixels, 0, 0, 0},
		{"a vector of three", "[3]", pixels[:3], 0, 0, 0},
		{"a vector of six", "[6]", pixels, 0, 0, 0},
		{"two images", image, pixels, 0, 0, 0},
	} {
		inputs := "image = Input(Shape: {" + strings.Trim(tt.shape, "[]") + "}) : " + tt.shape + "\n"
		if tt.name == "two images" {
			inputs += "other = Input(Shape: {3, 1, 2}) : [3, 1, 2]\n"
		}
		g, err := ir.Parse("graph \"n\"\n" + inputs + "v = Activation(Function: ReLU) image : " + tt.shape +
			"\noutput v")
		if err != nil {
			t.Fatal(err)
		}
		c, r := colours(g), ranges(g, tt.values)
		if len(c) != tt.colours || len(r) != tt.ranges {
			t.Errorf("%s: %d changes of colours and %d of ranges, want %d and %d", tt.name, len(c), len(r), tt.colours,
				tt.ranges)
		} else if r != nil {
			changed, _ := r[len(r)-1].trial(trial{images: [][]float32{tt.values}})
			if got := changed.images[0][0]; got != tt.first {
				t.Errorf("%s: %g becomes %g, want %g", tt.name, tt.values[0], got, tt.first)
			}
		}
	}
}

// TestCombinations: changes are tried together once, in whatever order they come together, and one of each kind.
func TestCombinations(t *testing.T) {
	a, b, c := Change{Kind: 1, What: "a"}, Change{Kind: 2, What: "b"}, Change{Kind: 1, What: "c"}
	tried := map[string]bool{}
	with := func(first, second Change) string {
		both, ok := attempt{changes: []Change{first}}.and(second, tried)
		if !ok {
			return "no"
		}
		return both.changes[0].What + both.changes[1].What
	}
	for _, tt := range []struct {
		first, second Change
		want          string
	}{{b, a, "ab"}, {a, b, "no"}, {b, a, "no"}, {a, c, "no"}, {a, a, "no"}, {c, b, "cb"}, {b, c, "no"}} {
		if got := with(tt.first, tt.second); got != tt.want {
			t.Errorf("%s with %s: got %s, want %s", tt.second.What, tt.first.What, got, tt.want)
		}
	}
}
