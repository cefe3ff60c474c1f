package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/examples/server/network"
)

// asProgram makes the test's own program the server.
const asProgram = "NETC_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestMistakes: without weights, and with labels that are not one for each class, the server says so and fails.
func TestMistakes(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, lines := range map[string]int{"few": 3, "all": network.Classes} {
		if err := os.WriteFile(name, []byte(strings.Repeat("label\n", lines)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for arguments, want := range map[string]string{
		"": "open weights.bin: ",
		"-weights gone.bin -batch 3 -places 9 -timeout 2s -workers 1 -labels all": "open gone.bin: ",
		"-labels few":  "few has 3 lines, the network 1000 classes",
		"-labels gone": "open gone: ",
	} {
		cmd := exec.Command(program, strings.Fields(arguments)...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		text, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(text), " "+want) {
			t.Errorf("%q: %v, %s", arguments, err, text)
		}
	}
}

// TestOptions: one worker is a wish, too.
func TestOptions(t *testing.T) {
	for workers, want := range map[int]int{0: 0, 1: 1, 2: 1} {
		if got := len(optionsOf(workers)); got != want {
			t.Errorf("%d options for %d workers, want %d", got, workers, want)
		}
	}
}

// TestShutDown: what is under way is waited for, but not for ever.
func TestShutDown(t *testing.T) {
	for limit, want := range map[time.Duration]string{
		time.Minute: "", 20 * time.Millisecond: "some requests were still under way after 20ms",
	} {
		asked, answer := make(chan bool), make(chan bool)
		server := newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			close(asked)
			<-answer
		}))
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go server.Serve(listener)
		answered := make(chan error)
		go func() {
			r, err := http.Get("http://" + listener.Addr().String())
			if err == nil {
				r.Body.Close()
			}
			answered <- err
		}()
		<-asked
		if want == "" {
			time.AfterFunc(50*time.Millisecond, func() { close(answer) })
		}
		if err := shutDown(server, limit); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%v: got %v, want %q", limit, err, want)
		}
		if want != "" {
			close(answer)
		}
		if err := <-answered; err != nil {
			t.Errorf("%v: what was under way is not answered: %v", limit, err)
		}
	}
}

// TestLongHeader: headers have a limit of 16 KB, to which package net/http adds 4.
func TestLongHeader(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	go server.Serve(listener)
	for length, want := range map[int]string{19 << 10: "418", 20<<10 + 200: "431"} {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n", strings.Repeat("x", length))
		line, err := bufio.NewReader(c).ReadString('\n')
		c.Close()
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 "+want) {
			t.Errorf("%d bytes: %q, %v, want %s", length, line, err, want)
		}
	}
}

// TestHelp: the settings are said with what they are without being given, and those are the service's.
func TestHelp(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-h")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	_, got, _ := strings.Cut(string(text), "\n")
	got = regexp.MustCompile(`  -test\..*\n    \t.*\n`).ReplaceAllString(got, "") // this program is a test, too
	const want = `  -address string
    	where to listen (default ":8080")
  -batch int
    	pictures of one inference, at most (default 8)
  -drain duration
    	how long /readyz says no before the end (default 5s)
  -labels string
    	the names of the classes, a file with one a line
  -places int
    	requests that are read, wait or are inferred at once (default 32)
  -timeout duration
    	how long a request waits for its answer (default 2s)
  -weights string
    	the weights, as netc pack writes them; read again at SIGHUP (default "weights.bin")
  -workers int
    	processors for an inference (default: all)
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}
