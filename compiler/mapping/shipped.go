package mapping

import (
	"embed"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/dsl/source"
)

//go:embed shipped/*.map
var shipped embed.FS

// Shipped returns the mappings for other projects' names that come with netc, in the order of their names. Which of them fits a
// checkpoint shows when it is tried: each names every tensor of its project's networks, and no other's.
func Shipped() []*Mapping {
	entries, err := shipped.ReadDir("shipped")
	if err != nil {
		panic(fmt.Sprintf("mapping: %v", err))
	}
	var all []*Mapping
	for _, e := range entries {
		text, err := shipped.ReadFile("shipped/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("mapping: %v", err))
		}
		m, err := Parse(source.NewFile(strings.TrimSuffix(e.Name(), ".map"), string(text)))
		if err != nil {
			panic(fmt.Sprintf("mapping: %v", err))
		}
		all = append(all, m)
	}
	return all
}
