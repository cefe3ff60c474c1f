package onnx

import (
	"os"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestEveryFunctionIsWritten holds that each activation function has a row, and is in the graph that is compared with
// ONNX Runtime.
func TestEveryFunctionIsWritten(t *testing.T) {
	compared, err := os.ReadFile("testdata/functions.ir")
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range ir.Functions() {
		if functions[info.Function] == nil {
			t.Errorf("%s has no row", info.Function)
		}
		text := "Activation(Function: " + string(info.Function)
		if !strings.Contains(string(compared), text+")") && !strings.Contains(string(compared), text+",") {
			t.Errorf("%s is not in functions.ir", info.Function)
		}
	}
}
