package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestScalingDocs runs the commands of docs/scaling.md and compares what they print.
func TestScalingDocs(t *testing.T) {
	t.Chdir("../..")
	type example struct{ command, want string }
	var examples []*example
	printing := false // the lines at hand are what a command prints
	for line := range strings.Lines(readTestFile(t, "docs/scaling.md")) {
		if command, ok := strings.CutPrefix(line, "    $ netc "); ok {
			examples = append(examples, &example{command: strings.TrimSpace(command)})
			printing = true
		} else if printed, ok := strings.CutPrefix(line, "    "); ok && printing {
			examples[len(examples)-1].want += printed
		} else {
			printing = false
		}
	}
	if len(examples) < 7 {
		t.Fatalf("found %d commands", len(examples))
	}
	for _, e := range examples {
		var stdout, stderr bytes.Buffer
		if code := run(strings.Fields(e.command), nil, &stdout, &stderr); code != 0 || stdout.String() != e.want {
			t.Errorf("netc %s: exit %d\n%s%swant\n%s", e.command, code, stdout.String(), stderr.String(), e.want)
		}
	}
}
