// Package sourcetest gives tests the texts that the project has: every .net file and every .net file within a test
// script.
package sourcetest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Text is a source text and where it stands: the path of its file below the project's folder.
type Text struct{ Path, Text string }

// Root returns the project's folder.
func Root(t testing.TB) string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatalf("no go.mod above the test's folder: %v", err)
	return ""
}

// Files returns the project's .net files.
func Files(t testing.TB) []Text {
	return walk(t, func(path string, text []byte) []Text {
		if filepath.Ext(path) != ".net" {
			return nil
		}
		return []Text{{path, string(text)}}
	})
}

// All returns Files and the .net files, and formatter inputs, within the scripts in testdata folders: right and wrong
// ones.
func All(t testing.TB) []Text {
	scripts := walk(t, func(path string, text []byte) []Text {
		var found []Text
		if filepath.Ext(path) == ".txtar" {
			for _, f := range txtar.Parse(text).Files {
				if filepath.Ext(f.Name) == ".net" || filepath.Base(filepath.Dir(filepath.Dir(path))) == "format" {
					found = append(found, Text{path, string(f.Data)})
				}
			}
		}
		return found
	})
	return slices.Concat(Files(t), scripts)
}

func walk(t testing.TB, read func(path string, text []byte) []Text) []Text {
	return walkFrom(t, Root(t), read)
}

// walkFrom reads below a folder, which may have any name: only what fuzzing keeps, testdata/fuzz, is left out.
func walkFrom(t testing.TB, root string, read func(path string, text []byte) []Text) []Text {
	var all []Text
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		corpus := filepath.Join(filepath.Base(filepath.Dir(path)), entry.Name()) == filepath.Join("testdata", "fuzz")
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || corpus) {
			return fs.SkipDir
		}
		extension := filepath.Ext(path)
		if !entry.Type().IsRegular() || extension != ".net" && extension != ".txtar" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		all = append(all, read(filepath.ToSlash(relative), text)...)
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("no texts in %s: %v", root, err)
	}
	return all
}
