package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows on a terminal how far a long write has come. It stays silent elsewhere, and for what is done in half a
// second.
type progress struct {
	w           io.Writer // nil when there is no terminal
	what        string
	done, total int
	begun, next time.Time
	shown       bool
}

const (
	progressDelay    = 500 * time.Millisecond
	progressInterval = 100 * time.Millisecond
)

func newProgress(w io.Writer, what string, total int) *progress {
	p := &progress{what: what, total: total, begun: time.Now()}
	if isTerminal(w) {
		p.w = w
	}
	p.next = p.begun.Add(progressDelay)
	return p
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// add counts bytes that are written.
func (p *progress) add(bytes int) {
	p.done += bytes
	if now := time.Now(); p.w != nil && p.total > 0 && now.After(p.next) {
		p.next, p.shown = now.Add(progressInterval), true
		fmt.Fprintf(p.w, "\r%s: %d of %d MB", p.what, p.done>>20, p.total>>20)
	}
}

// finish clears the line.
func (p *progress) finish() {
	if p.shown {
		fmt.Fprintf(p.w, "\r\x1b[K")
	}
}
