// Command netc compiles neural-network architectures: see README.md, or run netc help.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/dsl/diag"
)

// Exit codes.
const (
	exitDone       = 0
	exitWrongInput = 1
	exitWrongUsage = 2
	exitBroken     = 3 // netc itself is wrong
	exitUncovered  = 4 // it cannot be told whether the input is wrong
)

// command is one subcommand.
type command struct {
	name    string
	usage   string // arguments, after "netc NAME"
	summary string // a sentence without its full stop
	details string // what more there is to say
	run     func(c *call) error
}

func commands() []command {
	return []command{
		{
			name: "check", run: runCheck, details: checkDetails,
			usage:   "[--json] [--strict | --quiet] FILE|FOLDER|-...",
			summary: "report every mistake in architecture files",
		},
		{
			name: "fmt", run: runFmt,
			usage:   "[-w] [-l] [-d] [FILE|FOLDER...]",
			summary: "put architecture files, or standard input, into their canonical layout",
		},
		{
			name: "variants", run: runVariants, details: variantsDetails,
			usage:   "[--json] FILE",
			summary: "list the family: resolution, scaling, params, MACs, activations",
		},
		{
			name: "scale", run: runScale,
			usage: "[--json] [--variant V] [--phi P] [--depth D] [--width W] [--resolution R] " +
				"[--set NAME=VALUE] FILE",
			summary: "make a variant that the file does not list and print its figures",
		},
		{
			name: "summary", run: runSummary, details: summaryDetails,
			usage:   "[--json] [--variant V | --as NAME] FILE",
			summary: "list a variant's layers with shapes and costs",
		},
		{
			name: "search", run: runSearch, details: searchDetails,
			usage: "(--score C | --minimize COST | --maximize COST | --budget AMOUNT | --list) [--variant V] " +
				"[--within AMOUNT] [-o OUT.net] FILE",
			summary: "find the best values of what a file leaves free, or what fits a budget",
		},
		{
			name: "diff", run: runDiff, details: diffDetails,
			usage:   "[--json] NETWORK NETWORK",
			summary: "compare two networks layer by layer",
		},
		{
			name: "compare", run: runCompare, details: compareDetails,
			usage:   "[--json | -o OUT.html] [--measure] NETWORK NETWORK...",
			summary: "put the figures of networks side by side",
		},
		{
			name: "report", run: runReport, details: reportDetails,
			usage:   "[--variant V] [--measure] [--search RESULTS] -o OUT.html FILE",
			summary: "write a page that shows a family",
		},
		{
			name: "calibrate", run: runCalibrate, details: calibrateDetails,
			usage:   "[--workers N] [--seconds S] [-o FILE]",
			summary: "measure this machine, to predict latencies",
		},
		{
			name: "onnx", run: runONNX,
			usage:   "[--variant V | --as NAME] [--weights W | --seed N] (-o OUT.onnx | --triton DIR) FILE",
			summary: "write a variant as an ONNX model",
		},
		{
			name: "verify", run: runVerify, details: verifyDetails,
			usage:   "[--source FILE [--variant V] [--weights W | --seed N]] [--onnxruntime PROGRAM] MODEL.onnx",
			summary: "read an ONNX model back and check it",
		},
		{
			name: "gen", run: runGen,
			usage: "[--variant V | --as NAME] [--weights W | --seed N] [--weights-file] [--features S] " +
				"[--preprocess] [--labels F] " +
				"[--arithmetic T] [--shared] [--package P] -o DIR FILE",
			summary: "write a variant as a Go package",
		},
		{
			name: "pack", run: runPack, details: packDetails,
			usage:   "[--variant V | --as NAME] (--weights W | --seed N) [--weights-dtype T] -o OUT FILE",
			summary: "write weights for a Go package whose weights are apart from its code",
		},
		{
			name: "run", run: runRun, details: runDetails,
			usage: "[--variant V | --as NAME] [--weights W | --seed N] [--arithmetic T] [-o OUT] FILE " +
				"[NAME=]INPUT...",
			summary: "run a variant on images",
		},
		{
			name: "bench", run: runBench, details: benchDetails,
			usage: "[--variant V | --as NAME] [--weights W | --seed N] [--workers N] [--batch N] [--seconds S] " +
				"[--arithmetic T] [--onnxruntime PROGRAM] FILE",
			summary: "time a variant, layer by layer",
		},
		{
			name: "weights", run: runWeights,
			usage: "[--variant V | --as NAME] [--mapping M] [--state S] [--reinit L] [--expect E] " +
				"[--json | --suggest] FILE W",
			summary: "list how the weights in a checkpoint bind to a variant's parameters",
		},
		{
			name: "torch", run: runTorch, details: torchDetails,
			usage:   "[--variant V | --as NAME] -o OUT.py FILE",
			summary: "write a variant as a PyTorch module",
		},
		{
			name: "explain", run: runExplain,
			usage:   "[CODE...]",
			summary: "say what a code of a message means, with examples",
		},
		{
			name: "help", run: runHelp,
			usage:   "[COMMAND]",
			summary: "say what netc or a command of it does",
		},
		{
			name: "version", run: runVersion,
			usage:   "",
			summary: "print the version",
		},
	}
}

