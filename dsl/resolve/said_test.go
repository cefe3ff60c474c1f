package resolve_test

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

var update = flag.Bool("update", false, "write what is said of the files in testdata")

// said renders the problems and warnings of a program, as a person reads them.
func said(t *testing.T, program *resolve.Program, err error) string {
	t.Helper()
	var problems diag.List
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var b strings.Builder
	if program != nil {
		problems = append(problems, program.Warnings...)
	}
	for _, d := range problems { // Render shows some of many
		if err := (diag.List{d}).Render(&b, false); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestSaid holds all that is said of mistakes, which places it points at and what it suggests, to the archives in
// testdata: NAME.txt is what is said of NAME.net. Files in folders are there to be imported.
func TestSaid(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(path), func(t *testing.T) { compareSaid(t, path, archive) })
	}
}

func compareSaid(t *testing.T, path string, archive *txtar.Archive) {
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := txtar.Write(archive, "."); err != nil {
		t.Fatal(err)
	}
	old := archive.Files
	archive.Files = nil
	for i, f := range old {
		if strings.HasSuffix(f.Name, ".txt") {
			continue
		}
		archive.Files = append(archive.Files, f)
		if strings.Contains(f.Name, "/") {
			continue
		}
		name := strings.TrimSuffix(f.Name, ".net") + ".txt"
		want := ""
		if i+1 < len(old) && old[i+1].Name == name {
			want = string(old[i+1].Data)
		}
		program, err := resolve.Load(f.Name)
		got := said(t, program, err)
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(got)})
		if got != want && !*update {
			t.Errorf("%s", diff.Diff("want", []byte(want), name, []byte(got)))
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBuiltins calls each function with no, one and two values: max and min take any number but none, the others one.
func TestBuiltins(t *testing.T) {
	for name := range resolve.Builtins {
		for n, values := range []string{"", "[1]", "[1], [2]"} {
			text := fmt.Sprintf("function f() = %s(%s)\n", name, values)
			_, err := resolve.LoadFile(source.NewFile("n.net", text))
			want := ""
			if n == 0 || n == 2 && name != "max" && name != "min" {
				want = fmt.Sprintf("n.net:1:16: %s takes 1 argument, got %d", name, n)
			}
			if got := fmt.Sprint(err); want == "" && err != nil || want != "" && got != want {
				t.Errorf("%s: got %s, want %s", strings.TrimSpace(text), got, want)
			}
		}
	}
}

// TestManyMistakes: names that mean nothing get a suggestion as long as they are few, and so are those that a mistake
// of form has left out.
func TestManyMistakes(t *testing.T) {
	names := func(n int) string {
		lines := "function known(n: int) = n\nnetwork N {\n    input image[3, 8, 8]\n"
		for i := range n {
			lines += fmt.Sprintf("    v%d = knowm(%d)\n", i, i)
		}
		return lines + "}\n"
	}
	var problems diag.List
	_, err := resolve.LoadFile(source.NewFile("n.net", names(51)))
	if !errors.As(err, &problems) || len(problems) != 51 {
		t.Fatalf("got %v", err)
	}
	for i, d := range problems {
		if (d.Help != "") != (i < 50) {
			t.Errorf("mistake %d has the help %q", i, d.Help)
		}
	}
	for _, n := range []int{999, 1000} {
		left := make([]string, n)
		for i := range left {
			left[i] = fmt.Sprintf("name%d", i)
		}
		// the line that cannot be read holds n names and lots, which the last line misses by a letter
		text := "function f(n: int) {\n    return lots + " + strings.Join(left, " ") +
			" ) \n}\nfunction g(n: int) = lotz\n"
		_, err := resolve.LoadFile(source.NewFile("n.net", text))
		problems = nil
		if !errors.As(err, &problems) || len(problems) != 2 {
			t.Fatalf("got %v", err)
		}
		if help := problems[1].Help; (help != "") != (n < 1000) {
			t.Errorf("of %d names left out, the help is %q", n+1, help)
		}
	}
}

// TestProgram holds what a program says of its files and declarations.
func TestProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("main.net", "import \"parts/a.net\"\nimport \"std/rounding\"\nimport \"parts/../parts/b.net\"\n"+
		"network N {\n    use pool = MaxPool(2)\n    input image[3, 8, 8]\n    a A(8)\n}\nfamily N {\n    X:\n}\n")
	write("parts/a.net", "import \"b.net\"\nblock A(out: channels)(x) {\n    use late = ReLU, Conv(bias: true)\n    a B(out)\n}\n"+
		"network M {\n    input image[3, 8, 8]\n    a A(8)\n}\nfamily M {\n    X:\n}\n")
	write("parts/b.net", "import \"a.net\"\nimport \"../main.net\"\nblock B(out: channels)(x) {\n    a Conv(out) -> late\n}\n")
	program, err := resolve.Load("main.net")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range program.Files {
		files = append(files, filepath.ToSlash(f.Name()))
	}
	if got := strings.Join(files, " "); got != "main.net parts/a.net parts/b.net std/rounding.net" {
		t.Errorf("the files are %s", got)
	}
	if len(program.Families) != 1 || program.Families[0].Name.Text != "N" {
		t.Errorf("got %d families", len(program.Families))
	}
	for name, want := range map[string]bool{"norm": true, "act": true, "pool": true, "late": true, "Conv": false} {
		if program.Uses[name] != want {
			t.Errorf("use of %s: got %v", name, program.Uses[name])
		}
	}
	if program.Main != program.Files[0] || program.Networks["M"] == nil || program.Blocks["Conv"] == nil ||
		program.Functions["divisible"] == nil {
		t.Error("the program lacks declarations")
	}
}

