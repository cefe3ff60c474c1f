package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/published"
)

// model returns what --as names, or nil.
func (c choice) model() (*published.Model, error) {
	if c.as == "" {
		return nil, nil
	}
	m, err := published.Find(c.as)
	if err != nil {
		return nil, wrongf("--as: %w", err)
	}
	return m, nil
}

// adopt returns the choice with all that --as says of the network. A flag that says something else is an error; other
// classes and another resolution are not, for weights may be bound to those.
func (c choice) adopt(program *compiler.Program, file string) (choice, error) {
	m, err := c.model()
	if m == nil || err != nil {
		return c, err
	}
	contradicts := func(flag, has string) (choice, error) {
		return c, wrongf("%s contradicts --as %s, which has %s", flag, c.as, has)
	}
	if c.variant != "" && !strings.EqualFold(c.variant, m.Variant) {
		return contradicts("--variant "+c.variant, "the variant "+m.Variant)
	}
	if !slices.ContainsFunc(program.Variants(), func(v string) bool { return strings.EqualFold(v, m.Variant) }) {
		return c, elsewhere(m, file)
	}
	c.variant, c.override = m.Variant, maps.Clone(c.override)
	for _, name := range []string{"phi", "depth", "width"} {
		if given := c.override[name]; given != nil && given != m.Settings[name] {
			return contradicts(fmt.Sprintf("--%s %v", name, given), "figures of its own")
		}
	}
	for name, value := range m.Settings {
		if c.override[name] == nil {
			c.override[name] = value
		}
	}
	n, err := program.Build(c.variant, c.override)
	if err != nil {
		return c, err
	}
	if !slices.Contains(m.Families, n.Family) {
		return c, elsewhere(m, file)
	}
	if m.Images != nil && c.override["resolution"] == nil && n.Resolution != m.Images.Size {
		c.override["resolution"] = m.Images.Size
	}
	want, _ := m.Differs(n.Graph)
	for name, value := range map[string]any{"epsilon": want.Epsilon, "padding": string(want.Padding)} {
		switch {
		case value == 0.0 || value == "":
		case c.override[name] != nil:
			return contradicts("--set "+name, m.Arithmetic.String())
		default:
			c.override[name] = value
		}
	}
	return c, nil
}

func elsewhere(m *published.Model, file string) error {
	return wrongf("%s is %s of the family %s, which is not in %s; see examples/%s/%[5]s.net", m.Name, m.Variant,
		m.Families[0], file, m.File)
}

// announce says what --as stands for.
func announce(c *call, m *published.Model) {
	fmt.Fprintf(c.stderr, "netc: %s of %s: %v\n", m.Name, m.Project, m.Arithmetic)
	if m.Images != nil {
		fmt.Fprintf(c.stderr, "netc: its images are %v\n", m.Images)
	} else {
		fmt.Fprintf(c.stderr, "netc: its weights want different images; name one of them to be told: %s\n",
			strings.Join(m.Tags, ", "))
	}
}
