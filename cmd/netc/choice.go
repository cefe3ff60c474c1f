package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
)

// choice is the network that a command line asks for: a variant, listed or scaled by flags.
type choice struct {
	variant  string // "": the first of the file
	override build.Override
}

// variantFlag declares the flags that choose a network. What it returns is set once the flags are parsed.
func variantFlag(c *call) *choice {
	chosen := &choice{override: build.Override{}}
	c.flags.StringVar(&chosen.variant, "variant", "", "the `V`ariant of the family, in any case; to scale, the one to start from (default: the first)")
	number := func(name, usage string) {
		c.flags.Func(name, usage, func(text string) error {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
				return fmt.Errorf("it is a number")
			}
			return chosen.set(name, x)
		})
	}
	number("phi", "scale by the compound coefficient `P`, in place of the figures that the variant gives")
	number("depth", "the factor `D` for the depth, in place of the variant's")
	number("width", "the factor `W` for the width, in place of the variant's")
	c.flags.Func("resolution", "make the images `R` pixels high and wide", func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("it is a whole number of pixels")
		}
		return chosen.set("resolution", n)
	})
	c.flags.Func("set", "give another setting of the scaling or the network its value, such as epsilon: `NAME=VALUE`", func(text string) error {
		name, value, found := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !found || name == "" {
			return fmt.Errorf("write --set NAME=VALUE")
		}
		return chosen.set(name, parseValue(strings.TrimSpace(value)))
	})
	return chosen
}

// settings lists what was given besides the variant.
func (c choice) settings() []string { return slices.Sorted(maps.Keys(c.override)) }

func (c *choice) set(name string, value any) error {
	if _, twice := c.override[name]; twice {
		return fmt.Errorf("%s is given twice", name)
	}
	c.override[name] = value
	return nil
}

// parseValue reads a number, true or false as such, and anything else as a string.
func parseValue(text string) any {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) {
		return x
	}
	switch text {
	case "true":
		return true
	case "false":
		return false
	}
	return text
}
