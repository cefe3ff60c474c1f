package evaluator

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/dsl/source"
)

// newScorer makes a scorer whose candidates are a file that says which they are.
func newScorer(t *testing.T, line string) *Scorer {
	return &Scorer{Line: line, Folder: t.TempDir(), Seed: 7, Executor: Here{}, Job: "netc-test",
		Files: []File{{"{net}", "a candidate.net", func(w io.Writer, c *search.Candidate, _ string) error {
			_, err := fmt.Fprintf(w, "candidate %d\n", c.Number)
			return err
		}}}}
}

func score(t *testing.T, s *Scorer, epoch func(search.Epoch) bool) (float64, error) {
	t.Helper()
	if epoch == nil {
		epoch = func(search.Epoch) bool { return true }
	}
	return s.Score(t.Context(), &search.Candidate{Number: 3, Attempt: 1}, epoch)
}

// TestScore holds the scores of commands to what they print.
func TestScore(t *testing.T) {
	for line, want := range map[string]float64{
		"echo 0.5": 0.5, "printf 0.25": 0.25, "echo; echo ' 1e-3 '": 1e-3, "echo -3": -3,
		"echo 1 0.1; echo 2 0.3; echo 5 0.2":               0.2,
		"echo training >&2; echo 7":                        7,
		"test \"$(cat {net})\" = 'candidate 3' && echo 1":  1,
		"test -f {net} && ls {folder} | grep -c candidate": 1,
		"echo {seed}":                          7,
		"echo {candidate}{attempt}":            31,
		"yes noise | head -100000 >&2; echo 2": 2,
		"echo '0 0.5'":                         0.5,
	} {
		got, err := score(t, newScorer(t, line), nil)
		if err != nil || got != want {
			t.Errorf("%s: %g, %v, want %g", line, got, err, want)
		}
	}
}

// TestResolution: the command is told the size of the candidate's images, where it has images.
func TestResolution(t *testing.T) {
	for shape, want := range map[string]string{"[3, 8, 8]": "8", "[1, 16, 24]": "16x24", "[5]": ""} {
		text := fmt.Sprintf("network N {\n    input x%s\n    a ReLU\n}\n\nfamily N {\n    A:\n}\n", shape)
		program, err := compiler.LoadFile(source.NewFile("n.net", text))
		if err != nil {
			t.Fatal(err)
		}
		n, err := program.Build("A", nil)
		if err != nil {
			t.Fatal(err)
		}
		s := newScorer(t, "test -f {net} && test {resolution} = '"+want+"' && echo 1")
		_, err = s.Score(t.Context(), &search.Candidate{Network: n}, func(search.Epoch) bool { return true })
		switch {
		case want != "" && err != nil:
			t.Errorf("%s: %v, want %s", shape, err, want)
		case want == "" && (err == nil || !strings.Contains(err.Error(), "the input x of shape [5] is no image")):
			t.Errorf("%s: %v", shape, err)
		}
	}
}

// TestMistakes holds what commands do wrong to messages that say what it was.
func TestMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"true":                                  "without printing a score",
		"echo warning: old driver >&2":          "without printing a score; it said: warning: old driver",
		"echo accuracy 0.5":                     `printed "accuracy 0.5", which is no score`,
		"echo 0.5 0.6":                          `printed two numbers, "0.5 0.6"`,
		"echo 0.5; echo 0.6":                    "printed two scores, 0.5 and 0.6",
		"echo 1 0.5; echo 0.6":                  `printed "0.6" after lines of an epoch and a score`,
		"echo 0.6; echo 1 0.5":                  "printed two scores",
		"echo 2 0.5; echo 1 0.6":                "the epoch 1 after the epoch 2",
		"echo 1 2 3":                            "no score",
		"echo nan":                              "the score NaN",
		"echo 1 inf":                            "the score +Inf",
		"echo 0.9; exit 3":                      "exit status 3",
		"echo 'no CUDA device' >&2; false":      "exit status 1; it said: no CUDA device",
		"kill -9 $$":                            "signal: killed",
		"no-such-command-at-all":                "exit status 127",
		"head -c 100000 /dev/zero | tr '\\0' 7": "no score",
	} {
		s := newScorer(t, line)
		if _, err := score(t, s, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
		if left, _ := os.ReadDir(s.Folder); len(left) > 0 {
			t.Errorf("%s leaves %v", line, left)
		}
	}
}

