package evaluator

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/search"
)

// reader reads scores from what a command prints.
type reader struct {
	epoch func(search.Epoch) bool
	mixed bool      // logs stand among the scores
	other io.Writer // what is no score, where logs stand among them
	stop  func(cause error)

	line   []byte // that has not ended
	some   bool   // there is a score
	single bool   // which stands alone
	before int    // the last epoch
	last   float64
	wrong  error
	ended  bool // nothing more is read
}

// maxLine bounds a line of scores.
const maxLine = 4096

// Write takes what the command has printed.
func (r *reader) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			if r.line = append(r.line, rest...); len(r.line) > maxLine {
				r.take()
			}
			break
		}
		r.line = append(r.line, rest[:i]...)
		r.take()
		rest = rest[i+1:]
	}
	return len(p), nil
}

// end reads the last line, if no line end follows it.
func (r *reader) end() {
	if len(r.line) > 0 {
		r.take()
	}
}

// take reads a line.
func (r *reader) take() {
	line := strings.TrimSpace(string(r.line))
	r.line = r.line[:0]
	if line == "" || r.ended {
		return
	}
	words := strings.Fields(line)
	var numbers []float64
	for _, w := range words {
		x, err := strconv.ParseFloat(w, 64)
		if err != nil {
			break
		}
		numbers = append(numbers, x)
	}
	isScore := len(numbers) == len(words) && len(words) <= 2
	if r.mixed && (!isScore || len(words) == 2 && !isEpoch(words[0])) {
		fmt.Fprintln(r.other, line)
		return
	}
	switch {
	case !isScore:
		r.fail("the command printed %q, which is no score: on standard output it prints a number, or lines of an "+
			"epoch and a score, and all else on standard error", shortened(line))
	case len(words) == 1:
		r.alone(numbers[0], line)
	case !isEpoch(words[0]):
		r.fail("the command printed two numbers, %q: a line has one score, or an epoch, which is a whole number, "+
			"and a score", line)
	default:
		r.onTheWay(search.Epoch{Epoch: int(numbers[0]), Score: numbers[1]}, line)
	}
}

func isEpoch(word string) bool {
	n, err := strconv.Atoi(word)
	return err == nil && n >= 0
}

// alone takes a score that stands alone.
func (r *reader) alone(score float64, line string) {
	switch {
	case r.some && r.single:
		r.fail("the command printed two scores, %g and %s: it prints one, or an epoch before each", r.last, line)
	case r.some:
		r.fail("the command printed %q after lines of an epoch and a score", line)
	case r.finite(score):
		r.some, r.single, r.last = true, true, score
	}
}

// onTheWay takes the score of an epoch.
func (r *reader) onTheWay(e search.Epoch, line string) {
	switch {
	case r.single:
		r.fail("the command printed two scores, %g and %q: it prints one, or an epoch before each", r.last, line)
	case r.some && e.Epoch <= r.before:
		r.fail("the command printed the epoch %d after the epoch %d", e.Epoch, r.before)
	case r.finite(e.Score):
		r.some, r.before, r.last = true, e.Epoch, e.Score
		if !r.epoch(e) {
			r.ended = true
			r.stop(errHopeless)
		}
	}
}

func (r *reader) finite(score float64) bool {
	if math.IsNaN(score) || math.IsInf(score, 0) {
		r.fail("the command printed the score %g, which compares with nothing", score)
		return false
	}
	return true
}

// fail ends the command for what it has printed.
func (r *reader) fail(format string, args ...any) {
	r.wrong, r.ended = fmt.Errorf(format, args...), true
	r.stop(errWrong)
}

func shortened(line string) string {
	const most = 80
	if len(line) > most {
		return strings.ToValidUTF8(line[:most], "") + "…"
	}
	return line
}
