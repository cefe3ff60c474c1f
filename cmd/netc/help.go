package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
)

func printHelp(w io.Writer) {
	fmt.Fprint(w, "netc compiles neural-network architectures.\n\n")
	for _, c := range commands() {
		usage := strings.TrimSpace(fmt.Sprintf("netc %-9s %s", c.name, c.usage))
		fmt.Fprintf(w, "  %s\n  %15s%s\n", usage, "", c.summary)
	}
	fmt.Fprint(w, `
Exit codes: 0 done, 1 the input is wrong, 2 the command line is wrong, 3 netc itself is, 4 netc cannot tell (verify).
Messages are in colour on a terminal; NO_COLOR=1 keeps them plain.
What params and MACs count, "netc help summary" says.
Run "netc help COMMAND" or "netc COMMAND --help" for a command's flags.
`)
}

// printCommandHelp says what a command does and which flags it has.
func printCommandHelp(w io.Writer, c command, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\n%s.\n", c.line(), sentence(c.summary))
	if c.details != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.details))
	}
	lines := flagLines(flags)
	if len(lines) > 0 {
		fmt.Fprintf(w, "\nFlags:\n%s", strings.Join(lines, ""))
	}
}

// line is the usage of a command in one line.
func (c command) line() string { return strings.TrimSpace("netc " + c.name + " " + c.usage) }

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func flagLines(flags *flag.FlagSet) []string {
	var lines []string
	flags.VisitAll(func(f *flag.Flag) {
		dashes := "--"
		if len(f.Name) == 1 {
			dashes = "-"
		}
		kind, text := flag.UnquoteUsage(f)
		if !slices.Contains([]string{"", "0", "0s", "-1", "false"}, f.DefValue) && !strings.Contains(text, "default") {
			text += " (default " + f.DefValue + ")"
		}
		lines = append(lines, fmt.Sprintf("  %-18s %s\n", strings.TrimSpace(dashes+f.Name+" "+kind), text))
	})
	return lines
}

func runHelp(c *call) error {
	names, err := c.parse()
	if err != nil {
		return err
	}
	switch len(names) {
	case 0:
		printHelp(c.stdout)
		return nil
	case 1:
		if command, ok := find(names[0]); ok {
			if runCommand(command, []string{"--help"}, c.stdin, c.stdout, c.stderr) != exitDone {
				return errReported
			}
			return nil
		}
		return usageError{unknownCommand(names[0])}
	}
	return usagef("it takes one command, got %d", len(names))
}

func runVersion(c *call) error {
	args, err := c.parse()
	if err != nil {
		return err
	}
	if len(args) > 0 {
		return usagef("it takes no arguments")
	}
	_, err = fmt.Fprintf(c.stdout, "netc %s\n", compiler.Version)
	return err
}