// TestStandardFolder: files of one's own in a folder std are no parts of the library, by whichever name they are read.
func TestStandardFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("std", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"std/mobile.net": "import \"std/mobile\"\nblock Own(out: channels)(x) {\n    a MBConv(out, kernel: 3, expansion: 1)\n}\n",
		"main.net":       "import \"./std/mobile.net\"\nblock Other(out: channels)(x) {\n    a MBConv(out, kernel: 3, expansion: 1) -> Own(out)\n}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for main, want := range map[string]string{
		"main.net":         "main.net ./std/mobile.net std/mobile.net std/rounding.net",
		"std/mobile.net":   "./std/mobile.net std/mobile.net std/rounding.net",
		"./std/mobile.net": "./std/mobile.net std/mobile.net std/rounding.net",
	} {
		program, err := resolve.Load(main)
		if err != nil {
			t.Errorf("%s: %v", main, err)
			continue
		}
		var files []string
		for _, f := range program.Files {
			files = append(files, filepath.ToSlash(f.Name()))
		}
		if got := strings.Join(files, " "); got != want {
			t.Errorf("%s: got %s, want %s", main, got, want)
		}
	}
}

// TestFiles holds the limits of files and programs, at the limit and one beyond it, and which files are read.
func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	const declaration = "function f(n: int) = n\n"
	// sized writes a file of n bytes, most of them a comment.
	sized := func(name, text string, n int) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text+"//"+strings.Repeat(" ", n-len(text)-3)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(path, want string) {
		t.Helper()
		program, err := resolve.Load(path)
		if got := said(t, program, err); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	sized("most.net", declaration, syntax.MaxFileSize)
	expect("most.net", "")
	sized("beyond.net", declaration, syntax.MaxFileSize+1)
	expect("beyond.net", "beyond.net:1:1: error[N003]: cannot read the file: it has 1048577 bytes, more than the limit of 1048576")
	expect("missing.net", "error[N001]: cannot read the file: no such file or directory")
	if err := os.Mkdir("folder.net", 0o755); err != nil {
		t.Fatal(err)
	}
	expect("folder.net", "error[N001]: cannot read the file: it is not a regular file")
	expect(os.DevNull, "error[N001]: cannot read the file: it is not a regular file")

	sized("empty.net", "", 3)
	expect("empty.net", "error[N005]: the file declares nothing")
	const block, network = "block B()(x) {\n    a ReLU\n}\n", "network N {\n    input image[3, 8, 8]\n    a ReLU\n}\n"
	const family, scaling = "family N {\n    A:\n}\n", "scaling S {\n    depth = 1\n}\n"
	for _, text := range []string{family, block, declaration, network, scaling, block + declaration, block + scaling,
		network + family, block + network + scaling} {
		program, err := resolve.LoadFile(source.NewFile("n.net", text))
		if got := said(t, program, err); strings.Contains(got, "declares nothing") {
			t.Errorf("%q: %s", text, got)
		}
	}

	// a program has 100 files, with the primitives, and 4 MiB
	imports := func(n int) string {
		text := ""
		for i := range n {
			name := fmt.Sprintf("part%d.net", i)
			sized(name, "", 3)
			text += fmt.Sprintf("import %q\n", name)
		}
		return text + declaration
	}
	for n, want := range map[int]string{99: "", 100: "100:8: error[N004]: more than 100 files, the limit"} {
		sized("files.net", imports(n), 1<<14)
		expect("files.net", want)
	}
	for size, want := range map[int]string{
		1 << 19: "", 1<<19 + 1: "4:8: error[N010]: with this file, the program has more than 4194304 bytes, the limit",
	} {
		text := declaration
		for i, bytes := range []int{1 << 19, 1 << 20, 1 << 20, 1 << 20} {
			sized(fmt.Sprintf("part%d.net", i), "", bytes)
			text = fmt.Sprintf("import \"part%d.net\"\n", i) + text
		}
		sized("large.net", text, size)
		expect("large.net", want)
	}

	// imports
	for text, want := range map[string]string{
		"import \"secret.txt\"\n": "secret.txt is no .net file, and is not read\n",
		"import \"link.net\"\n":   "link.net is no .net file, and is not read\n",
		"import \"gone.net\"\n":   "cannot read gone.net: no such file or directory\n",
		"import \"MOST.NET\"\n":   "cannot read MOST.NET: no such file",
		"import \"beyond.net\"\n": "error[N003]: cannot read beyond.net: it has 1048577 bytes",
		"import \"folder.net\"\n": "cannot read folder.net: it is not a regular file",
	} {
		if err := os.WriteFile("secret.txt", []byte("secret"), 0o644); err != nil {
			t.Fatal(err)
		}
		os.Symlink("secret.txt", "link.net")
		if err := os.WriteFile("main.net", []byte(text+declaration), 0o644); err != nil {
			t.Fatal(err)
		}
		expect("main.net", want)
	}
}

