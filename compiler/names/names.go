// Package names reads what the names of a checkpoint's tensors mean: which belong to one layer, and what each is to it.
//
// The names of all tensors come in (Read); a Place for each goes out. The words are those of the frameworks:
//
//	                  weight             bias          batch norm's scale, shift, mean, variance
//	PyTorch           weight             bias          weight bias running_mean running_var
//	Keras             kernel             bias          gamma beta moving_mean moving_variance
//	                  depthwise_kernel               a separable convolution's layers: s/depthwise and s/pointwise
//	Flax              kernel             bias          scale bias mean var            params/…, batch_stats/…
//	Haiku             w                  b             scale offset mean_ema/average var_ema/average
//	tf-slim           weights            biases        gamma beta moving_mean moving_variance
//	                  depthwise_weights
//
// MXNet             conv0_weight       conv0_bias    bn0_gamma bn0_beta bn0_moving_mean bn0_moving_var   arg:…, aux:…
//
//	Paddle            weight             bias          weight bias _mean _variance
//
// Parts of a name end at dots and slashes; what stands before the last is the layer.
package names

import (
	"regexp"
	"strings"
)

// Place is where a tensor belongs. Field is "" where the name does not say what the tensor is.
type Place struct {
	Layer string // the name of the layer in the file
	Field string // as netc calls it: weight, bias, running_mean, running_var
	Norm  bool   // the layer is a batch norm
}

// Key returns the name by which netc would call the tensor, were the layer its own: "conv1.weight" of "conv1/kernel:0".
func (p Place) Key() string { return Dotted(p.Layer + "." + p.Field) }

// Dotted returns a name with dots in place of slashes.
func Dotted(name string) string { return strings.ReplaceAll(name, "/", ".") }

// word is what a last part of a name can be. Some words mean one thing in a batch norm and another elsewhere.
type word struct {
	plain, norm string // the field; "" where the word does not occur
	tellsNorm   bool
}

var words = map[string]word{
	"weight":            {"weight", "weight", false},
	"weights":           {"weight", "", false},
	"kernel":            {"weight", "", false},
	"depthwise_kernel":  {"weight", "", false},
	"depthwise_weights": {"weight", "", false},
	"w":                 {"weight", "", false},
	"bias":              {"bias", "bias", false},
	"biases":            {"bias", "", false},
	"b":                 {"bias", "", false},
	"bn_offset":         {"bias", "", false}, // of a batch norm that TensorFlow.js merged
	"gamma":             {"", "weight", true},
	"scale":             {"", "weight", false},
	"beta":              {"", "bias", true},
	"offset":            {"", "bias", false},
	"running_mean":      {"", "running_mean", true},
	"moving_mean":       {"", "running_mean", true},
	"mean":              {"", "running_mean", true},
	"_mean":             {"", "running_mean", true},
	"running_var":       {"", "running_var", true},
	"moving_var":        {"", "running_var", true},
	"moving_variance":   {"", "running_var", true},
	"var":               {"", "running_var", true},
	"variance":          {"", "running_var", true},
	"_variance":         {"", "running_var", true},
}

// joined lists the words that MXNet and TensorFlow.js join to the layer's name with an underscore, the longest first.
var joined = []string{
	"moving_variance", "running_mean", "moving_mean", "running_var", "bn_offset", "moving_var", "weights", "weight",
	"gamma", "kernel", "beta", "bias",
}

// output is TensorFlow's number of an operation's output.
var output = regexp.MustCompile(`:\d+$`)

// Read returns the place of every tensor.
func Read(all []string) []Place {
	collections := flaxCollections(all)
	places := make([]Place, len(all))
	last := make([]string, len(all))
	norms := map[string]bool{} // layers
	for i, name := range all {
		if collections {
			name = withoutCollection(name)
		}
		places[i].Layer, last[i] = split(name)
	}
	moveDepthwise(places, last)
	for i, p := range places {
		if words[last[i]].tellsNorm {
			norms[p.Layer] = true
		}
	}
	taken := map[string]int{}
	for i := range places {
		p := &places[i]
		p.Norm = norms[p.Layer]
		if p.Field = words[last[i]].plain; p.Norm {
			p.Field = words[last[i]].norm
		}
		if p.Field != "" {
			taken[p.Key()]++
		}
	}
	for i := range places {
		if p := &places[i]; p.Field != "" && taken[p.Key()] > 1 {
			p.Field = "" // two of a kind
		}
	}
	return places
}

// moveDepthwise gives a kernel that is called depthwise a layer of its own, where the layer has another kernel too
// (s/pointwise_kernel) or other tensors of it are called so (s/depthwise_bn_offset).
func moveDepthwise(places []Place, last []string) {
	layers := map[string]bool{}
	for _, p := range places {
		layers[p.Layer] = true
	}
	for i := range places {
		layer := places[i].Layer
		if strings.HasPrefix(last[i], "depthwise_") && (layers[layer+"/pointwise"] || layers[layer+"/depthwise"]) {
			places[i].Layer = layer + "/depthwise"
		}
	}
}

// split cuts a name into the layer's and the word after it; "" where there is none that is known.
func split(name string) (layer, last string) {
	name = output.ReplaceAllString(name, "")
	for _, kind := range []string{"arg:", "aux:"} {
		name = strings.TrimPrefix(name, kind)
	}
	for ema, field := range map[string]string{"mean_ema/average": "mean", "var_ema/average": "var"} {
		if layer, ok := strings.CutSuffix(name, "/~/"+ema); ok {
			return layer, field
		}
	}
	at := strings.LastIndexAny(name, "./")
	part := name[at+1:]
	if _, known := words[part]; known && at >= 0 {
		return name[:at], part
	}
	for _, w := range joined {
		if head, ok := strings.CutSuffix(part, "_"+w); ok && head != "" {
			return name[:at+1] + head, w
		}
	}
	if at < 0 {
		return name, ""
	}
	return name[:at], ""
}

// flaxCollections reports whether every name begins with one of Flax's collections of variables.
func flaxCollections(all []string) bool {
	for _, name := range all {
		if withoutCollection(name) == name {
			return false
		}
	}
	return true
}

func withoutCollection(name string) string {
	for _, collection := range []string{"params", "batch_stats"} {
		if rest, ok := strings.CutPrefix(name, collection); ok && len(rest) > 1 && (rest[0] == '.' || rest[0] == '/') {
			return rest[1:]
		}
	}
	return name
}

// slots are the variables that TensorFlow's optimizers keep for each weight, by the last part of their names.
var slots = map[string]bool{
	"Adam": true, "Adam_1": true, "Momentum": true, "RMSProp": true, "RMSProp_1": true, "Adagrad": true,
	"Ftrl": true, "Ftrl_1": true,
}

// SlotOf returns the name of the weight that an optimizer keeps a tensor for: "conv1/kernel" of
// "conv1/kernel/Momentum".
func SlotOf(name string) (weight string, ok bool) {
	at := strings.LastIndexAny(name, "./")
	if at < 0 || !slots[output.ReplaceAllString(name[at+1:], "")] {
		return "", false
	}
	return name[:at], true
}
