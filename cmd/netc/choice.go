package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// choice is the network that a command line asks for: a variant, listed or scaled by flags.
type choice struct {
	variant  string // "": the first of the file
	as       string // a published checkpoint, which says all of it
	override build.Override
	call     *call // that reads the file
}

// variantFlag declares the flags that choose a network. What it returns is set once the flags are parsed.
func variantFlag(c *call) *choice {
	chosen := &choice{override: build.Override{}, call: c}
	c.flags.StringVar(&chosen.variant, "variant", "",
		"the `V`ariant of the family, in any case (default: the only one; scale starts from the first); "+
			"gen takes several, with commas")
	c.flags.Func("as", "the published checkpoint `NAME` of timm or torchvision, which gives variant, resolution and "+
		"arithmetic: tf_efficientnet_b3.ns_jft_in1k", func(text string) error {
		if chosen.as = text; text == "" {
			return fmt.Errorf("it is the name of a checkpoint")
		}
		return nil
	})
	number := func(name, usage, kind string, right func(x float64) bool) {
		c.flags.Func(name, usage, func(text string) error {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsInf(x, 0) || math.IsNaN(x) || !right(x) {
				return fmt.Errorf("it is a number%s", kind)
			}
			return chosen.set(name, x)
		})
	}
	anything := func(float64) bool { return true }
	factor := func(x float64) bool { return x > 0 }
	number("phi", "scale by the compound coefficient `P`, in place of the figures that the variant gives", "", anything)
	number("depth", "the factor `D` for the depth, in place of the variant's", " above 0", factor)
	number("width", "the factor `W` for the width, in place of the variant's", " above 0", factor)
	c.flags.Func("resolution", "make the images `R` pixels high and wide, or, with 184x720, 184 high and 720 wide",
		func(text string) error {
			resolution, ok := parseResolution(text)
			if !ok {
				return fmt.Errorf("it is a whole number of pixels, or HEIGHTxWIDTH")
			}
			return chosen.set("resolution", resolution)
		})
	c.flags.Func("set",
		"give another setting of the scaling or the network its value, as a variant would, such as epsilon or act: "+
			"`NAME=VALUE`", func(text string) error {
			name, value, found := strings.Cut(text, "=")
			if name = strings.TrimSpace(name); !found || name == "" {
				return fmt.Errorf("write --set NAME=VALUE")
			}
			parsed, err := parseValue(name, strings.TrimSpace(value))
			if err != nil {
				return err
			}
			return chosen.set(name, parsed)
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

// parseResolution reads 224, or 184x720: height and width.
func parseResolution(text string) (any, bool) {
	pixels := func(text string) (int, bool) {
		n, err := strconv.Atoi(text)
		return n, err == nil && n > 0
	}
	h, w, two := strings.Cut(text, "x")
	height, ok := pixels(h)
	if !two {
		return height, ok
	}
	width, also := pixels(w)
	return []int{height, width}, ok && also
}

// parseValue reads what --set gives: HEIGHTxWIDTH for a resolution, and otherwise a value as variants write it, such as
// 8, true, [1, 2] or BatchNorm(epsilon: 1e-3). A word that is no layer is a text.
func parseValue(name, text string) (any, error) {
	if resolution, ok := parseResolution(text); ok && name == "resolution" {
		return resolution, nil
	}
	e, problems := syntax.ParseExpression(source.NewFile("--set "+name, text))
	switch e.(type) {
	case nil, *syntax.Binary, *syntax.If, *syntax.Pipe, *syntax.Field, *syntax.Index:
		if strings.ContainsAny(text, "()[]\"") {
			return nil, problems.Err() // it was meant as more than a word
		}
		return text, nil
	}
	return e, nil
}
