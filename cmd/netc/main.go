// Command netc compiles neural-network architectures: see README.md, or run netc help.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
)

// Exit codes.
const (
	exitDone       = 0
	exitWrongInput = 1
	exitWrongUsage = 2
)

// command is one subcommand.
type command struct {
	name    string
	usage   string // arguments, after "netc NAME"
	summary string
	run     func(c *call) error
}

func commands() []command {
	return []command{
		{"check", "FILE...", "report every mistake in architecture files", runCheck},
		{"fmt", "[-w] [-l] [-d] [FILE|FOLDER...]", "put architecture files, or standard input, into their canonical layout", runFmt},
		{"variants", "[--json] FILE", "list the family: resolution, scaling, params, MACs", runVariants},
		{"scale", "[--json] [--variant V] [--phi P] [--depth D] [--width W] [--resolution R] [--set NAME=VALUE] FILE", "make a variant that the file does not list and print its figures", runScale},
		{"summary", "[--json] --variant V FILE", "list a variant's layers with shapes and costs", runSummary},
		{"onnx", "--variant V [--weights W | --seed N] -o OUT.onnx FILE", "write a variant as an ONNX model", runONNX},
		{"verify", "[--source FILE [--variant V] [--weights W | --seed N]] MODEL.onnx", "read an ONNX model back and check it", runVerify},
		{"gen", "--variant V [--weights W | --seed N] [--weights-dtype T] [--weights-file] [--package P] -o DIR FILE", "write a variant as a Go package", runGen},
		{"weights", "--variant V [--mapping M] [--state S] [--reinit L] [--json | --suggest] FILE W", "list how the weights in a checkpoint bind to a variant's parameters", runWeights},
		{"torch", "--variant V -o OUT.py FILE", "write a variant as a PyTorch module", runTorch},
	}
}

// call is one run of a subcommand.
type call struct {
	flags          *flag.FlagSet
	args           []string    // after the flags
	file           string      // the architecture, once the command line is parsed
	open           []io.Closer // closed after the run
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError says that the command line is wrong.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run executes a command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	if len(args) == 0 {
		printHelp(stderr)
		return exitWrongUsage
	}
	name := args[0]
	switch name {
	case "help", "-h", "-help", "--help":
		printHelp(stdout)
		return exitDone
	}
	for _, c := range commands() {
		if c.name == name {
			return runCommand(c, args[1:], stdin, stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "netc: there is no command %q", name)
	if n := diag.Nearest(name, commandNames()); n != "" {
		fmt.Fprintf(stderr, "; did you mean %q?", n)
	}
	fmt.Fprintf(stderr, "\nRun \"netc help\" for the commands.\n")
	return exitWrongUsage
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, "netc compiles neural-network architectures.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  netc %-9s%s\n  %14s%s\n", c.name, c.usage, "", c.summary)
	}
	fmt.Fprint(w, "\nExit codes: 0 done, 1 the input is wrong, 2 the command line is wrong.\nRun \"netc COMMAND --help\" for a command's flags.\n")
}

// runCommand is the one place where errors become messages and exit codes.
func runCommand(c command, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if broken := recover(); broken != nil {
			fmt.Fprintf(stderr, "netc %s: internal error: %v\nThis is a mistake in netc, not in your file; please report it with the file.\n%s", c.name, broken, debug.Stack())
			code = exitWrongInput
		}
	}()
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	this := &call{flags: flags, args: args, stdin: stdin, stdout: stdout, stderr: stderr}
	defer func() {
		for _, f := range this.open {
			f.Close()
		}
	}()
	err := c.run(this)
	var usage usageError
	var problems diag.List
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "netc %s %s\n\n%s.\n", c.name, c.usage, sentence(c.summary))
		printFlags(stdout, flags)
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "netc %s: %s\nusage: netc %s %s\n", c.name, usage.message, c.name, c.usage)
		return exitWrongUsage
	case errors.Is(err, errDiffers): // has been shown
	case errors.As(err, &problems):
		problems.Render(stderr)
	default:
		fmt.Fprintf(stderr, "netc %s: %v\n", c.name, err)
	}
	return exitWrongInput
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func printFlags(w io.Writer, flags *flag.FlagSet) {
	flags.VisitAll(func(f *flag.Flag) {
		dashes := "--"
		if len(f.Name) == 1 {
			dashes = "-"
		}
		kind, text := flag.UnquoteUsage(f)
		fmt.Fprintf(w, "  %-18s %s\n", strings.TrimSpace(dashes+f.Name+" "+kind), text)
	})
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
			return nil, usageError{err.Error()}
		}
		rest = c.flags.Args()
		if len(rest) == 0 {
			return files, nil
		}
		files, rest = append(files, rest[0]), rest[1:]
	}
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
	c.file = files[0]
	return c.file, nil
}
