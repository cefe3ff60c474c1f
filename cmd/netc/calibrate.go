package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/latency"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
)

const calibrateDetails = `
Some hundred small and large networks of usual layers run once, beside a loop that says how fast the machine is at the
moment. What their layers took lies in your cache folder, by processor and number of workers, and predicts the latency
of other networks without running them: netc search --predict. Let nothing else run meanwhile.`

// calibrate takes a minute; tests have no need of that.
var calibrate = latency.Calibrate

func runCalibrate(c *call) error {
	workers := c.flags.Int("workers", 1, "calibrate for inferences with `N` goroutines")
	seconds := c.flags.Float64("seconds", 0.1, "run each network for `S` seconds, and at least four times")
	out := outputFlag(c, "the file to write (default: in your cache folder, where netc search finds it)")
	if files, err := c.parse(); err != nil || len(files) > 0 {
		if err == nil {
			err = usagef("it takes no files, got %d", len(files))
		}
		return err
	}
	if *workers < 1 || !(*seconds > 0) {
		return usagef("--workers is at least one, and --seconds something")
	}
	if err := checkHost(); err != nil {
		return err
	}
	path := *out
	if path == "" {
		var err error
		if path, err = calibrationPath(*workers); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
	}
	if err := c.out.Check(path); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	finish := busy(c.stderr, "calibrating")
	m, err := calibrate(ctx, latency.Options{Workers: *workers, Machine: machine(*workers),
		Netc: compiler.Version, Each: time.Duration(*seconds * float64(time.Second))})
	finish()
	if err != nil {
		return err
	}
	if err := c.out.Write(output.File{Path: path, Write: m.Save}); err != nil {
		return err
	}
	fmt.Fprintf(c.stderr, "netc: %d layers measured on %s: %s\n", len(m.Samples), m.Machine, path)
	return nil
}

// machine says what a calibration is of: the processor, what it can do, and how many goroutines work.
func machine(workers int) string {
	return fmt.Sprintf("%s %s, %s, %s", runtime.GOARCH, processor(), kernel.Host().Has, counted(workers, "worker"))
}

// processor returns the name that the system has for the processor, where it says one.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOOS
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, value, _ := strings.Cut(s.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOOS
}

// calibrationPath is where the calibration of this machine lies.
func calibrationPath(workers int) (string, error) {
	if err := checkHost(); err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder for caches: give -o (%w)", err)
	}
	name := sha256.Sum256([]byte(machine(workers)))
	return filepath.Join(cache, "netc", fmt.Sprintf("calibration-%x.json", name[:8])), nil
}

// predictor reads this machine's calibration, and returns what it says of networks.
func predictor(c *call, workers int) (func(n *compiler.Network) (float64, error), error) {
	path, err := calibrationPath(workers)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, wrongf("this machine is not calibrated for %s: run netc calibrate --workers %d",
			counted(workers, "worker"), workers)
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := latency.Load(io.LimitReader(f, 64<<20))
	if err != nil {
		return nil, wrongf("%s: %v", path, err)
	}
	if m.Netc != compiler.Version {
		fmt.Fprintf(c.stderr, "netc: warning: the calibration is of %s: run netc calibrate again\n", m.Netc)
	}
	var mutex sync.Mutex
	told := map[string]bool{}
	return func(n *compiler.Network) (float64, error) {
		p, err := plan.Sketch(n.Graph)
		if err != nil {
			return 0, err
		}
		t, unknown := m.Predict(p)
		mutex.Lock()
		defer mutex.Unlock()
		for _, kind := range unknown {
			if !told[kind] {
				told[kind] = true
				fmt.Fprintf(c.stderr, "netc: warning: no layer like this was calibrated, its time is a guess: %s\n",
					kind)
			}
		}
		return t.Seconds(), nil
	}, nil
}
