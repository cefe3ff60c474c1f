package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/golang"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/examples/server/network"
	"github.com/netc-lang/netc/examples/server/service"
)

// process is the server as its users run it.
type process struct {
	*exec.Cmd
	url string
	log *bufio.Scanner
}

// begin starts the server and waits for its address.
func begin(t *testing.T, binary, weights string) *process {
	t.Helper()
	return beginAt(t, "127.0.0.1:0", binary, weights)
}

func beginAt(t *testing.T, address, binary, weights string, more ...string) *process {
	t.Helper()
	arguments := append([]string{"-address", address, "-weights", weights, "-drain", "0s"}, more...)
	p := &process{Cmd: exec.Command(binary, arguments...)}
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	p.log = bufio.NewScanner(stderr)
	p.url = "http://" + p.line(t, `answers at (\S+),`)
	return p
}

// line waits for a line of the log.
func (p *process) line(t *testing.T, pattern string) string {
	t.Helper()
	for p.log.Scan() {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(p.log.Text()); m != nil {
			return m[len(m)-1]
		}
	}
	t.Fatalf("the log has no line %q: %v", pattern, p.log.Err())
	return ""
}

func (p *process) classify(body []byte) (*service.Answer, error) {
	r, err := http.Post(p.url+"/classify", "image/png", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%d %s %v", r.StatusCode, text, err)
	}
	a := &service.Answer{}
	return a, json.Unmarshal(text, a)
}

// packedWeights are files of weights of two seeds for EfficientNet-B0, made once for all tests.
var packedWeights = sync.OnceValues(func() (files [2][]byte, err error) {
	program, err := compiler.Load("../efficientnet/efficientnet.net")
	if err != nil {
		return files, err
	}
	n, err := program.Build("b0", nil)
	if err != nil {
		return files, err
	}
	for i := range files {
		p, err := plan.Of(n.Graph, params.Initializer(n.Graph, uint64(i+1)))
		if err != nil {
			return files, err
		}
		files[i] = golang.Pack(p, golang.Origin{Variant: "B0"}).Data
	}
	return files, nil
})

