package resolve_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
)

// everywhere has every place in which an expression may stand, each in «».
const everywhere = `
function f(n: int, m: int = «1») = n + «m»

block B(out: channels, kernel: int = «3», next: layer = «ReLU»)(x) {
    use Conv(bias: «true»)
    use norm = BatchNorm(epsilon: «1e-3»)
    conv Conv(«out», kernel: «kernel») -> Conv(out, stride: «1») x «2» if «out» > «0»
    v = [k * «2» for k in «[1, 2]»]
    w = «v»[«0»] + f(«1», m: «2») - -«3»
    z = «1» if «true» else «2»
    y = [«1», «2»] + [«1» to «2» step «3»] + [k + s + «1» for k in [1, 2] from s = «1»]
    u = «x».channels + (x -> Conv(«8») -> «next»).channels
    require not «false» and «w» >= «0»
    require «w» ~ «w» within «1»
    return «conv» + «x»
}

scaling S(a: float = «1», b: int = «2») {
    depth = «a» * «2»
    require «depth» > «0»
    channels(c) = «c» * «b»
    repeats(n)  = «n»
}

network N(classes: int = «10») {
    input image[«3», «8», «8»]
    use act = ReLU, Conv(bias: «true»)
    stem  B(fixed «8», next: «SiLU») x fixed «1», Conv(«4») x «2»
    other Conv(«8» in «[8, 16]») if «true»
    return «stem»
}

family N by S(b: «1») {
    A: a = «1»
    C: a = «2», classes = «20»
}
`

// TestEveryPlace puts a name that nobody declares into every place in which an expression may stand: it is found, and
// it is the only mistake.
func TestEveryPlace(t *testing.T) {
	marks := regexp.MustCompile("«([^»]*)»")
	places := marks.FindAllStringSubmatchIndex(everywhere, -1)
	plain := func(text string) string { return marks.ReplaceAllString(text, "$1") }
	check := func(text string) (diag.List, *source.File) {
		file := source.NewFile("n.net", text)
		_, err := resolve.LoadFile(file)
		var problems diag.List
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		return problems, file
	}
	if problems, _ := check(plain(everywhere)); len(problems) > 0 {
		t.Fatalf("without a mistake: %v", problems)
	}
	for _, p := range places {
		text := plain(everywhere[:p[0]]) + "nowhere" + plain(everywhere[p[1]:])
		problems, _ := check(text)
		if len(problems) != 1 || problems[0].Code != diag.UnknownName ||
			problems[0].Span.Start != strings.Index(text, "nowhere") {
			line := strings.Count(everywhere[:p[0]], "\n")
			t.Errorf("line %d, in place of %s: got %v", line+1, everywhere[p[2]:p[3]], problems)
		}
	}
	t.Logf("%d places", len(places))
}
