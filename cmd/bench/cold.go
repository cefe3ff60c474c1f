package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// starts is how often each program is started.
const starts = 15

// coldPrograms are the whole programs that a cold start is measured of: each makes a model, classifies one image, tells
// how much memory it took, and ends.
var coldPrograms = []struct {
	name string
	text *template.Template
}{
	{"generated Go", template.Must(template.New("generated").Parse(`package main

import (
	"context"

	"github.com/netc-lang/netc/cmd/bench/resident"
	network "github.com/netc-lang/netc/testdata/bench/{{.Package}}"
)

func main() {
	model, err := network.New()
	if err != nil {
		panic(err)
	}
	image, logits := make([]float32, network.ImageLength), make([]float32, network.Classes)
	for i := range image {
		image[i] = float32(i%255)/128 - 1
	}
	if err := model.Infer(context.Background(), image, logits); err != nil {
		panic(err)
	}
	if logits[0] != logits[0] {
		panic("not a number")
	}
	println(resident.Peak())
}
`))},
	{"ONNX Runtime", template.Must(template.New("runtime").Parse(`package main

import (
	"runtime"

	"github.com/netc-lang/netc/cmd/bench/resident"
	"github.com/netc-lang/netc/export/onnx/ort"
)

func main() {
	model, err := ort.Open({{printf "%q" .Model}}, {{printf "%q" .Input}}, {{printf "%q" .Output}}, runtime.NumCPU())
	if err != nil {
		panic(err)
	}
	image := make([]float32, {{index .Shape 0}}*{{index .Shape 1}}*{{index .Shape 2}})
	for i := range image {
		image[i] = float32(i%255)/128 - 1
	}
	logits, err := model.Run(image, []int{1, {{index .Shape 0}}, {{index .Shape 1}}, {{index .Shape 2}}}, {{.Classes}})
	if err != nil {
		panic(err)
	}
	if logits[0] != logits[0] {
		panic("not a number")
	}
	println(resident.Peak())
}
`))},
}

// coldStarts measures whole programs from start to end: the median time, the most memory that was resident, and the
// size of the binary. It writes a table of them.
func coldStarts(w io.Writer, entries []entry) error {
	fmt.Fprintln(w, "| network | program | start to first logits and end, ms | resident, MB | binary, MB |")
	fmt.Fprintln(w, "|---|---|---|---|---|")
	for _, e := range entries {
		var paths []string
		for i, p := range coldPrograms {
			var text bytes.Buffer
			if err := p.text.Execute(&text, e); err != nil {
				return err
			}
			dir := filepath.Join(folder, "cold", fmt.Sprint(e.Package, i))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, "main.go"), text.Bytes(), 0o644); err != nil {
				return err
			}
			paths = append(paths, filepath.Join(dir, "cold"))
			if err := command("go", "build", "-o", paths[i], "./"+dir); err != nil {
				return err
			}
		}
		if err := startInTurn(w, e, paths); err != nil {
			return err
		}
	}
	return nil
}

// startInTurn starts the programs of one network in turn and writes their rows.
func startInTurn(w io.Writer, e entry, paths []string) error {
	times, resident := make([][]time.Duration, len(paths)), make([]int64, len(paths))
	for range starts {
		for i, path := range paths {
			cmd := exec.Command(path)
			var told strings.Builder
			cmd.Stderr = &told
			began := time.Now()
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s: %w\n%s", path, err, &told)
			}
			times[i] = append(times[i], time.Since(began))
			bytes, err := strconv.ParseInt(strings.TrimSpace(told.String()), 10, 64)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			resident[i] = max(resident[i], bytes)
		}
	}
	for i, p := range coldPrograms {
		info, err := os.Stat(paths[i])
		if err != nil {
			return err
		}
		slices.Sort(times[i])
		fmt.Fprintf(w, "| %s | %s | %.1f | %.0f | %.1f |\n", e.Name, p.name, times[i][len(times[i])/2].Seconds()*1e3,
			float64(resident[i])/1e6, float64(info.Size())/1e6)
	}
	return nil
}
