package build

import "github.com/netc-lang/netc/dsl/syntax"

// scope holds what the names of one body mean.
type scope struct {
	names  map[string]value
	outer  *scope                  // whose names are seen too, or nil
	rules  map[string]*syntax.Rule // a network's scaling rules
	scaled *scope                  // where those rules find their names
	uses   *uses
	path   string // of the block instance, "" in the network
	calls  int    // functions entered

	settings bool // names are those of a network and its scaling: what reads them is noted
}

// with returns a scope inside s in which a name has a value.
func (s *scope) with(name string, v value) *scope {
	inner := *s
	inner.outer, inner.names, inner.settings = s, map[string]value{name: v}, false
	return &inner
}

// get returns what a name means in s or in a scope around it.
func (s *scope) get(name string) (v value, ok bool) {
	v, at := s.find(name)
	return v, at != nil
}

// find is get that also returns the scope that has the name, or nil.
func (s *scope) find(name string) (v value, at *scope) {
	for ; s != nil; s = s.outer {
		if v, ok := s.names[name]; ok {
			return v, s
		}
	}
	return nil, nil
}
