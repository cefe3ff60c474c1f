package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// asProgram makes the test's own program the command.
const asProgram = "NETC_TEST_FASHION"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestMistakes: without pictures, and with one that is missing, the program says so and fails.
func TestMistakes(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		arguments []string
		status    int
		says      string
	}{{nil, 2, "usage: fashion PICTURE.png..."}, {[]string{"missing.png"}, 1, "fashion: open missing.png: "}} {
		cmd := exec.Command(program, tt.arguments...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		text, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != tt.status || !strings.HasPrefix(string(text), tt.says) {
			t.Errorf("%q: %v, %s", tt.arguments, err, text)
		}
	}
}
