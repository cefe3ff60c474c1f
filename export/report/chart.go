package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// chart is a drawing with its heading.
type chart struct {
	Heading, Note string
	SVG           template.HTML
}

// The measures of a chart, in pixels of its own. It is about as wide as a phone, so that its text can be read there;
// on larger screens several stand side by side.
const (
	chartWidth, chartHeight = 360, 230
	left, right             = 52, 16
	top, bottom             = 12, 34
)

// svg is a drawing under way.
type svg struct {
	text          strings.Builder
	width, height int
}

func newSVG(width, height int, label string) *svg {
	s := &svg{width: width, height: height}
	fmt.Fprintf(&s.text, `<svg viewBox="0 0 %d %d" role="group" aria-label="%s">`, width, height,
		html.EscapeString(label))
	return s
}

func (s *svg) html() template.HTML {
	s.text.WriteString("</svg>")
	return template.HTML(s.text.String())
}

func (s *svg) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&s.text, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (s *svg) rect(class string, x, y, width, height float64) {
	fmt.Fprintf(&s.text, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="1"/>`, class, x, y, width,
		height)
}

// words writes a text that is anchored at its start, middle or end.
func (s *svg) words(class, anchor string, x, y float64, text string) {
	fmt.Fprintf(&s.text, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y,
		html.EscapeString(text))
}

// polyline joins points.
func (s *svg) polyline(class string, points [][2]float64) {
	fmt.Fprintf(&s.text, `<polyline class="%s" points="`, class)
	for _, p := range points {
		fmt.Fprintf(&s.text, "%.1f,%.1f ", p[0], p[1])
	}
	s.text.WriteString(`"/>`)
}

// mark is a point that can be pointed at, and that the keyboard reaches; its description is told then.
func (s *svg) mark(class string, x, y, radius float64, description string) {
	const circle = `<circle class="mark %s" cx="%.1f" cy="%.1f" r="%.1f" tabindex="0" role="img" aria-label="%s"/>`
	fmt.Fprintf(&s.text, circle, class, x, y, radius, html.EscapeString(description))
}

// scale maps numbers to pixels, linearly or by their logarithms.
type scale struct {
	from, to    float64 // numbers
	start, end  float64 // pixels
	logarithmic bool
	ticks       []float64
}

// logScale spans the numbers, all above zero, with some room on both sides.
func logScale(numbers []float64, start, end float64) scale {
	low, high := bounds(numbers)
	s := scale{from: low / 1.25, to: high * 1.25, start: start, end: end, logarithmic: true}
	// As many round numbers of each power of ten as there is room for.
	for _, steps := range [][]float64{{1, 1.5, 2, 3, 4, 5, 7}, {1, 2, 3, 5}, {1, 2, 5}, {1, 3}, {1}} {
		s.ticks = nil
		for power := math.Floor(math.Log10(s.from)); power <= math.Log10(s.to); power++ {
			for _, step := range steps {
				if t := step * math.Pow(10, power); t >= s.from && t <= s.to {
					s.ticks = append(s.ticks, t)
				}
			}
		}
		if len(s.ticks) <= 6 {
			break
		}
	}
	return s
}

// linearScale spans the numbers with some room on both sides.
func linearScale(numbers []float64, start, end float64) scale {
	low, high := bounds(numbers)
	room := (high - low) * 0.06
	if room == 0 {
		room = max(math.Abs(high)*0.06, 1e-9)
	}
	s := scale{from: low - room, to: high + room, start: start, end: end}
	step := math.Pow(10, math.Floor(math.Log10((s.to-s.from)/3)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (s.to-s.from)/(step*factor) <= 6 {
			step *= factor
			break
		}
	}
	for t := math.Ceil(s.from/step) * step; t <= s.to; t += step {
		s.ticks = append(s.ticks, t)
	}
	return s
}

func bounds(numbers []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, x := range numbers {
		low, high = min(low, x), max(high, x)
	}
	return low, high
}

// at returns the pixel of a number.
func (s scale) at(x float64) float64 {
	share := (x - s.from) / (s.to - s.from)
	if s.logarithmic {
		share = math.Log(x/s.from) / math.Log(s.to/s.from)
	}
	return s.start + share*(s.end-s.start)
}

// yAxis draws the grid and its numbers, on the left.
func (s *svg) yAxis(y scale) {
	for _, t := range y.ticks {
		s.line("grid", left, y.at(t), float64(s.width-right), y.at(t))
		s.words("tick", "end", left-6, y.at(t)+4, short(t))
	}
}

// xAxis draws the numbers below.
func (s *svg) xAxis(x scale) {
	base := float64(s.height - bottom)
	s.line("axis", left, base, float64(s.width-right), base)
	for _, t := range x.ticks {
		s.line("axis", x.at(t), base, x.at(t), base+4)
		s.words("tick", "middle", x.at(t), base+16, short(t))
	}
}
