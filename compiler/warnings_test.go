package compiler

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// TestChannelsLast warns of images that are as high as they have channels, and as wide as images have channels.
func TestChannelsLast(t *testing.T) {
	for shape, want := range map[[3]int]string{
		{224, 224, 3}: "[3, 224, 224]", {28, 28, 1}: "[1, 28, 28]", {4, 4, 3}: "[3, 4, 4]", {3, 224, 224}: "",
		{1, 28, 28}: "", {3, 3, 3}: "", {3, 3, 1}: "", {64, 5, 3}: "", {64, 64, 2}: "", {64, 64, 64}: "",
		{5, 64, 3}: "", {64, 1, 3}: "", {64, 64, 4}: "",
	} {
		text := fmt.Sprintf("network N {\n    input image[%d, %d, %d]\n    a ReLU\n}\n\nfamily N {\n    A:\n    B:\n}\n",
			shape[0], shape[1], shape[2])
		p, err := LoadFile(source.NewFile("n.net", text))
		if err != nil {
			t.Fatal(err)
		}
		networks, err := p.BuildAll()
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, w := range p.Warnings(networks) {
			if w.Code == diag.ChannelsLast {
				told = append(told, w.Message+"; "+w.Help)
			}
		}
		got, full := fmt.Sprint(told), "[]"
		if want != "" { // once, though there are two variants
			full = fmt.Sprintf("[this image has %d channels and is %d high and %d wide; the channels come first: %s]",
				shape[0], shape[1], shape[2], want)
		}
		if got != full {
			t.Errorf("%v: got %s, want %s", shape, got, full)
		}
	}
}
