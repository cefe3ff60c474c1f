package main

import (
	"bytes"
	"testing"
	"time"
)

func TestBusy(t *testing.T) {
	var out bytes.Buffer
	begun := time.Now()
	ticks := make(chan time.Time)
	finish := tell(&out, "evaluating", begun, ticks)
	ticks <- begun.Add(500 * time.Millisecond)
	ticks <- begun.Add(2 * time.Second)
	finish()
	if got, want := out.String(), "\revaluating: 0 s\revaluating: 2 s\r\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	tell(&out, "quick", begun, nil)()
	busy(&out, "no terminal")()
	if out.Len() > 0 {
		t.Errorf("what is done at once, or not on a terminal, shows %q", &out)
	}
}
