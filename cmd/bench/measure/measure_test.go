package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// fake is a model that sums its images up, and is off by what it was made with.
type fake struct {
	off float32
	err error
}

func (f fake) Infer(_ context.Context, images, logits []float32) error {
	for i := range logits {
		logits[i] = f.off
		for _, x := range images {
			logits[i] += x * float32(i+1)
		}
	}
	return f.err
}

// printed returns what f prints.
func printed(t *testing.T, f func() error) (string, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = stdout }()
	failed := f()
	w.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), failed
}

// TestNamed chooses networks by parts of their names.
func TestNamed(t *testing.T) {
	for _, tt := range []struct {
		name, parts string
		want        bool
	}{
		{"EfficientNet-B0", "", true}, {"EfficientNet-B0", "B0", true}, {"EfficientNet-B0", "B1", false},
		{"EfficientNet-B0", "B1,B0", true}, {"EfficientNet-B0", "ResNet,Efficient", true},
		{"ResNet", "Efficient", false},
	} {
		if got := named(tt.name, tt.parts); got != tt.want {
			t.Errorf("%s by %q: got %v", tt.name, tt.parts, got)
		}
	}
}

// TestInputs: images of noise have as many elements as their shape says, and are the same every time.
func TestInputs(t *testing.T) {
	n := &Network{Shape: []int{3, 4, 5}}
	if n.elements() != 60 || (&Network{Shape: []int{7}}).elements() != 7 {
		t.Errorf("%d elements", n.elements())
	}
	first := noise(60)
	if len(first) != 60 || !slices.Equal(first, noise(60)) || slices.Equal(first[:30], first[30:]) {
		t.Errorf("noise is %v", first)
	}
	if got := fmt.Sprint(numbers("1,2,16")); got != "[1 2 16]" {
		t.Errorf("numbers are %s", got)
	}
}

