package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/dsl/source"
)

// flagsOf reads the flags of a search.
func flagsOf(t *testing.T, line ...string) *searchFlags {
	t.Helper()
	c := newCall(line...)
	f := newSearchFlags(c)
	if _, err := c.parse(); err != nil {
		t.Fatal(err)
	}
	return f
}

const freeNet = `network N(out: int) {
    input image[3, 8, 8]
    a Conv(out, kernel: 3) -> GlobalAvgPool -> Flatten
}

family N {
    A: out = 4 in [2, 4, 6]
}
`

func freeSpace(t *testing.T) *compiler.Space {
	t.Helper()
	program, err := compiler.LoadFile(source.NewFile("n.net", freeNet))
	if err != nil {
		t.Fatal(err)
	}
	space, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	return space
}

// TestFoundHeader: the file that a search writes says where it comes from, what its score is and what the baseline's
// was, unless that is it, and how many more are as good, unless somebody has picked.
func TestFoundHeader(t *testing.T) {
	space := freeSpace(t)
	macs := search.Static()[0]
	result := func(number, choice int, score float64, status search.Status) *search.Result {
		return &search.Result{Number: number, Point: []int{choice}, Score: score, Status: status,
			Costs: map[string]float64{macs.Name: 1500 * float64(number+1)}}
	}
	base, better := result(1, 1, 0.5, search.Done), result(0, 0, 0.75, search.Done)
	twin, failed := result(2, 2, 0.75, search.Done), result(1, 1, 0, search.Failed)
	for _, tt := range []struct {
		name    string
		line    []string
		results []*search.Result
		written *search.Result
		ties    int
		want    []string
	}{
		{"the best", nil, []*search.Result{better, base}, better, 1, []string{
			"Found by netc search in n.net: candidate 0 of 2, by the score, for the variant A.",
			"It has the score 0.75, 1.5 k macs", "The baseline has the score 0.5, 3 k macs"}},
		{"of several", []string{"--score", "sh  run.sh\n{net}"}, []*search.Result{better, base, twin}, better, 2,
			[]string{
				"Found by netc search in n.net: candidate 0 of 3, by the score, for the variant A.",
				"Scored by: sh run.sh {net}", "It has the score 0.75, 1.5 k macs",
				"The baseline has the score 0.5, 3 k macs", "1 more have the same score."}},
		{"picked", []string{"--pick", "2"}, []*search.Result{better, base, twin}, twin, 2, []string{
			"Found by netc search in n.net: candidate 2 of 3, picked, for the variant A.",
			"It has the score 0.75, 4.5 k macs", "The baseline has the score 0.5, 3 k macs"}},
		{"the baseline", nil, []*search.Result{base}, base, 1, []string{
			"Found by netc search in n.net: candidate 1 of 1, by the score, for the variant A.",
			"It has the score 0.5, 3 k macs"}},
		{"no baseline", nil, []*search.Result{better, failed}, better, 1, []string{
			"Found by netc search in n.net: candidate 0 of 2, by the score, for the variant A.",
			"It has the score 0.75, 1.5 k macs"}},
	} {
		f := flagsOf(t, tt.line...)
		s := &search.Search{Space: space, Costs: []search.Cost{macs}}
		o := &search.Outcome{Results: tt.results, Ties: make([]*search.Result, tt.ties)}
		got := strings.Join(f.header("dir/n.net", s, o, tt.written), "\n")
		if want := strings.Join(tt.want, "\n"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, want)
		}
	}
}

// TestWritten: -o is for the best candidate, or for the one that is picked, if that has been scored to its end.
func TestWritten(t *testing.T) {
	results := []*search.Result{{Number: 0, Status: search.Over}, {Number: 1, Status: search.Done},
		{Number: 2, Status: search.Done}}
	o := &search.Outcome{Results: results, Best: results[2:]}
	for pick, want := range map[string]string{
		"": "2", "1": "1", "0": "candidate 0 has no score to be written with: it is over",
		"3": "there is no candidate 3: the search has ended with 3 candidates",
	} {
		var line []string
		if pick != "" {
			line = []string{"--pick", pick}
		}
		r, err := flagsOf(t, line...).written(o)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(r.Number)
		}
		if got != want {
			t.Errorf("--pick %s: got %s, want %s", pick, got, want)
		}
	}
}

