package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain makes of the test's program, where the environment says so, one that hangs in the middle of a file, or one
// that goes on for a while after its run.
func TestMain(m *testing.M) {
	if path := os.Getenv("NETC_TEST_RENAMES"); path != "" {
		r := New(os.Stdout)
		if err := r.Write(File{Path: path, Write: text("whole")}); err != nil {
			panic(err)
		}
		r.mutex.Lock() // as commit does
		fmt.Println("renames")
		time.Sleep(300 * time.Millisecond)
		if err := os.Rename(path, path+"2"); err != nil {
			panic(err)
		}
		r.mutex.Unlock()
		time.Sleep(time.Minute)
		os.Exit(1)
	}
	if path := os.Getenv("NETC_TEST_LASTS"); path != "" {
		r := New(os.Stdout)
		for range 2 {
			if err := r.Write(File{Path: path, Write: text("whole")}); err != nil {
				panic(err)
			}
		}
		r.Close()
		fmt.Println("done")
		time.Sleep(time.Minute)
		os.Exit(1)
	}
	if os.Getenv("NETC_TEST_SLEEPS") != "" {
		time.Sleep(time.Minute)
		os.Exit(1)
	}
	if path := os.Getenv("NETC_TEST_HANGS"); path != "" {
		r := New(os.Stdout)
		if err := r.Folder(filepath.Dir(path)); err != nil {
			panic(err)
		}
		err := r.Write(File{Path: path, Write: func(w io.Writer) error {
			w.Write(make([]byte, 200_000))
			fmt.Println("half")
			time.Sleep(time.Minute)
			return nil
		}})
		panic(err)
	}
	os.Exit(m.Run())
}

// TestInterrupted ends runs in the middle of a file. Of one that is asked to end nothing is left; what one that is
// killed leaves, the next that writes there takes away, but not what one has that is still at work.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	start := func(path string) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "NETC_TEST_HANGS="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "half\n" {
			t.Fatal(line, err)
		}
		return cmd
	}
	end := func(cmd *exec.Cmd, s syscall.Signal) {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		state := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !state.Signaled() || state.Signal() != s {
			t.Errorf("%v: the process ends with %v", s, cmd.ProcessState)
		}
	}
	create(t, path, "mine", 0o600)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) { // as nohup has it, and the process then leaves it so
			continue
		}
		end(start(path), s)
		if got := names(t, dir); !slices.Equal(got, []string{"file"}) || read(t, path) != "mine" {
			t.Errorf("%v leaves %q", s, got)
		}
		deep := filepath.Join(dir, "a", "b", "file")
		end(start(deep), s)
		if got := names(t, dir); !slices.Equal(got, []string{"file"}) {
			t.Errorf("%v leaves %q of a folder made for the file", s, got)
		}
	}
	end(start(path), syscall.SIGKILL)
	if got := names(t, dir); len(got) != 2 {
		t.Fatalf("a killed run leaves %q", got)
	}
	create(t, filepath.Join(dir, ".netc-mine"), "", 0o600)
	working := start(path)
	if _, err := write(t, nil, File{Path: path, Write: text("whole")}); err != nil {
		t.Fatal(err)
	}
	got := names(t, dir)
	if len(got) != 3 || !slices.Contains(got, ".netc-mine") || !slices.Contains(got, "file") ||
		read(t, path) != "whole" {
		t.Errorf("the next run leaves %q: want the file, .netc-mine and what the one at work has", got)
	}
	end(working, syscall.SIGTERM)
	if got := names(t, dir); !slices.Equal(got, []string{".netc-mine", "file"}) {
		t.Errorf("in the end there are %q", got)
	}
}

// TestAfterwards: a signal that comes when a run has ended does to the process what it always does, and to the files
// nothing.
func TestAfterwards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	terminate(t, "NETC_TEST_LASTS="+path, "done\n")
	if got := read(t, path); got != "whole" {
		t.Errorf("the file is %q", got)
	}
}

// TestRenamesAll: a signal that comes while files are renamed waits until all of them are.
func TestRenamesAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	terminate(t, "NETC_TEST_RENAMES="+path, "renames\n")
	if got := read(t, path+"2"); got != "whole" {
		t.Errorf("the file is %q", got)
	}
}

// terminate starts the test's program as the environment says, ends it when it has said a line, and holds it to ending
// by the signal and saying nothing else.
func terminate(t *testing.T, environment, says string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), environment)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != says {
		t.Fatal(line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	state := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !state.Signaled() || state.Signal() != syscall.SIGTERM || problems.Len() > 0 {
		t.Errorf("the process ends with %v, and says %s", cmd.ProcessState, &problems)
	}
}

// TestNothingStaysOpen: whatever becomes of files, none stays open.
func TestNothingStaysOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	create(t, "old", "old", 0o600)
	open := func() int {
		t.Helper()
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(all)
	}
	r := New(io.Discard)
	defer r.Close()
	full := errors.New("full")
	round := func() {
		for _, f := range []func(io.Writer) error{text("x"), func(io.Writer) error { return full }} {
			for _, path := range []string{"new", "old", os.DevNull} {
				if err := r.Write(File{Path: path, Write: f}); err != nil && !errors.Is(err, full) {
					t.Fatal(err)
				}
			}
		}
		if err := r.Write(File{Path: "folder-that-is-missing/x", Write: text("x")}); err == nil {
			t.Fatal("a file is made in no folder")
		}
		Begins("old", "x")
	}
	round()
	before := open()
	for range 20 {
		round()
	}
	if after := open(); after > before+3 { // the runtime opens some of its own
		t.Errorf("%d files are open, before there were %d", after, before)
	}
}

