package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"netc": main, "pretend": pretend})
}

// TestScripts runs the command lines in testdata/script. There, $EXAMPLES is the project's folder examples,
// $CHECKPOINTS a folder of small checkpoints, $DOCS the folder docs, and the files of awkwardFiles lie in the working
// folder.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	checkpoints, err := filepath.Abs("testdata/checkpoints")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Condition:     condition,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("CHECKPOINTS", checkpoints)
			env.Setenv("DOCS", docs)
			return writeAwkward(env.WorkDir)
		},
	})
}

// condition adds [privileged] to the conditions of scripts: whoever runs them can read every file.
func condition(name string) (bool, error) {
	if name == "privileged" {
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("there is no condition %q", name)
}
