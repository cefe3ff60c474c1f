package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asProgram makes the test's own program the command.
const asProgram = "NETC_TEST_ANDROID"

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
	}{{nil, 2, "usage: android PICTURE..."}, {[]string{"missing.png"}, 1, "android: open missing.png: "},
		{[]string{"main.go"}, 1, "android: main.go: "}} {
		cmd := exec.Command(program, tt.arguments...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		text, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != tt.status || !strings.HasPrefix(string(text), tt.says) {
			t.Errorf("%q: %v, %s", tt.arguments, err, text)
		}
	}
}

// TestMisspeltProcessor: a NETC_CPU that says nothing keeps the network from running, and the program says so.
func TestMisspeltProcessor(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../fashion/images/1*.png")
	if err != nil || len(paths) != 1 {
		t.Fatalf("%d pictures: %v", len(paths), err)
	}
	cmd := exec.Command(program, paths...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "NETC_CPU=avx9")
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.HasPrefix(string(text), "android: ") ||
		!strings.Contains(string(text), "avx9") {
		t.Errorf("%v, %s", err, text)
	}
}

// TestSays has the program say what a picture shows.
func TestSays(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../fashion/images/[12]*.png")
	if err != nil || len(paths) != 2 {
		t.Fatalf("%d pictures: %v", len(paths), err)
	}
	cmd := exec.Command(program, paths...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	text, err := cmd.CombinedOutput()
	want := fmt.Sprintf("%-20s trousers\n%-20s pullover\n", filepath.Base(paths[0]), filepath.Base(paths[1]))
	if err != nil || string(text) != want {
		t.Errorf("%v: got\n%s\nwant\n%s", err, text, want)
	}
}
