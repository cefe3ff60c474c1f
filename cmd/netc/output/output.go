// Package output writes the files of one run of netc. Every command writes through it, so that these hold for all of
// them:
//
//   - A file appears whole or not at all: it is written under a temporary name beside its place and renamed. Several
//     files that belong together are renamed when all of them are written.
//   - What the run has read is never written to, by whatever name: links, hard links and relative paths are the same
//     file.
//   - A device or a pipe is written to and a symbolic link followed; none of them is replaced. "-" is standard output.
//   - A new file gets the permissions that the umask leaves. One that is replaced keeps its own, and one that cannot be
//     written to is not replaced.
//   - A file that the user did not name, such as model.go in the folder of a package, is replaced only if netc wrote
//     it.
//   - An interrupted run takes its temporary files away. Those of a run that was killed are taken away by the next that
//     writes into the same folder.
//
// A Run goes in, with what it has read (Reads) and what is to be written (Write); files, or an error that names the
// file and the remedy, come out.
package output

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// File is one file to write.
type File struct {
	Path  string // "-" is standard output
	Write func(w io.Writer) error
	// Replaces is asked about the regular file that is to be replaced; its error says why that must stay. It is nil
	// where the user named the file: then it may be any that the run has not read.
	Replaces func(path string) error
}

// Run is one run of a command. Close must be called at its end.
type Run struct {
	stdout io.Writer
	inputs []input

	mutex   sync.Mutex      // held while files are renamed: a signal waits until all are
	temps   map[string]bool // guarded by mutex: files under temporary names
	folders []string        // guarded by mutex: made for what is to be written, outermost first
	caught  chan os.Signal  // nil until there is something to take away
}

// input is a file that the run has read.
type input struct {
	name string
	info os.FileInfo
}

// New begins a run that writes to standard output what it is asked to.
func New(stdout io.Writer) *Run { return &Run{stdout: stdout, temps: map[string]bool{}} }

// Reads notes files that the run reads or has read. Names behind which there is no file are passed over.
func (r *Run) Reads(paths ...string) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			r.inputs = append(r.inputs, input{path, info})
		}
	}
}

// ReadsOpen is Reads for files that are open.
func (r *Run) ReadsOpen(files ...*os.File) {
	for _, f := range files {
		if info, err := f.Stat(); err == nil {
			r.inputs = append(r.inputs, input{f.Name(), info})
		}
	}
}

// Check says why a file could not be written, for those who work long before they write it. What only opening it would
// tell, of streams and devices, it does not know. It changes nothing.
func (r *Run) Check(path string) error {
	if path == "-" {
		return nil
	}
	at, err := followed(path)
	if err != nil {
		return err
	}
	info, err := os.Lstat(at)
	if _, ok := descriptor(at); ok || err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil
	}
	_, err = r.look(File{Path: path})
	return err
}

// Write writes files that belong together. Before the first byte is written, all places have been looked at; before the
// first file is renamed, all have been written. They are renamed in the order given.
func (r *Run) Write(files ...File) error {
	targets := make([]target, len(files))
	for i, f := range files {
		var err error
		if targets[i], err = r.look(f); err != nil {
			return err
		}
		for _, other := range targets[:i] {
			if targets[i].same(other) {
				return fmt.Errorf("%s and %s are the same file, by a link: remove the link", other.named, f.Path)
			}
		}
	}
	if err := r.stage(files, targets); err != nil {
		r.abandon()
		return err
	}
	return r.commit(targets)
}

// stage writes every file, streams as they are and the others under temporary names.
func (r *Run) stage(files []File, targets []target) error {
	swept := map[string]bool{}
	for i := range targets {
		t := &targets[i]
		if t.stream == nil {
			if dir := filepath.Dir(t.path); !swept[dir] {
				swept[dir] = true
				sweep(dir)
			}
		}
		if err := r.fill(t, files[i].Write); err != nil {
			return err
		}
	}
	return nil
}

// commit renames the files that have been written.
func (r *Run) commit(targets []target) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.folders = nil // they are in use from now on
	for _, t := range targets {
		if t.temp == "" {
			continue
		}
		if err := os.Rename(t.temp, t.path); err != nil {
			return fmt.Errorf("%s: %w", t.named, err)
		}
		delete(r.temps, t.temp)
		t.held.Close()
	}
	return nil
}

// Folder makes a folder, and those above it, where it is missing. If nothing is written in the end, it is taken away
// again.
func (r *Run) Folder(path string) error {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a folder, but is to be one: give another name", path)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var missing []string
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		missing = append([]string{dir}, missing...)
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	r.folders = append(r.folders, missing...)
	return nil
}

// abandon takes away what has been written under temporary names, and folders made for it.
func (r *Run) abandon() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.abandonLocked()
}

func (r *Run) abandonLocked() {
	for name := range r.temps {
		os.Remove(name)
	}
	clear(r.temps)
	for i := len(r.folders) - 1; i >= 0; i-- {
		os.Remove(r.folders[i]) // fails, as it should, if something else lies in it
	}
	r.folders = nil
}

// Close takes away what is left under temporary names and stops to listen to signals.
func (r *Run) Close() error {
	r.abandon()
	r.ignoreSignals()
	return nil
}
