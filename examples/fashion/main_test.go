package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
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
	}{{nil, 2, "usage: fashion PICTURE.png..."}, {[]string{"missing.png"}, 1, "fashion: open missing.png: "},
		{[]string{"main.go"}, 1, "fashion: main.go: "}} {
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
	paths, err := filepath.Glob("images/1*.png")
	if err != nil || len(paths) != 1 {
		t.Fatalf("%d pictures: %v", len(paths), err)
	}
	cmd := exec.Command(program, paths...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "NETC_CPU=avx9")
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.HasPrefix(string(text), "fashion: ") ||
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
	paths, err := filepath.Glob("images/[12]*.png")
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

// TestPixels: pixels are from 0 to 1, and then as the network was trained with them: less the mean, over the deviation.
func TestPixels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	m := image.NewGray(image.Rect(0, 0, 28, 28))
	for i := range m.Pix {
		m.Pix[i] = byte(51 * (i % 6))
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := read(path)
	if err != nil || len(got) != 28*28 {
		t.Fatalf("%d pixels, %v", len(got), err)
	}
	for i, v := range got {
		if d := float64(v) - (0.2*float64(i%6)-0.2860)/0.3530; !(d*d <= 1e-10) {
			t.Fatalf("pixel %d is %g", i, v)
		}
	}
}

// TestSizes: a picture of another width or height is refused, and both are named.
func TestSizes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	for _, size := range []image.Point{{28, 27}, {29, 28}} {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, image.NewGray(image.Rectangle{Max: size})), f.Close()); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%s has %d×%d pixels, the network takes 28×28", path, size.X, size.Y)
		if _, err := read(path); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
