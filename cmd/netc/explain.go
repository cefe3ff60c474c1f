package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
)

func runExplain(c *call) error {
	codes, err := c.parse()
	if err != nil {
		return err
	}
	all := diag.Explanations()
	if len(codes) == 0 {
		for _, e := range all {
			fmt.Fprintf(c.stdout, "%s  %s\n", e.Code, e.Title)
		}
		return nil
	}
	for i, code := range codes {
		e, ok := explanation(all, code)
		if !ok {
			return usagef("there is no code %q; \"netc explain\" lists all", code)
		}
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		printExplanation(c.stdout, e)
	}
	return nil
}

// explanation finds a code, which may be written in lower case.
func explanation(all []diag.Explanation, code string) (diag.Explanation, bool) {
	for _, e := range all {
		if strings.EqualFold(string(e.Code), code) {
			return e, true
		}
	}
	return diag.Explanation{}, false
}

func printExplanation(w io.Writer, e diag.Explanation) {
	fmt.Fprintf(w, "%s: %s\n\n%s\n", e.Code, e.Title, e.Text)
	if e.Wrong != "" {
		fmt.Fprintf(w, "\nWrong:\n\n%s\nRight:\n\n%s", indented(e.Wrong), indented(e.Right))
	}
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}
