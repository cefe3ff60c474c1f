package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// The limits of what a reader takes in at once: columns of a line, a tab being four, and lines of a function.
const (
	mostColumns       = 120
	mostFunctionLines = 60
)

// longFunctions are switches and tables with a case or a row for each of many things, which would not be easier to
// read in parts.
var longFunctions = map[string]bool{
	"cmd/netc/main.go commands":                 true,
	"dsl/diag/explain_text.go aboutNames":       true,
	"dsl/diag/explain_text.go aboutTensors":     true,
	"dsl/diag/explain_text.go aboutValues":      true,
	"dsl/diag/explain_text.go aboutWarnings":    true,
	"export/onnx/verify/operators.go operators": true,
}

// TestLines holds every Go file that is written by hand, and is no test data, to the limits. Text between backquotes is
// as long as it is; so are functions of tests, and lines there with a long text.
func TestLines(t *testing.T) {
	found := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if ast.IsGenerated(file) {
			return nil
		}
		isTest := strings.HasSuffix(path, "_test.go")
		texts := textLines(text, isTest)
		for i, line := range strings.Split(string(text), "\n") {
			columns := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    "))
			if columns > mostColumns && !texts[i+1] && !strings.HasPrefix(line, "//go:") {
				t.Errorf("%s:%d: the line has %d columns, over %d", path, i+1, columns, mostColumns)
			}
		}
		if isTest {
			checkTolerances(t, files, file)
			return nil
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := filepath.ToSlash(path)[len("../../"):] + " " + f.Name.Name
			lines := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
			switch long := lines > mostFunctionLines; {
			case long && !longFunctions[name]:
				t.Errorf("%s:%d: %s has %d lines, over %d", path, files.Position(f.Pos()).Line, f.Name.Name, lines,
					mostFunctionLines)
			case long:
				found[name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range longFunctions {
		if !found[name] {
			t.Errorf("%s is not long any more: take it off the list", name)
		}
	}
}

// checkTolerances finds comparisons that a difference of NaN passes: what is not above the tolerance is not yet within
// it.
func checkTolerances(t *testing.T, files *token.FileSet, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		above, ok := n.(*ast.BinaryExpr)
		if !ok || above.Op != token.GTR && above.Op != token.GEQ {
			return true
		}
		absolute, ok := above.X.(*ast.CallExpr)
		if !ok || len(absolute.Args) != 1 {
			return true
		}
		of, _ := absolute.Fun.(*ast.SelectorExpr)
		argument := absolute.Args[0]
		if float, isCall := argument.(*ast.CallExpr); isCall && len(float.Args) == 1 { // float64(got - want)
			argument = float.Args[0]
		}
		if difference, ok := argument.(*ast.BinaryExpr); ok && difference.Op == token.SUB && of != nil &&
			of.Sel.Name == "Abs" {
			t.Errorf("%s: a difference that is NaN passes: write !(d <= tolerance)", files.Position(above.Pos()))
		}
		return true
	})
}

// textLines returns the numbers of the lines on which text between backquotes stands, and, in a test, text that takes
// half a line or more.
func textLines(text []byte, isTest bool) map[int]bool {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	lines := map[int]bool{}
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return lines
		}
		if kind == token.STRING && (literal[0] == '`' || isTest && len(literal) >= mostColumns/2) {
			first := file.Line(at)
			for i := range bytes.Count([]byte(literal), []byte("\n")) + 1 {
				lines[first+i] = true
			}
		}
	}
}
