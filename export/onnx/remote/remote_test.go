package remote

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/netc-lang/netc/compiler/compilertest"
)

// programs are what the test's own binary is when it is started again, with a name of theirs in the environment.
var programs = map[string]func(in io.Reader, out io.Writer){
	"echo": func(in io.Reader, out io.Writer) {
		Serve(in, out, func(q Request) (Answer, error) {
			if q.Load != nil {
				return Answer{}, errors.New("no such model")
			}
			return Answer{Outputs: q.Feed, Times: []time.Duration{1, 2}}, nil
		})
	},
	"crash": func(in io.Reader, out io.Writer) { // in the middle of the second answer
		handled := 0
		Serve(in, out, func(Request) (Answer, error) {
			if handled++; handled > 1 {
				fmt.Fprint(out, "\x20\x01")
				fmt.Fprintln(os.Stderr, "the library broke")
				os.Exit(7)
			}
			return Answer{}, nil
		})
	},
	"slow": func(in io.Reader, out io.Writer) { // has something to do when its input has ended
		Serve(in, out, func(Request) (Answer, error) { return Answer{}, nil })
		time.Sleep(100 * time.Millisecond)
		os.Exit(5)
	},
	"eager": func(_ io.Reader, out io.Writer) { // answers what it has not read
		answers := gob.NewEncoder(out)
		answers.Encode(Answer{Protocol: protocol})
		answers.Encode(Answer{Protocol: protocol})
		time.Sleep(100 * time.Millisecond)
	},
	"mute":   func(io.Reader, io.Writer) {},
	"cat":    func(in io.Reader, out io.Writer) { io.Copy(out, in) },
	"other":  func(in io.Reader, out io.Writer) { gob.NewEncoder(out).Encode(Answer{Protocol: "another"}) },
	"closed": func(io.Reader, io.Writer) { os.Stdout.Close(); time.Sleep(time.Minute) },
	"stuck":  func(_ io.Reader, out io.Writer) { fmt.Fprint(out, "\x03\xff\xff\xff"); time.Sleep(time.Minute) },
	"flood": func(_ io.Reader, out io.Writer) {
		for {
			fmt.Fprintln(out, "y")
		}
	},
}

const which = "NETC_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if program, ok := programs[os.Getenv(which)]; ok {
		program(os.Stdin, os.Stdout)
		return
	}
	os.Exit(m.Run())
}

func start(t *testing.T, program string) (*Program, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(which, program)
	return Start(self)
}

// TestDo sends tensors there and back, and goes on after a problem.
func TestDo(t *testing.T) {
	p, err := start(t, "echo")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Do(Request{Load: &Model{Path: "x.onnx"}}); err == nil || err.Error() != "no such model" {
		t.Errorf("the problem is %v", err)
	}
	feed := []Tensor{{[]int{1, 2}, []float32{1, -2}}, {[]int{2}, []uint8{3, 255}}, {[]int{1}, []int64{-5}}}
	a, err := p.Do(Request{Feed: feed, Time: true})
	if err != nil || !reflect.DeepEqual(a.Outputs, feed) || len(a.Times) != 2 {
		t.Errorf("got %+v, %v", a, err)
	}
	p.Close()
	if state := p.command.ProcessState; state == nil || !state.Success() {
		t.Errorf("at the end of its input, the program ends with %v", state)
	}
	if _, err := p.Do(Request{}); err == nil {
		t.Error("a closed program answers")
	}
}

// TestCloseWaits: a program that is not done at once when its input ends is let to its end.
func TestCloseWaits(t *testing.T) {
	p, err := start(t, "slow")
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	if code := p.command.ProcessState.ExitCode(); code != 5 {
		t.Errorf("it ends with %v", p.command.ProcessState)
	}
}

// TestUnsendable holds that a request that gob cannot write is an error, not a wait for an answer.
func TestUnsendable(t *testing.T) {
	p, err := start(t, "echo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Do(Request{Feed: []Tensor{{nil, struct{ X int }{1}}}}); err == nil {
		t.Error("there is no error")
	}
	if p, err = start(t, "eager"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Do(Request{Feed: []Tensor{{nil, struct{ X int }{1}}}}); err == nil {
		t.Error("an answer stands for what was not sent")
	}
}

// TestNoRequest: what is no request is an error, and the end of all requests is none.
func TestNoRequest(t *testing.T) {
	handle := func(Request) (Answer, error) { return Answer{}, nil }
	err := Serve(strings.NewReader("hello"), io.Discard, handle)
	if err == nil || !strings.HasPrefix(err.Error(), "standard input: no request of netc: ") {
		t.Errorf("got %v", err)
	}
	if err := Serve(strings.NewReader(""), io.Discard, handle); err != nil {
		t.Error(err)
	}
}

// TestServeFails: an answer that cannot be written is an error, at whichever write, and so are requests that end, or
// break, at any byte but the end of one.
func TestServeFails(t *testing.T) {
	var requests bytes.Buffer
	var ends []int // of requests
	encoder := gob.NewEncoder(&requests)
	for _, q := range []Request{{}, {Feed: []Tensor{{[]int{2}, []uint8{3, 255}}}}, {Run: true}} {
		if err := encoder.Encode(q); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, requests.Len())
	}
	echo := func(q Request) (Answer, error) { return Answer{Outputs: q.Feed}, nil }
	compilertest.EveryWrite(t, func(w io.Writer) error {
		err := Serve(bytes.NewReader(requests.Bytes()), w, echo)
		if err != nil && !strings.HasPrefix(err.Error(), "standard output: ") {
			t.Fatalf("a write fails, and the error is %v", err)
		}
		return err
	})
	broken := errors.New("the pipe is broken")
	for k := range requests.Len() + 1 {
		part := bytes.NewReader(requests.Bytes()[:k])
		err := Serve(part, io.Discard, echo)
		if whole := k == 0 || slices.Contains(ends, k); whole != (err == nil) {
			t.Errorf("the requests end at byte %d of %v: %v", k, ends, err)
		}
		part.Seek(0, io.SeekStart)
		err = Serve(io.MultiReader(part, iotest.ErrReader(broken)), io.Discard, echo)
		if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "standard input: ") {
			t.Errorf("the requests break at byte %d: %v", k, err)
		}
	}
}

// TestCrash holds that a program that ends in the middle is an error, and that what it says is not lost.
func TestCrash(t *testing.T) {
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	defer func(before *os.File) { os.Stderr = before }(os.Stderr)
	os.Stderr = stderr
	p, err := start(t, "crash")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Do(Request{Run: true})
	if err == nil || !strings.Contains(err.Error(), "has ended without an answer (exit status 7)") {
		t.Errorf("the error is %v", err)
	}
	if said, err := os.ReadFile(stderr.Name()); err != nil || string(said) != "the library broke\n" {
		t.Errorf("standard error has %q, %v", said, err)
	}
}

// TestNoSuchProgram starts programs that do not know the protocol.
func TestNoSuchProgram(t *testing.T) {
	for program, want := range map[string]string{
		"mute": "has ended without an answer (exit status 0)", "closed": "has ended without an answer (signal: killed)",
		"cat": "does not answer as the program", "flood": "does not answer as the program",
		"other": "does not answer as the program", "stuck": "does not answer as the program",
	} {
		begin := time.Now()
		if _, err := start(t, program); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", program, err, want)
		}
		if took := time.Since(begin); took > 30*time.Second { // programs that sleep do so for a minute
			t.Errorf("%s: it was waited for, for %v", program, took)
		}
	}
	file := filepath.Join(t.TempDir(), "libonnxruntime.so")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, "no-such-program"} {
		if _, err := Start(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
