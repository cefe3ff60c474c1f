package keras

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// show prints what is known of a layer.
func show(l *stored.Layer) string {
	if l == nil {
		return "unknown"
	}
	return fmt.Sprintf("epsilon %g, pads %v, rule %q", l.Epsilon, l.Pads, l.Rule)
}

func TestSettings(t *testing.T) {
	padded := &Before{Class: "ZeroPadding2D", Settings: Settings{Padding: json.RawMessage(`[[0, 1], [2, 3]]`)}}
	tests := []struct {
		class, config string
		before        *Before
		want          string
	}{
		{"BatchNormalization", `{"epsilon": 0.001}`, nil, `epsilon 0.001, pads [], rule ""`},
		{"BatchNormalization", `{"epsilon": "small"}`, nil, "unknown"},
		{"BatchNormalization", `{"epsilon": -1}`, nil, "unknown"},
		{"BatchNormalization", `{"epsilon": 0}`, nil, "unknown"},
		{"BatchNormalization", `{}`, nil, "unknown"},
		{"BatchNormalization", `{}`, nil, "unknown"},
		{"LayerNormalization", `{"epsilon": 0.001}`, nil, "unknown"},
		{"Conv2D", `{"padding": "same"}`, nil, `epsilon 0, pads [], rule "same"`},
		{"Conv2D", `{"padding": "valid"}`, nil, "unknown"}, // what stands before it may pad
		{"Conv2D", `{"padding": "valid"}`, &Before{Class: "ReLU"}, `epsilon 0, pads [0 0 0 0], rule ""`},
		{"DepthwiseConv2D", `{"padding": "valid"}`, padded, `epsilon 0, pads [0 2 1 3], rule ""`},
		{"DepthwiseConv2D", `{"padding": "valid"}`, &Before{Class: "ZeroPadding2D"}, "unknown"},
		{"Conv2D", `{"padding": "valid"}`, &Before{Class: "Functional"}, "unknown"}, // whose last layer may pad
		{"Conv2D", `{"padding": "causal"}`, nil, "unknown"},
		{"Conv2D", `{"padding": 3}`, nil, "unknown"},
		{"Dense", `{"padding": "same"}`, nil, "unknown"},
	}
	for _, tt := range tests {
		var s Settings
		if err := json.Unmarshal([]byte(tt.config), &s); err != nil {
			t.Fatal(err)
		}
		if got := show(s.Layer(tt.class, tt.before)); got != tt.want {
			t.Errorf("%s %s behind %v: %s, want %s", tt.class, tt.config, tt.before, got, tt.want)
		}
	}
}

func TestInboundName(t *testing.T) {
	for nodes, want := range map[string]string{
		`[[["pad", 0, 0, {}]]]`: "pad",
		`[{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["pad", 0, 0]}}], "kwargs": {}}]`: "pad",
		`[[["a", 0, 0, {}], ["b", 0, 0, {}]]]`:           "", // an Add
		`[[["a", 0, 0, {}]], [["b", 0, 0, {}]]]`:         "", // a layer that is used twice
		`[{"args": [[{"config": {}}, {"config": {}}]]}]`: "",
		`[{"args": []}]`: "", `[]`: "", `[[[]]]`: "", `[[[1]]]`: "", `{}`: "", ``: "",
	} {
		if got := InboundName(json.RawMessage(nodes)); got != want {
			t.Errorf("%s reads %q, want %q", nodes, got, want)
		}
	}
}
