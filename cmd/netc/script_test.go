package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"netc": main})
}

// TestScripts runs the command lines in testdata/script. There, $EXAMPLES is the project's folder examples and binary.net
// a file that is no text.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			return os.WriteFile(filepath.Join(env.WorkDir, "binary.net"), []byte("\x7fELF\x02\x01\x00\x00"), 0o644)
		},
	})
}
