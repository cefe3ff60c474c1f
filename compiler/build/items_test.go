package build_test

import (
	"strings"
	"testing"
)

// TestNamesOfItems: layers that are made for the items of a list have the items' numbers in their names.
func TestNamesOfItems(t *testing.T) {
	n, err := built("    each = [image -> Conv(8 * k) -> ReLU for k in [1, 2]] -> Concat\n"+
		"    some = [each -> Conv(8), each -> Conv(8)] -> Concat\n    last = some -> ReLU\n    return last\n", "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, node := range n.Graph.Nodes {
		names = append(names, node.Name)
	}
	const want = "image each.0.conv each.0.relu each.1.conv each.1.relu each some some2 some3 last"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
