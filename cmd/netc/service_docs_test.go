package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestServiceDocs does what docs/service.md says, in a module outside this repository: it writes the files that the
// page shows, and runs its commands in one shell, one block after the other. netc is that of the working tree.
func TestServiceDocs(t *testing.T) {
	if testing.Short() {
		t.Skip("builds netc and a service")
	}
	for _, tool := range []string{"sh", "git"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	fashion := filepath.Join(root, "examples/fashion")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const goMod = "module example.com/service\n\ngo 1.22\n"
	write("go.mod", goMod)
	write("network/fashion.net", readTestFile(t, filepath.Join(fashion, "fashion.net")))
	write("network/f0.safetensors", readTestFile(t, filepath.Join(fashion, "f0.safetensors")))
	write("main.go", serviceMain)

	// The files that the page shows, in its order.
	files := []string{"network/generate.go", ".gitattributes", "network/deployed_test.go"}
	// The page fetches netc from where it is published; here it is the working tree.
	const get = "go get -tool github.com/netc-lang/netc/cmd/netc@latest"
	local := "go mod edit -tool=github.com/netc-lang/netc/cmd/netc -require=github.com/netc-lang/netc@v0.0.0 " +
		"-replace=github.com/netc-lang/netc=" + root + "\ngo mod tidy"
	script := "set -eu\ngit init -q .\ngit config user.name n\ngit config user.email n@example.com\n"
	blocks := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(
		readTestFile(t, filepath.Join(root, "docs/service.md")), -1)
	commands := 0
	for _, block := range blocks {
		if kind, text := block[1], block[2]; kind != "sh" {
			if len(files) == 0 {
				t.Fatalf("the test does not know where this is to stand:\n%s", text)
			}
			script += "mkdir -p $(dirname " + files[0] + ")\ncat >" + files[0] + " <<'END'\n" + text + "END\n"
			files = files[1:]
			continue
		}
		commands++
		script += "set -x\n" + strings.ReplaceAll(block[2], get, local) + "{ set +x; } 2>/dev/null\n"
	}
	if len(files) > 0 || commands < 8 {
		t.Fatalf("of the page's files %v are missing, and it has %d blocks of commands", files, commands)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"network Fashion-F0", "--- PASS: TestDeployedWeights",
		"Fashion-F0 of fashion.net sha256:"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if got := readTestFile(t, filepath.Join(dir, "go.mod")); got != goMod {
		t.Errorf("go.mod has become\n%s", got)
	}
}

const serviceMain = `package main

import (
	"context"
	"fmt"

	"example.com/service/network"
)

func main() {
	model, err := network.New(network.WithMaxInferences(2))
	if err != nil {
		panic(err)
	}
	fmt.Println(model, model.Infer(context.Background(), make([]float32, network.ImageLength), make([]float32, network.Classes)))
}
`
