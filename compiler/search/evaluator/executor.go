package evaluator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Job is one attempt at a candidate.
type Job struct {
	Name   string // of letters, digits and "-"
	Line   string // for sh
	Folder string
	Limit  time.Duration // 0: none
}

// Executor says how a job is run: on this machine, or by the client of an engine that runs it elsewhere. A job is one
// line of the shell with files in and scores out, so the machines that run it must see the files under the same names.
type Executor interface {
	Task(j Job) *Task
	Local() bool // whether jobs take this machine's processors
}

// Task is a job as commands of this machine.
type Task struct {
	Args  []string
	Mixed bool // logs stand among the scores
	Timed bool // the engine holds the job to its limit, which begins when the job does

	Before func(ctx context.Context) error // begins the job
	After  func(ctx context.Context) error // says whether the job has succeeded, where Args do not
	Clean  func()                          // ends the job and removes what is left of it
}

// grace is for how long a command may go on after it has been told to end.
const grace = 5 * time.Second

// run runs a task. Its output goes to scores, its standard error to log.
func (t *Task) run(ctx context.Context, scores, log io.Writer) error {
	if t.Before != nil {
		if err := t.Before(ctx); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, t.Args[0], t.Args[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = scores, log, grace
	asGroup(cmd)
	err := cmd.Run()
	if ctx.Err() != nil {
		endGroup(cmd)
		return ctx.Err()
	}
	if err == nil && t.After != nil {
		err = t.After(ctx)
	}
	return err
}

// Here runs jobs on this machine.
type Here struct{}

// Local implements Executor.
func (Here) Local() bool { return true }

// Task implements Executor.
func (Here) Task(j Job) *Task { return &Task{Args: []string{"sh", "-c", j.Line}} }

// Slurm runs jobs through srun.
type Slurm struct{ Args []string }

// Local implements Executor.
func (Slurm) Local() bool { return false }

// Task implements Executor. srun passes the job's output and exit code on, fails when a node does, and ends the job
// when it is told to end.
func (e Slurm) Task(j Job) *Task {
	args := []string{"srun", "--job-name=" + j.Name, "--ntasks=1", "--unbuffered", "--quiet"}
	if j.Limit > 0 {
		args = append(args, "--time="+strconv.Itoa(int((j.Limit+time.Minute-1)/time.Minute)))
	}
	return &Task{Args: append(append(args, e.Args...), "sh", "-c", j.Line), Timed: true}
}

// Ray runs jobs through ray job submit.
type Ray struct{ Args []string }

// Local implements Executor.
func (Ray) Local() bool { return false }

// Task implements Executor. The client prints logs of its own among the job's, which goes on when the client is
// killed.
func (e Ray) Task(j Job) *Task {
	args := append([]string{"ray", "job", "submit", "--submission-id=" + j.Name}, e.Args...)
	return &Task{Args: append(args, "--", "sh", "-c", j.Line), Mixed: true,
		Clean: func() { quietly("ray", "job", "stop", j.Name) }}
}

// Kubernetes makes a Job of each, of a manifest with the placeholders {name} and {command}.
type Kubernetes struct {
	Manifest string
	Args     []string // of kubectl, before what it is to do
}

// Check refuses a manifest without the placeholders.
func (e Kubernetes) Check() error {
	for _, p := range []string{"{name}", "{command}"} {
		if !strings.Contains(e.Manifest, p) {
			return fmt.Errorf("the manifest has no %s: it is a Job with name: {name} and command: [sh, -c, {command}]",
				p)
		}
	}
	return nil
}

// Local implements Executor.
func (Kubernetes) Local() bool { return false }

// Task implements Executor: it makes the Job, reads its logs until it ends, asks whether it has succeeded and deletes
// it.
func (e Kubernetes) Task(j Job) *Task {
	line, _ := json.Marshal(j.Line) // a text of JSON is one of YAML
	manifest := strings.NewReplacer("{name}", j.Name, "{command}", string(line)).Replace(e.Manifest)
	kubectl := func(args ...string) []string { return append(append([]string{"kubectl"}, e.Args...), args...) }
	job := "job/" + j.Name
	return &Task{
		Args:  kubectl("logs", "--follow", "--pod-running-timeout=24h", job),
		Mixed: true,
		Before: func(ctx context.Context) error {
			create := kubectl("create", "-f", "-")
			cmd := exec.CommandContext(ctx, create[0], create[1:]...)
			cmd.Stdin = strings.NewReader(manifest)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("kubectl create: %w: %s", err, strings.TrimSpace(string(out)))
			}
			return nil
		},
		After: func(ctx context.Context) error {
			return jobEnded(ctx, kubectl("get", job, "-o", "jsonpath={.status.succeeded}/{.status.failed}"))
		},
		Clean: func() { quietly(kubectl("delete", job, "--ignore-not-found", "--wait=false")...) },
	}
}

// jobEnded asks until a Job has succeeded or failed: its logs end a moment before.
func jobEnded(ctx context.Context, get []string) error {
	const patience, pause = 30 * time.Second, 500 * time.Millisecond
	for end := time.Now().Add(patience); ; {
		out, err := exec.CommandContext(ctx, get[0], get[1:]...).Output()
		succeeded, failed, _ := strings.Cut(strings.TrimSpace(string(out)), "/")
		switch {
		case err != nil:
			return fmt.Errorf("kubectl get: %w", err)
		case succeeded != "" && succeeded != "0":
			return nil
		case failed != "" && failed != "0":
			return errors.New("the Job has failed")
		case time.Now().After(end):
			return errors.New("the Job's log has ended, but not the Job: its node may be lost")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// quietly runs a command that cleans up; nobody waits for it long, and nothing depends on it.
func quietly(args ...string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*grace)
	defer cancel()
	_ = exec.CommandContext(ctx, args[0], args[1:]...).Run()
}
