package names

import (
	"cmp"
	"strings"
)

// Natural compares names with the numbers in them by value: block2 stands before block10, as in the network.
func Natural(a, b string) int {
	for a != "" && b != "" {
		if !isDigit(a[0]) || !isDigit(b[0]) {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		x, restA := CutRun(a)
		y, restB := CutRun(b)
		m, n := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		// Of two numbers without zeros before them, the longer one is larger. They may have any number of digits.
		if order := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n), cmp.Compare(x, y)); order != 0 {
			return order
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// CutRun cuts the first run of digits, or of what is no digit, off a name that is not empty: "conv10.a" is "conv" and
// "10.a", and that is "10" and ".a".
func CutRun(name string) (run, rest string) {
	n := 1
	for n < len(name) && isDigit(name[n]) == isDigit(name[0]) {
		n++
	}
	return name[:n], name[n:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
