package checkpoint

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// folder makes a folder of files, some of which are copied from testdata.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if from, ok := strings.CutPrefix(text, "testdata of "); ok {
			data, err := os.ReadFile(filepath.FromSlash(from))
			if err != nil {
				t.Fatal(err)
			}
			text = string(data)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// with returns the files and one more.
func with(files map[string]string, name, text string) map[string]string {
	files = maps.Clone(files)
	files[name] = text
	return files
}

// TestFolders opens what people give when they do not know which file it is.
func TestFolders(t *testing.T) {
	const (
		index = "testdata of tensorflow/testdata/model.ckpt-7.index"
		data  = "testdata of tensorflow/testdata/model.ckpt-7.data-00000-of-00001"
		one   = ".data-00000-of-00001"
	)
	saved := map[string]string{
		"saved_model.pb":            "\x08\x01\x12",
		"variables/variables.index": "testdata of tensorflow/testdata/saved/variables/variables.index",
		"variables/variables" + one: "testdata of tensorflow/testdata/saved/variables/variables" + one,
	}
	checkpoint := map[string]string{
		"model.ckpt-7.index": index, "model.ckpt-7" + one: data, "checkpoint": "model_checkpoint_path: " +
			"\"/elsewhere/model.ckpt-7\"\n",
	}
	several := map[string]string{"a.index": index, "a" + one: data, "b.index": index, "b" + one: data}
	tests := []struct {
		name  string
		files map[string]string
		path  string
		want  string // the format, or in the error
	}{
		{"SavedModel", saved, "", "TensorFlow checkpoint"},
		{"its variables", saved, "variables", "TensorFlow checkpoint"},
		{"their prefix", saved, "variables/variables", "TensorFlow checkpoint"},
		{"its graph", saved, "saved_model.pb", "holds the graph of a SavedModel: give its folder"},
		{"a frozen graph", map[string]string{"model.pb": "\x0a\x10"}, "model.pb", "tensorflowjs_converter"},
		{"a graph's checkpoint", map[string]string{"a.meta": "", "a.index": index}, "a.meta", "holds the graph of a " +
			"TensorFlow checkpoint: give"},
		{"its values", saved, "variables/variables" + one, "without their names: give"},
		{"checkpoint", checkpoint, "", "TensorFlow checkpoint"},
		{"its prefix", checkpoint, "model.ckpt-7", "TensorFlow checkpoint"},
		{"its index", checkpoint, "model.ckpt-7.index", "TensorFlow checkpoint"},
		{"its pointer", checkpoint, "checkpoint", "names a TensorFlow checkpoint: give"},
		{"a graph's checkpoint without its index", map[string]string{"a.meta": "x"}, "a.meta", "can be read"},
		{"another file beside an index", map[string]string{"a.met": "x", "a.index": index}, "a.met", "can be read"},
		{"values without an index", map[string]string{"a" + one: "x"}, "a" + one, "can be read"},
		{"another file of a SavedModel", with(saved, "fingerprint.pb", "\x0a\x10"), "fingerprint.pb", "frozen graph"},
		{"a graph without variables", map[string]string{"saved_model.pb": "\x0a\x10"}, "saved_model.pb",
			"frozen graph"},
		{"a pointer to nothing", map[string]string{"checkpoint": "all_model_checkpoint_paths: \"a\"\n"}, "checkpoint",
			"can be read"},
		{"another prefix", checkpoint, "model.ckpt-8", "no such file"},
		{"several", several, "", "several checkpoints: give one of a, b"},
		{"one of several", several, "b", "TensorFlow checkpoint"},
		{"values missing", map[string]string{"a.index": index}, "a", `"a.data-00000-of-00001"`},
		{"TensorFlow.js", map[string]string{"model.json": `{"modelTopology": {}}`}, "", "lists no weights"},
		{"files", map[string]string{"a.pth": "", "b.txt": "", "c.safetensors": ""}, "", "is a folder: give one of " +
			"a.pth, c.safetensors"},
		{"one file", map[string]string{"a.pth": ""}, "", "is a folder: give one of a.pth"},
		{"nothing", nil, "", "is a folder without weights"},
		{"Orbax", map[string]string{"_METADATA": "{}"}, "", "flax.serialization.to_bytes"},
		{"a file called checkpoint", map[string]string{"checkpoint": shard("w")}, "checkpoint", "safetensors"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(folder(t, tt.files), filepath.FromSlash(tt.path))
			c, err := Open(path)
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("got %v, want %s and %q", err, path, tt.want)
				}
				return
			}
			defer c.Close()
			if c.Format != tt.want {
				t.Errorf("the format is %s, want %q", c.Format, tt.want)
			}
		})
	}
}