// call is one run of a subcommand.
type call struct {
	flags          *flag.FlagSet
	args           []string    // after the flags
	open           []io.Closer // closed after the run
	out            *output.Run // what writes files
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError says that the command line is wrong.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func main() {
	code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	os.Exit(closed(os.Stderr, code, os.Stdout.Close()))
}

// closed is the exit code after standard output was closed, and what came of that: some file systems tell only then
// that they have not taken everything.
func closed(stderr io.Writer, code int, err error) int {
	if err == nil || code != exitDone {
		return code
	}
	fmt.Fprintf(stderr, "netc: standard output: %v\n", err)
	return exitWrongInput
}

// run executes a command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	if len(args) == 0 {
		printHelp(stderr)
		return exitWrongUsage
	}
	switch args[0] {
	case "-h", "-help", "--help":
		args = append([]string{"help"}, args[1:]...)
	case "-version", "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	if c, ok := find(args[0]); ok {
		return runCommand(c, args[1:], stdin, stdout, stderr)
	}
	fmt.Fprintf(stderr, "netc: %s\n", unknownCommand(args[0]))
	return exitWrongUsage
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func unknownCommand(name string) string {
	text := fmt.Sprintf("there is no command %q", name)
	if n := diag.Nearest(name, commandNames()); n != "" {
		text += fmt.Sprintf("; did you mean %q?", n)
	}
	return text + "\nRun \"netc help\" for the commands."
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// runCommand is the one place where errors become messages and exit codes.
func runCommand(c command, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if broken := recover(); broken != nil {
			reportBroken(stderr, broken, append([]string{c.name}, args...))
			code = exitBroken
		}
	}()
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	out := &watched{w: stdout}
	this := &call{flags: flags, args: args, stdin: stdin, stdout: out, stderr: stderr, out: output.New(out)}
	defer this.out.Close()
	if f, ok := stdin.(*os.File); ok { // what a shell has opened may be what -o names
		this.out.ReadsOpen(f)
	}
	defer func() {
		for _, f := range this.open {
			f.Close()
		}
	}()
	err := c.run(this)
	if errors.Is(err, flag.ErrHelp) {
		printCommandHelp(out, c, flags)
		err = nil
	}
	if err == nil || out.err != nil && errors.Is(err, out.err) { // once, however often the command has met with it
		err = out.err
	}
	var usage usageError
	var problems diag.List
	var uncovered uncoveredError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &uncovered):
		fmt.Fprintf(stderr, "netc %s: %s\n", c.name, unprefixed(c.name, err))
		return exitUncovered
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "netc %s: %s\nusage: %s\n", c.name, usage.message, c.line())
		return exitWrongUsage
	case errors.Is(err, errDiffers): // has been shown
	case errors.As(err, &problems):
		problems.Render(stderr, colored(stderr))
	case errors.Is(err, errReported):
	default:
		fmt.Fprintf(stderr, "netc %s: %s\n", c.name, unprefixed(c.name, err))
	}
	return exitWrongInput
}

// unprefixed is an error's text without the package's name in front where it is the command's, too: netc onnx has
// said so.
func unprefixed(command string, err error) string {
	return strings.TrimPrefix(err.Error(), command+": ")
}

// uncoveredError says that netc does not know enough to tell right from wrong.
type uncoveredError struct{ message string }

func (e uncoveredError) Error() string { return e.message }

// errReported says that a command has already printed what is wrong.
var errReported = errors.New("reported")

// colored reports whether a person reads a stream on a terminal that shows colours; see no-color.org.
func colored(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// flagName is how package flag writes flags of more than one letter.
var flagName = regexp.MustCompile(`for flag -(\w\w+)`)

// flagMistake says in netc's words what package flag says, with the flag that was probably meant.
func flagMistake(flags *flag.FlagSet, message string) string {
	name, unknown := strings.CutPrefix(message, "flag provided but not defined: -")
	if !unknown {
		message = flagName.ReplaceAllString(message, "for flag --$1")
		return strings.TrimSuffix(message, ": parse error")
	}
	var names []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	message = fmt.Sprintf("there is no flag --%s", name)
	if n := diag.Nearest(name, names); n != "" {
		message += fmt.Sprintf("; did you mean --%s?", n)
	}
	return message
}

// parse reads the flags, which may stand before or after files, and returns the files.
func (c *call) parse() ([]string, error) {
	var files []string
	rest := c.args
	for {
		if err := c.flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{flagMistake(c.flags, err.Error())}
		}
		rest = c.flags.Args()
		if len(rest) == 0 {
			return files, c.emptyFlag()
		}
		files, rest = append(files, rest[0]), rest[1:]
	}
}

// emptyFlag refuses a text that is given and empty, as that of a shell's variable is that nobody has set: no text would
// mean the same as the flag left out.
func (c *call) emptyFlag() error {
	var err error
	c.flags.Visit(func(f *flag.Flag) {
		if g, ok := f.Value.(flag.Getter); ok && err == nil && g.Get() == "" {
			dashes := strings.Repeat("-", min(len(f.Name), 2)) // -o, --variant
			err = usagef("%s%s has no value: give one, or leave the flag out", dashes, f.Name)
		}
	})
	return err
}

// parseOne is parse for commands that take exactly one file.
func (c *call) parseOne() (string, error) {
	files, err := c.parse()
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", usagef("it takes one file, got %d", len(files))
	}
	return files[0], nil
}