// TestCheckWaitsForNothing: to look at a pipe is not to open it, which would wait for who reads it.
func TestCheckWaitsForNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	r := New(io.Discard)
	checked := make(chan error, 1)
	go func() { checked <- errors.Join(r.Check(path), r.Check("/dev/fd/987"), r.Check("/dev/stdout")) }()
	select {
	case err := <-checked:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it waits")
	}
}

// TestSystemSays: what the system says against a file is said with its name.
func TestSystemSays(t *testing.T) {
	dir := t.TempDir()
	busy := filepath.Join(dir, "busy") // a program that runs cannot be written to
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	create(t, busy, string(program), 0o700)
	cmd := exec.Command(busy)
	cmd.Env = append(os.Environ(), "NETC_TEST_SLEEPS=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	for path, want := range map[string]string{
		busy: busy + " cannot be replaced: ", "/proc/self/netc-new": "/proc/self/netc-new: ",
	} {
		_, err := write(t, nil, File{Path: path, Write: text("x")})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
	gone := filepath.Join(dir, "gone") // a device that nothing stands behind
	if err := syscall.Mknod(gone, syscall.S_IFCHR|0o666, 60<<8|1); err != nil {
		t.Skip("devices cannot be made here: ", err)
	}
	if _, err := write(t, nil, File{Path: gone, Write: text("x")}); err == nil || !strings.Contains(err.Error(), gone) {
		t.Errorf("got %v", err)
	}
}

func TestPermissions(t *testing.T) {
	dir := t.TempDir()
	mode := func(name string) os.FileMode {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	for _, umask := range []int{0o022, 0o077, 0o002, 0} {
		name := fmt.Sprintf("new%o", umask)
		before := syscall.Umask(umask)
		_, err := write(t, nil, File{Path: filepath.Join(dir, name), Write: text("x")})
		syscall.Umask(before)
		if err != nil || mode(name) != 0o666&^os.FileMode(umask) {
			t.Errorf("umask %o: mode %o, %v", umask, mode(name), err)
		}
	}
	for _, want := range []os.FileMode{0o600, 0o640, 0o755, 0o666, 0o200} {
		name := fmt.Sprintf("old%o", want)
		create(t, filepath.Join(dir, name), "old", want)
		_, err := write(t, nil, File{Path: filepath.Join(dir, name), Write: text("x")})
		if err != nil || mode(name) != want {
			t.Errorf("mode %o becomes %o, %v", want, mode(name), err)
		}
	}
}

func TestOwnerStays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("files cannot be given away")
	}
	path := filepath.Join(t.TempDir(), "file")
	create(t, path, "old", 0o644)
	for _, owner := range [][2]int{{1234, 2345}, {0, 2345}, {1234, 0}, {0, 0}} {
		if err := os.Chown(path, owner[0], owner[1]); err != nil {
			t.Fatal(err)
		}
		if _, err := write(t, nil, File{Path: path, Write: text("x")}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if s := info.Sys().(*syscall.Stat_t); int(s.Uid) != owner[0] || int(s.Gid) != owner[1] ||
			info.Mode().Perm() != 0o644 {
			t.Errorf("%d is of %d:%d, mode %o", owner, s.Uid, s.Gid, info.Mode().Perm())
		}
	}
}

// TestPipe writes to a named pipe, which stays one.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		all, _ := os.ReadFile(path)
		got <- string(all)
	}()
	if _, err := write(t, nil, File{Path: path, Write: text("through")}); err != nil || <-got != "through" {
		t.Errorf("%v", err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Error("it is no pipe any more")
	}
	_, err := write(t, nil, File{Path: path, Replaces: Marked("x"), Write: text("y")})
	if err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("a pipe under a name that the user did not give: %v", err)
	}
	if Begins(path, "x") || Head(path, 5) != nil {
		t.Error("a pipe is read")
	}
}

// TestDescriptor writes where an open file is, not at its beginning as who opens it again would.
func TestDescriptor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	create(t, path, "before ", 0o600)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = write(t, nil, File{Path: fmt.Sprintf("/dev/fd/%d", f.Fd()), Write: text("after")})
	if err != nil || read(t, path) != "before after" {
		t.Errorf("%q, %v", read(t, path), err)
	}
	_, err = write(t, nil, File{Path: "/dev/fd/987", Write: text("x")})
	if err == nil || !strings.Contains(err.Error(), "not open") {
		t.Errorf("a descriptor that is not open: %v", err)
	}
}

// TestDevices makes devices of its own, so that a mistake costs no real one.
func TestDevices(t *testing.T) {
	dir := t.TempDir()
	null, full, disk := filepath.Join(dir, "null"), filepath.Join(dir, "full"), filepath.Join(dir, "disk")
	for path, device := range map[string]int{null: 1<<8 | 3, full: 1<<8 | 7} {
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, device); err != nil {
			t.Skip("devices cannot be made here: ", err)
		}
	}
	if err := syscall.Mknod(disk, syscall.S_IFBLK|0o600, 7<<8|200); err != nil {
		t.Skip("devices cannot be made here: ", err)
	}
	if err := os.Symlink("null", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		null: "", filepath.Join(dir, "link"): "", full: "no space left", disk: "neither a file",
	} {
		_, err := write(t, nil, File{Path: path, Write: text("x")})
		said := fmt.Sprint(err)
		if want == "" && err != nil || want != "" && (!strings.Contains(said, want) || !strings.Contains(said, path)) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	for _, path := range []string{null, full, disk} {
		if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeDevice == 0 {
			t.Errorf("%s is no device any more", path)
		}
	}
	if !IsStream(null) || !IsStream("-") || !IsStream("/dev/stdout") ||
		IsStream(dir) || IsStream(filepath.Join(dir, "none")) {
		t.Error("IsStream")
	}
}
