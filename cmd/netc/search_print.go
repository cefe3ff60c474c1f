package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
)

// searchProgress shows how far a search has come: in a line that changes, on a terminal, and elsewhere in a line for
// each candidate.
type searchProgress struct {
	w        io.Writer
	search   *search.Search
	terminal bool
}

func newSearchProgress(w io.Writer, s *search.Search) *searchProgress {
	return &searchProgress{w, s, isTerminal(w)}
}

func (p *searchProgress) report(at search.Progress) {
	_, quick := p.search.Scorer.(costScorer)
	switch {
	case p.terminal:
		fmt.Fprintf(p.w, "\r\x1b[K%s%s", meter(at), p.text(at))
	case at.Last != nil && !at.Last.Reused && !quick:
		fmt.Fprintf(p.w, "netc: candidate %d: %s; %s\n", at.Last.Number, outcomeOf(at.Last), p.text(at))
	}
}

// finish clears the line.
func (p *searchProgress) finish() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// meter is a bar of twenty characters.
func meter(at search.Progress) string {
	const width = 20
	if at.Total == 0 {
		return ""
	}
	done := width * at.Known / at.Total
	return "[" + strings.Repeat("#", done) + strings.Repeat(".", width-done) + "] "
}

// text says how far a search has come: "13 of 60 known, 8% failed, best 0.771 (candidate 9), 12m left".
func (p *searchProgress) text(at search.Progress) string {
	parts := []string{fmt.Sprintf("%d known", at.Known)}
	switch {
	case at.Total > 0 && p.search.Count == 0:
		parts[0] = fmt.Sprintf("%d of at most %d known", at.Known, at.Total)
	case at.Total > 0:
		parts[0] = fmt.Sprintf("%d of %d known", at.Known, at.Total)
	}
	if scored := at.Known - at.Over; at.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d%% failed", 100*at.Failed/max(scored, 1)))
	}
	if at.Stopped > 0 {
		parts = append(parts, fmt.Sprintf("%d stopped early", at.Stopped))
	}
	if at.Over > 0 {
		parts = append(parts, fmt.Sprintf("%d over the limit", at.Over))
	}
	if len(at.Best) > 0 {
		best := fmt.Sprintf("best %s (candidate %d)", number(at.Best[0].Score), at.Best[0].Number)
		if len(p.search.Objective.Front) > 0 {
			best = fmt.Sprintf("%d on the front", len(at.Best))
		}
		parts = append(parts, best)
	}
	if at.Left > 0 {
		parts = append(parts, roughly(at.Left)+" left")
	}
	return strings.Join(parts, ", ")
}

// roughly is a duration in one or two units.
func roughly(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%dm", int(d.Minutes()+0.5))
	}
	return fmt.Sprintf("%ds", int(d.Seconds()+0.5))
}

