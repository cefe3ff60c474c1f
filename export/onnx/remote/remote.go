// Package remote runs ONNX Runtime in a program of its own, cmd/onnxruntime, so that netc needs neither cgo nor the
// module that binds the library. What comes in are requests, what goes out are answers:
//
//	netc ── standard input ──→ program     Request, Request, …
//	netc ←─ standard output ── program     Answer, Answer, …, one for each request
//
// Both are messages of encoding/gob. Standard error is for people. The program ends when its input does. This package
// does not import package ort: with it would come the module that binds the library.
package remote

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// protocol stands in every answer. It changes when another version's requests would be misunderstood.
const protocol = "netc onnxruntime 1"

// Tensor is a value that goes into a model or comes out of it. Data is a []float32, []uint8 or []int64.
type Tensor struct {
	Shape []int
	Data  any
}

// Model says what is to be loaded: a file, which may have external data, or else the bytes of one.
type Model struct {
	Path            string
	Bytes           []byte
	Inputs, Outputs []string // names
	Threads         int
}

// Request asks for what is set in it, from top to bottom. One in which nothing is set is answered as well.
type Request struct {
	Load *Model   // takes the place of the model before
	Feed []Tensor // the inputs of all runs from now on, in the order of Model.Inputs
	Run  bool     // fills Answer.Outputs
	Time bool     // fills Answer.Times
}

// Answer is what has come of a request.
type Answer struct {
	Protocol string
	Problem  string          // what went wrong, or ""
	Outputs  []Tensor        // in the order of Model.Outputs
	Times    []time.Duration // how long each inference of a block took
}

// Serve answers requests until there are no more. An error of handle is the answer's Problem.
func Serve(in io.Reader, out io.Writer, handle func(Request) (Answer, error)) error {
	requests, answers := gob.NewDecoder(in), gob.NewEncoder(out)
	for {
		var q Request
		if err := requests.Decode(&q); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("standard input: no request of netc: %w", err)
		}
		a, err := handle(q)
		if err != nil {
			a = Answer{Problem: err.Error()}
		}
		a.Protocol = protocol
		if err := answers.Encode(a); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
}

// Program is a running program that answers requests.
type Program struct {
	name     string
	command  *exec.Cmd
	stdin    io.Closer
	requests *gob.Encoder
	answers  *gob.Decoder
}

// Start starts a program, which it looks up as a shell does, and makes sure that it is one that answers. The program
// shares this process's standard error. Whoever starts it closes it.
func Start(name string) (*Program, error) {
	command := exec.Command(name)
	command.Stderr = os.Stderr // the file itself: what else it could be, two would write to at once
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err // names the program
	}
	p := &Program{name, command, stdin, gob.NewEncoder(stdin), gob.NewDecoder(stdout)}
	// The first request fits into a pipe's buffer: a program that reads nothing does not keep us from reading its
	// answer.
	if _, err := p.Do(Request{}); err != nil {
		return nil, err
	}
	return p, nil
}

// Do has a request answered. After an error that is not an answer's Problem, the program has ended.
func (p *Program) Do(q Request) (Answer, error) {
	var a Answer
	sent := p.requests.Encode(q)
	if sent != nil { // it ends, or has: what it has said tells more than a broken pipe
		p.stdin.Close()
	}
	err := p.answers.Decode(&a)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		p.Close()
		return a, fmt.Errorf("%s has ended without an answer (%v)", p.name, p.command.ProcessState)
	case err != nil || a.Protocol != protocol:
		p.command.Process.Kill()
		p.Close()
		return a, fmt.Errorf("%s does not answer as the program that is built from this netc's cmd/onnxruntime", p.name)
	case a.Problem != "":
		return a, errors.New(a.Problem)
	}
	return a, sent
}

// Close ends the program, by force if it has not ended two seconds after its input. Closing once more does nothing.
func (p *Program) Close() error {
	p.stdin.Close()
	timer := time.AfterFunc(2*time.Second, func() { p.command.Process.Kill() })
	defer timer.Stop()
	p.command.Wait() // how it ends does not matter any more
	return nil
}