// built returns the server, which is the test's own program, and weights of two seeds.
func built(t *testing.T) (binary string, weights [2]string) {
	t.Helper()
	files, err := packedWeights()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(asProgram, "1")
	if binary, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	for i, data := range files {
		weights[i] = filepath.Join(t.TempDir(), "w.bin")
		if err := os.WriteFile(weights[i], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return binary, weights
}

func picture(t *testing.T) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 300, 240))
	for i := range m.Pix {
		m.Pix[i] = byte(i*i>>7 | i%4/3*255)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestServes has the server answer with its labels and its weights' hash, read these again, say that it drains, and
// end; and not begin where another listens.
func TestServes(t *testing.T) {
	binary, weights := built(t)
	labels := filepath.Join(t.TempDir(), "labels")
	var lines strings.Builder
	for i := range network.Classes {
		fmt.Fprintf(&lines, "class %d\n", i)
	}
	if err := os.WriteFile(labels, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := beginAt(t, "127.0.0.1:0", binary, weights[0], "-labels", labels, "-workers", "1", "-drain", "500ms",
		"-places", "1")
	body := picture(t)
	a, err := p.classify(body)
	if err != nil {
		t.Fatal(err)
	}
	if a.Model != "EfficientNet-B0" || len(a.Classes) != 5 || !strings.HasPrefix(a.Weights, "sha256:") {
		t.Errorf("the answer is %+v", a)
	}
	for i, c := range a.Classes {
		if c.Label != fmt.Sprintf("class %d", c.Index) || i > 0 && c.Probability > a.Classes[i-1].Probability {
			t.Errorf("the answer is %+v", a)
		}
	}
	install := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(weights[0]+".new", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(weights[0]+".new", weights[0]); err != nil {
			t.Fatal(err)
		}
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	install([]byte("nothing"))
	p.line(t, "the weights stay as they are: .")
	if same, err := p.classify(body); err != nil || fmt.Sprint(same) != fmt.Sprint(a) {
		t.Errorf("after weights that are none: %+v, %v", same, err)
	}
	other, err := os.ReadFile(weights[1])
	if err != nil {
		t.Fatal(err)
	}
	install(other)
	p.line(t, "EfficientNet-B0.* sha256:")
	if b, err := p.classify(body); err != nil || b.Weights == a.Weights {
		t.Errorf("after other weights: %+v, %v", b, err)
	}
	again := exec.Command(binary, "-address", strings.TrimPrefix(p.url, "http://"), "-weights", weights[0])
	if text, err := again.CombinedOutput(); err == nil || !strings.Contains(string(text), "address already in use") {
		t.Errorf("a second server at the same address: %v, %s", err, text)
	}
	began := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	drains := 0
	for ; time.Since(began) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
		r, err := http.Get(p.url + "/readyz")
		if err != nil {
			break
		}
		if r.Body.Close(); r.StatusCode == http.StatusServiceUnavailable {
			drains++
		}
	}
	if err := p.Wait(); err != nil || drains == 0 || time.Since(began) < 500*time.Millisecond {
		t.Errorf("it ends after %v with %v, and has said %d times that it drains", time.Since(began), err, drains)
	}
}

// TestReload changes the weights under load: every answer is one of the two models', and says which.
func TestReload(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	binary, weights := built(t)
	live := filepath.Join(t.TempDir(), "weights.bin")
	install := func(from string) {
		t.Helper()
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(live+".new", data, 0o644)
		}
		if err == nil {
			err = os.Rename(live+".new", live)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	body := picture(t)
	var want [2]string // classes by model, as text
	var names [2]string
	for i, w := range weights {
		p := begin(t, binary, w)
		a, err := p.classify(body)
		if err != nil {
			t.Fatal(err)
		}
		want[i], names[i] = fmt.Sprint(a.Classes), a.Weights
	}
	if want[0] == want[1] || names[0] == names[1] {
		t.Fatalf("the models are alike: %v", names)
	}

	install(weights[0])
	p := begin(t, binary, live)
	var stop atomic.Bool
	var wait sync.WaitGroup
	var answered [2]atomic.Int64
	for range 3 {
		wait.Go(func() {
			for !stop.Load() {
				a, err := p.classify(body)
				if err != nil {
					t.Error(err)
					return
				}
				switch by := fmt.Sprint(a.Classes, a.Weights); by {
				case fmt.Sprint(want[0], names[0]):
					answered[0].Add(1)
				case fmt.Sprint(want[1], names[1]):
					answered[1].Add(1)
				default:
					t.Errorf("an answer of neither model: %s", by)
				}
			}
		})
	}
	for i := range 6 {
		install(weights[(i+1)%2])
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		p.line(t, regexp.QuoteMeta(names[(i+1)%2][:len("sha256:")+12]))
	}
	// What is no weights file changes nothing.
	if err := os.WriteFile(live+".new", []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(live+".new", live); err != nil {
		t.Fatal(err)
	}
	p.Process.Signal(syscall.SIGHUP)
	p.line(t, "the weights stay as they are")
	stop.Store(true)
	wait.Wait()
	if answered[0].Load() == 0 || answered[1].Load() == 0 {
		t.Errorf("answers of the models: %d and %d", answered[0].Load(), answered[1].Load())
	}
}

// TestEnds: at SIGTERM every request that was accepted is answered, and the process ends by itself.
func TestEnds(t *testing.T) {
	binary, weights := built(t)
	p := begin(t, binary, weights[0])
	body := picture(t)
	var wait sync.WaitGroup
	var answered, refused atomic.Int64
	for range 4 {
		wait.Go(func() {
			for {
				_, err := p.classify(body)
				switch {
				case err == nil:
					answered.Add(1)
				// A request on a connection that has been idle may meet with its end; it was not accepted.
				case strings.Contains(err.Error(), "connection refused"), strings.Contains(err.Error(), "EOF"),
					strings.Contains(err.Error(), "reset"):
					refused.Add(1)
					return
				default:
					t.Errorf("accepted, and not answered: %v", err)
					return
				}
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	p.Process.Signal(syscall.SIGTERM)
	wait.Wait()
	if err := p.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if answered.Load() == 0 || refused.Load() != 4 {
		t.Errorf("%d answered, %d refused", answered.Load(), refused.Load())
	}
}

// TestKilled: a process that is killed under load takes with it what it has not answered, and nothing else. The next
// one answers within 50 ms of its start, EfficientNet-B0 being mapped; other work on the machine may hold it up now and
// then.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	binary, weights := built(t)
	body := picture(t)
	p := begin(t, binary, weights[0])
	first, err := p.classify(body)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(*first)
	address := strings.TrimPrefix(p.url, "http://")
	url := *p // of which clients know the address alone
	var stop atomic.Bool
	var wait sync.WaitGroup
	var answered, lost atomic.Int64
	for range 3 {
		wait.Go(func() {
			for !stop.Load() {
				a, err := url.classify(body)
				switch {
				case err == nil && fmt.Sprint(*a) != want:
					t.Errorf("an answer is %v, want %s", *a, want)
				case err == nil:
					answered.Add(1)
				case strings.Contains(err.Error(), "refused"), strings.Contains(err.Error(), "EOF"),
					strings.Contains(err.Error(), "reset"), strings.Contains(err.Error(), "broken pipe"):
					lost.Add(1)
					time.Sleep(time.Millisecond)
				default:
					t.Error(err)
				}
			}
		})
	}
	answers := func() { // at least one more
		t.Helper()
		before := answered.Load()
		for deadline := time.Now().Add(30 * time.Second); answered.Load() == before; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("nothing is answered")
			}
		}
	}
	best := time.Hour
	for range 5 {
		answers()
		p.Process.Kill()
		p.Wait()
		start := time.Now()
		p = beginAt(t, address, binary, weights[0])
		r, err := http.Get(p.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("after a restart: %s", r.Status)
		}
		best = min(best, time.Since(start))
	}
	answers()
	stop.Store(true)
	wait.Wait()
	if lost.Load() == 0 {
		t.Error("nothing was under way when the process was killed")
	}
	if best > 50*time.Millisecond {
		t.Errorf("the quickest of five starts took %v", best)
	}
	t.Logf("ready %v after the start", best)
}
