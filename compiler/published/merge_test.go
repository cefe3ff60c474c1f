package published

import (
	"maps"
	"slices"
	"testing"
)

// TestMerge: in whichever order rows stand, what is kept is what all of them have.
func TestMerge(t *testing.T) {
	images := Images{Size: 224}
	rows := func() []Model {
		return []Model{
			{Name: "m.a", Images: &images, Settings: map[string]any{"width": 2, "classes": 10}},
			{Name: "m.b", Images: &images, Settings: map[string]any{"width": 2, "classes": 11, "patch": 8}},
			{Name: "m.c", Images: &Images{Size: 256}, Settings: map[string]any{"width": 2}},
		}
	}
	for _, tt := range []struct {
		rows     []int
		settings map[string]any
		images   bool
	}{
		{[]int{1}, map[string]any{"width": 2, "classes": 11, "patch": 8}, true},
		{[]int{0, 1}, map[string]any{"width": 2}, true}, {[]int{1, 0}, map[string]any{"width": 2}, true},
		{[]int{1, 2}, map[string]any{"width": 2}, false}, {[]int{2, 1}, map[string]any{"width": 2}, false},
		{[]int{0, 2, 1}, map[string]any{"width": 2}, false}, {[]int{1, 0, 2}, map[string]any{"width": 2}, false},
	} {
		var found []Model
		var tags []string
		for _, i := range tt.rows {
			found = append(found, rows()[i])
			tags = append(tags, rows()[i].Name)
		}
		m, err := merge(found)
		if err != nil || !maps.Equal(m.Settings, tt.settings) || (m.Images != nil) != tt.images ||
			!slices.Equal(m.Tags, tags) {
			t.Errorf("rows %v: got %v, %v, want %v", tt.rows, m, err, tt.settings)
		}
	}
}
