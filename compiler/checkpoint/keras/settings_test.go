package keras

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
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

// TestVariableNames: the variables of a layer are called by their places, where one that lacks some leaves no doubt.
func TestVariableNames(t *testing.T) {
	both, scaled, shifted := &layer{class: "BatchNormalization", scale: true, center: true},
		&layer{class: "BatchNormalization", scale: true}, &layer{class: "BatchNormalization", center: true}
	for _, tt := range []struct {
		l     *layer
		group string
		n     int
		want  string
	}{
		{both, "bn", 4, "gamma beta moving_mean moving_variance"},
		{scaled, "bn", 3, "gamma moving_mean moving_variance"},
		{shifted, "bn", 3, "beta moving_mean moving_variance"},
		{both, "bn", 3, "? moving_mean moving_variance"},
		{nil, "batch_normalization_7", 3, "? moving_mean moving_variance"},
		{nil, "batch_normalization_7", 2, "moving_mean moving_variance"},
		{nil, "batch_normalization", 1, "?"},
		{&layer{class: "Conv2D"}, "stem", 2, "kernel bias"},
		{nil, "conv2d_1", 1, "kernel"},
		{nil, "separable_conv2d", 1, "?"},
		{nil, "separable_conv2d", 2, "depthwise_kernel pointwise_kernel"},
		{nil, "dense", 3, "? ? ?"},
		{nil, "normalization", 2, "? ?"},
	} {
		names := variableNames(tt.l, tt.group, tt.n)
		var got []string
		for i := range tt.n {
			got = append(got, cmp.Or(names[strconv.Itoa(i)], "?"))
		}
		if strings.Join(got, " ") != tt.want || len(names) != tt.n-strings.Count(tt.want, "?") {
			t.Errorf("%d variables of %s: %v, want %s", tt.n, tt.group, names, tt.want)
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

// TestBefore: a layer's padding is that of the layer it reads, by name, and in a Sequential model of the one before it.
func TestBefore(t *testing.T) {
	const layers = `{"class_name": %q, "config": {"layers": [
		{"class_name": "Conv2D", "config": {"name": "first", "padding": "valid"}, "inbound_nodes": [[["pad", 0, 0, {}]]]},
		{"class_name": "ReLU", "config": {"name": "act"}, "inbound_nodes": [[["first", 0, 0, {}]]]}, null,
		{"class_name": "Conv2D", "config": {"name": "last", "padding": "valid"}, "inbound_nodes": [[["other", 0, 0, {}]]]},
		{"class_name": "ZeroPadding2D", "config": {"name": "pad", "padding": [[0, 1], [2, 3]]}}]}}`
	for class, want := range map[string][2]string{
		"Functional": {`epsilon 0, pads [0 2 1 3], rule ""`, "unknown"},
		"Sequential": {"unknown", `epsilon 0, pads [0 0 0 0], rule ""`},
	} {
		model, err := parseConfig(fmt.Appendf(nil, layers, class))
		if err != nil {
			t.Fatal(err)
		}
		for i, place := range []int{0, 2} {
			if got := show(model.layers[place].layer); got != want[i] {
				t.Errorf("%s, layer %d: %s, want %s", class, place, got, want[i])
			}
		}
	}
	if _, err := parseConfig(bytes.Repeat([]byte("{"), 1<<20)); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("a configuration of a million objects: %v", err)
	}
}
