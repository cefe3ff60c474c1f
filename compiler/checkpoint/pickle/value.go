// Package pickle reads Python pickles without running them.
//
// A pickle is a program that may call anything Python can import. This reader builds numbers, strings, lists and
// dictionaries; of what else a pickle names it asks its caller, and calls nothing but what the caller hands it. Where
// the pickle would make an object of a class that the caller does not know, an Object takes its place: it remembers
// what it would have been made of, and nothing is called. Work and memory have limits.
//
// Format: the opcodes of Python's pickletools, protocols 2 to 5.
package pickle

import (
	"errors"
	"fmt"
)

// Values are nil, bool, int64, float64, string, Bytes, Tuple, *List, *Dict, *Class, *Object, and what the caller's
// functions return.

// Bytes is a Python bytes object. It is a part of the pickle's text, which must not change.
type Bytes []byte

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list, or a set.
type List struct{ Items []any }

// Dict is a Python dictionary, an OrderedDict too, in the order of its keys.
type Dict struct{ Items []Item }

// Item is one entry of a dictionary.
type Item struct{ Key, Value any }

// Get returns the value of a key that is a string, or nil.
func (d *Dict) Get(key string) any {
	for _, item := range d.Items {
		if item.Key == any(key) {
			return item.Value
		}
	}
	return nil
}

// Class is a class or a function that the pickle names and that the caller does not call.
type Class struct{ Name string }

// Object stands for what calling a Class would have made: argparse.Namespace, pathlib.PosixPath, a NumPy scalar. It is
// inert.
type Object struct {
	Class string // "argparse.Namespace"
	Args  Tuple  // that its class or function would have been called with
	State any    // its attributes, usually a *Dict; nil where it has none
	List  []any  // the items put into it as into a list
	Items []Item // the items put into it as into a dictionary
}

// Call makes a value of a callable's arguments.
type Call func(args Tuple) (any, error)

// Host is what a pickle can reach.
type Host interface {
	// Global returns what "module.name" stands for: a Call, or a *Class, which is never called.
	Global(name string) any
	// Persistent returns what a persistent id stands for.
	Persistent(id any) (any, error)
}

// NewOrderedDict is collections.OrderedDict, as pickles call it: empty, to be filled afterwards, or of a list of pairs,
// as Python 2 wrote it.
func NewOrderedDict(args Tuple) (any, error) {
	d := &Dict{}
	if len(args) == 0 {
		return d, nil
	}
	list, ok := args[0].(*List)
	if !ok || len(args) > 1 {
		return nil, errors.New("it makes an OrderedDict of something that is no list of pairs")
	}
	for _, item := range list.Items {
		pair, ok := item.(Tuple)
		if l, isList := item.(*List); isList {
			pair, ok = l.Items, true
		}
		if !ok || len(pair) != 2 {
			return nil, errors.New("it makes an OrderedDict of something that is no list of pairs")
		}
		d.Items = append(d.Items, Item{pair[0], pair[1]})
	}
	return d, nil
}

// NewDefaultDict is collections.defaultdict: empty, to be filled afterwards. Its factory is not called.
func NewDefaultDict(Tuple) (any, error) { return &Dict{}, nil }

// Describe returns what a value is, for a message. It looks at the outermost value alone: what is nested may be huge,
// or contain itself, and pointers would differ from run to run.
func Describe(v any) string {
	const most = 100 // bytes of a string that are shown
	switch v := v.(type) {
	case nil:
		return "None"
	case bool, int64, float64:
		return fmt.Sprint(v)
	case string:
		if len(v) > most {
			return fmt.Sprintf("%q…", v[:most])
		}
		return fmt.Sprintf("%q", v)
	case Bytes:
		return "bytes"
	case Tuple:
		return fmt.Sprintf("a tuple of %d", len(v))
	case *List:
		return fmt.Sprintf("a list of %d", len(v.Items))
	case *Dict:
		return fmt.Sprintf("a dictionary of %d", len(v.Items))
	case *Class:
		return "the class " + Describe(v.Name)
	case *Object:
		return "an object of " + Describe(v.Class)
	case Call:
		return "a function"
	}
	return "a value of PyTorch's"
}
