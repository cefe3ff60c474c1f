// Package compiler turns a .net file into the concrete networks of its family.
//
// The pipeline, in the order in which it runs:
//
//	dsl/source    text with positions
//	dsl/syntax    text → syntax tree
//	dsl/resolve   syntax trees of a file and its imports → program
//	build         program and variant → graph: scaling applied, blocks expanded, shapes inferred
//
// This package runs these. What comes after them callers put together: pass rewrites graphs, weights binds checkpoints
// to them, export writes files for other tools, codegen plans and writes Go.
package compiler

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Network is one concrete network with the figures that its scaling gave it.
type Network struct {
	Variant string // as written, and what was changed of it: "B0", "B0-resolution384"
	Listed  string // as written: "B0"
	Family  string // as written: "EfficientNet"
	*build.Result
}

// Program is a checked source file.
type Program struct{ resolved *resolve.Program }

// Load reads, parses and resolves a file and what it imports. The error is a diag.List.
func Load(path string) (*Program, error) {
	resolved, err := resolve.Load(path)
	if err != nil {
		return nil, err
	}
	return &Program{resolved}, nil
}

// LoadFile is Load for a file already in memory. What it imports is read from disk, relative to its name.
func LoadFile(file *source.File) (*Program, error) {
	resolved, err := resolve.LoadFile(file)
	if err != nil {
		return nil, err
	}
	return &Program{resolved}, nil
}

// Hashes returns the SHA-256 of the file, and of all files that it imports, one behind the other in the order in which
// they were read; the latter is "" when it imports none.
func (p *Program) Hashes() (file, imports string) {
	return p.hashes(func(string) bool { return true })
}

// OwnHashes is Hashes without the files that come with netc, so that it says the same with every netc.
func (p *Program) OwnHashes() (file, imports string) {
	return p.hashes(func(name string) bool { return !strings.HasPrefix(name, "std/") })
}

func (p *Program) hashes(counts func(name string) bool) (file, imports string) {
	rest := sha256.New()
	some := false
	for _, f := range p.resolved.Files {
		if f == p.resolved.Main {
			file = fmt.Sprintf("%x", sha256.Sum256([]byte(f.Text())))
			continue
		}
		if !counts(f.Name()) {
			continue
		}
		some = true
		io.WriteString(rest, f.Text())
	}
	if some {
		imports = fmt.Sprintf("%x", rest.Sum(nil))
	}
	return file, imports
}

// Files lists the names of the file and of all files that it imports, those that come with netc among them.
func (p *Program) Files() []string {
	var names []string
	for _, f := range p.resolved.Files {
		names = append(names, f.Name())
	}
	return names
}

// Variants lists the names of all variants, as written, in the order of the file.
func (p *Program) Variants() []string {
	var names []string
	for _, f := range p.resolved.Families {
		for _, v := range f.Variants {
			names = append(names, v.Name.Text)
		}
	}
	return names
}

// Build makes the network of one variant, or of the first, for the name "", with what the override changes of it: a
// variant that nobody listed. Names match without regard to case.
func (p *Program) Build(variant string, override build.Override) (*Network, error) {
	f, v, err := p.find(variant)
	if err != nil {
		return nil, err
	}
	return p.build(f, v, override, nil, &build.Work{})
}

// find returns a variant and its family.
func (p *Program) find(variant string) (*syntax.Family, *syntax.Variant, error) {
	for _, f := range p.resolved.Families {
		for _, v := range f.Variants {
			if variant == "" || strings.EqualFold(v.Name.Text, variant) {
				return f, v, nil
			}
		}
	}
	return nil, nil, diag.List{p.unknownVariant(variant)}.Err()
}

func (p *Program) unknownVariant(variant string) diag.Diagnostic {
	d := diag.Diagnostic{Code: diag.UnknownVariant, Span: source.Span{File: p.resolved.Main}}
	names := p.Variants()
	if len(names) == 0 {
		d.Message = "the file declares no variants"
		if networks := slices.Sorted(maps.Keys(p.resolved.Networks)); len(networks) > 0 {
			d.Help = fmt.Sprintf("a family names them: family %s { A: }", networks[0])
		}
		return d
	}
	d.Span, d.Message = p.resolved.Families[0].Name.Span, fmt.Sprintf("there is no variant %q", variant)
	const listed = 12
	if d.Help = diag.Suggest(variant, names); len(names) <= listed || d.Help == "" {
		d.Help = "the variants are " + strings.Join(names, ", ")
	}
	return d
}

// BuildAll makes every variant, several at a time. The error has the mistakes of all of them, each once.
func (p *Program) BuildAll() ([]*Network, error) {
	type member struct {
		family  *syntax.Family
		variant *syntax.Variant
		network *Network
		work    build.Work
		err     error
	}
	var members []*member
	for _, f := range p.resolved.Families {
		for _, v := range f.Variants {
			members = append(members, &member{family: f, variant: v})
		}
	}
	var enough atomic.Bool // what takes too long is not tried again: the variants before it have been begun before
	var steps, operations atomic.Int64
	parallel(len(members), func(i int) {
		if m := members[i]; !enough.Load() {
			m.network, m.err = p.build(m.family, m.variant, nil, nil, &m.work)
			if tooLong(m.err) || steps.Add(int64(m.work.Steps)) > maxSteps ||
				operations.Add(int64(m.work.Operations)) > maxOperations {
				enough.Store(true)
			}
		}
	})
	var networks []*Network
	var all mistakes
	for _, m := range members {
		if all.enough() {
			return nil, all.err()
		}
		all.built++
		if all.tooMuch(m.variant, m.work) {
			return nil, all.err()
		}
		var found diag.List
		switch {
		case errors.As(m.err, &found):
			all.add(m.variant, found)
		case m.err != nil:
			return nil, m.err
		}
		networks = append(networks, m.network)
	}
	if err := all.err(); err != nil {
		return nil, p.unsatisfied(err)
	}
	if err := p.checkSpaces(networks); err != nil {
		return nil, err
	}
	return networks, nil
}

func (p *Program) build(f *syntax.Family, v *syntax.Variant, override build.Override, point build.Point,
	done *build.Work) (*Network, error) {
	defer func() {
		if broken := recover(); broken != nil {
			panic(fmt.Sprintf("variant %s: %v", v.Name.Text, broken))
		}
	}()
	result, err := build.Build(p.resolved, f, v, override, point, done)
	if err != nil {
		return nil, err
	}
	return &Network{override.Name(v.Name.Text), v.Name.Text, f.Name.Text, result}, nil
}
