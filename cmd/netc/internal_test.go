package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrokenInvariant holds a panic to exit code 3 and a request to report it, with the package that it happened in.
func TestBrokenInvariant(t *testing.T) {
	var out, errs strings.Builder
	broken := command{name: "gen", usage: "FILE", summary: "break",
		run: func(c *call) error { panic("no such kernel") }}
	code := runCommand(broken, []string{"--variant", "B0", "x.net"}, strings.NewReader(""), &out, &errs)
	if code != exitBroken || out.String() != "" {
		t.Errorf("exit code %d, output %q", code, out.String())
	}
	for _, want := range []string{"netc: internal error in cmd/netc: no such kernel\n", "Please report it",
		"command line: netc gen --variant B0 x.net\n"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("%q is missing in\n%s", want, errs.String())
		}
	}
}

// TestColored: colours are for terminals, which are devices, unless NO_COLOR or TERM says that there are none.
func TestColored(t *testing.T) {
	device, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, tt := range []struct {
		w          io.Writer
		none, term string
		want       bool
	}{
		{device, "", "xterm", true}, {device, "", "", true}, {device, "1", "xterm", false}, {device, "", "dumb", false},
		{file, "", "xterm", false}, {io.Discard, "", "xterm", false},
	} {
		t.Setenv("NO_COLOR", tt.none)
		t.Setenv("TERM", tt.term)
		if got := colored(tt.w); got != tt.want {
			t.Errorf("NO_COLOR=%s TERM=%s: %t on %T", tt.none, tt.term, got, tt.w)
		}
	}
}

// TestColor holds messages to being plain where no terminal shows them.
func TestColor(t *testing.T) {
	var out, errs strings.Builder
	run([]string{"check", "nosuch.net"}, strings.NewReader(""), &out, &errs)
	if colored(&errs) || strings.Contains(errs.String(), "\x1b") {
		t.Errorf("colours in %q", errs.String())
	}
}
