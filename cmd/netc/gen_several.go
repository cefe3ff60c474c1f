package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/codegen/golang"
	"github.com/netc-lang/netc/codegen/plan"
)

// variantMark stands in the name of a file of weights for the variant that they are of.
const variantMark = "{variant}"

// variants returns the variants that --variant lists, one each, with the weights of each.
func (g *generation) variants(chosen choice, weights weightFlags) ([]choice, []weightFlags, error) {
	names := strings.Split(chosen.variant, ",")
	if len(names) > 1 && *weights.path != "" && !strings.Contains(*weights.path, variantMark) {
		return nil, nil, usagef("--weights is one file for several variants: write %s in its name, for each to have "+
			"its own", variantMark)
	}
	var choices []choice
	var each []weightFlags
	for _, name := range names {
		one, file := chosen, weights
		one.variant = strings.TrimSpace(name)
		if one.variant == "" && len(names) > 1 {
			return nil, nil, usagef("--variant %s lists a variant without a name", chosen.variant)
		}
		path := strings.ReplaceAll(*weights.path, variantMark, one.variant)
		file.path = &path
		choices, each = append(choices, one), append(each, file)
	}
	return choices, each, nil
}

// several writes a package for each of several variants, in folders of their names, and the runtime that they share.
func (g *generation) several(dir string, all []*packed, choices []choice) error {
	if g.name != "" {
		return usagef("--package names one package: those of several variants are called after these")
	}
	runtime := ""
	if !g.options.Shared {
		base, err := importPath(dir)
		if err != nil {
			return err
		}
		runtime = base + "/internal/netc"
	}
	var folders []folder
	var plans []*plan.Plan
	for i, p := range all {
		name := folderName(choices[i].variant)
		if slices.ContainsFunc(folders, func(f folder) bool { return filepath.Base(f.dir) == name }) {
			return usagef("--variant lists two variants whose packages would be called %s", name)
		}
		options := g.options
		options.Package, options.From, options.Runtime = name, p.from, runtime
		files, err := golang.Generate(p.plan, options)
		if err != nil {
			return fmt.Errorf("%s: %w", choices[i].variant, err)
		}
		folders = append(folders, folder{filepath.Join(dir, name), p.network, files})
		plans = append(plans, p.plan)
	}
	if runtime == "" {
		return writePackages(g.call, folders...)
	}
	files, err := golang.Runtime(plans, runtime)
	if err != nil {
		return err
	}
	parts := map[string]int{}
	for _, f := range files {
		part, name := path.Split(f.Name)
		at, ok := parts[part]
		if !ok {
			at = len(folders)
			parts[part] = at
			folders = append(folders, folder{dir: filepath.Join(dir, "internal", "netc", filepath.FromSlash(part))})
		}
		folders[at].files = append(folders[at].files, golang.File{Name: name, Data: f.Data})
	}
	return writePackages(g.call, folders...)
}

// folderName makes a folder's and a package's name of a variant's.
func folderName(variant string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(variant))
	if !golang.IsPackageName(name) {
		name = "v" + name
	}
	return name
}

// importPath returns the path by which a folder, that need not be there yet, is imported: that of the module whose
// go.mod is nearest above it, and the way from there.
func importPath(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for above := absolute; ; above = filepath.Dir(above) {
		text, err := os.ReadFile(filepath.Join(above, "go.mod"))
		if err == nil {
			module := moduleOf(string(text))
			if module == "" {
				return "", fmt.Errorf("%s names no module", filepath.Join(above, "go.mod"))
			}
			way, err := filepath.Rel(above, absolute)
			return path.Join(module, filepath.ToSlash(way)), err
		}
		if above == filepath.Dir(above) {
			return "", fmt.Errorf("there is no go.mod above %s: the packages of several variants share a runtime, "+
				"which they import by its path: run go mod init first, or give --shared", dir)
		}
	}
}

// moduleOf returns the path of the module that a go.mod declares.
func moduleOf(text string) string {
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "//")
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "module" {
			return strings.Trim(fields[1], "\"`")
		}
	}
	return ""
}
