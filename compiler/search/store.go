package search

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search/method"
)

// version is that of the format of files of results.
const version = 1

// Header is the first line of a file of results. It says what the results are of: results of another space, or of
// another scorer, cannot be compared with them.
type Header struct {
	Version    int         `json:"netc-search"`
	File       string      `json:"file"`
	Variant    string      `json:"variant"`
	Network    string      `json:"network"` // a hash of the baseline
	Dimensions []Dimension `json:"dimensions"`
	Score      string      `json:"score"`           // the command
	Least      bool        `json:"least,omitempty"` // small scores are better
	Epochs     []int       `json:"epochs,omitempty"`
}

// Dimension is one of a space's.
type Dimension struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// NewHeader describes a space and a scorer, whose small scores are the better ones with least.
func NewHeader(file string, s *compiler.Space, score string, least bool, epochs []int) Header {
	h := Header{Version: version, File: file, Variant: s.Variant, Network: fingerprint(s.Baseline), Score: score,
		Least: least, Epochs: epochs}
	for _, d := range s.Dimensions {
		dimension := Dimension{Name: d.Name}
		for _, v := range d.Values {
			dimension.Values = append(dimension.Values, v.Text)
		}
		h.Dimensions = append(h.Dimensions, dimension)
	}
	return h
}

// Store is a file of results, one a line, to which lines are only ever added.
//
// A process that is killed leaves at most a part of a line at the end, which is skipped and never taken away.
type Store struct {
	Skipped int // lines that were no results
	path    string
	file    io.WriteCloser
	known   []*Result
	whole   bool // the file ends with a line end
}

// OpenStore opens a file of results, or begins one. Two runs cannot have the same open.
func OpenStore(path string, h Header) (*Store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, file: f, whole: true}
	if err := s.open(f, h); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(f *os.File, h Header) error {
	if info, err := f.Stat(); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: results are read back", s.path)
	}
	if err := lock(f); err != nil {
		return fmt.Errorf("%s: another search is writing to it", s.path)
	}
	lines := bufio.NewReader(f)
	got, err := readHeader(lines)
	switch {
	case errors.Is(err, io.EOF):
		return s.line(h)
	case errors.Is(err, errNoResults):
		return fmt.Errorf("%s %w: name another one", s.path, err)
	case err != nil:
		return err
	}
	if err := got.same(h); err != nil {
		return fmt.Errorf("%s: %w; name another file, or remove this one", s.path, err)
	}
	return s.read(lines, h)
}

var errNoResults = errors.New("is no file of results of netc search")

// readHeader reads the first line. Its error is io.EOF when there is nothing at all.
func readHeader(lines *bufio.Reader) (Header, error) {
	var h Header
	first, err := lines.ReadBytes('\n')
	switch {
	case len(first) == 0 && err != nil, err != nil && !errors.Is(err, io.EOF):
		return h, err
	case json.Unmarshal(first, &h) != nil || h.Version == 0 || err != nil:
		return h, errNoResults
	}
	return h, nil
}

// ReadResults reads a file of results, of whatever space, for those who show them: the last result of each point, in
// the order of the candidates. A search may be adding to the file meanwhile.
func ReadResults(path string) (Header, []*Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return Header{}, nil, err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	h, err := readHeader(lines)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, errNoResults):
		return h, nil, fmt.Errorf("%s %w", path, errNoResults)
	case err != nil:
		return h, nil, err
	case h.Version != version:
		return h, nil, fmt.Errorf("%s is in version %d of the format, and this netc reads version %d", path, h.Version,
			version)
	}
	s := &Store{path: path}
	if err := s.read(lines, h); err != nil {
		return h, nil, err
	}
	last := map[string]*Result{}
	for _, r := range s.known {
		last[method.Key(r.Point)] = r
	}
	return h, slices.SortedFunc(maps.Values(last), func(a, b *Result) int { return a.Number - b.Number }), nil
}

// same says in what results differ from those that are to be added.
func (h Header) same(want Header) error {
	switch {
	case h.Version != want.Version:
		return fmt.Errorf("its results are in version %d of the format, and this netc reads version %d", h.Version,
			want.Version)
	case h.Variant != want.Variant:
		return fmt.Errorf("its results are of the variant %s, not %s", h.Variant, want.Variant)
	case h.Score != want.Score || h.Least != want.Least:
		return fmt.Errorf("its results were scored by another command, %s", h.Score)
	case !slices.Equal(h.Epochs, want.Epochs):
		return fmt.Errorf("its candidates were stopped after other epochs: %v, not %v", h.Epochs, want.Epochs)
	}
	for i, d := range h.Dimensions {
		if i >= len(want.Dimensions) || d.Name != want.Dimensions[i].Name {
			return fmt.Errorf("its results are of another space, in which %s is free", d.Name)
		}
		if w := want.Dimensions[i]; !slices.Equal(d.Values, w.Values) {
			return fmt.Errorf("its results are of another space: %s has the values %s there, and %s in the file",
				d.Name, strings.Join(d.Values, ", "), strings.Join(w.Values, ", "))
		}
	}
	switch {
	case len(h.Dimensions) < len(want.Dimensions):
		return fmt.Errorf("its results are of another space, in which %s is not free",
			want.Dimensions[len(h.Dimensions)].Name)
	case h.Network != want.Network:
		return errors.New("its results are of another baseline: the network has changed since")
	}
	return nil
}

// read reads the results.
func (s *Store) read(lines *bufio.Reader, h Header) error {
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.whole = line[len(line)-1] == '\n'
			r := &Result{}
			if json.Unmarshal(line, r) == nil && s.whole && h.point(r) {
				s.known = append(s.known, r)
			} else if len(bytes.TrimSpace(line)) > 0 {
				s.Skipped++
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// point finds the point of a result, and reports whether it is one.
func (h Header) point(r *Result) bool {
	r.Point = make([]int, len(h.Dimensions))
	for i, d := range h.Dimensions {
		v, ok := r.Values[d.Name]
		if r.Point[i] = slices.Index(d.Values, v); !ok || r.Point[i] < 0 {
			return false
		}
	}
	return len(r.Values) == len(h.Dimensions) && r.Status != ""
}

// Known lists the results that the file had.
func (s *Store) Known() []*Result { return s.known }

// Sole reports whether no other search can have the file open: what one has left behind that was killed is then
// nobody's.
func (s *Store) Sole() bool { return locks }

// Path is the file's name.
func (s *Store) Path() string { return s.path }

// Add adds a result.
func (s *Store) Add(r *Result) error { return s.line(r) }

// line adds a line, whole, in one write, and waits until it is on the disk.
func (s *Store) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if !s.whole {
		text = append([]byte{'\n'}, text...)
	}
	n, err := s.file.Write(text)
	if n > 0 {
		s.whole = text[n-1] == '\n'
	}
	if f, ok := s.file.(*os.File); ok && err == nil {
		err = f.Sync()
	}
	return err
}

// Close closes the file.
func (s *Store) Close() error { return s.file.Close() }
