package kernel

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReachKnows holds that Reach has a case for every task that calls routines: a package would lack those of one that
// is forgotten.
func TestReachKnows(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	reach, err := os.ReadFile("reach.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`\bproduct\{|\bslideOf\(|\brollingStrip\{`)
	task := regexp.MustCompile(`(?m)^func \(t \*(\w+Task)\) Run\(`)
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") || !calls.Match(text) {
			continue
		}
		for _, m := range task.FindAllSubmatch(text, -1) {
			found++
			if !strings.Contains(string(reach), "case *"+string(m[1])+":") {
				t.Errorf("%s: *%s calls routines, and Reach.Of has no case for it", file, m[1])
			}
		}
	}
	if found < 9 {
		t.Errorf("only %d tasks are found that call routines", found)
	}
}
