package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// TestCheckedIn has the program write the assembly of package kernel, and compares it with what is there: all files
// that say they are generated, and no others.
func TestCheckedIn(t *testing.T) {
	folder := t.TempDir()
	defer func(before []string) { os.Args = before }(os.Args)
	os.Args = []string{"asm", "-out", folder}
	main()
	there, err := filepath.Glob(filepath.Join("..", "kernel", "*.s"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join("..", "kernel", "*_routines_*.go"))
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for _, f := range files() {
		written[f.name] = true
		want, err := os.ReadFile(filepath.Join(folder, f.name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "kernel", f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what codegen/asm writes: run go generate ./codegen/kernel", f.name)
		}
	}
	for _, path := range append(there, more...) {
		if name := filepath.Base(path); !written[name] {
			t.Errorf("%s is there, and codegen/asm writes no such file", name)
		}
	}
	if len(written) != len(there)+len(more) {
		t.Errorf("%d files are written, and %d are there", len(written), len(there)+len(more))
	}
}

// TestMistakes: a routine that is no program is an error, and a file that cannot be written ends the program with one.
func TestMistakes(t *testing.T) {
	for name, emit := range map[string]func(*build.Context){
		"no such instruction": func(c *build.Context) {
			c.Function("f")
			c.ADDQ(reg.X0, reg.RAX)
			c.RET()
		},
		"too many registers": func(c *build.Context) {
			c.Function("f")
			var all []reg.GPVirtual
			for range 20 {
				all = append(all, c.GP64())
				c.XORQ(all[len(all)-1], all[len(all)-1])
			}
			for _, r := range all {
				c.ADDQ(r, all[0])
			}
			c.RET()
		},
	} {
		if text, err := printed(emit)(); err == nil {
			t.Errorf("%s: no error, but\n%s", name, text)
		}
	}
	if folder := os.Getenv(asProgram); folder != "" {
		os.Args = []string{"asm", "-out", folder}
		main()
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run", "^TestMistakes$")
	cmd.Env = append(os.Environ(), asProgram+"="+filepath.Join(t.TempDir(), "gone"))
	text, err := cmd.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 ||
		!strings.HasPrefix(string(text), "asm: "+files()[0].name+": open ") || strings.Count(string(text), "\n") != 1 {
		t.Errorf("%v, %s", err, text)
	}
}

// asProgram has the test's own program write its files into the folder that it names.
const asProgram = "NETC_TEST_ASM"
