// Command bench compares generated Go packages with ONNX Runtime on the same networks, in one process:
//
//	go run ./cmd/bench -threads 1,2 -batch 1,8 efficientnet/efficientnet.net:b0 …
//
// An argument is an architecture file under examples and a variant of it; without arguments it takes the networks that
// docs/performance.md reports. For each it generates the Go package and the ONNX file into testdata/bench, builds a
// program of them all and runs it; package measure says how it measures. ONNX Runtime must be installed as for the
// tests, and the working folder be the project's.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// reported are the networks of docs/performance.md.
var reported = []string{
	"efficientnet/efficientnet.net:b0", "efficientnet/efficientnet.net:b1", "efficientnet/efficientnet.net:b2",
	"efficientnet/efficientnet.net:b3",
	"efficientnet/efficientnet.net:b4", "efficientnet/efficientnet.net:b5", "efficientnet/efficientnet.net:b6",
	"efficientnet/efficientnet.net:b7",
	"resnet/resnet.net:50", "mobilenetv2/mobilenetv2.net:100", "mobilenetv3/mobilenetv3.net:large_100",
	"efficientnetv2/efficientnetv2.net:s",
	"regnety/regnety.net:400mf",
}

// folder is where everything goes that can be made again.
const folder = "testdata/bench"

func main() {
	threads := flag.String("threads", "1,2", "numbers of `threads`")
	batch := flag.String("batch", "1,8", "batch `sizes`")
	seconds := flag.Float64("seconds", 4, "`time` for each combination")
	profile := flag.Bool("profile", false, "print where generated Go spends its time instead of comparing")
	cold := flag.Bool("cold", false, "measure whole programs from their start to the first logits instead")
	build := flag.Bool("build", false, "only generate and build the program, testdata/bench/bench")
	recorded := flag.Bool("record", false,
		"print a hash of the logits at each level of instructions, and of each assembly file, instead")
	flag.Parse()
	networks := flag.Args()
	if *recorded {
		if err := record(os.Stdout, networks); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if len(networks) == 0 {
		networks = reported
	}
	if *cold {
		if err := benchCold(os.Stdout, networks); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	settings := []string{"-threads", *threads, "-batch", *batch, "-seconds", fmt.Sprint(*seconds),
		fmt.Sprintf("-profile=%t", *profile)}
	if *build {
		settings = nil
	}
	if err := bench(networks, settings); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench generates, builds and, if there are settings, runs the program.
func bench(networks, settings []string) error {
	entries, err := prepareAll(networks)
	if err != nil {
		return err
	}
	if err := writeProgram(entries); err != nil {
		return err
	}
	program := filepath.Join(folder, "bench")
	if err := command("go", "build", "-o", program, "./"+folder); err != nil {
		return err
	}
	if settings == nil {
		return nil
	}
	return command(program, settings...)
}

func benchCold(w io.Writer, networks []string) error {
	entries, err := prepareAll(networks)
	if err != nil {
		return err
	}
	return coldStarts(w, entries)
}

func prepareAll(networks []string) ([]entry, error) {
	var entries []entry
	for _, a := range networks {
		e, err := prepare(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func command(name string, arguments ...string) error {
	cmd := exec.Command(name, arguments...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(arguments, " "), err)
	}
	return nil
}
