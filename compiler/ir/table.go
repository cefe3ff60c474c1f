package ir

import "reflect"

// Table is what one stage of the compiler says of operations: a row for each kind. Every stage that goes through a
// graph has one, in a file called operator.go, and a test that names the operations which it lacks:
//
//	var operators = ir.NewTable("compiler/eval/operator.go", row(conv), row(linear), …)
//
//	operators.Of(node.Op)(…)
type Table[T any] struct {
	place string // the file, for who has to add a row
	rows  map[reflect.Type]T
}

// Row is a row of a table, which For makes.
type Row[T any] struct {
	of   reflect.Type
	says T
}

// For returns the row of one kind of operation.
func For[O Op, T any](says T) Row[T] { return Row[T]{reflect.TypeFor[O](), says} }

// NewTable makes a table, of which place says in which file it stands. A second row for a kind of operation panics.
func NewTable[T any](place string, rows ...Row[T]) *Table[T] {
	t := &Table[T]{place, map[reflect.Type]T{}}
	for _, r := range rows {
		if _, again := t.rows[r.of]; again {
			panic(place + " has two rows for " + r.of.String())
		}
		t.rows[r.of] = r.says
	}
	return t
}

// Find returns what the table says of an operation of this kind, or false.
func (t *Table[T]) Find(op Op) (says T, ok bool) {
	says, ok = t.rows[reflect.TypeOf(op)]
	return says, ok
}

// Of returns what the table says of an operation of this kind, and panics if that is nothing.
func (t *Table[T]) Of(op Op) T {
	says, ok := t.Find(op)
	if !ok {
		panic(t.place + " has no row for the operation " + InfoOf(op).Name)
	}
	return says
}

// Lacks lists the operations that canonical graphs may have and the table has no row for, by name.
func (t *Table[T]) Lacks() []string {
	var names []string
	for _, info := range ops {
		if _, ok := t.Find(info.zero); !ok && !info.Lowered {
			names = append(names, info.Name)
		}
	}
	return names
}
