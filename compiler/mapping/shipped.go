package mapping

import (
	"embed"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/dsl/source"
)

//go:embed shipped/*.map
var shipped embed.FS

// Shipped returns the mappings for other projects' names that come with netc, in the order of their names. Which of
// them fits a checkpoint shows when it is tried: each names every tensor of its project's networks, and no other's.
func Shipped() []*Mapping {
	var all []*Mapping
	for _, name := range shippedNames() {
		all = append(all, shippedNamed(name))
	}
	return all
}

// shippedNames lists them.
func shippedNames() []string {
	entries, err := shipped.ReadDir("shipped")
	if err != nil {
		panic(fmt.Sprintf("mapping: %v", err))
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".map"))
	}
	return names
}

// shippedNamed returns the mapping of a name, or nil. Those that build on others name ones that do not.
func shippedNamed(name string) *Mapping {
	text, err := shipped.ReadFile("shipped/" + name + ".map")
	if err != nil {
		return nil
	}
	m, err := Parse(source.NewFile(name, string(text)))
	if err != nil {
		panic(fmt.Sprintf("mapping: %v", err))
	}
	return m
}
