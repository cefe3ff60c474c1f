package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/netc-lang/netc/codegen/golang"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx"
)

// entry is one network, ready to be measured.
type entry struct {
	Name          string // "EfficientNet-B0"
	Package       string // "efficientnet_b0", a folder of testdata/bench
	Model         string // path of the ONNX file
	Input, Output string // names there
	MACs          int64
	Shape         []int // of an image
	Classes       int
}

// prepare generates the package and the model of FILE:VARIANT.
func prepare(argument string) (entry, error) {
	file, variant, ok := strings.Cut(argument, ":")
	if !ok {
		return entry{}, fmt.Errorf("write FILE:VARIANT")
	}
	program, err := compiler.Load(filepath.Join("examples", file))
	if err != nil {
		return entry{}, err
	}
	network, err := program.Build(variant, nil)
	if err != nil {
		return entry{}, err
	}
	g, _ := pass.Run(pass.Canonical, network.Graph, nil)
	name := identifier(g.Name)
	e := entry{g.Name, name, filepath.Join(folder, name+".onnx"), g.Input().Name, g.Output().Name, g.MACs(),
		g.Input().Shape, g.Output().Shape.Elements()}
	set, err := weights(program, variant, network)
	if err != nil {
		return entry{}, err
	}
	if err := writeModel(e.Model, g, set); err != nil {
		return entry{}, err
	}
	return e, writePackage(filepath.Join(folder, name), name, g, set)
}

// weights returns values under which those between the layers stay in a normal range: subnormal numbers would slow
// everything down. They are calibrated on small images, which takes a fraction of the time.
func weights(program *compiler.Program, variant string, network *compiler.Network) (params.Set, error) {
	const small = 96
	if in := network.Graph.Input().Shape; in.IsImage() && in[1] > small {
		reduced, err := program.Build(variant, build.Override{"resolution": small})
		if err != nil {
			return nil, err
		}
		network = reduced
	}
	g, _ := pass.Run(pass.Canonical, network.Graph, nil)
	return eval.Calibrated(g, 1), nil
}

// identifier makes a package name of a network's.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, strings.ToLower(name))
}

func writeModel(path string, g *ir.Graph, set params.Set) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	var model bytes.Buffer
	if err := onnx.Write(&model, g, set); err != nil {
		return err
	}
	return os.WriteFile(path, model.Bytes(), 0o644)
}

func writePackage(dir, name string, g *ir.Graph, set params.Set) error {
	p, err := plan.Of(g, set.Values())
	if err != nil {
		return err
	}
	files, err := golang.Generate(p, golang.Options{Package: name})
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// program is the source of the program that measures: it only lists the networks.
var program = template.Must(template.New("main").Parse(`package main

import (
	"github.com/netc-lang/netc/cmd/bench/measure"
{{range .}}	"github.com/netc-lang/netc/testdata/bench/{{.Package}}"
{{end}})

func main() {
	measure.Main([]measure.Network{
{{range .}}		{
			Name: {{printf "%q" .Name}}, MACs: {{.MACs}}, Model: {{printf "%q" .Model}},
			Input: {{printf "%q" .Input}}, Output: {{printf "%q" .Output}},
			Shape: []int{ {{.Package}}.InputChannels, {{.Package}}.InputHeight, {{.Package}}.InputWidth},
			Classes: {{.Package}}.Classes,
			New: func(threads int) (measure.Model, error) {
				return {{.Package}}.New({{.Package}}.WithWorkers(threads))
			},
			Profiled: func(threads int) (measure.Model, error) {
				return {{.Package}}.New({{.Package}}.WithWorkers(threads), {{.Package}}.WithProfile())
			},
			Profile: func(model measure.Model) string { return model.(*{{.Package}}.Model).Profile().String() }},
{{end}}	})
}
`))

func writeProgram(entries []entry) error {
	var text bytes.Buffer
	if err := program.Execute(&text, entries); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "main.go"), text.Bytes(), 0o644)
}
