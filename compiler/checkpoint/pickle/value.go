// Package pickle reads Python pickles without running them.
//
// A pickle is a program that may call anything Python can import. This reader builds numbers, strings, lists and
// dictionaries; of what else a pickle names it asks its caller, and calls nothing but what the caller hands it. A name the caller does not know is
// an error. Work and memory have limits.
//
// Format: the opcodes of Python's pickletools, protocols 2 to 5.
package pickle

import "errors"

// Values are nil, bool, int64, float64, string, Bytes, Tuple, *List, *Dict, *Class, and what the caller's functions return.

// Bytes is a Python bytes object.
type Bytes string

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list, or a set.
type List struct{ Items []any }

// Dict is a Python dictionary, an OrderedDict too, in the order of its keys.
type Dict struct{ Items []Item }

// Item is one entry of a dictionary.
type Item struct{ Key, Value any }

// Class is a class that the pickle names and does not call: PyTorch's storage types.
type Class struct{ Name string }

// Call makes a value of a callable's arguments.
type Call func(args Tuple) (any, error)

// Host is what a pickle can reach.
type Host interface {
	// Global returns what "module.name" stands for, a *Class or a Call, or an error.
	Global(name string) (any, error)
	// Persistent returns what a persistent id stands for.
	Persistent(id any) (any, error)
}

// NewOrderedDict is collections.OrderedDict, as pickles call it: empty, to be filled afterwards.
func NewOrderedDict(args Tuple) (any, error) {
	if len(args) > 0 {
		return nil, errors.New("it makes an OrderedDict of something")
	}
	return &Dict{}, nil
}