// outcomeOf says what became of a candidate.
func outcomeOf(r *search.Result) string {
	text := ""
	switch r.Status {
	case search.Failed:
		text = "failed: " + r.Error
	case search.Over:
		text = "over the limit"
	case search.Stopped:
		last := r.Epochs[len(r.Epochs)-1]
		text = fmt.Sprintf("stopped after epoch %d at %s", last.Epoch, number(last.Score))
	default:
		text = "score " + number(r.Score)
	}
	if r.Like != nil {
		text += fmt.Sprintf(", the same network as candidate %d", *r.Like)
	}
	return text
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// printOutcome prints the best candidates, or the front.
func printOutcome(c *call, s *search.Search, o *search.Outcome, asJSON bool) error {
	if asJSON {
		return writeJSON(c.stdout, searchJSON{s.Space.Variant, s.Objective.String(), len(o.Results), o.Reused, o.Best,
			numbersOf(o.Ties), baseline(s.Space, o.Results)})
	}
	done, failed := 0, 0
	for _, r := range o.Results {
		switch r.Status {
		case search.Done:
			done++
		case search.Failed:
			failed++
		}
	}
	_, err := fmt.Fprintf(c.stdout, "%s: %s, %s, %d scored to the end, %d failed", s.Space.Variant,
		counted(len(s.Space.Dimensions), "dimension"), counted(len(o.Results), "candidate"), done, failed)
	rows := rowsOf(s, o)
	if len(rows) == 0 || err != nil {
		fmt.Fprintln(c.stdout)
		return err
	}
	fmt.Fprintf(c.stdout, "; the best by %s:\n", s.Objective)
	header := "candidate\tscore\t"
	for _, cost := range s.Costs {
		header += cost.Name + "\t"
	}
	err = table(c.stdout, header+"  settings", len(rows), func(w io.Writer, i int) {
		r := rows[i]
		name := strconv.Itoa(r.Number)
		if s.Space.Text(r.Point) == s.Space.Text(s.Space.Origin()) {
			name = "baseline " + name
		}
		fmt.Fprintf(w, "%s\t%s\t", name, number(r.Score))
		for _, cost := range s.Costs {
			fmt.Fprintf(w, "%s\t", cost.Format(r.Costs[cost.Name]))
		}
		fmt.Fprintf(w, "  %s\n", s.Space.Text(r.Point))
	})
	if n := len(o.Ties); err == nil && n > 1 && len(s.Objective.Front) == 0 {
		_, err = fmt.Fprintf(c.stdout, "%d candidates tie: %s does not tell them apart\n", n, s.Objective)
	}
	return err
}

// searchJSON is what "search --json" prints.
type searchJSON struct {
	Variant    string           `json:"variant"`
	Objective  string           `json:"objective"`
	Candidates int              `json:"candidates"`
	Reused     int              `json:"reused"`
	Best       []*search.Result `json:"best"`
	Ties       []int            `json:"ties"`
	Baseline   *search.Result   `json:"baseline"`
}

func numbersOf(results []*search.Result) []int {
	numbers := []int{}
	for _, r := range results {
		numbers = append(numbers, r.Number)
	}
	return numbers
}

// rowsOf lists the best, those that tie with it, and the baseline, each once.
func rowsOf(s *search.Search, o *search.Outcome) []*search.Result {
	const most = 10
	var rows []*search.Result
	seen := map[int]bool{}
	add := func(r *search.Result) {
		if r != nil && !seen[r.Number] {
			seen[r.Number] = true
			rows = append(rows, r)
		}
	}
	for _, r := range o.Best {
		add(r)
	}
	for _, r := range o.Ties {
		if len(rows) < most {
			add(r)
		}
	}
	add(baseline(s.Space, o.Results))
	return rows
}

// dimensionRow is a dimension as "search --list --json" prints it.
type dimensionRow struct {
	Name     string   `json:"name"`
	Baseline string   `json:"baseline"`
	Values   []string `json:"values"`
}

// printSpace prints what is free, and what the baseline costs.
func printSpace(c *call, s *compiler.Space, costs []search.Cost, asJSON bool) error {
	rows := make([]dimensionRow, len(s.Dimensions))
	for i, d := range s.Dimensions {
		rows[i] = dimensionRow{Name: d.Name, Baseline: d.Values[d.Baseline].Text}
		for _, v := range d.Values {
			rows[i].Values = append(rows[i].Values, v.Text)
		}
	}
	if asJSON {
		return writeJSON(c.stdout, rows)
	}
	err := table(c.stdout, "free\tbaseline\tvalues\t", len(rows), func(w io.Writer, i int) {
		r := rows[i]
		fmt.Fprintf(w, "%s\t%s\t%d\t  %s\n", r.Name, r.Baseline, len(r.Values), shortList(r.Values))
	})
	if err != nil {
		return err
	}
	static := search.Static()
	values, err := costsOf(s.Baseline, static)
	if err != nil {
		return err
	}
	text := ""
	for i, cost := range static {
		text += ", " + cost.Format(values[i]) + " " + cost.Name
	}
	_, err = fmt.Fprintf(c.stdout, "%.6g points in all%s; the baseline of %s has %s\n", s.Size(), satisfying(s),
		s.Variant, strings.TrimPrefix(text, ", "))
	return err
}

// satisfying says how many points hold the scaling's constraints, where that is not all of them and they can be
// counted.
func satisfying(s *compiler.Space) string {
	const most = 20_000
	if s.Size() > most {
		return ""
	}
	n := 0
	s.Each(func(point []int) bool {
		if s.Satisfies(point) == nil {
			n++
		}
		return true
	})
	if float64(n) == s.Size() {
		return ""
	}
	return fmt.Sprintf(", of which %d hold the constraints of the scaling", n)
}

// shortList is a list, of which long ones have their middle left out.
func shortList(values []string) string {
	const shown = 8
	if len(values) <= shown {
		return strings.Join(values, ", ")
	}
	return strings.Join(values[:shown-2], ", ") + ", …, " + values[len(values)-1]
}