// TestDescriptors reads what is open already: a pipe, up to the limit.
func TestDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/dev/fd and /proc/self/fd are Linux's")
	}
	for _, folder := range []string{"/dev/fd/", "/proc/self/fd/"} {
		for n, want := range map[int]string{1 << 10: "", 1 << 20: "", 1<<20 + 1: "it has 1048577 bytes, more"} {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				w.WriteString("function f(n: int) = n\n//" + strings.Repeat(" ", n-25))
				w.Close()
			}()
			path := fmt.Sprint(folder, r.Fd())
			file, err := resolve.ReadFile(path)
			if want == "" && (err != nil || len(file.Text()) != n) ||
				want != "" && !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("%s of %d bytes: %v", path, n, err)
			}
			r.Close()
		}
	}
	// what cannot be opened, and what cannot be read
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for path, want := range map[string]string{
		fmt.Sprint("/proc/self/fd/", socket.Fd()): "no such device or address", "/proc/self/mem": "input/output error",
	} {
		if file, err := resolve.ReadFile(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v, want %q", path, file, err, want)
		}
	}
}

// everywhereFree has choices in every place that may have one.
const everywhereFree = `
function half(n: int) = n / 2

block B(out: channels, kernel: int = 3, next: layer = ReLU)(x) {
    conv Conv(out, kernel: kernel) -> next
}

scaling S(a: float = 1 in [1, 2], b: int = 2 in [2, 3], c: int = 4 in [4, 5]) {
    depth = 10 in [10, 11]
    width = 12 in [12, 13]
}

network N(classes: int = 20 in [20, 21], wide: int = 22 in [22, 23], rest: int = 24 in [24, 25]) {
    use norm = BatchNorm(epsilon: 1e-3 in [1e-3, 1e-4]), Conv(bias: true in [true, false])
    use act = ReLU in [ReLU, SiLU]
    input image[3 in [3, 4], 32, 33 in [33, 34]]
    one    Conv(40 in [40, 41], kernel: 3 in [3, 5]) -> B(42 in [42, 43], 44 in [44, 45])
    two    B(50 in [50, 51]) x 1 in [1, 2], B(52 in [52, 53]) x 2 in [2, 3] if true in [true, false]
    three  B(60 in [60, 61]) -> B(62 in [62, 63]) if 1 > 0 in [0, 1]
    list   = [70 in [70, 71], 72]
    each   = [k + 73 in [73, 74] for k in [75 in [75, 76]] from s = 77 in [77, 78]]
    steps  = [80 in [80, 81] to 82 in [82, 83] step 84 in [84, 85]]
    minus  = -(90 in [90, 91])
    sum    = (92 in [92, 93]) + half(94 in [94, 95])
    item   = [96 in [96, 97]][0 in [0, 1]]
    cond   = 1 in [1, 2] if 98 in [98, 99] > 0 else 3 in [3, 4]
    piped  = one -> Conv(100 in [100, 101])
    other  Unknown
    return (piped -> Conv(110 in [110, 111])).channels, image
}

family First of N(rest: 26 in [26, 27]) by S(c: 6 in [6, 7]) {
    A: b = 8 in [8, 9], width = 14 in [14, 15], wide = 28 in [28, 29]
}
family Second of N {
    B:
}
`

// TestChoices holds the choices of a variant to the places that are free, with the names that people know them by: what
// a variant or a family gives takes the place of a default.
func TestChoices(t *testing.T) {
	file := source.NewFile("n.net", everywhereFree)
	program, _ := resolve.LoadFile(file) // with a layer that nothing declares, too
	listed := func(i int) (names []string) {
		f := program.Families[i]
		for _, c := range program.Choices(f, f.Variants[0]) {
			names = append(names, c.Name+"="+c.Free.Value.Place().Text())
		}
		return names
	}
	const network = "norm.epsilon=1e-3 Conv.bias=true act=ReLU image=3 image2=33 one.out=40 one.kernel=3 one.out2=42 " +
		"one.kernel2=44 two.0.out=50 two.0.repeats=1 two.1.out=52 two.1.repeats=2 two.1.if=true three.out=60 " +
		"three.out2=62 three.if=1 > 0 list=70 each=75 each2=77 each3=k + 73 steps=80 steps2=82 steps3=84 " +
		"minus=90 sum=92 sum.n=94 item=96 item2=0 cond=1 cond2=98 cond3=3 piped.out=100 return.out=110"
	for i, want := range []string{
		"b=8 width=14 wide=28 a=1 c=6 depth=10 classes=20 rest=26 " + network,
		"classes=20 wide=22 rest=24 " + network,
	} {
		if got := strings.Join(listed(i), " "); got != want {
			t.Errorf("family %d:\n%s\nwant\n%s", i, got, want)
		}
	}
}
