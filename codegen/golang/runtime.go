package golang

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/codegen/asm/routine"
	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
)

// The runtime is two packages of netc, engine and kernel. A generated package has them in one of three ways:
//
//	alone      its files carry a copy of both, flattened into one package (Generate)
//	shared     it imports netc's own (Options.Shared)
//	together   several packages import one copy, which lies in a folder beside them (Options.Runtime, Runtime)

// netcRuntime is where netc's own runtime is imported from.
const netcRuntime = "github.com/netc-lang/netc/codegen"

// Runtime writes the runtime for several packages that import it from a path, each of which has been generated with
// that path as its Options.Runtime. The files' names have folders: engine/engine.go.
func Runtime(plans []*plan.Plan, path string) ([]File, error) {
	var all []File
	for _, part := range []struct {
		name  string
		files map[string][]byte
	}{{"engine", engine.Sources()}, {"kernel", kernelSources(plans)}} {
		var files []File
		for _, name := range slices.Sorted(maps.Keys(part.files)) {
			text := bytes.ReplaceAll(part.files[name], []byte(`"`+netcRuntime+"/"), []byte(`"`+path+"/"))
			files = append(files, File{part.name + "_" + name, slices.Concat([]byte(header+"\n\n"), text)})
		}
		files, err := prune(files)
		if err != nil {
			return nil, fmt.Errorf("the package %s: %w", part.name, err)
		}
		bundled, err := bundle(files, part.name)
		if err != nil {
			return nil, fmt.Errorf("the package %s: %w", part.name, err)
		}
		for _, f := range bundled {
			if strings.HasSuffix(f.Name, ".go") {
				f.Data = constrained(f.Data)
			}
			all = append(all, File{part.name + "/" + f.Name, f.Data})
		}
	}
	return all, nil
}

// runtimeFiles returns what the network's own files need of the engine and the kernels, as part of the package.
func (e *emitter) runtimeFiles(own ...[]byte) ([]File, error) {
	engineSources := engine.Sources()
	if e.scores < 0 {
		delete(engineSources, "score.go") // there are no classes
	}
	if e.plan.Half == nil {
		delete(engineSources, "arithmetic.go") // there is one only
	}
	var sources []runtimeSource
	for _, part := range []struct {
		pkg   string
		files map[string][]byte
	}{{"engine", engineSources}, {"kernel", kernelSources([]*plan.Plan{e.plan})}} {
		for _, name := range slices.Sorted(maps.Keys(part.files)) {
			sources = append(sources, runtimeSource{name: part.pkg + "_" + name, pkg: part.pkg, text: part.files[name]})
		}
	}
	files, err := flatten(sources, e.options.Package)
	if err != nil {
		return nil, err
	}
	if files, err = prune(files, own...); err != nil {
		return nil, err
	}
	return bundle(files, e.options.Package)
}

// kernelSources returns the files of the kernels, with those assembly routines that the networks reach.
func kernelSources(plans []*plan.Plan) map[string][]byte {
	var kernels []string
	for _, p := range plans {
		kernels = append(kernels, kernelsOf(p)...)
	}
	reach := reached(plans...)
	slices.Sort(kernels)
	sources := kernel.Sources(slices.Compact(kernels))
	for _, what := range kernel.Optionals() {
		if !reach.uses[what] {
			what.Without(sources)
		}
	}
	have := func(name string) bool { return reach.names[name] }
	for _, kind := range routine.Kinds() {
		for _, arch := range []string{"amd64", "arm64"} {
			if name := kind.File(arch); sources[name] != nil {
				sources[name] = routine.Dispatch(kind, arch, have)
			}
		}
	}
	return sources
}
