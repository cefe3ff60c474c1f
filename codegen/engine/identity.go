package engine

import "strings"

// Header returns what the weights in use say of themselves: nothing, if they are of no file.
func (e *Engine) Header() Header {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if h := e.current.header; h != nil {
		return *h
	}
	return Header{}
}

// Weights returns the hash of the weights in use.
func (e *Engine) Weights() string { return hashMark + e.Header().Digest }

// Checkpoint returns what the weights in use were made of.
func (e *Engine) Checkpoint() string { return e.Header().Checkpoint }

// Describe says in one line what answers: network, source, weights and generator.
func (e *Engine) Describe(source, generator string) string {
	h := e.Header()
	return e.network.Name + " of " + brief(source) + ", weights " + brief(hashMark+h.Digest) + " of " +
		brief(h.Checkpoint) + ", " + generator
}

// hashMark stands before hashes.
const hashMark = "sha256:"

// brief shortens a hash in a text to what a person compares.
func brief(text string) string {
	const digits = 12
	if at := strings.Index(text, hashMark); at >= 0 && len(text) > at+len(hashMark)+digits {
		return text[:at+len(hashMark)+digits]
	}
	return text
}
