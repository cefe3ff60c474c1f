package weights

import (
	"fmt"
	"strings"
	"testing"
)

// TestManyNumbers holds that names with more numbers than rules have placeholders for, whose numbers do not go together, get rules all the
// same, and soon.
func TestManyNumbers(t *testing.T) {
	var namings []naming
	var params []string
	for i := range 200 {
		var ours, theirs strings.Builder
		for k := range 24 {
			fmt.Fprintf(&ours, "a%d.", (i*i+k*i)%5)
		}
		for k := range 3 {
			fmt.Fprintf(&theirs, "b%d.", (i*7+i*i*k)%6)
		}
		namings = append(namings, naming{fmt.Sprintf("%sconv%d", ours.String(), i), fmt.Sprintf("%slayer%d", theirs.String(), i)})
		params = append(params, namings[i].ours+".weight")
	}
	text := generalise(namings, params)
	var plain strings.Builder
	for _, n := range namings {
		fmt.Fprintf(&plain, "%s = %s\n", n.ours, n.theirs)
	}
	if !sameNames(text, plain.String(), params) {
		t.Errorf("other names by\n%s", text)
	}
}
