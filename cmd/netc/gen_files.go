package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/codegen/golang"
	"github.com/netc-lang/netc/compiler"
)

// largeFilePointer is how the file begins that Git LFS leaves in place of a file that was not fetched: weights that
// anybody can make again.
const largeFilePointer = "version https://git-lfs.github.com/spec/"

// folder is what is to be written into one folder: a package's files.
type folder struct {
	dir     string
	network *compiler.Network // nil: a part of the runtime
	files   []golang.File
}

// writePackages writes the files, all of them or none, and removes kernels and parts of the engine that an earlier run
// left and this one has no use for. Files that netc has not written stay as they are: one that is in the way is an
// error.
func writePackages(c *call, folders ...folder) error {
	var outputs []output.File
	for _, p := range folders {
		if err := c.out.Folder(p.dir); err != nil {
			return err
		}
		if p.network != nil {
			if err := packageIn(c, p.dir, p.network); err != nil {
				return err
			}
		}
		for i := len(p.files) - 1; i >= 0; i-- { // the weights first: what reads them is then never newer than they are
			f := p.files[i]
			outputs = append(outputs, output.File{
				Path: filepath.Join(p.dir, f.Name),
				Write: func(w io.Writer) error {
					_, err := w.Write(f.Data)
					return err
				},
				Replaces: output.Marked(append(golang.Marks(f.Name), largeFilePointer)...),
			})
		}
	}
	if err := c.out.Write(outputs...); err != nil {
		return err
	}
	for _, p := range folders {
		written := map[string]bool{}
		for _, f := range p.files {
			written[f.Name] = true
		}
		if err := removeStale(p.dir, written); err != nil {
			return err
		}
	}
	return nil
}

// networkIn is what model.go says of its network.
var networkIn = regexp.MustCompile(`(?m)^// Package \S+ runs the network (\S+?)[,.]?(?: |$)`)

// packageIn looks at the package that lies in a folder. That of another variant is replaced, and said so; that of
// another architecture stays: its folder was given by mistake.
func packageIn(c *call, dir string, network *compiler.Network) error {
	path := filepath.Join(dir, "model.go")
	if output.Marked(golang.Marks("model.go")...)(path) != nil {
		return nil // there is none, or it is not netc's: output says so
	}
	const head = 4 << 10
	found := networkIn.FindSubmatch(output.Head(path, head))
	if found == nil {
		return nil
	}
	old := string(found[1])
	switch {
	case old == network.Graph.Name:
	case strings.HasPrefix(old, network.Family+"-"):
		fmt.Fprintf(c.stderr, "netc: %s held %s, and holds %s from now on\n", dir, old, network.Graph.Name)
	default:
		return fmt.Errorf("%s holds the package of %s, another network: give another folder, or remove it", dir, old)
	}
	return nil
}

// removeStale removes files of an earlier run: those that begin as netc begins them, under names that only it gives.
func removeStale(dir string, written map[string]bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if written[name] || !strings.HasPrefix(name, "kernel") && !strings.HasPrefix(name, "engine") {
			continue
		}
		path := filepath.Join(dir, name)
		if output.Marked(golang.Marks(name)...)(path) != nil {
			continue
		}
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