// alive reports whether a process that has written its number into a file goes on.
func alive(path string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(text)), "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// gone waits a little for a process to end.
func gone(path string) bool {
	for range 100 {
		if !alive(path) {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// TestHang ends commands that take too long, with all that they have started, and says for how long they were let.
func TestHang(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	s := newScorer(t, "sleep 100 & echo $! > "+pid+"; wait")
	s.Limit = 300 * time.Millisecond
	began := time.Now()
	if _, err := score(t, s, nil); err == nil || !strings.Contains(err.Error(), "longer than 300ms, the time limit") {
		t.Error(err)
	}
	if time.Since(began) > 10*time.Second || !gone(pid) {
		t.Error("the command goes on")
	}
}

// TestTold: a command that is ended is told so first, with all that it has started, and may put away what it has.
func TestTold(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	s := newScorer(t, "(trap 'echo inner >> "+told+"; exit' TERM; while :; do sleep 0.02; done) & "+
		"trap 'wait; echo outer >> "+told+"; exit' TERM; wait")
	s.Limit = 300 * time.Millisecond
	if _, err := score(t, s, nil); err == nil {
		t.Error("a command that takes too long has a score")
	}
	if text, _ := os.ReadFile(told); string(text) != "inner\nouter\n" {
		t.Errorf("it was told %q", text)
	}
}

// TestStubborn ends also what takes no notice of being told to.
func TestStubborn(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	pid := filepath.Join(t.TempDir(), "pid")
	s := newScorer(t, "trap '' TERM; echo $$ > "+pid+"; while :; do sleep 0.1; done")
	s.Limit = 300 * time.Millisecond
	if _, err := score(t, s, nil); err == nil || !gone(pid) {
		t.Errorf("the command goes on: %v", err)
	}
}

// TestCancel ends a command with its search.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	pid := filepath.Join(t.TempDir(), "pid")
	s := newScorer(t, "echo $$ > "+pid+"; echo 1 0.5; sleep 100")
	_, err := s.Score(ctx, &search.Candidate{}, func(search.Epoch) bool {
		cancel()
		return true
	})
	if err != context.Canceled || !gone(pid) {
		t.Error(err)
	}
}

// TestEarly ends a command whose candidate is hopeless, with the score that it has by then.
func TestEarly(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	var seen []search.Epoch
	line := "echo $$ > " + pid + "; for i in 1 2 3; do echo $i 0.$i; sleep 0.05; done; sleep 100"
	got, err := score(t, newScorer(t, line), func(e search.Epoch) bool {
		seen = append(seen, e)
		return e.Epoch < 2
	})
	if err != nil || got != 0.2 || len(seen) != 2 || !gone(pid) {
		t.Error(got, err, seen)
	}
}

// TestCheck refuses lines that name what does not exist, and such that read nothing of the candidate.
func TestCheck(t *testing.T) {
	for line, want := range map[string]string{
		"train {torhc}": "no placeholder {torhc}", "train": "does not say which file",
		"train {seed}":      "does not say which file",
		"train {net} {{x}}": "no placeholder {x}",
	} {
		if err := newScorer(t, line).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"train {net}", "awk '{print $1}' {net} {folder}", "f() { echo 1; }; f {net}"} {
		if err := newScorer(t, line).Check(); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// clients puts stand-ins of the engines' clients, which are programs of testdata, into the PATH, and returns the folder
// in which they keep what they know.
func clients(t *testing.T) string {
	t.Helper()
	state := t.TempDir()
	folder, err := filepath.Abs("testdata/clients")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("STATE", state)
	return state
}

const manifest = `apiVersion: batch/v1
kind: Job
metadata: {name: {name}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: train
          image: registry.example/train:1
          command: ["sh", "-c", {command}]
`

// TestEngines runs jobs through stand-ins of the clients' command lines: their scores, failures of jobs and of nodes,
// and jobs that are ended early.
func TestEngines(t *testing.T) {
	engines := map[string]Executor{
		"srun":    Slurm{Args: []string{"--partition=gpu", "--gres=gpu:1"}},
		"ray":     Ray{Args: []string{"--address=http://head:8265"}},
		"kubectl": Kubernetes{Manifest: manifest, Args: []string{"--namespace=search"}},
	}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			state := clients(t)
			calls := func() string {
				text, _ := os.ReadFile(filepath.Join(state, "calls"))
				return string(text)
			}
			s := newScorer(t, `echo "it's \"quoted\" & <odd>" >&2; cat {net} >&2; echo 1 0.25; echo 2 0.5`)
			s.Executor, s.Limit = engine, 90*time.Second
			if got, err := score(t, s, nil); err != nil || got != 0.5 {
				t.Errorf("%g, %v\n%s", got, err, calls())
			}
			want := map[string][]string{
				"srun": {"--job-name=netc-test-3-1 --ntasks=1", "--time=2 ", "--partition=gpu --gres=gpu:1 sh -c"},
				"ray": {"job submit --submission-id=netc-test-3-1 --address=http://head:8265 -- sh -c",
					"job stop netc-test-3-1"},
				"kubectl": {"--namespace=search create -f -",
					"logs --follow --pod-running-timeout=24h job/netc-test-3-1",
					"get job/netc-test-3-1", "delete job/netc-test-3-1"},
			}[name]
			for _, part := range want {
				if !strings.Contains(calls(), part) {
					t.Errorf("there is no %q in\n%s", part, calls())
				}
			}
			s.Line = "echo 0.5; exit 4"
			if _, err := score(t, s, nil); err == nil {
				t.Error("a failed job has a score")
			}
			t.Setenv("LOSE_NODE", "1")
			s.Line = "echo 0.5"
			if _, err := score(t, s, nil); err == nil || !strings.Contains(err.Error(), map[string]string{
				"srun": "Node failure on node7", "ray": "exit status", "kubectl": "failed",
			}[name]) {
				t.Errorf("a lost node gives %v", err)
			}
			t.Setenv("LOSE_NODE", "")
			s.Line = "echo 1 0.1; sleep 30"
			began := time.Now()
			got, err := score(t, s, func(search.Epoch) bool { return false })
			if err != nil || got != 0.1 || time.Since(began) > 20*time.Second {
				t.Errorf("a hopeless candidate gives %g, %v", got, err)
			}
		})
	}
	if err := (Kubernetes{Manifest: "name: {name}"}).Check(); err == nil {
		t.Error("a manifest without {command} is right")
	}
}

// TestMixed: where logs stand among the scores, lines that are neither a score nor an epoch with one are logs.
func TestMixed(t *testing.T) {
	var other strings.Builder
	var epochs []search.Epoch
	r := reader{mixed: true, other: &other, stop: func(error) {}, epoch: func(e search.Epoch) bool {
		epochs = append(epochs, e)
		return true
	}}
	for _, line := range []string{"loading", "1 0.5", "0.25 0.5", "1 2 3", "loss 0.5", "2 0.75", ""} {
		fmt.Fprintln(&r, line)
	}
	if want := "loading\n0.25 0.5\n1 2 3\nloss 0.5\n"; other.String() != want || len(epochs) != 2 || r.wrong != nil ||
		epochs[1] != (search.Epoch{Epoch: 2, Score: 0.75}) {
		t.Errorf("%v, %v, and logs %q", epochs, r.wrong, other.String())
	}
}
