package main

import (
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

// TestColor holds messages to being plain where no terminal shows them.
func TestColor(t *testing.T) {
	var out, errs strings.Builder
	run([]string{"check", "nosuch.net"}, strings.NewReader(""), &out, &errs)
	if colored(&errs) || strings.Contains(errs.String(), "\x1b") {
		t.Errorf("colours in %q", errs.String())
	}
}
