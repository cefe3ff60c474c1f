package tensorflow

import (
	"errors"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/names"
)

const (
	// valueSuffix ends the key of a variable's value in TensorFlow 2.
	valueSuffix = "/.ATTRIBUTES/VARIABLE_VALUE"
	// averageSuffix ends the name of a variable's moving average in TensorFlow 1.
	averageSuffix = "/ExponentialMovingAverage"
)

// counters are variables that count steps or are settings of an optimizer.
var counters = map[string]bool{
	"global_step": true, "save_counter": true, "beta1_power": true, "beta2_power": true, "learning_rate": true,
	"iter": true,
}

// slots are what optimizers of TensorFlow 1 put behind a variable's name for what they keep of it. A second of the
// same kind has a number: Adam_1.
var slots = []string{
	"Adam", "Momentum", "RMSProp", "Adagrad", "Adadelta", "Ftrl", "LAMB", "LARSOptimizer", "adam_m", "adam_v",
}

// states sorts the variables into weights, averages and what is neither.
func (b *bundle) states() ([]stored.State, error) {
	var graph objects
	if b.graph != nil {
		var err error
		if graph, err = readGraph(b.graph, b.graphSum); err != nil {
			return nil, err
		}
	}
	keys := map[string]bool{}
	for _, t := range b.variables {
		keys[t.Name] = true
	}
	var weights, averages []stored.Tensor
	var passed []string
	for _, t := range b.variables {
		switch base, average := strings.CutSuffix(t.Name, averageSuffix); {
		case t.Type == textType || isSlot(t.Name, keys) || graph.slots[t.Name] || isBookkeeping(t.Name):
			passed = append(passed, strings.TrimSuffix(t.Name, valueSuffix))
		case average && keys[base]:
			t.Name = base
			averages = append(averages, t)
		case average: // a checkpoint of averages alone
			t.Name = base
			weights = append(weights, t)
		default:
			weights = append(weights, t)
		}
	}
	if len(weights) == 0 {
		return nil, errors.New("it has no variables")
	}
	slices.SortStableFunc(weights, func(a, b stored.Tensor) int { return names.Natural(a.Name, b.Name) })
	rename(weights, graph.names)
	for i := range weights {
		if len(weights[i].Shape) == 4 {
			weights[i].Order = "HWIO"
		}
		weights[i].Optional = len(weights[i].Shape) == 0 // a counter or a setting of a name that is not known
	}
	states := []stored.State{{Tensors: weights, Passed: passed}}
	if len(averages) > 0 {
		states[0].Name = "variables"
		average := stored.State{Name: "ExponentialMovingAverage", Tensors: averaged(weights, averages), Passed: passed}
		states = append(states, average)
	}
	return states, nil
}

// isSlot reports whether a variable is what an optimizer of TensorFlow 1 keeps of another, or of its average.
func isSlot(name string, keys map[string]bool) bool {
	at := strings.LastIndexByte(name, '/')
	if at < 0 || !keys[name[:at]] {
		return false
	}
	kind := strings.TrimRight(name[at+1:], "0123456789")
	return slices.Contains(slots, strings.TrimSuffix(kind, "_"))
}

// isBookkeeping reports whether a key is an optimizer's, a metric's or a counter's.
func isBookkeeping(key string) bool {
	path, object := strings.CutSuffix(key, valueSuffix)
	switch {
	case counters[path], strings.Contains(key, "/.OPTIMIZER_SLOT/"):
		return true
	case !object:
		return false
	}
	for _, beginning := range []string{"optimizer/", "_optimizer/", "keras_api/metrics/", "_metrics/",
		"loss_tracker/"} {
		if strings.HasPrefix(path, beginning) {
			return true
		}
	}
	return false
}

// rename gives the variables of TensorFlow 2 the names that people know, if all have one of their own, or else the
// paths of their objects. Names that only count, as those of variables that were never named, say less than paths.
func rename(weights []stored.Tensor, names map[string]string) {
	seen := map[string]bool{}
	good := true
	for _, t := range weights {
		name := strings.TrimSuffix(names[t.Name], ":0")
		good = good && name != "" && !seen[name]
		seen[name] = true
	}
	for i, t := range weights {
		if good {
			weights[i].Name = strings.TrimSuffix(names[t.Name], ":0")
		} else {
			weights[i].Name = strings.TrimSuffix(t.Name, valueSuffix)
		}
	}
}

// averaged returns the weights with those replaced that have a moving average.
func averaged(weights, averages []stored.Tensor) []stored.Tensor {
	byName := map[string]stored.Tensor{}
	for _, t := range averages {
		byName[t.Name] = t
	}
	all := slices.Clone(weights)
	for i, t := range all {
		if average, ok := byName[t.Name]; ok {
			average.Order = t.Order
			all[i] = average
		}
	}
	return all
}
