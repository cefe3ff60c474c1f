package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// roofline draws the measured steps under what the processor can do at most: a step that does few operations for each
// byte is held by memory, under the slope; another by arithmetic, under the flat roof ("Roofline: an insightful visual
// performance model", doi:10.1145/1498765.1498785). The area of a mark is the step's share of the time.
func roofline(d *Detail) *chart {
	if d == nil || d.Machine == nil || len(d.Steps) == 0 {
		return nil
	}
	var intensities, rates []float64
	var all time.Duration
	idle := func(s Step) bool { return s.FLOPs == 0 || s.Bytes == 0 || s.Time == 0 }
	steps := slices.DeleteFunc(slices.Clone(d.Steps), idle)
	if len(steps) == 0 {
		return nil
	}
	for _, s := range steps {
		intensities = append(intensities, float64(s.FLOPs)/float64(s.Bytes))
		rates = append(rates, float64(s.FLOPs)/s.Time.Seconds())
		all += s.Time
	}
	m := d.Machine
	ridge := m.FLOPs / m.Bandwidth
	const height = 320
	out := newSVG(chartWidth, height, "operations a second over operations for each byte")
	x := logScale(append(slices.Clone(intensities), ridge*2), left, chartWidth-right)
	y := logScale(append(slices.Clone(rates), m.FLOPs), height-bottom, top)
	out.yAxis(y)
	out.xAxis(x)
	out.words("tick", "end", chartWidth-right, height-4, "operations for each byte")
	from := max(x.from, y.from/m.Bandwidth)
	out.polyline("roof", [][2]float64{
		{x.at(from), y.at(from * m.Bandwidth)}, {x.at(ridge), y.at(m.FLOPs)}, {x.at(x.to), y.at(m.FLOPs)}})
	order := make([]int, len(steps))
	for i := range order {
		order[i] = i
	}
	// Small marks are drawn last, on top.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(steps[b].Time, steps[a].Time) })
	for _, i := range order {
		s := steps[i]
		share := float64(s.Time) / float64(all)
		roof := min(m.FLOPs, intensities[i]*m.Bandwidth)
		out.mark("soft", x.at(intensities[i]), y.at(rates[i]), 2.5+22*math.Sqrt(share),
			fmt.Sprintf("%s: %s, %s of the time; %sFLOP/s, %.0f%% of what is possible at %.3g operations for each byte",
				s.Name, milliseconds(s.Time), percent(share), short(rates[i]), 100*rates[i]/roof, intensities[i]))
	}
	note := fmt.Sprintf("%s: at most %sFLOP/s, and %sB/s from memory; what lies in a cache may be above the slope. "+
		"The larger a mark, the more time", m.Name, short(m.FLOPs), short(m.Bandwidth))
	return &chart{"Roofline", note, out.html()}
}

// front draws the candidates of a search: cost to the right, score upwards, and the line of those that none beats in
// both. Those that were stopped early are hollow, below the others.
func front(search *Search) *chart {
	if search == nil || len(search.Points) == 0 {
		return nil
	}
	var costs, scores []float64
	var best []Point
	for _, p := range search.Points {
		costs, scores = append(costs, p.Cost), append(scores, p.Score)
		if p.Front {
			best = append(best, p)
		}
	}
	const height = 320
	s := newSVG(chartWidth, height, search.Score+" over "+search.Cost)
	x, y := linearScale(costs, left, chartWidth-right), linearScale(scores, height-bottom, top)
	if low, high := bounds(costs); low > 0 && high > 8*low {
		x = logScale(costs, left, chartWidth-right)
	}
	s.yAxis(y)
	s.xAxis(x)
	s.words("tick", "end", chartWidth-right, height-4, search.Cost)
	slices.SortFunc(best, func(a, b Point) int { return cmp.Compare(a.Cost, b.Cost) })
	var steps [][2]float64
	for i, p := range best {
		if i > 0 {
			steps = append(steps, [2]float64{x.at(p.Cost), y.at(best[i-1].Score)})
		}
		steps = append(steps, [2]float64{x.at(p.Cost), y.at(p.Score)})
	}
	s.polyline("series", steps)
	points := slices.Clone(search.Points)
	isStopped := func(p Point) bool { return p.Stopped > 0 }
	slices.SortStableFunc(points, func(a, b Point) int { // marks that are drawn later lie on top
		switch {
		case isStopped(a) == isStopped(b):
			return 0
		case isStopped(a):
			return -1
		}
		return 1
	})
	stopped := 0
	for _, p := range points {
		class, radius, early := "soft", 3.5, ""
		switch {
		case isStopped(p):
			stopped++
			class, early = "stopped", fmt.Sprintf(" when it was stopped after epoch %d", p.Stopped)
		case p.Front:
			class, radius = "", 5
		}
		s.mark(class, x.at(p.Cost), y.at(p.Score), radius, fmt.Sprintf("%s: %s %.4g%s, %s %s; %s", p.Name, search.Score,
			p.Score, early, search.Cost, short(p.Cost), strings.Join(p.Settings, ", ")))
	}
	note := fmt.Sprintf("%d candidates scored to the end, %d stopped early (hollow), %d failed. The line joins those "+
		"that no other beats in both", len(points)-stopped, stopped, search.Failed)
	return &chart{search.Score + " over " + search.Cost, note, s.html()}
}
