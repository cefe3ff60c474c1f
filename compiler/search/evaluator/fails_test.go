package evaluator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/search"
)

// TestPieces feeds what commands print in pieces of every length: scores, epochs and mistakes do not depend on them.
func TestPieces(t *testing.T) {
	for _, tt := range []struct {
		printed string
		mixed   bool
		want    string // epochs, whether there is a score and which, what is wrong, why it is ended, and what is logged
	}{
		{"0.5\n", false, "[] true 0.5 <nil> <nil> "}, {"0.5", false, "[] true 0.5 <nil> <nil> "},
		{"", false, "[] false 0 <nil> <nil> "}, {"\n\n \n", false, "[] false 0 <nil> <nil> "},
		{"0 1\n3 2.5\n4 0.5", false, "[{0 1} {3 2.5} {4 0.5}] true 0.5 <nil> <nil> "},
		{"1 1\n2 -1\n3 5\n", false, "[{1 1} {2 -1}] true -1 <nil> hopeless "},
		{"1 1\n1 2\n", false, "[{1 1}] true 1 the command printed the epoch 1 after the epoch 1 wrong output "},
		{"1 1\n1.5 2\n", false, `[{1 1}] true 1 the command printed two numbers, "1.5 2": a line has`},
		{"-1 2\n", false, `[] false 0 the command printed two numbers, "-1 2": a line has`},
		{"1\n1\n", false, "[] true 1 the command printed two scores, 1 and 1: it prints one, or an epoch"},
		{"1\n2 1\n", false, `[] true 1 the command printed two scores, 1 and "2 1": it prints one, or an epoch`},
		{"2 1\n1\n5 5\n", false,
			`[{2 1}] true 1 the command printed "1" after lines of an epoch and a score wrong output `},
		{"1 NaN\n", false, "[] false 0 the command printed the score NaN, which compares with nothing wrong output "},
		{"-Inf\n1\n", false, "[] false 0 the command printed the score -Inf, which compares with nothing wrong"},
		{"word\n1\n", false, `[] false 0 the command printed "word", which is no score`},
		{"1 2 3\n", false, `[] false 0 the command printed "1 2 3", which is no score`},
		{strings.Repeat("x", 81), false, `[] false 0 the command printed "` + strings.Repeat("x", 80) + `…", which`},
		{strings.Repeat("x", 80), false, `[] false 0 the command printed "` + strings.Repeat("x", 80) + `", which`},
		{"1 1\nepoch 2\n1 2 3\n0.5 1\n2 2\n", true, "[{1 1} {2 2}] true 2 <nil> <nil> epoch 2\n1 2 3\n0.5 1\n"},
		{"loss\n0.5\n", true, "[] true 0.5 <nil> <nil> loss\n"},
	} {
		for _, piece := range []int{1, 2, 3, 7, len(tt.printed) + 1} {
			var epochs []search.Epoch
			var stopped error
			var log strings.Builder
			r := reader{mixed: tt.mixed, other: &log, stop: func(cause error) { stopped = cause }}
			r.epoch = func(e search.Epoch) bool {
				epochs = append(epochs, e)
				return e.Score >= 0
			}
			for rest := tt.printed; rest != ""; rest = rest[min(piece, len(rest)):] {
				part := []byte(rest[:min(piece, len(rest))])
				if n, err := r.Write(part); n != len(part) || err != nil {
					t.Fatalf("%d of %d bytes, %v", n, len(part), err)
				}
			}
			r.end()
			got := fmt.Sprintf("%v %t %v %v %v %s", epochs, r.some, r.last, r.wrong, stopped, &log)
			if got != tt.want && (r.wrong == nil || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("%.90q in pieces of %d: got %.200s, want %s", tt.printed, piece, got, tt.want)
			}
		}
	}
}

// TestEndless: a line without an end is read, and refused, when it is longer than lines of scores are.
func TestEndless(t *testing.T) {
	for _, extra := range []int{0, 1} {
		r := reader{stop: func(error) {}}
		fmt.Fprint(&r, strings.Repeat("x", maxLine+extra))
		if (r.wrong != nil) != (extra > 0) || extra > 0 && len(r.line) > 0 {
			t.Errorf("%d characters more than a line has: %v, and %d are kept", extra, r.wrong, len(r.line))
		}
	}
}

// other runs a task of its own.
type other struct{ task Task }

func (o other) Task(Job) *Task { return &o.task }
func (other) Local() bool      { return true }

