package diagtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/netc-lang/netc/dsl/diag"
)

// Said holds all that check says of each .net file in a folder, the places that it points at and what it suggests, to
// NAME.txt beside the file, which update writes anew.
func Said(t *testing.T, folder string, update bool, check func(t testing.TB, path string) diag.List) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.net"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s (%v)", folder, err)
	}
	t.Chdir(folder) // messages name files as they were asked for
	for _, path := range paths {
		name := filepath.Base(path)
		var said strings.Builder
		for _, d := range check(t, name) { // each by itself: Render shows some of many
			if err := (diag.List{d}).Render(&said, false); err != nil {
				t.Fatal(err)
			}
		}
		golden := strings.TrimSuffix(name, ".net") + ".txt"
		if update {
			if err := os.WriteFile(golden, []byte(said.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if said.String() != string(want) {
			t.Errorf("%s", diff.Diff(golden, want, "said", []byte(said.String())))
		}
	}
}
