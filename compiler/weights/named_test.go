package weights

import (
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestNamedState holds names of --state to the part and the prefix that they choose, in whichever order parts stand.
func TestNamedState(t *testing.T) {
	tensors := []stored.Tensor{{Name: "model.a.weight"}, {Name: "teacher.a.weight"}}
	none, ema, dict := stored.State{Tensors: tensors}, stored.State{Name: "ema", Tensors: tensors},
		stored.State{Name: "state_dict", Tensors: tensors}
	for _, tt := range []struct {
		states             []stored.State
		name, part, prefix string
		fails              bool
	}{
		{[]stored.State{ema, none}, ".", "", "", false}, {[]stored.State{none, ema}, ".", "", "", false},
		{[]stored.State{ema, none}, "ema", "ema", "", false}, {[]stored.State{none, ema}, "ema", "ema", "", false},
		{[]stored.State{ema, dict}, ".", "", "", true}, {[]stored.State{ema, dict}, "dict", "", "", true},
		{[]stored.State{ema, dict}, "state_dict", "state_dict", "", false},
		{[]stored.State{ema, dict}, "state_dict.teacher", "state_dict", "teacher.", false},
		{[]stored.State{ema, dict}, "ema.model", "ema", "model.", false},
		{[]stored.State{ema, dict}, "ema.student", "", "", true},
		{[]stored.State{ema, none}, "teacher", "", "teacher.", false},
		{[]stored.State{none}, "student", "", "", true}, {nil, "ema", "", "", true},
	} {
		s, prefix, err := namedState(&stored.Checkpoint{States: tt.states}, tt.name, likeness{})
		if (err != nil) != tt.fails || err == nil && (s.Name != tt.part || prefix != tt.prefix) {
			t.Errorf("%q: got %q with %q, %v, want %q with %q", tt.name, s.Name, prefix, err, tt.part, tt.prefix)
		}
	}
}
