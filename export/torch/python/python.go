// Package python finds the Python that tests compare netc with: the one of Debian's packages, /usr/bin/python3, or the
// one that the environment variable NETC_PYTHON names.
package python

import (
	"os"
	"os/exec"
	"testing"
)

// Require returns the path of a Python that has the modules, which the named Debian packages bring. Where there is none
// it skips the test and says what to install; with CI=true it fails the test instead.
func Require(t testing.TB, modules []string, packages string) string {
	t.Helper()
	path := os.Getenv("NETC_PYTHON")
	if path == "" {
		path = "/usr/bin/python3"
	}
	for _, module := range modules {
		err := exec.Command(path, "-c", "import "+module).Run()
		switch {
		case err == nil:
		case os.Getenv("CI") == "true":
			t.Fatalf("%s cannot import %s (%v): install %s", path, module, err, packages)
		default:
			t.Skipf("%s cannot import %s (%v): install Debian's %s, or name another Python in NETC_PYTHON", path,
				module, err, packages)
		}
	}
	return path
}
