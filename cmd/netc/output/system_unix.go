//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package output

import (
	"os"
	"syscall"
	"time"
)

// endings are the signals by which a person, a system or a closed terminal ends a process.
var endings = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// lock takes the lock of a file until it is closed. Where the file system has no locks, nothing is swept either.
func lock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// removeAbandoned removes a temporary file unless somebody holds its lock.
func removeAbandoned(path string) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		os.Remove(path)
	}
}

// finished says whether the system has taken all of a file: some file systems tell only when it is closed. Closed is a
// second descriptor of it, so that the file itself keeps its lock.
func finished(f *os.File) error {
	second, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return err
	}
	return os.NewSyscallError("close", syscall.Close(second))
}

// duplicate returns an open file of this process under a second number, so that to close it leaves the first open.
func duplicate(n int, name string) (*os.File, error) {
	second, err := syscall.Dup(n)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(second), name), nil
}

// keepOwner gives a new file the owner of the one that it replaces, where that is allowed.
func keepOwner(f *os.File, old os.FileInfo) {
	if s, ok := old.Sys().(*syscall.Stat_t); ok && (int(s.Uid) != os.Geteuid() || int(s.Gid) != os.Getegid()) {
		_ = f.Chown(int(s.Uid), int(s.Gid))
	}
}

// die ends the process as the signal would have, had nobody listened: a shell can tell.
func die(sig os.Signal) {
	if s, ok := sig.(syscall.Signal); ok {
		_ = syscall.Kill(os.Getpid(), s)
		time.Sleep(time.Second)
		os.Exit(128 + int(s))
	}
	os.Exit(1)
}
