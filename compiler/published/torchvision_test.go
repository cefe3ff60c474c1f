package published_test

import (
	"encoding/json"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/published"
	"github.com/netc-lang/netc/export/torch/python"
)

// facts are what torchvision says of one of its weights.
type facts struct {
	Name          string
	Params        int64
	Epsilons      []float64
	Symmetric     bool
	Size, Resize  int
	Interpolation string
	Mean, Std     []float64
}

// TestTorchvisionFacts makes each of torchvision's models and holds the table against it: params, epsilon, padding
// and images of every weights, and that none of a model's weights is missing.
func TestTorchvisionFacts(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 39 networks")
	}
	path := python.Require(t, []string{"torch", "torchvision"}, "python3-torchvision")
	rows := map[string]published.Model{}
	args := []string{"testdata/torchvision_facts.py"}
	for _, m := range published.All() {
		if m.Project != "torchvision" {
			continue
		}
		rows[m.Name] = m
		if model, _, _ := strings.Cut(m.Name, "."); args[len(args)-1] != model {
			args = append(args, model)
		}
	}
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(rows) {
		t.Errorf("torchvision has %d weights of these models, the table %d", len(lines), len(rows))
	}
	for _, line := range lines {
		var want facts
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		m, ok := rows[want.Name]
		if !ok {
			t.Errorf("%s is missing", want.Name)
			continue
		}
		g := buildModel(t, m).Graph
		epsilons := []float64{m.Epsilon}
		if m.Epsilon == 0 { // the network itself has them
			epsilons = arithmetic.Epsilons(g)
			slices.Sort(epsilons)
		}
		got := facts{m.Name, g.ParamCount(), epsilons, m.Padding == "symmetric", m.Images.Size,
			m.Images.Resize, m.Images.Interpolation, m.Images.Mean, m.Images.Std}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
}
