package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/netc-lang/netc/compiler/ir"
)

// drawing is one network of the article's figure.
type drawing struct {
	Name, Note string
	SVG        template.HTML
}

// drawings draws networks side by side as figure 2 of EfficientNet (arXiv:1905.11946) does: a bar for each layer with
// weights and a window, or for each line of the body where layers are many; as wide as it has channels, on a frame as
// large as the image. All are drawn to one scale, so that what a way of scaling changes can be seen.
func drawings(networks []Network) []drawing {
	drawable := func(n Network) bool { return n.Graph.Input().Shape.IsImage() && n.Graph.MACs() > 0 }
	if len(networks) == 0 || !drawable(networks[0]) {
		return nil
	}
	var layers, channels, resolution int
	all := make([][]band, len(networks))
	for i, n := range networks {
		all[i] = bands(n.Graph)
		sum := 0
		for _, b := range all[i] {
			sum += b.layers
			channels = max(channels, b.channels)
		}
		layers, resolution = max(layers, sum), max(resolution, n.Graph.Input().Shape[1])
	}
	var out []drawing
	for i, n := range networks {
		r := n.Graph.Input().Shape
		note := fmt.Sprintf("width %.3g, depth %.3g, %d × %d pixels, %s MACs", n.Width, n.Depth, r[1], r[2],
			short(float64(n.Graph.MACs())))
		out = append(out, drawing{n.Name, note, draw(n, all[i], layers, channels, resolution)})
	}
	return out
}

// band is a line of the network's body: so many layers of so many channels.
type band struct {
	name             string
	layers, channels int
}

// bands lists the lines of the body that convolve.
func bands(g *ir.Graph) []band {
	var all []band
	for _, n := range g.Nodes {
		if _, ok := n.Op.(ir.Conv); !ok {
			continue
		}
		name := lineOf(n.Name)
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, band{name: name})
		}
		b := &all[len(all)-1]
		b.layers++
		b.channels = n.Shape[0] // of the last: what the line puts out
	}
	return all
}

// draw draws a network upwards, from the image to the last convolution.
func draw(n Network, bands []band, layers, channels, resolution int) template.HTML {
	const width, height, frame = 170, 300, 46
	s := newSVG(width, height, n.Name)
	side := frame * float64(n.Graph.Input().Shape[1]) / float64(resolution)
	s.rect("image", (width-side)/2, height-side-2, side, side)
	// Channels are drawn by their square roots: the last layers have fifty times as many as the first.
	y, unit := float64(height-frame-14), float64(height-frame-20)/float64(layers)
	for i, b := range bands {
		h := unit * float64(b.layers)
		w := max(4, (width-10)*math.Sqrt(float64(b.channels)/float64(channels)))
		y -= h
		class := "band"
		if i%2 == 1 {
			class = "band other"
		}
		s.rect(class, (width-w)/2, y+0.75, w, max(h-1.5, 1))
	}
	return s.html()
}
