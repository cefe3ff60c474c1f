package output

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// text writes a text in two pieces.
func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := io.WriteString(w, s[:len(s)/2]); err != nil {
			return err
		}
		_, err := io.WriteString(w, s[len(s)/2:])
		return err
	}
}

// write writes files in a run of its own that has read inputs, and returns what went to standard output.
func write(t *testing.T, inputs []string, files ...File) (string, error) {
	t.Helper()
	var out strings.Builder
	r := New(&out)
	defer r.Close()
	r.Reads(inputs...)
	return out.String(), errors.Join(r.Write(files...), r.Close())
}

func read(t *testing.T, path string) string {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func create(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// names lists a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"first", strings.Repeat("long ", 100_000), ""} {
		if _, err := write(t, nil, File{Path: path, Write: text(content)}); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != content {
			t.Errorf("%d bytes, want %d", len(got), len(content))
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"file"}) {
		t.Errorf("the folder holds %q", got)
	}
}

func TestStandardOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"} {
		var out strings.Builder
		r := New(&out)
		if err := r.Write(File{Path: path, Write: text("hello")}); err != nil || out.String() != "hello" {
			t.Errorf("%s: %q, %v", path, out.String(), err)
		}
	}
	if got := names(t, "."); len(got) > 0 {
		t.Errorf("the folder holds %q", got)
	}
}

// TestInputsStay writes to what has been read, under every name that it has.
func TestInputsStay(t *testing.T) {
	t.Chdir(t.TempDir())
	create(t, "input", "mine", 0o600)
	for name, err := range map[string]error{
		"link": os.Symlink("input", "link"), "chain": os.Symlink("./link", "chain"), "hard": os.Link("input", "hard"),
		"folder": os.Mkdir("folder", 0o700), "up": os.Symlink("../input", "folder/up"),
	} {
		if err != nil {
			t.Fatal(name, err)
		}
	}
	absolute, err := filepath.Abs("input")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{"input", "chain", absolute} {
		for _, out := range []string{
			"input", "./input", "folder/../input", absolute, "link", "chain", "hard", "folder/up",
		} {
			_, err := write(t, []string{"missing", in}, File{Path: out, Write: text("theirs")})
			if err == nil || !strings.Contains(err.Error(), out) ||
				!strings.Contains(err.Error(), "give another name") {
				t.Errorf("-o %s, having read %s: %v", out, in, err)
			}
		}
	}
	if got := read(t, "input"); got != "mine" {
		t.Errorf("the input is %q", got)
	}
	f, err := os.Open("input")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := New(io.Discard)
	r.ReadsOpen(f)
	if err := r.Write(File{Path: "hard", Write: text("theirs")}); err == nil {
		t.Error("a file that is open is overwritten")
	}
}

// TestLinks follows links, to what there is and to what is still to be made.
func TestLinks(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.Mkdir("real", 0o700), os.Symlink("real", "folder"), os.Symlink("real/new", "dangling"),
		os.Symlink("../sibling", "real/up"), os.Symlink("loop", "loop")); err != nil {
		t.Fatal(err)
	}
	for link, behind := range map[string]string{
		"dangling": "real/new", "folder/up": "sibling", "folder/file": "real/file",
	} {
		for _, content := range []string{"new", "replaced"} {
			if _, err := write(t, nil, File{Path: link, Write: text(content)}); err != nil {
				t.Fatal(link, err)
			}
			if got := read(t, behind); got != content {
				t.Errorf("%s: %q", behind, got)
			}
		}
	}
	for _, link := range []string{"dangling", "real/up"} {
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", link)
		}
	}
	_, err := write(t, nil, File{Path: "loop", Write: text("x")})
	if err == nil || !strings.Contains(err.Error(), "links") {
		t.Errorf("a loop: %v", err)
	}
}

// TestTwoNamesOfOneFile refuses two files of a run that would become one.
func TestTwoNamesOfOneFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Symlink("a", "b"); err != nil {
		t.Fatal(err)
	}
	_, err := write(t, nil, File{Path: "a", Write: text("1")}, File{Path: "b", Write: text("2")})
	if err == nil || !strings.Contains(err.Error(), "same file") {
		t.Errorf("a link to the other: %v", err)
	}
	create(t, "a", "", 0o600)
	if err := os.Link("a", "c"); err != nil {
		t.Fatal(err)
	}
	if _, err = write(t, nil, File{Path: "a", Write: text("1")}, File{Path: "c", Write: text("2")}); err == nil {
		t.Error("two names of one file")
	}
}

// TestRefused are places where nothing can be put, with what the error says.
func TestRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	create(t, "file", "mine", 0o600)
	create(t, "closed", "mine", 0o400)
	create(t, "marked", "netc made this", 0o600)
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file File
		want string
	}{
		{File{Path: "folder"}, "folder is a folder"},
		{File{Path: "none/file"}, "there is no folder none"},
		{File{Path: "file/file"}, "not a"},
		{File{Path: "closed"}, "read-only"},
		{File{Path: "file", Replaces: Marked("netc")}, "file was not written by netc"},
		{File{Path: "folder", Replaces: Marked("netc")}, "folder is a folder"},
	} {
		c.file.Write = text("theirs")
		if _, err := write(t, nil, c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.file.Path, err, c.want)
		}
	}
	for _, name := range []string{"file", "closed"} {
		if got := read(t, name); got != "mine" {
			t.Errorf("%s is %q", name, got)
		}
	}
	_, err := write(t, nil, File{Path: "marked", Replaces: Marked("other", "netc"), Write: text("again")})
	if err != nil || read(t, "marked") != "again" {
		t.Errorf("a file with the mark: %v", err)
	}
	_, err = write(t, nil, File{Path: "-", Replaces: Marked("netc"), Write: text("again")})
	if err != nil || read(t, "-") != "again" {
		t.Errorf("a derived name is no name of standard output: %v", err)
	}
}

