package diag

import "strings"

// Explanation says what a code means. Wrong is a file that gives the code and Right one that does not, or mappings
// where the code is about mappings; both are empty where a mistake takes more text than an explanation can show.
type Explanation struct {
	Code         Code
	Title        string
	Text         string
	Wrong, Right string
}

// Explanations lists all codes, in their order.
func Explanations() []Explanation {
	var all []Explanation
	for _, part := range [][]Explanation{aboutFiles(), aboutForm(), aboutNames(), aboutValues(), aboutTensors(),
		aboutLimits(), aboutMappings(), aboutWarnings()} {
		all = append(all, part...)
	}
	return all
}

// network makes a file of the lines of a network's body after its input.
func network(lines ...string) string {
	return file("network N {", "    input image[3, 32, 32]", "    "+strings.Join(lines, "\n    "), "}", "",
		"family N { A: }")
}

// file makes a text of lines.
func file(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
