package verify_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/onnx/verify"
	"github.com/netc-lang/netc/export/torch/python"
)

// leastCovered is how many node tests of the ONNX project are covered at least, of those that Debian's package has.
const leastCovered = 150

// TestNodes checks and evaluates the ONNX project's own tests of the operators that are known here. Each is covered,
// and its outputs are right, or it is called not covered; none is called wrong. Run with -v, it prints the
// scoreboard.
func TestNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("Python makes the tests, which takes seconds")
	}
	python := python.Require(t, []string{"onnx", "numpy"}, "python3-onnx")
	folder := t.TempDir()
	args := append([]string{"testdata/node_tests.py", folder}, slices.Sorted(maps.Keys(verify.Operators()))...)
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	models, err := filepath.Glob(filepath.Join(folder, "*", "model.onnx"))
	if err != nil || len(models) < leastCovered {
		t.Fatalf("%d tests: %v", len(models), err)
	}
	covered := 0
	why := map[string]int{}
	for _, path := range models {
		name := filepath.Base(filepath.Dir(path))
		reason, err := runNode(t, filepath.Dir(path))
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case reason != "":
			why[reason]++
			t.Logf("%s is not covered: %s", name, reason)
		default:
			covered++
		}
	}
	t.Logf("%d of %d covered and right, %d not covered, none called wrong", covered, len(models), len(models)-covered)
	if covered < leastCovered {
		t.Errorf("only %d are covered, want %d", covered, leastCovered)
	}
}

// runNode runs one test, and says why it is not covered, or what is wrong.
func runNode(t *testing.T, folder string) (reason string, err error) {
	m, err := verify.ReadFile(filepath.Join(folder, "model.onnx"))
	if err != nil {
		return "", err
	}
	r := m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1})
	if len(r.Problems) > 0 {
		return "", fmt.Errorf("called wrong: %s", strings.Join(r.Problems, "; "))
	}
	inputs := map[string]verify.Array{}
	for i, v := range m.Graph.Inputs {
		a, err := readTensor(filepath.Join(folder, fmt.Sprintf("input_%d.pb", i)))
		if err != nil { // a sequence or strings: the report says so
			continue
		}
		inputs[v.Name] = a
	}
	// What is only known when the model runs is known here: such a test can be evaluated.
	atRunTime := func(text string) bool { return strings.Contains(text, "is only known when the model runs") }
	if rest := slices.DeleteFunc(slices.Clone(r.Uncovered), atRunTime); len(rest) > 0 {
		return rest[0], nil
	}
	got, err := m.Evaluate(inputs, verify.Evaluation{})
	if err != nil {
		return err.Error(), nil
	}
	for i := range got {
		want, err := readTensor(filepath.Join(folder, fmt.Sprintf("output_%d.pb", i)))
		if err != nil {
			return "", err
		}
		if err := sameArray(got[i], want); err != nil {
			return "", fmt.Errorf("output %d: %w", i, err)
		}
	}
	return "", nil
}

func readTensor(path string) (verify.Array, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return verify.Array{}, err
	}
	return verify.DecodeTensor(data)
}

// sameArray compares as the ONNX project's own runner does: 1e-3 relative, 1e-7 absolute.
func sameArray(got, want verify.Array) error {
	if got.Type != want.Type || !slices.Equal(got.Dims, want.Dims) {
		return fmt.Errorf("%s %v, want %s %v", got.Type, got.Dims, want.Type, want.Dims)
	}
	if !slices.Equal(got.Ints, want.Ints) {
		return fmt.Errorf("%v, want %v", got.Ints, want.Ints)
	}
	relative := 1e-3
	if got.Type == verify.BFloat16 { // older packages cut bits off instead of rounding
		relative = 2 * got.Type.Epsilon()
	}
	for i, w := range want.Floats {
		g := got.Floats[i]
		if !(math.Abs(g-w) <= 1e-7+relative*math.Abs(w)) && g != w && !(g != g && w != w) {
			return fmt.Errorf("element %d is %g, want %g", i, g, w)
		}
	}
	return nil
}
