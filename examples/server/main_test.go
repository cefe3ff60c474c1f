package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/netc-lang/netc/examples/server/network"
)

// asProgram makes the test's own program the server.
const asProgram = "NETC_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestMistakes: without weights, and with labels that are not one for each class, the server says so and fails.
func TestMistakes(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, lines := range map[string]int{"few": 3, "all": network.Classes} {
		if err := os.WriteFile(name, []byte(strings.Repeat("label\n", lines)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for arguments, want := range map[string]string{
		"": "open weights.bin: ",
		"-weights gone.bin -batch 3 -places 9 -timeout 2s -workers 1 -labels all": "open gone.bin: ",
		"-labels few":  "few has 3 lines, the network 1000 classes",
		"-labels gone": "open gone: ",
	} {
		cmd := exec.Command(program, strings.Fields(arguments)...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		text, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(text), " "+want) {
			t.Errorf("%q: %v, %s", arguments, err, text)
		}
	}
}

// TestOptions: one worker is a wish, too.
func TestOptions(t *testing.T) {
	for workers, want := range map[int]int{0: 0, 1: 1, 2: 1} {
		if got := len(optionsOf(workers)); got != want {
			t.Errorf("%d options for %d workers, want %d", got, workers, want)
		}
	}
}