// TestClosed: what was opened of a checkpoint that cannot be read, or that is closed, is open no longer.
func TestClosed(t *testing.T) {
	const descriptors = "/proc/self/fd"
	dir := folder(t, map[string]string{
		"good": shard("a"), "bad": "it is no checkpoint", "missing": `{"weight_map": {"a": "good", "b": "nowhere"}}`,
		"lacking": `{"weight_map": {"a": "good", "b": "good"}}`, "whole": `{"weight_map": {"a": "good"}}`,
	})
	open := func() (n int) {
		links, err := os.ReadDir(descriptors)
		if err != nil {
			t.Skip("needs ", descriptors)
		}
		for _, l := range links {
			if to, err := os.Readlink(filepath.Join(descriptors, l.Name())); err == nil && strings.HasPrefix(to, dir) {
				n++
			}
		}
		return n
	}
	for name, files := range map[string]int{"good": 1, "bad": 0, "missing": 0, "lacking": 0, "whole": 2} {
		c, err := Open(filepath.Join(dir, name))
		if (err == nil) != (files > 0) || open() != files {
			t.Errorf("%s: %d files are open, want %d: %v", name, open(), files, err)
		}
		if err == nil {
			if err := c.Close(); err != nil || open() > 0 {
				t.Errorf("%s: %d files are open after the end: %v", name, open(), err)
			}
		}
	}
}

// TestBeside: a checkpoint opens files in its own folder and below it, and not without end.
func TestBeside(t *testing.T) {
	dir := folder(t, map[string]string{"in/a": "1", "in/below/b": "22", "out": "3"})
	o := &opening{Checkpoint: &stored.Checkpoint{}, path: filepath.Join(dir, "in", "a")}
	defer o.Close()
	for name, want := range map[string]string{"a": "", "below/b": "", "": "not a file beside",
		"../out":                  "not a file beside",
		filepath.Join(dir, "out"): "not a file beside", "below/../../out": "not a file beside", "none": "no such file",
		"below": "not a regular file"} {
		if f, _, err := o.beside(name); (err == nil) != (want == "") || (f == nil) == (want == "") ||
			err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v", name, f, err)
		}
	}
	o = &opening{Checkpoint: &stored.Checkpoint{}, path: filepath.Join(dir, "in", "a")}
	for range maxFiles + 1 {
		o.Own(nil)
	}
	if _, _, err := o.beside("a"); err == nil || !strings.Contains(err.Error(), "over 1000 files") {
		t.Errorf("got %v", err)
	}
}

// TestUnreadable: a file that cannot be read is no empty one.
func TestUnreadable(t *testing.T) {
	f, err := os.Open(filepath.Join(folder(t, map[string]string{"a": "text"}), "a"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	o := &opening{Checkpoint: &stored.Checkpoint{}, file: f, size: 4}
	if _, err := o.read(formats()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestPointsTo: the file that TensorFlow keeps beside checkpoints names the last one, by whatever path it had.
func TestPointsTo(t *testing.T) {
	for text, want := range map[string]string{
		"model_checkpoint_path: \"model.ckpt-7\"\n": "model.ckpt-7", "model_checkpoint_path: \"/x/m-7\"\nall": "m-7",
		"model_checkpoint_path: \"\"": "", "all_model_checkpoint_paths: \"a\"": "", "": "",
	} {
		if got := pointsTo(filepath.Join(folder(t, map[string]string{"checkpoint": text}), "checkpoint")); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