// TestHashes: a line for each network, the same as long as the logits are, and a note where several workers compute
// others.
func TestHashes(t *testing.T) {
	t.Setenv("NETC_CPU", "portable")
	network := func(name string, off func(threads int) float32) Network {
		return Network{Name: name, Shape: []int{2, 3}, Classes: 2,
			New: func(threads int) (Model, error) { return fake{off: off(threads)}, nil }}
	}
	none := func(int) float32 { return 0 }
	text, err := printed(t, func() error {
		return hashes([]Network{network("a", none), network("b", none), network("c", func(int) float32 { return 1 }),
			network("d", func(threads int) float32 { return float32(threads / 2) }),
			network("e", func(threads int) float32 { return float32(threads / 3) }),
			network("f", func(threads int) float32 { return float32(1 - threads%2) })})
	})
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if err != nil || len(lines) != 6 {
		t.Fatalf("got %q, %v", text, err)
	}
	const note = ", and other logits with several workers"
	for i, want := range []string{"  a, NETC_CPU=portable", "  b, NETC_CPU=portable", "  c, NETC_CPU=portable",
		"  d, NETC_CPU=portable" + note, "  e, NETC_CPU=portable" + note, "  f, NETC_CPU=portable" + note} {
		if len(lines[i]) < 16 || lines[i][16:] != want {
			t.Errorf("got %q, want a hash and %q", lines[i], want)
		}
	}
	if a, b, c := lines[0][:16], lines[1][:16], lines[2][:16]; a != b || a == c || lines[3][:16] != a {
		t.Errorf("the hashes are\n%s", text)
	}
	broken := errors.New("broken")
	for name, n := range map[string]Network{
		"made": {Name: "x", New: func(int) (Model, error) { return nil, broken }},
		"run":  {Name: "x", New: func(int) (Model, error) { return fake{err: broken}, nil }},
		"several": {Name: "x", New: func(threads int) (Model, error) {
			return fake{}, map[bool]error{true: broken}[threads > 1]
		}},
		"run by three": {Name: "x", New: func(threads int) (Model, error) {
			return fake{err: map[bool]error{true: broken}[threads > 2]}, nil
		}},
	} {
		if text, err := printed(t, func() error { return hashes([]Network{n}) }); err == nil || text != "" ||
			err.Error() != "x: broken" {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
	}
}

// TestSameBits: zeros differ in their sign, and a number that is none is itself.
func TestSameBits(t *testing.T) {
	zero, nan := float32(0), float32(math.NaN())
	if !sameBits(zero, zero) || sameBits(zero, float32(math.Copysign(0, -1))) ||
		!sameBits(nan, nan) || sameBits(1, 2) {
		t.Error("bits are not compared")
	}
}

// TestProfiles prints the profile of the fastest of several rounds, after one that pays for fresh memory.
func TestProfiles(t *testing.T) {
	made := 0
	n := Network{Name: "x", Shape: []int{2}, Classes: 1, Profile: func(m Model) string { return fmt.Sprint(m.(slow)) }}
	n.Profiled = func(threads int) (Model, error) {
		made++
		return slow(made), nil
	}
	text, err := fastestRound(n, 1, 500*time.Millisecond)
	if err != nil || made < 2 || text == "1" {
		t.Errorf("after %d rounds: %s, %v", made, text, err)
	}
	made = 0
	if text, err := fastestRound(n, 1, 0); err != nil || made != 1 || text != "1" {
		t.Errorf("one round: %d, %s, %v", made, text, err)
	}
	broken := errors.New("broken")
	for _, profiled := range []func(int) (Model, error){func(int) (Model, error) { return nil, broken },
		func(int) (Model, error) { return fake{err: broken}, nil }} {
		n.Profiled = profiled
		if _, err := fastestRound(n, 1, 0); err != broken {
			t.Errorf("got %v", err)
		}
	}
}

// TestFreshMemory: the first inference of a round, which pays for fresh memory, does not count.
func TestFreshMemory(t *testing.T) {
	made := 0
	n := Network{Shape: []int{2}, Classes: 1, Profile: func(m Model) string { return fmt.Sprint(m.(*warming).first) }}
	n.Profiled = func(int) (Model, error) {
		made++
		if made%2 == 1 {
			return &warming{first: 200 * time.Millisecond}, nil
		}
		return &warming{first: 20 * time.Millisecond, others: 20 * time.Millisecond}, nil
	}
	if text, err := fastestRound(n, 1, 400*time.Millisecond); err != nil || made < 2 || text != "200ms" {
		t.Errorf("of %d rounds, that is the fastest whose first inference takes %s: %v", made, text, err)
	}
}

// warming takes another time for its first inference than for others.
type warming struct {
	first, others time.Duration
	warm          bool
}

func (w *warming) Infer(context.Context, []float32, []float32) error {
	if !w.warm {
		w.warm = true
		time.Sleep(w.first)
		return nil
	}
	time.Sleep(w.others)
	return nil
}

// slow takes long where it is the first, and next to nothing where it is another.
type slow int

func (s slow) Infer(context.Context, []float32, []float32) error {
	if s == 1 {
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

// asProgram makes the test's own program one that measures fakes.
const asProgram = "NETC_TEST_MEASURE"

// other is a session that takes a while, and notes what it is asked for.
type other struct {
	asked  string
	closed int
	err    error
}

func (o *other) Run(values []float32, shape []int, results int) ([]float32, error) {
	o.asked = fmt.Sprint(len(values), shape, results)
	time.Sleep(time.Millisecond)
	return nil, o.err
}

func (o *other) Close() error { o.closed++; return nil }

// TestCompare measures both on as many images as a batch has, prints a row and closes the session.
func TestCompare(t *testing.T) {
	defer func(open func(Network, int) (session, error)) { openSession = open }(openSession)
	broken := errors.New("broken")
	for _, tt := range []struct{ made, open, run, other, want error }{
		{}, {made: broken, want: broken}, {open: broken, want: broken}, {run: broken, want: broken},
		{other: broken, want: broken},
	} {
		o := &other{err: tt.other}
		openSession = func(Network, int) (session, error) { return o, tt.open }
		n := Network{Name: "x", Shape: []int{2, 3}, Classes: 5,
			New: func(int) (Model, error) { return fake{err: tt.run}, tt.made }}
		text, err := printed(t, func() error { return compare(n, 1, 4, 50*time.Millisecond) })
		if err != tt.want || strings.HasPrefix(text, "| x | 1 | 4 | 0.0") != (tt.want == nil) {
			t.Errorf("%+v: got %q, %v", tt, text, err)
		}
		opened := tt.made == nil && tt.open == nil
		if opened != (o.closed == 1) || tt.want == nil && o.asked != "24 [4 2 3] 20" {
			t.Errorf("%+v: closed %d times, asked for %q", tt, o.closed, o.asked)
		}
	}
}

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	openSession = func(n Network, _ int) (session, error) {
		return &other{}, map[bool]error{true: errors.New("there is no such model")}[n.Name == "two"]
	}
	made := func(int) (Model, error) { return fake{}, nil }
	profile := func(Model) string { return "where time goes" }
	broken := func(int) (Model, error) { return nil, errors.New("broken") }
	Main([]Network{
		{Name: "one", Shape: []int{2}, Classes: 1, New: made, Profiled: made, Profile: profile},
		{Name: "two", Shape: []int{2}, Classes: 1, New: made, Profiled: made, Profile: profile},
		{Name: "broken", Shape: []int{2}, Classes: 1, New: broken, Profiled: broken},
	})
}

// TestCommandLine: what is printed of which networks, by how many threads, for how long; and what fails ends it.
func TestCommandLine(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		line         string
		stdout, said string // parts; said is "" where it succeeds
		least        time.Duration
	}{
		{"-profile -seconds 0.2 -only one", "one, 1 threads\nwhere time goes\none, 2 threads\nwhere time goes\n", "",
			400 * time.Millisecond},
		{"-profile -seconds 0.1 -only o -threads 3", "one, 3 threads\nwhere time goes\ntwo, 3 threads\nwhere time " +
			"goes\n", "broken: broken", 200 * time.Millisecond},
		{"-profile -threads 0", "", `"0" is not a list of numbers`, 0},
		{"-record -only one", "  one, NETC_CPU=\n", "", 0},
		{"-record", "  two, NETC_CPU=\n", "broken: broken", 0},
		{"-seconds 0.4 -only one -threads 3 -batch 2", "| one | 3 | 2 | ", "", 400 * time.Millisecond},
		{"-seconds 0.4 -only two", "| network |", "two: there is no such model", 0},
	} {
		c := exec.Command(self, strings.Fields(tt.line)...)
		c.Env = append(os.Environ(), asProgram+"=1", "NETC_CPU=")
		var stdout, stderr strings.Builder
		c.Stdout, c.Stderr = &stdout, &stderr
		began := time.Now()
		err := c.Run()
		if (err != nil) != (tt.said != "") || !strings.Contains(stderr.String(), tt.said) ||
			!strings.Contains(stdout.String(), tt.stdout) || tt.said == "" && stderr.Len() > 0 {
			t.Errorf("%s: %v, prints\n%s%s", tt.line, err, &stdout, &stderr)
		}
		usage := strings.Contains(tt.said, "is not a list") // which is told apart from what fails
		if exit := (&exec.ExitError{}); errors.As(err, &exit) && (exit.ExitCode() == 2) != usage {
			t.Errorf("%s: %v", tt.line, err)
		}
		if took := time.Since(began); took < tt.least || took > 20*time.Second {
			t.Errorf("%s takes %v", tt.line, took)
		}
	}
}

// TestRow: 3 million multiply-accumulates of each of 2 images in 1.5 ms are 8 GFLOP/s.
func TestRow(t *testing.T) {
	n := Network{Name: "x", MACs: 3e6}
	got := row(n, 1, 2, 1500*time.Microsecond, 3750*time.Microsecond)
	if want := "| x | 1 | 2 | 1.50 | 3.75 | 2.50 | 8 |"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
