package golang

import (
	"slices"
	"testing"
)

// TestBundle joins files that are built under the same condition, and no others.
func TestBundle(t *testing.T) {
	files := []File{
		{"engine_a.go", []byte(header + "\n\npackage p\n\nimport \"fmt\"\n\n// a is one.\nfunc a() { fmt.Println() }\n")},
		{"engine_b.go", []byte(header + "\n\npackage p\n\nimport (\n\t_ \"embed\"\n\t\"fmt\"\n)\n\nfunc b() { " +
			"fmt.Println() }\n")},
		{"engine_old.go", []byte(header + "\n\n//go:build !go1.22\n\npackage p\n\nvar x = tooOld\n")},
		{"kernel_c_amd64.go", []byte(header + "\n\npackage p\n\nfunc c()\n")},
		{"kernel_d_linux_amd64.go", []byte(header + "\n\npackage p\n\nfunc d()\n")},
		{"kernel_e_other.go", []byte(header + "\n\n//go:build !amd64 && !arm64\n\npackage p\n\nfunc e() {}\n")},
		{"kernel_f_other.go", []byte(header + "\n\n//go:build !amd64\n\npackage p\n\nfunc f() {}\n")},
		{"kernel_f_avx2_amd64.s", []byte(header + "\n\n" + include + "\nTEXT ·f(SB), NOSPLIT, $0-0\n\tRET\n")},
		{"kernel_g_amd64.s", []byte(header + "\n\n" + include + "\nTEXT ·g(SB), NOSPLIT, $0-0\n\tRET\n")},
	}
	bundles, err := bundle(files, "p")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, b := range bundles {
		names = append(names, b.Name)
	}
	want := []string{"engine.go", "engine_old.go", "kernel_amd64.go", "kernel_linux_amd64.go",
		"kernel_other.go", "kernel_arm64.go",
		"kernel_amd64.s"}
	if !slices.Equal(names, want) {
		t.Fatalf("got %v, want %v", names, want)
	}
	engine := header + `

package p

import (
	_ "embed"
	"fmt"
)

// a is one.
func a() { fmt.Println() }

func b() { fmt.Println() }
`
	if got := string(bundles[0].Data); got != engine {
		t.Errorf("engine.go is\n%s", got)
	}
	assembly := header + "\n\n" + include + "\nTEXT ·f(SB), NOSPLIT, $0-0\n\tRET\n\nTEXT ·g(SB), NOSPLIT, $0-0\n\tRET\n"
	for i, want := range map[int]string{4: "\n//go:build !amd64 && !arm64\n\npackage p\n\nfunc e() {}\n\nfunc f() {}\n",
		5: "\npackage p\n\nfunc f() {}\n"} {
		if got := string(bundles[i].Data); got != header+"\n"+want {
			t.Errorf("%s is\n%s", bundles[i].Name, got)
		}
	}
	if got := string(bundles[6].Data); got != assembly {
		t.Errorf("kernel_amd64.s is\n%s", got)
	}
}
