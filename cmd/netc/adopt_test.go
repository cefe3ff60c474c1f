package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/source"
)

// TestAdopt: a published checkpoint's name gives its settings and the size of its images, where these are not given, or
// other classes are; what contradicts it, and a file of another family, is refused.
func TestAdopt(t *testing.T) {
	const named = "mobilenetv4_conv_medium.e180_r384_in12k"
	program, err := compiler.Load("../../examples/mobilenetv4/mobilenetv4.net")
	if err != nil {
		t.Fatal(err)
	}
	other, err := compiler.LoadFile(source.NewFile("n.net", "network N(classes: int = 3) {\n    input image[3, 8, 8]\n"+
		"    a Conv(classes)\n}\n\nfamily N {\n    conv_medium:\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	const wide = "ghostnetv2_130.in1k" // which is 100 with another width
	ghost, err := compiler.Load("../../examples/ghostnetv2/ghostnetv2.net")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		choice choice
		in     *compiler.Program
		want   string // the variant and what is set, or an error
	}{
		{choice{as: named}, program, "conv_medium map[classes:11821 resolution:384]"},
		{choice{as: named, variant: "CONV_medium"}, program, "conv_medium map[classes:11821 resolution:384]"},
		{choice{as: named, override: build.Override{"classes": 5}}, program,
			"conv_medium map[classes:5 resolution:384]"},
		{choice{as: named, override: build.Override{"resolution": 256}}, program,
			"conv_medium map[classes:11821 resolution:256]"},
		{choice{as: wide}, ghost, "100 map[width:1.3]"},
		{choice{as: wide, override: build.Override{"width": 1.3}}, ghost, "100 map[width:1.3]"},
		{choice{as: wide, override: build.Override{"width": 1.6}}, ghost,
			"--width 1.6 contradicts --as " + wide + ", which has figures of its own"},
		{choice{as: wide, override: build.Override{"depth": 1.3}}, ghost,
			"--depth 1.3 contradicts --as " + wide + ", which has figures of its own"},
		{choice{}, program, " map[]"}, {choice{variant: "x"}, program, "x map[]"},
		{choice{as: named, variant: "conv_small"}, program,
			"--variant conv_small contradicts --as " + named + ", which has the variant conv_medium"},
		{choice{as: named, override: build.Override{"width": 2.0}}, program,
			"--width 2 contradicts --as " + named + ", which has figures of its own"},
		{choice{as: "nothing"}, program, "--as: "},
		{choice{as: named}, other, named + " is conv_medium of the family MobileNetV4Medium, which is not in n.net; see " +
			"examples/mobilenetv4/mobilenetv4.net"},
		{choice{as: named, override: build.Override{"colour": 3}}, program, "colour"},
	} {
		if tt.choice.override == nil {
			tt.choice.override = build.Override{}
		}
		given := fmt.Sprint(tt.choice.override)
		got, err := tt.choice.adopt(tt.in, "n.net")
		text := fmt.Sprint(got.variant, " ", got.override)
		if err != nil {
			text = err.Error()
		}
		if err == nil && text != tt.want || !strings.Contains(text, tt.want) {
			t.Errorf("%+v: got %s, want %s", tt.choice, text, tt.want)
		}
		if fmt.Sprint(tt.choice.override) != given {
			t.Errorf("%+v has changed", tt.choice)
		}
	}
}
