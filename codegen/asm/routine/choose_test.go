package routine

import (
	"strings"
	"testing"
)

// TestSelectData: what routines read from memory stays, behind whichever routine it stands.
func TestSelectData(t *testing.T) {
	const routine = "\n// func f()\nTEXT ·f(SB), NOSPLIT, $0\n\tRET\n"
	for _, data := range []string{"DATA x<>+0(SB)/4, $1.0\nGLOBL x<>(SB), RODATA, $4\n", "GLOBL y<>(SB), NOPTR, $4\n"} {
		got := Select([]byte("#include \"textflag.h\"\n"+routine+data), func(string) bool { return false })
		if want := "#include \"textflag.h\"\n\n" + data; string(got) != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestSelect: a routine goes with its macro, and that of all functions with the last of them.
func TestSelect(t *testing.T) {
	const (
		head = "#include \"textflag.h\"\n\n#define allAVX2(apply) \\\n\tapply(Y4) \\\n\tRET\n"
		relu = "\n#define reluAVX2One(x) \\\n\tVMAXPS x, Y3, x\n\n// func reluAVX2()\n" +
			"TEXT ·reluAVX2(SB), NOSPLIT, $0\n" +
			"\tallAVX2(reluAVX2One)\n\n// func reluAVX2Address() uintptr\nTEXT ·reluAVX2Address(SB), NOSPLIT, $0-8\n\tRET\n"
		mish = "\n#define mishAVX2One(x) \\\n\tVMULPS Y0, x, x \\\n\tVMULPS Y1, x, x\n\n// func mishAVX2()\n" +
			"TEXT ·mishAVX2(SB), NOSPLIT, $0\n\tallAVX2(mishAVX2One)\n"
		rest = "\n// func applyPixelsAVX2(x *byte)\nTEXT ·applyPixelsAVX2(SB), NOSPLIT, $0-8\n\tRET\n"
	)
	for _, c := range []struct{ name, want string }{
		{"relu", head + relu + rest}, {"mish", head + mish + rest}, {"tanh", "#include \"textflag.h\"\n" + rest},
	} {
		got := Select([]byte(head+relu+mish+rest), func(name string) bool {
			return strings.HasPrefix(name, c.name) || name == "applyPixelsAVX2"
		})
		if string(got) != c.want {
			t.Errorf("with %s alone:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
