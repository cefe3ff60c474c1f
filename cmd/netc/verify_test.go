package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerifyTellsWrongFromUncovered changes a model in ways that are wrong, not covered, or right but odd.
func TestVerifyTellsWrongFromUncovered(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f0.onnx")
	netc := func(args ...string) (code int, out, errors string) {
		var stdout, stderr strings.Builder
		code = run(args, strings.NewReader(""), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	if code, _, text := netc("onnx", "--variant", "f0", "--seed", "0", "-o", path,
		"../../examples/fashion/fashion.net"); code != 0 {
		t.Fatal(text)
	}
	model, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := func(old, new string) string { // the last place is in value_info
		at := strings.LastIndex(string(model), old)
		return string(model[:at]) + new + string(model[at+len(old):])
	}
	all := func(old, new string) string { return strings.ReplaceAll(string(model), old, new) }
	for _, tt := range []struct {
		name, model string
		code        int
		want        string
	}{
		{"right", string(model), 0, "structure: right"},
		{"an operator of others", all("\x22\x07Sigmoid", "\x22\x07Softmin"), 4, "is not covered, which does not mean " +
			"that it is wrong"},
		{"an input that is not there", strings.Replace(string(model), "\x0a\x05image", "\x0a\x05imagf", 1), 1,
			"its input imagf is not defined before it"},
		{"a declaration of nothing", last("stem.conv", "\xfftem\x1bconv"), 0, "note: \\xfftem\\x1bconv is declared, " +
			"but nothing has that name"},
		{"no images", all("\x0a\x03\x12\x01N", "\x0a\x03\x08\x80\x00"), 4,
			"without elements there is nothing to compute"},
	} {
		if tt.name != "right" && tt.model == string(model) {
			t.Fatalf("%s: nothing was changed", tt.name)
		}
		if err := os.WriteFile(path, []byte(tt.model), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, text := netc("verify", path); code != tt.code || !strings.Contains(out+text, tt.want) {
			t.Errorf("%s: exit code %d, want %d and %q in:\n%s%s", tt.name, code, tt.code, tt.want, out, text)
		}
	}
}
