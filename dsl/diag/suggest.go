package diag

import (
	"fmt"
	"strings"
)

// Nearest returns the candidate that a misspelt name most likely meant, or "" when none is close: the edit distance
// may be a third of the name's length, and one letter is never all that differs.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", min(max(1, len(name)/3), len(name)-1)+1
	for _, c := range candidates {
		if strings.EqualFold(name, c) {
			return c
		}
		if d := distance(name, c); d < bestDistance || d == bestDistance && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their neighbour to make one name of another,
// ignoring case (optimal string alignment). Long names are not compared.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// Suggest phrases Nearest as a help text; "" when nothing is close.
func Suggest(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
}