// TestLateFolder: where a file is to be, another program makes a folder while it is written.
func TestLateFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := write(t, nil, File{Path: "late", Write: func(w io.Writer) error {
		return errors.Join(text("theirs")(w), os.MkdirAll("late/mine", 0o700))
	}})
	if err == nil || !strings.HasPrefix(err.Error(), "late: ") {
		t.Errorf("got %v", err)
	}
	if got := names(t, "."); !slices.Equal(got, []string{"late"}) {
		t.Errorf("the folder holds %q", got)
	}
}

// TestDescriptorOf tells names of open files from others.
func TestDescriptorOf(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	for path, want := range map[string]int{
		"/dev/stdout": 1, "/dev/stderr": 2, "/dev/fd/0": 0, "/dev/fd/1": 1, "/dev/fd/12": 12, "/proc/self/fd/3": 3,
		"/proc/thread-self/fd/4": 4, fmt.Sprintf("/proc/%d/fd/5", os.Getpid()): 5,
		"/dev/fd/+1": -1, "/dev/fd/-1": -1, "/dev/fd/x": -1, "/dev/fd/": -1, "/dev/null": -1, "stdout": -1,
	} {
		if n, ok := descriptor(path); ok != (want >= 0) || ok && n != want {
			t.Errorf("%s: %d, %v, want %d", path, n, ok, want)
		}
	}
}

// TestFailure has the k-th write of the k-th file fail, for every k: nothing is changed, nothing is left, and folders
// made for the files are gone.
func TestFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	create(t, "old", "mine", 0o600)
	full := errors.New("full")
	for file := range 3 {
		for at := range 3 {
			r := New(io.Discard)
			if err := r.Folder("deep/er"); err != nil {
				t.Fatal(err)
			}
			failing := func(i int) func(io.Writer) error {
				return func(w io.Writer) error {
					for k := range 3 {
						if i == file && k == at {
							return fmt.Errorf("no room: %w", full)
						}
						if _, err := w.Write(make([]byte, 70_000)); err != nil {
							return err
						}
					}
					return nil
				}
			}
			err := r.Write(
				File{Path: "old", Write: failing(0)},
				File{Path: "deep/er/new", Write: failing(1)},
				File{Path: "other", Write: failing(2)})
			r.Close()
			if !errors.Is(err, full) {
				t.Errorf("write %d of file %d: %v", at, file, err)
			}
			if got := names(t, "."); !slices.Equal(got, []string{"old"}) || read(t, "old") != "mine" {
				t.Fatalf("write %d of file %d leaves %q", at, file, got)
			}
		}
	}
}

// TestFolders: folders that were made are taken away where nothing is written, and those that were there are not, also
// if they are empty; once something is written, all stay. What is no folder cannot become one.
func TestFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("mine", 0o700); err != nil {
		t.Fatal(err)
	}
	create(t, "file", "", 0o600)
	r := New(io.Discard)
	if err := errors.Join(r.Folder("mine/a/b"), r.Folder("c"), r.Folder("mine")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"file": "file is not a folder, but is to be one: give another name", "file/a": "not a directory",
	} {
		if err := r.Folder(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
	r.Close()
	if got := names(t, "."); !slices.Equal(got, []string{"file", "mine"}) || len(names(t, "mine")) > 0 {
		t.Errorf("%q are left, and %q in mine", got, names(t, "mine"))
	}
	if err := errors.Join(r.Folder("mine/a"), r.Folder("c"), r.Write(File{Path: "c/new", Write: text("x")}),
		r.Close()); err != nil {
		t.Fatal(err)
	}
	if got := names(t, "."); !slices.Equal(got, []string{"c", "file", "mine"}) || len(names(t, "mine")) != 1 {
		t.Errorf("%q are left, and %q in mine", got, names(t, "mine"))
	}
}

// TestFailsAtOnce: files under temporary names go when writing fails, not only at the end of the run, which may write
// others.
func TestFailsAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	r := New(io.Discard)
	defer r.Close()
	full := errors.New("full")
	if err := r.Write(File{Path: "a", Write: text("a")},
		File{Path: "b", Write: func(io.Writer) error { return full }}); err != full {
		t.Fatal(err)
	}
	if got := names(t, "."); len(got) > 0 {
		t.Errorf("%q are left", got)
	}
	if err := r.Write(File{Path: "c", Write: text("c")}); err != nil || read(t, "c") != "c" {
		t.Errorf("another file: %v", err)
	}
}

// TestInputNames: an output that is an input is told by its name, or by both.
func TestInputNames(t *testing.T) {
	t.Chdir(t.TempDir())
	create(t, "in", "mine", 0o600)
	if err := os.Link("in", "hard"); err != nil {
		t.Fatal(err)
	}
	for out, want := range map[string]string{
		"in": "in is what this command reads, and would be overwritten: give another name",
		"hard": "hard is the same file as in, which this command reads, and would be overwritten: give " +
			"another name",
	} {
		_, err := write(t, []string{"in"}, File{Path: out, Write: text("theirs")})
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", out, err, want)
		}
	}
}
