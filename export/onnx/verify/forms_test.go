package verify_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"testing"

	"github.com/netc-lang/netc/export/onnx/verify"
	"github.com/netc-lang/netc/export/torch/python"
)

// TestForms holds the table of operators against the schemas of the ONNX project, in every opset that its package
// knows: when each came, how many inputs and outputs it has, which attributes of which type, and from when on it takes
// integers and bf16.
func TestForms(t *testing.T) {
	python := python.Require(t, []string{"onnx"}, "python3-onnx")
	out, err := exec.Command(python, "-c", schemas).Output()
	var all []struct {
		Name       string
		Since      int64
		In, Out    [2]int
		Attributes map[string]string
		Types      []string
	}
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil || len(all) < 300 {
		t.Fatalf("%d schemas: %v", len(all), err)
	}
	newest := all[0].Since // of the schemas, the newest comes first
	compared := 0
	for name := range verify.Operators() {
		for opset := int64(1); opset <= newest; opset++ {
			want := ""
			for _, s := range all { // the first is the newest
				if s.Name == name && s.Since <= opset {
					has := func(kinds ...string) bool {
						return slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(s.Types, k) })
					}
					want = fmt.Sprintf("in %v out %v integers %t bf16 %t %v", s.In, s.Out, has("int64", "int8"),
						has("bfloat16"), s.Attributes)
					break
				}
			}
			if got, known := verify.Form(name, opset); known {
				compared++
				if got != want {
					t.Errorf("%s, opset %d: %s\nwant %s", name, opset, got, want)
				}
			}
		}
	}
	if compared < 500 {
		t.Errorf("only %d forms were compared", compared)
	}
}

const schemas = `
import json
import onnx.defs as defs
kinds = {1: "float", 2: "int", 3: "text", 7: "ints"}
many = lambda n: -1 if n > 1000 else n
schemas = []
for s in defs.get_all_schemas_with_history():
    if s.domain != "":
        continue
    types = {c.type_param_str: [t[7:-1] for t in c.allowed_type_strs] for c in s.type_constraints}
    schemas.append({
        "Name": s.name, "Since": s.since_version,
        "In": [s.min_input, many(s.max_input)], "Out": [s.min_output, many(s.max_output)],
        "Attributes": {n: kinds.get(a.type.value if hasattr(a.type, "value") else int(a.type), "other")
                       for n, a in s.attributes.items()},
        "Types": types.get(s.inputs[0].typeStr if s.inputs else "", []),
    })
print(json.dumps(sorted(schemas, key=lambda s: -s["Since"])))
`