// TestSteps fails at each step of a job: what is to be written, what begins the job, runs it, and says how it ended.
// The score is 0 then, and what is left is cleaned up if the job was begun at all.
func TestSteps(t *testing.T) {
	broken := errors.New("the disk is broken")
	fails := func(context.Context) error { return broken }
	echo := []string{"echo", "0.5"}
	cleaned := 0
	clean := func() { cleaned++ }
	for _, tt := range []struct {
		name, want string
		cleaned    int
		change     func(s *Scorer)
	}{
		{"nothing", "", 1, func(s *Scorer) { s.Executor = other{Task{Args: echo, Clean: clean}} }},
		{"begin", "the disk is broken", 1, func(s *Scorer) {
			s.Executor = other{Task{Args: echo, Before: fails, Clean: clean}}
		}},
		{"end", "the disk is broken", 1, func(s *Scorer) {
			s.Executor = other{Task{Args: echo, After: fails, Clean: clean}}
		}},
		{"run", "executable file not found", 1, func(s *Scorer) {
			s.Executor = other{Task{Args: []string{"no-such-command-at-all"}, Clean: clean}}
		}},
		{"write", "a candidate.net: the disk is broken", 0, func(s *Scorer) {
			s.Files[0].Write = func(io.Writer, *search.Candidate, string) error { return broken }
		}},
		{"create", "a candidate.net", 0, func(s *Scorer) {
			os.MkdirAll(filepath.Join(s.Folder, "3", "a candidate.net"), 0o755)
		}},
		{"log", "log: is a directory", 0, func(s *Scorer) { os.MkdirAll(filepath.Join(s.Folder, "3", "log"), 0o755) }},
		{"folder", "not a directory", 0, func(s *Scorer) {
			s.Folder = filepath.Join(s.Folder, "file")
			os.WriteFile(s.Folder, nil, 0o600)
		}},
	} {
		s := newScorer(t, "echo 0.5; : {net}")
		cleaned = 0
		tt.change(s)
		got, err := score(t, s, nil)
		if tt.want == "" {
			if got != 0.5 || err != nil {
				t.Errorf("%s: %g, %v", tt.name, got, err)
			}
		} else if got != 0 || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %g, %v, want %s", tt.name, got, err, tt.want)
		}
		if cleaned != tt.cleaned {
			t.Errorf("%s: it is cleaned up %d times, want %d", tt.name, cleaned, tt.cleaned)
		}
	}
}

// TestLeftBehind: what a command has started is ended with it, even if it does not listen.
func TestLeftBehind(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	s := newScorer(t, "(trap '' TERM; exec sleep 100) >/dev/null 2>&1 & echo $! > "+pid+"; wait")
	s.Limit = time.Second
	_, err := score(t, s, nil)
	if _, missing := os.Stat(pid); missing != nil {
		t.Fatalf("it was ended before it had started anything: %v", missing)
	}
	if err == nil || !gone(pid) {
		t.Errorf("it goes on: %v", err)
	}
}

// TestTasks holds what each engine is asked for.
func TestTasks(t *testing.T) {
	for limit, want := range map[time.Duration]string{
		0: "", 1: " --time=1", time.Minute: " --time=1", time.Minute + 1: " --time=2", 90 * time.Minute: " --time=90",
	} {
		task := Slurm{Args: []string{"-p", "gpu"}}.Task(Job{Name: "n", Line: "train", Limit: limit})
		want = "srun --job-name=n --ntasks=1 --unbuffered --quiet" + want + " -p gpu sh -c train"
		if got := strings.Join(task.Args, " "); got != want || !task.Timed || task.Mixed {
			t.Errorf("%v: got %s, want %s (timed: %t, mixed: %t)", limit, got, want, task.Timed, task.Mixed)
		}
	}
	if task := (Ray{Args: []string{"--a"}}).Task(Job{Name: "n", Line: "train"}); task.Timed || !task.Mixed ||
		strings.Join(task.Args, " ") != "ray job submit --submission-id=n --a -- sh -c train" {
		t.Errorf("got %+v", task)
	}
	if task := (Here{}).Task(Job{Line: "train"}); task.Timed || task.Mixed ||
		strings.Join(task.Args, " ") != "sh -c train" {
		t.Errorf("got %+v", task)
	}
	for e, local := range map[Executor]bool{Here{}: true, &Slurm{}: false, &Ray{}: false, &Kubernetes{}: false} {
		if e.Local() != local {
			t.Errorf("%T takes this machine's processors: %t", e, e.Local())
		}
	}
	for manifest, missing := range map[string]string{
		"": "{name}", "{command}": "{name}", "{name}": "{command}", "{name} {command}": "",
	} {
		err := Kubernetes{Manifest: manifest}.Check()
		if missing == "" && err != nil || missing != "" && (err == nil ||
			!strings.HasPrefix(err.Error(), "the manifest has no "+missing+":")) {
			t.Errorf("%q: %v", manifest, err)
		}
	}
}
