package layout

import "strings"

// words counts the last parts of the names of a file's tensors. They tell the framework that named them.
type words map[string]int

func wordsOf(names []string) words {
	w := words{}
	for _, name := range names {
		w[lastWord(name)]++
	}
	return w
}

// lastWord returns the part after the last dot or slash, without TensorFlow's number of an output: "kernel" of
// "conv/kernel:0".
func lastWord(name string) string {
	name = name[strings.LastIndexAny(name, "./")+1:]
	word, _, _ := strings.Cut(name, ":")
	return word
}

// has reports whether any of the words occurs.
func (w words) has(list ...string) bool {
	for _, word := range list {
		if w[word] > 0 {
			return true
		}
	}
	return false
}

// style returns what the names say of the order of convolutions.
func (w words) style() style {
	switch {
	case w.has("kernel", "depthwise_kernel", "depthwise_weights", "weights", "w"):
		return hwio
	case w.has("weight"):
		return oihw
	}
	return unknown
}

// ofPyTorch reports whether a weight's name and the file's others are PyTorch's, who has linear layers in one order
// only.
func (w words) ofPyTorch(name string) bool {
	return lastWord(name) == "weight" && w.has("running_var") && !w.has("kernel", "_variance")
}

// outputsLast returns what a linear layer's name says of its order. Paddle calls its weights as PyTorch does and has
// them as TensorFlow does; its batch norms tell it.
func (w words) outputsLast(name string) (last, known bool) {
	switch lastWord(name) {
	case "kernel", "weights", "w":
		return true, true
	case "weight":
		return w.has("_mean", "_variance"), true
	}
	return false, false
}
