package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// target is where a file goes: a path, all symbolic links followed, or a stream.
type target struct {
	named  string      // as the user said it
	path   string      // where it is renamed to
	old    os.FileInfo // of the regular file there; nil if there is none
	stream io.Writer   // what is written to as it is: standard output, a device, a pipe
	close  func() error

	temp string   // where it lies until it is renamed
	held *os.File // the temporary file, which stays open, and so locked, until then
}

// same reports whether two targets are one file.
func (t target) same(other target) bool {
	if t.stream != nil || other.stream != nil {
		return false
	}
	if t.old != nil && other.old != nil {
		return os.SameFile(t.old, other.old)
	}
	// Files that are still to be made are the same if their names and folders are.
	dir, err := os.Stat(filepath.Dir(t.path))
	otherDir, err2 := os.Stat(filepath.Dir(other.path))
	return filepath.Base(t.path) == filepath.Base(other.path) && err == nil && err2 == nil && os.SameFile(dir, otherDir)
}

// look finds out where a file goes and whether it may. It changes nothing.
func (r *Run) look(f File) (target, error) {
	t := target{named: f.Path}
	named := f.Replaces == nil // by the user
	if f.Path == "-" && named {
		t.stream, t.close = r.stdout, func() error { return nil }
		return t, nil
	}
	path, err := followed(f.Path)
	if err != nil {
		return t, err
	}
	if n, ok := descriptor(path); ok && named {
		return r.open(t, n)
	}
	t.path = path
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return t, folderOf(t, err)
	case info.IsDir():
		return t, fmt.Errorf("%s is a folder, but is to be a file: give another name", f.Path)
	case info.Mode().IsRegular():
		t.old = info
		return t, r.mayReplace(t, f)
	case named && info.Mode()&(fs.ModeCharDevice|fs.ModeNamedPipe) != 0:
		return r.openStream(t)
	}
	return t, fmt.Errorf("%s is neither a file nor something to write to: move it away or give another name", f.Path)
}

// folderOf says why there is no file: that is to be made, or its folder is none, or what the system says.
func folderOf(t target, missing error) error {
	dir := filepath.Dir(t.path)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no folder %s: make it first", t.named, dir)
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s: %s is not a folder", t.named, dir)
	case errors.Is(missing, fs.ErrNotExist):
		return nil
	}
	return missing
}

// mayReplace says why a regular file must stay.
func (r *Run) mayReplace(t target, f File) error {
	for _, in := range r.inputs {
		if !os.SameFile(in.info, t.old) {
			continue
		}
		if in.name == f.Path {
			return fmt.Errorf("%s is what this command reads, and would be overwritten: give another name", f.Path)
		}
		return fmt.Errorf("%s is the same file as %s, which this command reads, and would be overwritten: "+
			"give another name", f.Path, in.name)
	}
	if f.Replaces != nil {
		if err := f.Replaces(t.path); err != nil {
			return err
		}
	}
	// To rename needs leave to write to the folder alone. Who took it away from the file meant the file to stay.
	if t.old.Mode().Perm()&0o222 == 0 {
		return fmt.Errorf("%s is read-only: make it writable, remove it or give another name", f.Path)
	}
	w, err := os.OpenFile(t.path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("%s cannot be replaced: %w", f.Path, err)
	}
	return w.Close()
}

// maxLinks is how many symbolic links one path may go through, as in the kernel of Linux.
const maxLinks = 40

// followed returns the path behind symbolic links. What the last of them leads to need not exist.
func followed(path string) (string, error) {
	at := path
	for range maxLinks {
		if _, ok := descriptor(at); ok {
			return at, nil
		}
		info, err := os.Lstat(at)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return at, nil // what is wrong with it, who looks at it next will see
		}
		to, err := os.Readlink(at)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(to) { // not filepath.Join: "a/../b" is not "b" where a is a link
			to = filepath.Dir(at) + string(filepath.Separator) + to
		}
		at = to
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// descriptor returns the number of the open file of this process that a path such as /dev/stdout, /dev/fd/3 or
// /proc/self/fd/3 stands for. To open such a path again would begin at the start of what a shell has opened to append
// to.
func descriptor(path string) (int, bool) {
	switch path {
	case "/dev/stdout":
		return 1, runtime.GOOS != "windows"
	case "/dev/stderr":
		return 2, runtime.GOOS != "windows"
	}
	dir, name := filepath.Split(path)
	switch dir {
	case "/dev/fd/", "/proc/self/fd/", "/proc/" + strconv.Itoa(os.Getpid()) + "/fd/", "/proc/thread-self/fd/":
		n, err := strconv.Atoi(name)
		return n, err == nil && n >= 0 && !strings.HasPrefix(name, "+")
	}
	return 0, false
}

// open makes a stream of an open file of this process.
func (r *Run) open(t target, n int) (target, error) {
	if n == 1 {
		t.stream, t.close = r.stdout, func() error { return nil }
		return t, nil
	}
	f, err := duplicate(n, t.named)
	if err != nil {
		return t, fmt.Errorf("%s is not open", t.named)
	}
	t.stream, t.close = f, f.Close
	return t, nil
}

// openStream opens a device or a pipe. A pipe waits here for who reads it.
func (r *Run) openStream(t target) (target, error) {
	f, err := os.OpenFile(t.path, os.O_WRONLY, 0)
	if err != nil {
		return t, err
	}
	t.stream, t.close = f, f.Close
	return t, nil
}

// IsStream reports whether what is written to a path goes to standard output, a device or a pipe, beside which no file
// can lie.
func IsStream(path string) bool {
	if path == "-" {
		return true
	}
	at, err := followed(path)
	if err != nil {
		return false
	}
	if _, ok := descriptor(at); ok {
		return true
	}
	info, err := os.Lstat(at)
	return err == nil && info.Mode()&(fs.ModeCharDevice|fs.ModeNamedPipe) != 0
}
