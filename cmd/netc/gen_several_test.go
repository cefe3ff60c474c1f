package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const severalNet = `network Tiny(classes: int = 3) {
    input image[1, 4, 4]

    stem   Conv(4) -> BatchNorm -> ReLU
    flat   Flatten
    logits Linear(classes)
}

family Tiny {
    a:
    B_2: classes = 5
}
`

const severalMain = `package main

import (
	"context"
	"fmt"

	"example.com/service/models/a"
	"example.com/service/models/b2"
)

type model interface {
	Inputs() []a.Tensor
	Outputs() []a.Tensor
	Run(ctx context.Context, inputs, outputs []any) error
}

func main() {
	first, err := a.New(a.WithWorkers(1))
	if err != nil {
		panic(err)
	}
	second, err := b2.New(a.WithWorkers(1)) // an option of either
	if err != nil {
		panic(err)
	}
	for i, m := range []model{first, second} {
		out := make([]float32, m.Outputs()[0].Length)
		if err := m.Run(context.Background(), []any{make([]float32, m.Inputs()[0].Length)}, []any{out}); err != nil {
			panic(err)
		}
		fmt.Println([]string{a.Network, b2.Network}[i], len(out))
	}
}
`

// TestSeveralVariants makes one program of two variants that share a runtime, through one interface.
func TestSeveralVariants(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tiny.net": severalNet, "main.go": severalMain, "go.mod": "module example.com/service\n\ngo 1.22\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, problems bytes.Buffer
	command := []string{"gen", "--variant", "a,B_2", "--seed", "1", "-o", filepath.Join(dir, "models")}
	if code := run(append(command, filepath.Join(dir, "tiny.net")), nil, &out, &problems); code != exitDone {
		t.Fatalf("netc %v: %s", command, &problems)
	}
	for _, arguments := range [][]string{{"vet", "./..."}, {"run", "."}} {
		cmd := exec.Command("go", arguments...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly")
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %v: %v\n%s", arguments, err, text)
		}
		if want := "Tiny-a 3\nTiny-B_2 5\n"; arguments[0] == "run" && string(text) != want {
			t.Errorf("the program says %q, want %q", text, want)
		}
	}
}
