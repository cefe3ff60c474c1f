package align

import (
	"fmt"
	"testing"
)

// TestOrders: where the order of the file is that of the names, the numbers in these tell more.
func TestOrders(t *testing.T) {
	file := []Layer{{Name: "block.10.conv"}, {Name: "block.2.conv"}, {Name: "block.1.conv"}}
	for sorted, want := range map[bool]string{true: "[[2 1 0]]", false: "[[0 1 2] [2 1 0]]"} {
		p := &pairer{network: file, file: file, sorted: sorted, words: map[string][]string{}}
		if got := fmt.Sprint(p.orders()); got != want {
			t.Errorf("sorted %v: got %s, want %s", sorted, got, want)
		}
	}
}

// TestNormsOfConvolutions tells by its name which convolution a batch norm follows.
func TestNormsOfConvolutions(t *testing.T) {
	for _, tt := range []struct {
		norm, conv string
		want       bool
	}{
		{"conv1_bn", "conv1", true}, {"stem.bn", "stem.conv", true}, {"stem.bn", "stem2.conv", false},
		{"features.0.1", "features.0.0", true}, {"features.0.10", "features.0.9", true},
		{"features.0.2", "features.0.0", false}, {"features.0.0", "features.0.0", false},
		{"features.0.0", "features.0.1", false}, {"features.1.1", "features.0.0", false},
		{"features.0.1", "features.0.a", false}, {"features.0.a", "features.0.0", false},
		{"features.1", "features.0.0", false}, {"1", "0", false}, {"a.1", "a.0", true},
	} {
		p := &pairer{words: map[string][]string{}}
		if got := p.namedAfter(tt.norm, tt.conv); got != tt.want {
			t.Errorf("%s after %s: got %v", tt.norm, tt.conv, got)
		}
	}
}
