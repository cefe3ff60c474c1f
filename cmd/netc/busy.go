package main

import (
	"fmt"
	"io"
	"time"
)

// busy shows on a terminal for how long something has been going on that does not say how far it has come, until what
// it returns is called. It stays silent elsewhere, and for what is done in half a second.
func busy(w io.Writer, what string) (finish func()) {
	if !isTerminal(w) {
		return func() {}
	}
	ticker := time.NewTicker(progressDelay)
	end := tell(w, what, time.Now(), ticker.C)
	return func() {
		ticker.Stop()
		end()
	}
}

// tell writes the line again at every tick. What it returns clears the line.
func tell(w io.Writer, what string, begun time.Time, ticks <-chan time.Time) (finish func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		shown := false
		for {
			select {
			case now := <-ticks:
				shown = true
				fmt.Fprintf(w, "\r%s: %d s", what, int(now.Sub(begun).Seconds()))
			case <-done:
				if shown {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
