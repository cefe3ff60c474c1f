// Package measure times generated packages against ONNX Runtime.
//
// For each network, number of threads and batch size the two run in turn; execute.Measure says how. Main prints the
// median of each and the ratio of the medians.
package measure

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// Model is what a generated package's Model does.
type Model interface {
	Infer(ctx context.Context, images, logits []float32) error
}

// Network is one network in both forms.
type Network struct {
	Name          string
	MACs          int64
	Model         string // path of the ONNX file
	Input, Output string // names there
	Shape         []int  // of an input
	Classes       int
	New           func(threads int) (Model, error)
	Profiled      func(threads int) (Model, error) // a model that keeps a profile
	Profile       func(model Model) string         // that profile
}

// elements is how many numbers an input has.
func (n *Network) elements() int {
	count := 1
	for _, d := range n.Shape {
		count *= d
	}
	return count
}

// Main measures the networks as the command line says, and prints a table.
func Main(networks []Network) {
	threads := flag.String("threads", "1,2", "numbers of threads")
	batch := flag.String("batch", "1,8", "batch sizes")
	seconds := flag.Float64("seconds", 4, "time for each combination")
	profile := flag.Bool("profile", false, "print where generated Go spends its time instead")
	record := flag.Bool("record", false, "print a hash of the logits of each instead")
	only := flag.String("only", "",
		"the networks to measure, by parts of their names with commas between; all when empty")
	flag.Parse()
	networks = slices.DeleteFunc(networks, func(n Network) bool { return !named(n.Name, *only) })
	if *record {
		if err := hashes(networks); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if *profile {
		profiles(networks, numbers(*threads), time.Duration(*seconds*float64(time.Second)))
		return
	}
	fmt.Printf("%s/%s, %d CPUs, %s, NETC_CPU=%q\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(),
		os.Getenv("NETC_CPU"))
	fmt.Println("| network | threads | batch | generated Go, ms | ONNX Runtime, ms | ratio | GFLOP/s |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, n := range networks {
		for _, t := range numbers(*threads) {
			for _, b := range numbers(*batch) {
				if err := compare(n, t, b, time.Duration(*seconds*float64(time.Second))); err != nil {
					fmt.Fprintf(os.Stderr, "%s: %v\n", n.Name, err)
					os.Exit(1)
				}
			}
		}
	}
}

// named reports whether a name has one of the parts.
func named(name, parts string) bool {
	return slices.ContainsFunc(strings.Split(parts, ","),
		func(part string) bool { return strings.Contains(name, part) })
}

// profiles prints the profile of each network: that of the fastest of many rounds, since others are of a machine that
// was also doing something else.
func profiles(networks []Network, threads []int, limit time.Duration) {
	for _, n := range networks {
		for _, t := range threads {
			text, err := fastestRound(n, t, limit)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", n.Name, err)
				os.Exit(1)
			}
			fmt.Printf("%s, %d threads\n%s\n", n.Name, t, text)
		}
	}
}

func fastestRound(n Network, threads int, limit time.Duration) (string, error) {
	runtime.GOMAXPROCS(max(threads, 2))
	image, logits := noise(n.elements()), make([]float32, n.Classes)
	var fastest Model
	best := time.Duration(1<<63 - 1)
	for end := time.Now().Add(limit); fastest == nil || time.Now().Before(end); {
		model, err := n.Profiled(threads)
		if err != nil {
			return "", err
		}
		start := time.Now()
		for run := range 6 {
			if run == 1 { // the first pays for fresh memory
				start = time.Now()
			}
			if err := model.Infer(context.Background(), image, logits); err != nil {
				return "", err
			}
		}
		if took := time.Since(start); took < best {
			best, fastest = took, model
		}
	}
	return n.Profile(fastest), nil
}

// noise returns normally distributed values.
func noise(n int) []float32 {
	values := make([]float32, n)
	random := rand.New(rand.NewSource(1))
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	return values
}

func numbers(list string) []int {
	var all []int
	for _, word := range strings.Split(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			fmt.Fprintf(os.Stderr, "%q is not a list of numbers\n", list)
			os.Exit(2)
		}
		all = append(all, n)
	}
	return all
}

// session is a model in ONNX Runtime.
type session interface {
	Run(values []float32, shape []int, results int) ([]float32, error)
	Close() error
}

// openSession opens a network's ONNX file; tests have no need of the runtime.
var openSession = func(n Network, threads int) (session, error) {
	return ort.Open(n.Model, n.Input, n.Output, threads)
}

// compare measures one combination and prints its row.
func compare(n Network, threads, batch int, limit time.Duration) error {
	runtime.GOMAXPROCS(max(threads, 2)) // one thread computes, another may collect garbage
	images := noise(batch * n.elements())
	model, err := n.New(threads)
	if err != nil {
		return err
	}
	session, err := openSession(n, threads)
	if err != nil {
		return err
	}
	defer session.Close()
	logits := make([]float32, batch*n.Classes)
	shape := append([]int{batch}, n.Shape...)
	times, err := execute.Measure(limit,
		execute.Repeat(func() error { return model.Infer(context.Background(), images, logits) }),
		execute.Repeat(func() error {
			_, err := session.Run(images, shape, len(logits))
			return err
		}))
	if err != nil {
		return err
	}
	fmt.Println(row(n, threads, batch, times[0].Median, times[1].Median))
	return nil
}

// row is a line of the table: how long a batch takes, how many times as long ONNX Runtime takes for it, and how many
// operations a second that is, of which a multiply-accumulate is two.
func row(n Network, threads, batch int, ours, theirs time.Duration) string {
	return fmt.Sprintf("| %s | %d | %d | %.2f | %.2f | %.2f | %.0f |", n.Name, threads, batch, ours.Seconds()*1e3,
		theirs.Seconds()*1e3, theirs.Seconds()/ours.Seconds(),
		2*float64(n.MACs)*float64(batch)/ours.Seconds()/1e9)
}
