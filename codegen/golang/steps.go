package golang

import (
	"bytes"
	"fmt"
	"go/format"
	"reflect"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
)

// imports reports whether the package imports the runtime.
func (e *emitter) imports() bool { return e.options.Shared || e.options.Runtime != "" }

// pathOf returns where a package of the runtime is imported from.
func (e *emitter) pathOf(pkg string) string {
	if e.options.Runtime != "" {
		return e.options.Runtime + "/" + pkg
	}
	return netcRuntime + "/" + pkg
}

// steps writes steps.go: the table that is the network. A row is a step, with its kernel as package kernel declares it.
func (e *emitter) steps() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\npackage %s\n\n", header, e.options.Package)
	if e.imports() {
		fmt.Fprintf(&b, "import (\n%q\n%q\n)\n\n", e.pathOf("engine"), e.pathOf("kernel"))
	}
	tie := e.stepsMark()
	fmt.Fprintf(&b, "// %s ties this file to model.go, which does not compile with another network's.\n", tie)
	fmt.Fprintf(&b, "const %s = true\n\n", tie)
	fmt.Fprintf(&b, "// steps is the network, in the order in which it runs. Its operands are\n//\n"+
		"//\t%s(offset in bytes, type, channels, pixels)\n"+
		"//\t%s(offset in bytes, type, outputs, weights of each)\n"+
		"//\t%s(number of the input, offset in bytes, type, channels, pixels)\n",
		e.qualified("kernel", "InArena"), e.qualified("kernel", "InWeights"), e.qualified("kernel", "InInput"))
	e.table(&b, "steps", e.plan)
	if e.plan.Half != nil {
		b.WriteString("\n// halfSteps is the network where the processor computes with float16.\n")
		e.table(&b, "halfSteps", e.plan.Half)
	}
	return format.Source(b.Bytes())
}

// table writes the table of a plan's steps.
func (e *emitter) table(b *bytes.Buffer, name string, p *plan.Plan) {
	fmt.Fprintf(b, "var %s = []%s{\n", name, e.nameOf(reflect.TypeFor[engine.Step]()))
	for _, s := range p.Steps {
		e.row(b, s, p)
	}
	b.WriteString("}\n")
}

// row writes a step's row of the table of a plan.
func (e *emitter) row(b *bytes.Buffer, s plan.Step, p *plan.Plan) {
	fmt.Fprintf(b, "{\nName: %q, Shape: []int{%s},\n", s.Name, strings.Trim(s.Shape.String(), "[]"))
	fmt.Fprintf(b, "FLOPs: %d, Bytes: %d,", s.FLOPs, s.Bytes())
	if s.For != 0 {
		fmt.Fprintf(b, " For: %#b,", s.For)
	}
	b.WriteByte('\n')
	v := reflect.ValueOf(s.Kernel).Elem()
	fmt.Fprintf(b, "Kernel: &%s{\n", e.nameOf(v.Type()))
	var operands, settings []string
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		text := v.Type().Field(i).Name + ": " + e.value(v.Field(i))
		if _, ok := v.Field(i).Interface().(kernel.Ref); ok {
			operands = append(operands, text)
		} else {
			settings = append(settings, text)
		}
	}
	b.WriteString(wrapped(operands) + strings.TrimSuffix(wrapped(settings), "\n"))
	if sums, ok := s.Kernel.(*kernel.AverageSums); ok { // which names a step by its number
		b.WriteString(" // " + p.Steps[sums.Of].Name)
	}
	b.WriteString("\n},\n},\n")
}

// wrapped writes fields one after the other in lines that are not too long.
func wrapped(fields []string) string {
	const columns = 90 // which leaves room for the indentation
	var b strings.Builder
	line := 0
	for _, field := range fields {
		alone := strings.Contains(field, "\n")
		switch {
		case line > 0 && (alone || line+len(field) > columns):
			b.WriteString(",\n")
			line = 0
		case line > 0:
			b.WriteString(", ")
		}
		b.WriteString(field)
		if line += len(field) + len(", "); alone {
			line = columns
		}
	}
	return b.String() + ",\n"
}

// value writes an operand or a setting of a kernel.
func (e *emitter) value(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case kernel.Ref:
		return e.ref(x)
	case kernel.Kind:
		return e.qualified("kernel", kernel.ConstantOf(x))
	case kernel.Operator:
		return e.qualified("kernel", x.String())
	case kernel.ElementType:
		return e.qualified("kernel", strings.ToUpper(x.String()))
	case kernel.Space:
		return e.space(x)
	case kernel.Pair:
		if x.Rows == x.Columns {
			return fmt.Sprintf("%s(%d)", e.qualified("kernel", "Square"), x.Rows)
		}
	}
	if v.Kind() == reflect.Array {
		return e.list(v)
	}
	if v.Kind() != reflect.Struct {
		return fmt.Sprint(v.Interface())
	}
	return e.fields(v)
}

