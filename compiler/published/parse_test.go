package published

import (
	"strings"
	"testing"
)

// TestParse refuses rows that are not as the table has them, and reads one beside them that is.
func TestParse(t *testing.T) {
	for row, want := range map[string]string{
		"a B0 1e-3 same 224 256 bicubic none classes=10 width=1.5": "", "a B0 - - 224 squash bilinear half": "",
		"a B0 1e-3 same 224 256 bicubic":                     "got 7 fields",
		"a B0 small same 224 256 bicubic none":               "small",
		"a B0 1e-3 same large 256 bicubic none":              "large",
		"a B0 1e-3 same 224 large bicubic none":              "large",
		"a B0 1e-3 same 224 256 bicubic other":               "no normalisation other",
		"a B0 1e-3 same 224 256 bicubic none classes=many x": "many",
	} {
		var m Model
		if err := m.parse(strings.Fields(row)); (err == nil) != (want == "") ||
			err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", row, err, want)
		}
	}
	for name, n := range normalisations {
		for c := range 3 {
			mean, deviation := n[0][c], n[1][c]
			if plain := mean == 0 && deviation == 1; plain != (name == "none") || !(mean >= 0 && mean < 1) ||
				!plain && !(deviation > 0.2 && deviation <= 0.5) {
				t.Errorf("%s: mean %g, standard deviation %g", name, mean, deviation)
			}
		}
	}
}