// TestNoBest says why no candidate has a score.
func TestNoBest(t *testing.T) {
	for status, want := range map[string]string{
		"over over": "no candidate is within the limits of --within: macs: the limit is 1 k, the least found 3 k",
		"over failed": "no candidate has a score: 1 is over the limits of --within (macs: the limit is 1 k, the least " +
			"found 3 k), the others have failed",
		"over over failed": "no candidate has a score: 2 are over the limits of --within (macs: the limit is 1 k, the " +
			"least found 3 k), the others have failed",
		"failed failed": "no candidate has a score",
	} {
		s := &search.Search{Costs: search.Static(), Within: []search.Quantity{{Cost: "macs", Value: 1000}}}
		o := &search.Outcome{Least: map[string]float64{"macs": 3000}}
		for word := range strings.FieldsSeq(status) {
			o.Results = append(o.Results, &search.Result{Status: search.Status(word)})
		}
		if got := noBest(s, o).Error(); got != want {
			t.Errorf("%s: got %q, want %q", status, got, want)
		}
	}
}

// TestEnded: a search that ends early says why, and where its results are, if there are any.
func TestEnded(t *testing.T) {
	store, err := search.OpenStore(t.TempDir()+"/r", search.NewHeader("n.net", freeSpace(t), "true", false, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	broken := errors.New("it broke")
	kept := "; " + store.Path() + " has the results up to here, and the same command goes on from them"
	one := []*search.Result{{Number: 7}}
	lost := &search.StoreError{Results: one, Err: broken}
	for _, tt := range []struct {
		store   *search.Store
		results []*search.Result
		err     error
		want    string
		printed string // a part of what is printed
	}{
		{nil, one, broken, "it broke", ""}, {store, nil, broken, "it broke", ""},
		{store, one, broken, "it broke" + kept, ""},
		{store, one, context.Canceled, "interrupted after 1 candidate" + kept, ""},
		{nil, nil, context.Canceled, "interrupted after 0 candidates", ""},
		{store, one, lost, "cannot add to the results: " + lost.Error() + kept,
			"netc: 1 result could not be stored:\n[\n  {\n    \"candidate\": 7,"},
	} {
		var stderr bytes.Buffer
		s := &search.Search{Store: tt.store}
		err := (&searchFlags{}).ended(&call{stderr: &stderr}, s, &search.Outcome{Results: tt.results}, tt.err)
		if err == nil || err.Error() != tt.want || !strings.HasPrefix(stderr.String(), tt.printed) ||
			tt.printed == "" && stderr.Len() > 0 {
			t.Errorf("got %v, printed %s; want %s, %s", err, &stderr, tt.want, tt.printed)
		}
	}
	full := &call{stderr: &failing{}}
	if err := (&searchFlags{}).ended(full, &search.Search{}, &search.Outcome{}, lost); !errors.Is(err, errFull) {
		t.Errorf("results that cannot be printed either: %v", err)
	}
}

// TestSearchSettings reads what a search is to do, at both sides of each limit.
func TestSearchSettings(t *testing.T) {
	for line, want := range map[string]string{
		"--minimize macs": "", "--minimize macs --candidates 1": "", "--minimize macs --jobs 1": "",
		"--minimize macs --lookahead 1": "", "--minimize macs --retries 0": "",
		"--minimize macs --candidates 0": "--candidates, --jobs and --lookahead are at least 1, --retries at least 0",
		"--minimize macs --jobs 0":       "are at least 1", "--minimize macs --lookahead 0": "are at least 1",
		"--minimize macs --retries -1": "--retries at least 0", "--minimize weight": `there is no cost "weight": the`,
		"--maximize weight": `there is no cost "weight": the costs are macs, params, activations, weights`,
		"--cost weight":     `there is no cost "weight"`, "--front weight": `there is no cost "weight"`,
		"--within 1kg": "--within: ", "--within 1kMACs": "", "--near 1kg": "--near: ", "--near 1kMACs": "",
		"--near 1kMACs,-0.1": "", "--near 1kMACs,-x": `--near: "-x" is no exponent: write --near 8ms,-0.07`,
		"--method walk": "walk", "--stop 3": "write --stop FIRST:LAST or FIRST:LAST:ETA, such as 3:27",
		"--stop 3:27": "", "--stop 3:27:2": "", "--stop 3:27:2:1": "write --stop", "--stop 3:x": "write --stop",
		"--stop 27:3": "--stop: ", "--stop 3:27 --jobs 9": "--jobs 9 needs --lookahead 9 or more",
		"--stop 3:27 --jobs 8": "", "--method evolution --jobs 9": "--jobs 9 needs --lookahead 9 or more",
		"--method evolution --jobs 8": "", "--method random --jobs 9": "", "--method grid --jobs 9": "",
	} {
		f := flagsOf(t, strings.Fields(line)...)
		_, err := f.search(freeSpace(t), search.Static())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
		if usage := (usageError{}); err != nil && !errors.As(err, &usage) {
			t.Errorf("%s: %v is no mistake of the command line", line, err)
		}
	}
}

// TestSearchCosts: the costs that a search notes are those that its flags name, each once; a grid is tried to its end
// unless a number is given; a halving has its rungs.
func TestSearchCosts(t *testing.T) {
	for line, want := range map[string]string{
		"--minimize params":                             "macs params activations weights; 0; []; []",
		"--candidates 5 --within 1kMACs --front params": "macs params activations weights; 5; [params]; []",
		"--method random":                               "macs params activations weights; 100; []; []",
		"--stop 1:9 --cost memory --cost memory":        "macs params activations weights memory; 0; []; [1 3 9]",
		"--within memory=4kB":                           "macs params activations weights memory; 0; []; []",
		"--stop 2:9:2 --near memory=4kB":                "macs params activations weights memory; 0; []; [2 4 8]",
	} {
		f := flagsOf(t, strings.Fields(line)...)
		s, err := f.search(freeSpace(t), append(search.Static(), search.Cost{Name: "memory", Unit: "B"}))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		got := fmt.Sprint(strings.ReplaceAll(costNames(s.Costs), ",", ""), "; ", s.Count, "; ", s.Objective.Front, "; ",
			rungs(s.Halving))
		if got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
}

// TestScorers: what scores candidates, and where, is said once, and fits together.
func TestScorers(t *testing.T) {
	manifest := t.TempDir() + "/job.yaml"
	writeTestFile(t, manifest, "name: {name}\ncommand: {command}\n")
	writeTestFile(t, manifest+".bad", "nothing\n")
	for _, tt := range []struct {
		line    []string
		scored  string // what the file of results says
		command bool
		want    string // of the error
	}{
		{[]string{"--score", "test {net}"}, "test {net}", true, ""},
		{[]string{"--minimize", "macs"}, "least macs", false, ""},
		{[]string{"--maximize", "macs"}, "most macs", false, ""},
		{nil, "", false, "say what is best: one of --score, --minimize and --maximize"},
		{[]string{"--minimize", "macs", "--maximize", "macs"}, "", false, "say what is best"},
		{[]string{"--minimize", "macs", "--near", "1kMACs"}, "", false, "with --minimize, give --within"},
		{[]string{"--maximize", "macs", "--near", "1kMACs"}, "most macs", false, ""},
		{[]string{"--score", "test"}, "", false, "--score: "},
		{[]string{"--score", "test {net}", "--executor-args", "x"}, "", false, "--executor-args belongs to --executor"},
		{[]string{"--score", "test {net}", "--executor", "slurm", "--executor-args", "x"}, "test {net}", true, ""},
		{[]string{"--score", "test {net}", "--executor", "ray"}, "test {net}", true, ""},
		{[]string{"--score", "test {net}", "--executor", "cloud"}, "", false, `there is no executor "cloud"`},
		{[]string{"--score", "test {net}", "--executor", "kubernetes"}, "", false, "and --job belong together"},
		{[]string{"--score", "test {net}", "--job", manifest}, "", false, "kubernetes and --job belong together"},
		{[]string{"--score", "test {net}", "--executor", "kubernetes", "--job", manifest + "x"}, "", false,
			"no such file"},
		{[]string{"--score", "test {net}", "--executor", "kubernetes", "--job", manifest + ".bad"}, "", false,
			manifest + ".bad: "},
		{[]string{"--score", "test {net}", "--executor", "kubernetes", "--job", manifest}, "test {net}", true, ""},
	} {
		f := flagsOf(t, tt.line...)
		s, err := f.search(freeSpace(t), search.Static())
		if err != nil {
			t.Fatal(err)
		}
		scorer, err := f.scorer(f.chosen.call, "n.net", s)
		switch {
		case tt.want != "":
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q: got %v, want %s", tt.line, err, tt.want)
			}
		case err != nil || (scorer != nil) != tt.command || s.Scorer == nil || f.scoredBy() != tt.scored ||
			s.Objective.Least != (*f.minimize != ""):
			t.Errorf("%q: got %v, %v, scored by %q", tt.line, scorer, err, f.scoredBy())
		case tt.command && s.Exclusive != (*f.executor == "local"):
			t.Errorf("%q: alone on this machine: %t", tt.line, s.Exclusive)
		}
	}
}

// TestResultsPath: results of a command are kept without being asked for, in the working folder.
func TestResultsPath(t *testing.T) {
	for _, tt := range []struct{ line, file, want string }{
		{"", "a/n.net", ""}, {"--results r", "a/n.net", "r"}, {"--score c", "a/n.net", "n.results"},
		{"--score c --results r", "n.net", "r"}, {"--score c", "-", "search.results"}, {"--score c", "n", "n.results"},
	} {
		if got := flagsOf(t, strings.Fields(tt.line)...).resultsPath(tt.file); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.line, tt.file, got, tt.want)
		}
	}
}

