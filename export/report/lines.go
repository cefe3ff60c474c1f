package report

import "fmt"

// growth draws how the figures of a family grow, one chart for each.
func growth(networks []Network) []chart {
	if len(networks) < 2 {
		return nil
	}
	all := Figures(networks)
	var charts []chart
	for _, figure := range []struct {
		heading, note string
		of            func(f Figure) float64
		text          func(f Figure) string
	}{
		{"Params", "what is trained",
			func(f Figure) float64 { return float64(f.Params) }, func(f Figure) string { return thousands(f.Params) }},
		{"MACs", "multiply-accumulates for one image",
			func(f Figure) float64 { return float64(f.MACs) }, func(f Figure) string { return thousands(f.MACs) }},
		{"Activations", "what the convolutions put out for one image",
			func(f Figure) float64 { return float64(f.Activations) },
			func(f Figure) string { return thousands(f.Activations) }},
		{"Memory", "bytes of an inference's values in generated Go",
			func(f Figure) float64 { return float64(f.Memory) }, func(f Figure) string { return byteCount(f.Memory) }},
		{"Latency", "milliseconds for one image, measured on this machine", latency,
			func(f Figure) string { return milliseconds(f.Latency) }},
	} {
		values := make([]float64, len(all))
		measured := true
		for i, r := range all {
			values[i] = figure.of(r)
			measured = measured && values[i] > 0
		}
		if !measured {
			continue
		}
		drawn := variantLine(figure.heading, all, values, figure.text)
		charts = append(charts, chart{figure.heading, figure.note + "; logarithmic", drawn.html()})
	}
	return charts
}

func latency(f Figure) float64 { return 1000 * f.Latency.Seconds() }

// variantLine draws one figure over the variants.
func variantLine(heading string, all []Figure, values []float64, text func(f Figure) string) *svg {
	s := newSVG(chartWidth, chartHeight, heading+" of each variant")
	y := logScale(values, chartHeight-bottom, top)
	s.yAxis(y)
	base := float64(chartHeight - bottom)
	s.line("axis", left, base, chartWidth-right, base)
	step := float64(chartWidth-left-right) / float64(len(all))
	points := make([][2]float64, len(all))
	every := 1 + len(all)/9 // so that names do not run into each other
	for i, r := range all {
		points[i] = [2]float64{left + (float64(i)+0.5)*step, y.at(values[i])}
		if i%every == 0 {
			s.words("tick", "middle", points[i][0], base+16, r.Name)
		}
	}
	s.polyline("series", points)
	for i, r := range all {
		s.mark("", points[i][0], points[i][1], 4, fmt.Sprintf("%s: %s", r.Name, text(r)))
	}
	return s
}