// fields writes a struct by its fields, without those that are zero.
func (e *emitter) fields(v reflect.Value) string {
	var fields []string
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			fields = append(fields, v.Type().Field(i).Name+": "+e.value(v.Field(i)))
		}
	}
	if text := strings.Join(fields, ", "); len(text) < 60 {
		return e.nameOf(v.Type()) + "{" + text + "}"
	}
	return e.nameOf(v.Type()) + "{\n" + wrapped(fields) + "}"
}

// list writes an array. Elements that are zero at its beginning are left out.
func (e *emitter) list(v reflect.Value) string {
	first := 0
	for first < v.Len() && v.Index(first).IsZero() {
		first++
	}
	element := v.Type().Elem()
	name := element.Name()
	if element.Kind() == reflect.Struct {
		name = e.nameOf(element)
	}
	var items []string
	for i := first; i < v.Len(); i++ {
		text := strings.TrimPrefix(e.value(v.Index(i)), name)
		if i == first && first > 0 {
			text = fmt.Sprintf("%d: %s", first, text)
		}
		items = append(items, text)
	}
	return fmt.Sprintf("[%d]%s{%s}", v.Len(), name, strings.Join(items, ", "))
}

// ref writes where an operand lies and what it holds: by one of package kernel's functions for what is usual, or else
// field by field. A table of either has no code that runs before main.
func (e *emitter) ref(r kernel.Ref) string {
	v := r.Value
	t := e.value(reflect.ValueOf(v.Layout.Type))
	if number := int(r.Space) - int(kernel.InputSpace); number >= 0 &&
		r == kernel.InInput(number, r.Offset, v.Layout.Type, v.Channels, v.Pixels) {
		return fmt.Sprintf("%s(%d, %d, %s, %d, %d)", e.qualified("kernel", "InInput"), number, r.Offset, t, v.Channels,
			v.Pixels)
	}
	if r == kernel.HalvesInArena(r.Offset, v.Channels, v.Pixels) {
		return fmt.Sprintf("%s(%d, %d, %d)", e.qualified("kernel", "HalvesInArena"), r.Offset, v.Channels, v.Pixels)
	}
	for _, usual := range []struct {
		name string
		make func(offset int, t kernel.ElementType, channels, pixels int) kernel.Ref
	}{
		{"InArena", kernel.InArena}, {"InWeights", kernel.InWeights}, {"PlanesInArena", kernel.PlanesInArena},
	} {
		if r == usual.make(r.Offset, v.Layout.Type, v.Channels, v.Pixels) {
			return fmt.Sprintf("%s(%d, %s, %d, %d)", e.qualified("kernel", usual.name), r.Offset, t, v.Channels,
				v.Pixels)
		}
	}
	return e.fields(reflect.ValueOf(r))
}

// space writes the name of a space. Inputs have none: they are counted from the first.
func (e *emitter) space(s kernel.Space) string {
	switch s {
	case kernel.ArenaSpace:
		return e.qualified("kernel", "ArenaSpace")
	case kernel.WeightsSpace:
		return e.qualified("kernel", "WeightsSpace")
	case kernel.BoundSpace:
		return e.qualified("kernel", "BoundSpace")
	}
	return fmt.Sprintf("%s + %d", e.qualified("kernel", "InputSpace"), s-kernel.InputSpace)
}

// nameOf returns what a type of the runtime is called in the generated package.
func (e *emitter) nameOf(t reflect.Type) string {
	return e.qualified(t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:], t.Name())
}

// qualified returns what a name of the runtime is called in the generated package.
func (e *emitter) qualified(pkg, name string) string {
	if e.imports() {
		return pkg + "." + name
	}
	return unexported(name)
}

// runtime is qualified for jennifer, which gathers the imports.
func (e *emitter) runtime(pkg, name string) *jen.Statement {
	if e.imports() {
		return jen.Qual(e.pathOf(pkg), name)
	}
	return jen.Id(unexported(name))
}

// kernelsOf returns the names of the kernels that a network has, each once.
func kernelsOf(p *plan.Plan) []string {
	var names []string
	for _, s := range allSteps(p) {
		names = append(names, reflect.TypeOf(s.Kernel).Elem().Name())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// allSteps returns the steps of a plan and, where it has another for float16, of that.
func allSteps(p *plan.Plan) []plan.Step {
	if p.Half == nil {
		return p.Steps
	}
	return slices.Concat(p.Steps, p.Half.Steps)
}