// TestSearchRows lists the best, those that tie with them up to ten, and the baseline, each once.
func TestSearchRows(t *testing.T) {
	space := freeSpace(t)
	result := func(number, choice int) *search.Result {
		return &search.Result{Number: number, Point: []int{choice}, Status: search.Done, Score: 1}
	}
	var many []*search.Result
	for i := range 12 {
		many = append(many, result(i, 0))
	}
	base := result(20, 1)
	numbers := func(rows []*search.Result) string { return fmt.Sprint(numbersOf(rows)) }
	for _, tt := range []struct {
		best, ties, all []*search.Result
		want            string
	}{
		{many[:1], many[:1], many, "[0]"}, {many[:1], many[:2], append(many[:2:2], base), "[0 1 20]"},
		{many[:1], many, append(many[:12:12], base), "[0 1 2 3 4 5 6 7 8 9 20]"},
		{many, nil, many, "[0 1 2 3 4 5 6 7 8 9 10 11]"},
		{[]*search.Result{base}, nil, []*search.Result{base}, "[20]"}, {nil, nil, nil, "[]"},
	} {
		s := &search.Search{Space: space}
		if got := numbers(rowsOf(s, &search.Outcome{Best: tt.best, Ties: tt.ties, Results: tt.all})); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	for n, want := range map[int]string{0: "", 1: "0", 8: "0, 1, 2, 3, 4, 5, 6, 7", 9: "0, 1, 2, 3, 4, 5, …, 8",
		12: "0, 1, 2, 3, 4, 5, …, 11"} {
		var values []string
		for i := range n {
			values = append(values, fmt.Sprint(i))
		}
		if got := shortList(values); got != want {
			t.Errorf("%d values: got %s, want %s", n, got, want)
		}
	}
}

// TestPrintOutcome counts what became of candidates, and shows the best with what they cost and are set to.
func TestPrintOutcome(t *testing.T) {
	space := freeSpace(t)
	macs := search.Static()[0]
	result := func(number, choice int, score float64, status search.Status) *search.Result {
		return &search.Result{Number: number, Point: []int{choice}, Score: score, Status: status,
			Costs: map[string]float64{macs.Name: 1500 * float64(number+1)}}
	}
	best, base := result(0, 0, 0.75, search.Done), result(1, 1, 0.5, search.Done)
	twin := result(3, 2, 0.75, search.Done)
	all := []*search.Result{best, base, result(2, 2, 0, search.Failed), twin, result(4, 2, 0, search.Over)}
	for _, tt := range []struct {
		front []string
		o     search.Outcome
		want  string
	}{
		{nil, search.Outcome{Results: all, Best: all[:1], Ties: []*search.Result{best, twin}},
			`A: 1 dimension, 5 candidates, 3 scored to the end, 1 failed; the best by the score:
   candidate  score   macs  settings
           0   0.75  1.5 k  out = 2
           3   0.75    6 k  out = 6
  baseline 1    0.5    3 k  out = 4
2 candidates tie: the score does not tell them apart
`},
		{[]string{"macs"}, search.Outcome{Results: all[:2], Best: all[:1], Ties: []*search.Result{best, twin}},
			`A: 1 dimension, 2 candidates, 2 scored to the end, 0 failed; the best by the front of the score and macs:
   candidate  score   macs  settings
           0   0.75  1.5 k  out = 2
           3   0.75    6 k  out = 6
  baseline 1    0.5    3 k  out = 4
`},
		{nil, search.Outcome{Results: all[2:3]}, "A: 1 dimension, 1 candidate, 0 scored to the end, 1 failed\n"},
	} {
		var out strings.Builder
		s := &search.Search{Space: space, Costs: []search.Cost{macs}, Objective: search.Objective{Front: tt.front}}
		if err := printOutcome(&call{stdout: &out}, s, &tt.o, false); err != nil || out.String() != tt.want {
			t.Errorf("%v, got\n%s\nwant\n%s", err, out.String(), tt.want)
		}
		if err := printOutcome(&call{stdout: &failing{}}, s, &tt.o, false); !errors.Is(err, errFull) {
			t.Errorf("a write fails, and nothing is said: %v", err)
		}
	}
	for _, asJSON := range []bool{false, true} {
		if err := printSpace(&call{stdout: &failing{}}, space, search.Static(), asJSON); !errors.Is(err, errFull) {
			t.Errorf("as JSON: %t: %v", asJSON, err)
		}
	}
}

// newCall is a run of a command with a line of its own, which prints nothing.
func newCall(line ...string) *call {
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return &call{flags: flags, args: line, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard,
		out: output.New(io.Discard)}
}
