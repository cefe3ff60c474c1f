package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// fill writes a target: a stream as it is, a file under a temporary name.
func (r *Run) fill(t *target, write func(io.Writer) error) error {
	if t.stream != nil {
		err := buffered(t.stream, write)
		return naming(t, errors.Join(err, t.close()))
	}
	f, err := r.temporary(filepath.Dir(t.path))
	if err != nil {
		return naming(t, err)
	}
	t.temp, t.held = f.Name(), f
	if err := buffered(f, write); err != nil {
		f.Close()
		return naming(t, err)
	}
	if t.old != nil {
		keepOwner(f, t.old)
		if err := f.Chmod(t.old.Mode().Perm()); err != nil {
			f.Close()
			return naming(t, err)
		}
	}
	return naming(t, finished(f))
}

// naming puts the target's name, instead of the temporary one, before errors of the system.
func naming(t *target, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", t.named, path.Err)
	}
	return err
}

// buffered gathers what is small; what is larger than the buffer is written without a copy.
func buffered(to io.Writer, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(to, 64<<10)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// temporary makes a file under a name of its own in a folder, with the permissions that the umask leaves. It is locked
// as long as it is open, which tells sweep that somebody still writes it.
func (r *Run) temporary(dir string) (*os.File, error) {
	r.heedSignals()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for range 1000 {
		name := filepath.Join(dir, ".netc-"+strconv.FormatUint(rand.Uint64()|1<<63, 10))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lock(f)
		if now, err := os.Lstat(name); err == nil {
			if own, err := f.Stat(); err == nil && os.SameFile(now, own) {
				r.temps[name] = true
				return f, nil
			}
		}
		f.Close() // swept away by another run before it was locked
	}
	return nil, fmt.Errorf("%s: no temporary name is free", dir)
}

// temporaryName is what netc calls files that are not whole yet.
var temporaryName = regexp.MustCompile(`^\.netc-[0-9]+$`)

// sweep removes the temporary files that runs which were killed have left in a folder. What cannot be removed stays.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if temporaryName.MatchString(e.Name()) && e.Type().IsRegular() {
			removeAbandoned(filepath.Join(dir, e.Name()))
		}
	}
}
