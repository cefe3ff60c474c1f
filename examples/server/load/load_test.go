package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// asProgram makes the test's own program the command.
const asProgram = "NETC_TEST_LOAD"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestQuantile: of sorted latencies, the one that so large a share of them is below, in milliseconds.
func TestQuantile(t *testing.T) {
	r := &results{}
	if got := r.quantile(0.5); got != 0 {
		t.Errorf("of none it is %g", got)
	}
	for _, ms := range []time.Duration{30, 10, 40, 20} {
		r.latencies = append(r.latencies, ms*time.Millisecond)
	}
	for q, want := range map[float64]float64{0: 10, 0.24: 10, 0.25: 20, 0.5: 30, 0.75: 40, 0.99: 40, 1: 40} {
		if got := r.quantile(q); got != want {
			t.Errorf("%g: got %g, want %g", q, got, want)
		}
	}
}

// service counts what it is asked for, and answers with status after a while.
type service struct {
	status       int
	delay        time.Duration
	asked, most  atomic.Int64
	under        atomic.Int64
	mutex        sync.Mutex
	bodies       map[string]int
	method, path string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	for under := s.under.Add(1); ; {
		if most := s.most.Load(); under <= most || s.most.CompareAndSwap(most, under) {
			break
		}
	}
	defer s.under.Add(-1)
	body, _ := io.ReadAll(r.Body)
	s.mutex.Lock()
	if s.bodies == nil {
		s.bodies = map[string]int{}
	}
	s.bodies[string(body)]++
	s.method, s.path = r.Method, r.URL.Path
	s.mutex.Unlock()
	time.Sleep(s.delay)
	w.WriteHeader(s.status)
	io.WriteString(w, "answer")
}

func serve(t *testing.T, s *service) *tester {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &tester{url: server.URL + "/classify", client: server.Client(), pictures: [][]byte{[]byte("a"), []byte("b")}}
}

// TestAsk: what is answered has a latency, from when it was due; what is refused for want of places is busy; all else
// has failed.
func TestAsk(t *testing.T) {
	for status, want := range map[int][3]int{200: {1, 0, 0}, 503: {0, 1, 0}, 500: {0, 0, 1}, 404: {0, 0, 1}} {
		s := &service{status: status}
		r := &results{}
		serve(t, s).ask(3, time.Now().Add(-time.Minute), r)
		if got := [3]int{len(r.latencies), r.busy, r.failed}; got != want || r.sent != 1 {
			t.Errorf("%d: %d sent, answered, busy and failed are %v, want %v", status, r.sent, got, want)
		}
		if status == 200 && (r.latencies[0] < time.Minute || r.latencies[0] > 2*time.Minute) {
			t.Errorf("the latency is %v", r.latencies[0])
		}
		if s.bodies["b"] != 1 || s.method != "POST" || s.path != "/classify" {
			t.Errorf("asked with %s %s %v", s.method, s.path, s.bodies)
		}
	}
	for _, url := range []string{"http://127.0.0.1:1/", "://"} { // nobody there, and no address
		r := &results{}
		(&tester{url: url, client: http.DefaultClient, pictures: [][]byte{nil}}).ask(0, time.Now(), r)
		if r.failed != 1 || r.sent != 1 || len(r.latencies)+r.busy != 0 {
			t.Errorf("%s: %+v", url, r)
		}
	}
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "short")
	}))
	defer cut.Close()
	r := &results{}
	if (&tester{url: cut.URL, client: cut.Client(), pictures: [][]byte{nil}}).ask(0, time.Now(), r); r.failed != 1 {
		t.Errorf("an answer that is cut off: %+v", r)
	}
}

// TestClosed: so many clients ask one request after the other, with all pictures.
func TestClosed(t *testing.T) {
	s := &service{status: 200, delay: 10 * time.Millisecond}
	const limit = 300 * time.Millisecond
	rate := serve(t, s).closed(4, limit)
	if got := float64(s.asked.Load()) / limit.Seconds(); rate != got || rate == 0 || rate > 400 {
		t.Errorf("%g answers a second, of %g", rate, got)
	}
	if s.most.Load() > 4 || s.most.Load() < 2 || s.bodies["a"] == 0 || s.bodies["b"] == 0 {
		t.Errorf("at most %d at once, with %v", s.most.Load(), s.bodies)
	}
}

// TestOpen: requests come at a rate, although none is answered meanwhile.
func TestOpen(t *testing.T) {
	s := &service{status: 200, delay: 400 * time.Millisecond}
	began := time.Now()
	r := serve(t, s).open(50, 200*time.Millisecond)
	if took := time.Since(began); took < 600*time.Millisecond || took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	if r.sent != 11 || len(r.latencies) != 11 || s.asked.Load() != 11 || s.most.Load() < 6 {
		t.Errorf("%d sent, %d answered, at most %d at once", r.sent, len(r.latencies), s.most.Load())
	}
	if low := r.quantile(0); low < 400 {
		t.Errorf("an answer came after %g ms", low)
	}
}

// TestProgram measures a service from the command line: its capacity, then shares of that.
func TestProgram(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := func(arguments ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a load without an end would take all memory
		defer cancel()
		cmd := exec.CommandContext(ctx, program, arguments...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		text, err := cmd.CombinedOutput()
		return string(text), err
	}
	picture := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(picture, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &service{status: 200, delay: 20 * time.Millisecond}
	url := serve(t, s).url
	text, err := run("-url", url, "-clients", "2", "-seconds", "0.2", picture)
	table := regexp.MustCompile(`^capacity [1-9][0-9.]* answers a second
load   offered/s  answered/s   p50 ms   p95 ms   p99 ms   503   errors
( +(5|25|50|80|100|150|200)% +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +0% +0
){7}$`)
	if err != nil || !table.MatchString(text) || s.bodies["a"] != int(s.asked.Load()) {
		t.Errorf("%v: it prints\n%s", err, text)
	}
	// what is slow at first, as caches are, is not measured
	first := make(chan bool, 1)
	first <- true
	cold := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case <-first:
			time.Sleep(300 * time.Millisecond)
		default:
		}
	}))
	defer cold.Close()
	text, err = run("-url", cold.URL, "-clients", "1", "-seconds", "0.3", picture)
	var capacity float64
	if _, scanned := fmt.Sscanf(text, "capacity %f answers", &capacity); err != nil || scanned != nil || capacity < 5 {
		t.Errorf("%v, %v: of a service that is slow at first, it prints\n%s", err, scanned, text)
	}
	help, err := run("-h")
	for _, want := range []string{`(default 16)`, `(default 10)`, `(default "http://localhost:8080/classify")`} {
		if err != nil || !strings.Contains(help, want) {
			t.Errorf("%v: the help lacks %s:\n%s", err, want, help)
		}
	}
	for line, want := range map[string]string{"": "no pictures are given", "gone.png": "open gone.png: "} {
		if text, err := run(strings.Fields(line)...); err == nil || !strings.Contains(text, want) {
			t.Errorf("%q: %v, %s", line, err, text)
		}
	}
}
