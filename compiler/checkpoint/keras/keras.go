// Package keras finds the weights in what Keras writes: .weights.h5 and .h5 files, which are HDF5, and .keras
// archives, which are zip files around them.
//
// A file's tree of groups comes in; tensors go out under the names that people gave to layers and that Keras gives to
// their variables: "stem_conv/kernel", "stem_bn/moving_mean". Two kinds of files have them in two ways:
//
//	Keras 2, .h5       attributes list the layers and the weights of each in order: layer_names, weight_names
//
// Keras 3, .weights  /layers/conv2d_1/vars/0: the class of the layer, counted, and the variable's number; an attribute
// of vars has the layer's name, as has an archive's config.json, which has the order of the layers too
//
// The variables of a class have an order that is Keras' own: a convolution's are kernel and bias. Where it depends on
// settings that the file does not have (a batch norm with three variables lacks gamma or beta), numbers stay.
//
// Format: https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py.
package keras

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/hdf5"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Read returns the weights of an HDF5 file. config is the text of an archive's config.json, or nil.
func Read(r io.ReaderAt, size int64, config []byte) (s stored.State, err error) {
	root, err := hdf5.Read(r, size)
	if err != nil {
		return s, err
	}
	return weights(root, config)
}

// weights returns those of a file's root group.
func weights(root *hdf5.Object, config []byte) (s stored.State, err error) {
	c := &collector{seen: map[string]bool{}}
	switch legacy := root.Member("model_weights"); {
	case legacy != nil && list(legacy, "layer_names") != nil:
		c.pass(root.Member("optimizer_weights"), "optimizer_weights")
		err = c.legacy(legacy)
	case list(root, "layer_names") != nil:
		err = c.legacy(root)
	default:
		var model *layer
		if model, err = parseConfig(config); err == nil {
			err = c.group(root, model, "", "")
		}
	}
	if err != nil {
		return s, err
	}
	if len(c.state.Tensors) == 0 {
		return s, errors.New("it has no weights")
	}
	return c.state, nil
}

// collector gathers the weights of a file.
type collector struct {
	state stored.State
	seen  map[string]bool
}

// add adds a dataset under a name.
func (c *collector) add(name string, d *hdf5.Object) error {
	if c.seen[name] {
		return fmt.Errorf("two weights have the name %s", stored.Quote(name))
	}
	c.seen[name] = true
	t := *d.Data
	if t.Name = name; len(t.Shape) == 4 {
		t.Order = "HWIO"
	}
	t.Optional = len(t.Shape) == 0 // a counter, as in layers that measure their inputs
	c.state.Tensors = append(c.state.Tensors, t)
	return nil
}

// pass notes the datasets of a group as no weights of the network.
func (c *collector) pass(o *hdf5.Object, path string) {
	switch {
	case o == nil:
	case o.Data != nil:
		c.state.Passed = append(c.state.Passed, path)
	default:
		for _, m := range o.Members {
			c.pass(m, path+"/"+m.Name)
		}
	}
}

// legacy gathers the weights of the layers that the attributes name, in their order.
func (c *collector) legacy(model *hdf5.Object) error {
	for _, name := range list(model, "layer_names") {
		layer := model.Member(name)
		if layer == nil {
			return fmt.Errorf("the layer %s is named, but not there", stored.Quote(name))
		}
		for _, weight := range list(layer, "weight_names") {
			d := layer
			for _, step := range strings.Split(weight, "/") {
				if d = d.Member(step); d == nil {
					break
				}
			}
			if d == nil || d.Data == nil {
				return fmt.Errorf("the weight %s of layer %s is named, but not there", stored.Quote(weight),
					stored.Quote(name))
			}
			full := strings.TrimSuffix(weight, ":0")
			// Keras 3 puts the model's name before the layer's
			if _, inside, ok := strings.Cut("/"+full, "/"+name+"/"); ok {
				full = name + "/" + inside
			} else if !strings.Contains(full, "/") {
				full = name + "/" + full
			}
			if c.seen[full] {
				full = name + "/" + full
			}
			if err := c.add(full, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// list returns an attribute that Keras splits when it is longer than 64 KiB: name, or name0, name1, ….
func list(o *hdf5.Object, name string) []string {
	if whole := o.Attributes[name]; whole != nil {
		return whole
	}
	var all []string
	for i := 0; ; i++ {
		part := o.Attributes[fmt.Sprint(name, i)]
		if part == nil {
			return all
		}
		all = append(all, part...)
	}
}

// notWeights are the groups at the top of a file that hold something else.
var notWeights = map[string]bool{
	"optimizer": true, "optimizer_weights": true, "metrics": true, "_metrics": true, "_loss_tracker": true,
	"_compile_metrics": true, "_compile_loss": true,
}

// group gathers the weights of a group of Keras 3 and below it. model is what the configuration says of it, or nil.
// name is that of the layer whose group it is, or path; path is the group's own.
func (c *collector) group(o *hdf5.Object, model *layer, name, path string) error {
	for _, m := range sorted(o, model) {
		at := strings.TrimPrefix(path+"/"+m.Name, "/")
		switch {
		case path == "" && notWeights[m.Name]:
			c.pass(m, at)
		case m.Data != nil:
			if err := c.add(at, m); err != nil {
				return err
			}
		case m.Name == "vars":
			if err := c.variables(m, model, name, path); err != nil {
				return err
			}
		case m.Name == "layers" || m.Name == "_layer_checkpoint_dependencies":
			if err := c.group(m, model, name, at); err != nil {
				return err
			}
		default:
			inner := model.child(m.Name)
			if err := c.group(m, inner, join(name, inner.nameOf(m)), at); err != nil {
				return err
			}
		}
	}
	return nil
}

// join puts a layer's name behind that of the model which it is in.
func join(outer, inner string) string {
	if outer == "" {
		return inner
	}
	return outer + "/" + inner
}

// variables adds those of one layer. Groups of classes that are not known keep the variables' numbers.
func (c *collector) variables(vars *hdf5.Object, l *layer, name, path string) error {
	class := path[strings.LastIndex(path, "/")+1:]
	names := variableNames(l, class, len(vars.Members))
	if name == "" {
		name = "vars" // of the model itself
	}
	for _, m := range sorted(vars, nil) {
		if m.Data == nil {
			return fmt.Errorf("%s/vars: the group %s stands where a variable is expected", stored.Quote(path),
				stored.Quote(m.Name))
		}
		variable := m.Name
		if known, ok := names[m.Name]; ok {
			variable = known
		}
		if err := c.add(join(name, variable), m); err != nil {
			return err
		}
		if l != nil {
			c.state.Tensors[len(c.state.Tensors)-1].Layer = l.layer
		}
	}
	return nil
}
