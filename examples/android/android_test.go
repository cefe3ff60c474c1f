package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/netc-lang/netc/examples/android/clothing"
)

// answers is what the network says of the pictures of examples/fashion, in order of their names. (It takes the shirt
// for a T-shirt.)
var answers = []string{
	"T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "T-shirt", "sneaker", "bag", "ankle boot",
}

func pictures(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../fashion/images/*.png")
	if err != nil || len(paths) != len(answers) {
		t.Fatalf("%d pictures: %v", len(paths), err)
	}
	return paths
}

func TestClassify(t *testing.T) {
	c, err := clothing.NewClassifier()
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range pictures(t) {
		picture, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if class, err := c.Classify(picture); err != nil || class != answers[i] {
			t.Errorf("%s is taken for %q, want %q: %v", path, class, answers[i], err)
		}
	}
	if _, err := c.Classify([]byte("no picture")); err == nil {
		t.Error("a file that is no picture is classified")
	}
	for _, size := range []image.Point{{28, 27}, {27, 28}, {100, 27}} {
		var small bytes.Buffer
		if err := png.Encode(&small, image.NewGray(image.Rectangle{Max: size})); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("the picture has %d×%d pixels: the network needs 28×28 or more", size.X, size.Y)
		if _, err := c.Classify(small.Bytes()); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	picture, err := os.ReadFile(pictures(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	if class, err := c.Classify(picture); err == nil {
		t.Errorf("a classifier that is closed answers %q", class)
	}
}

// build builds the program for a system, for arm64, without cgo.
func build(t *testing.T, system string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clothing")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestAndroid builds the program for Android: position independent, for the system's loader.
func TestAndroid(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library for Android")
	}
	file, err := elf.Open(build(t, "android"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	loader := file.Section(".interp")
	if file.Type != elf.ET_DYN || file.Machine != elf.EM_AARCH64 || loader == nil {
		t.Fatalf("the program is %v for %v, its loader %v", file.Type, file.Machine, loader)
	}
	if name, err := loader.Data(); err != nil || string(bytes.TrimRight(name, "\x00")) != "/system/bin/linker64" {
		t.Errorf("the loader is %q: %v", name, err)
	}
}

// TestOnARM64 runs the program for Linux on arm64, which is the same but for the loader, under an emulator.
func TestOnARM64(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library for arm64")
	}
	var command []string
	if runtime.GOOS != "linux" || runtime.GOARCH != "arm64" {
		emulator, err := exec.LookPath("qemu-aarch64")
		if err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip("needs Debian's qemu-user: ", err)
		}
		command = []string{emulator}
	}
	command = append(append(command, build(t, "linux")), pictures(t)...)
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(answers) {
		t.Fatalf("%s", out)
	}
	for i, line := range lines {
		if !strings.HasSuffix(line, " "+answers[i]) {
			t.Errorf("%q, want %s", line, answers[i])
		}
	}
}
