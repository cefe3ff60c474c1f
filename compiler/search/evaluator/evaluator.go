// Package evaluator scores the candidates of a search by a command line, which it is told once: with placeholders for
// the files that it reads, it runs for every candidate, here or on another machine (Executor), and prints a score.
//
// On standard output the command prints one number, or lines of an epoch and a score, the last of which is the result.
// All else belongs on standard error. What it prints besides, how it ends and how long it takes can all be wrong, and
// every such mistake is an error that says what was seen.
package evaluator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
)

// File is what a placeholder stands for: a file that is written for each candidate whose command names it.
type File struct {
	Placeholder string // "{torch}"
	Name        string // in the candidate's folder: "candidate.py"
	Write       func(w io.Writer, c *search.Candidate, folder string) error
}

// Scorer runs a command for each candidate.
type Scorer struct {
	Line     string // for the shell, with placeholders
	Files    []File
	Folder   string // in which each candidate has a folder of its own
	Keep     bool   // whether those stay
	Limit    time.Duration
	Seed     uint64
	Executor Executor
	Job      string // what names of jobs begin with
}

// Placeholders lists what a line may contain, besides the files: the candidate's folder, its number, the resolution of
// its images, the seed of the search, and the number of the attempt.
var Placeholders = []string{"{folder}", "{candidate}", "{resolution}", "{seed}", "{attempt}"}

// Check refuses a line with a placeholder that does not exist, or without any file.
func (s *Scorer) Check() error {
	known := slices.Clone(Placeholders)
	reads := false
	for _, f := range s.Files {
		known = append(known, f.Placeholder)
		reads = reads || strings.Contains(s.Line, f.Placeholder)
	}
	for rest := s.Line; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			break
		}
		name, _, closed := strings.Cut(after, "}")
		if rest = after; closed && isWord(name) && !slices.Contains(known, "{"+name+"}") {
			return fmt.Errorf("there is no placeholder {%s}: those are %s", name, strings.Join(known, ", "))
		}
	}
	if !reads {
		return fmt.Errorf("the command does not say which file of the candidate it reads: %s",
			strings.Join(known, ", "))
	}
	return nil
}

func isWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// Score implements search.Scorer.
func (s *Scorer) Score(ctx context.Context, c *search.Candidate, epoch func(search.Epoch) bool) (float64, error) {
	folder, err := filepath.Abs(filepath.Join(s.Folder, strconv.Itoa(c.Number)))
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return 0, err
	}
	if !s.Keep {
		defer os.RemoveAll(folder)
	}
	line, err := s.prepare(c, folder)
	if err != nil {
		return 0, err
	}
	name := fmt.Sprintf("%s-%d-%d", s.Job, c.Number, c.Attempt)
	return s.run(ctx, Job{Name: name, Line: line, Folder: folder, Limit: s.Limit}, epoch)
}

// prepare writes the candidate's files and fills the placeholders.
func (s *Scorer) prepare(c *search.Candidate, folder string) (string, error) {
	fill := []string{"{folder}", quote(folder), "{candidate}", strconv.Itoa(c.Number),
		"{seed}", strconv.FormatUint(s.Seed, 10), "{attempt}", strconv.Itoa(c.Attempt)}
	if strings.Contains(s.Line, "{resolution}") {
		size, err := resolution(c.Network)
		if err != nil {
			return "", err
		}
		fill = append(fill, "{resolution}", size)
	}
	for _, f := range s.Files {
		if !strings.Contains(s.Line, f.Placeholder) {
			continue
		}
		path := filepath.Join(folder, f.Name)
		if err := write(path, func(w io.Writer) error { return f.Write(w, c, folder) }); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		fill = append(fill, f.Placeholder, quote(path))
	}
	return strings.NewReplacer(fill...).Replace(s.Line), nil
}

// resolution writes the size of a network's images as netc's command line has it: 224, or 184x720, height before width.
func resolution(n *compiler.Network) (string, error) {
	in := n.Graph.Input()
	if len(in.Shape) != 3 {
		return "", fmt.Errorf("there is no {resolution}: the input %s of shape %v is no image", in.Name, in.Shape)
	}
	height, width := in.Shape[1], in.Shape[2]
	if height == width {
		return strconv.Itoa(height), nil
	}
	return fmt.Sprintf("%dx%d", height, width), nil
}

func write(path string, fill func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// quote makes one word of the shell of a text.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// run runs a job to its end, or to where its score is hopeless.
func (s *Scorer) run(ctx context.Context, job Job, epoch func(search.Epoch) bool) (float64, error) {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	task := s.Executor.Task(job)
	if s.Limit > 0 && !task.Timed {
		timer := time.AfterFunc(s.Limit, func() { cancel(errTooLong) })
		defer timer.Stop()
	}
	log, err := os.Create(filepath.Join(job.Folder, "log"))
	if err != nil {
		return 0, err
	}
	defer log.Close()
	said := &tail{to: log}
	scores := &reader{epoch: epoch, mixed: task.Mixed, other: said, stop: func(cause error) { cancel(cause) }}
	err = task.run(inner, scores, said)
	scores.end()
	if task.Clean != nil {
		task.Clean()
	}
	switch cause := context.Cause(inner); {
	case errors.Is(cause, errHopeless):
		return scores.last, nil
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.Is(cause, errTooLong):
		return 0, fmt.Errorf("it took longer than %v, the time limit%s", s.Limit, said.after())
	case scores.wrong != nil:
		return 0, scores.wrong
	case err != nil:
		return 0, fmt.Errorf("%w%s", ended(err), said.after())
	case !scores.some:
		return 0, fmt.Errorf("the command ended without printing a score%s", said.after())
	}
	return scores.last, nil
}

var (
	errTooLong  = errors.New("too long")
	errHopeless = errors.New("hopeless")
	errWrong    = errors.New("wrong output")
)

// ended says how a command ended.
func ended(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("the command failed: %v", exit.ProcessState)
	}
	return err
}

// tail passes on what is written, and keeps its end. It is for several writers.
type tail struct {
	to   io.Writer
	lock sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	_, _ = t.to.Write(p) // a log that cannot be written costs no result
	const kept = 1000
	if t.text = append(t.text, p...); len(t.text) > kept {
		t.text = append([]byte(nil), t.text[len(t.text)-kept:]...)
	}
	return len(p), nil
}

// after is the last line that was written, as the end of a message.
func (t *tail) after() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return "; it said: " + strings.ToValidUTF8(last, "?")
	}
	return ""
}
