package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/compiler/search/evaluator"
	"github.com/netc-lang/netc/compiler/search/rewrite"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/torch"
)

// candidateFiles are what a candidate is to the command that scores it.
func candidateFiles(file string) []evaluator.File {
	return []evaluator.File{
		{Placeholder: "{torch}", Name: "candidate.py", Write: func(w io.Writer, c *search.Candidate, _ string) error {
			graph, _ := pass.Run(pass.Canonical, c.Network.Graph, nil)
			return torch.Write(w, graph,
				torch.Options{SizeBound: c.Network.SizeBound.IsValid(), Source: filepath.Base(file)})
		}},
		{Placeholder: "{onnx}", Name: "candidate.onnx", Write: func(w io.Writer, c *search.Candidate, _ string) error {
			graph, _ := pass.Run(pass.Canonical, c.Network.Graph, nil)
			m, err := onnx.Build(graph, params.Initializer(graph, 1), onnx.Options{})
			if err != nil {
				return err
			}
			return m.Write(w, nil)
		}},
		{Placeholder: "{net}", Name: "candidate.net", Write: writeCandidate},
	}
}

func writeCandidate(w io.Writer, c *search.Candidate, folder string) error {
	text, err := rewrite.Text(c.Space, c.Point, rewrite.Options{Folder: folder})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// makeFolder makes the folder that the candidates' files go to. What it returns takes it away, unless it was asked for.
//
// Without --work it is a temporary one, named after the file of results. A search that was killed leaves its own
// behind; as long as this one has the same file of results open, nobody else uses that, so it goes.
func makeFolder(scorer *evaluator.Scorer, store *search.Store) (clean func(), err error) {
	if scorer.Keep {
		return func() {}, os.MkdirAll(scorer.Folder, 0o777)
	}
	results, err := filepath.Abs(store.Path())
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname() // in containers that share the folder, the same path is another file
	sum := sha256.Sum256([]byte(host + "\x00" + results))
	prefix := fmt.Sprintf("netc-search-%x-", sum[:6])
	if store.Sole() {
		left, _ := os.ReadDir(os.TempDir())
		for _, e := range left {
			if strings.HasPrefix(e.Name(), prefix) {
				_ = os.RemoveAll(filepath.Join(os.TempDir(), e.Name())) // what stays does no harm
			}
		}
	}
	scorer.Folder, err = os.MkdirTemp("", prefix)
	return func() { os.RemoveAll(scorer.Folder) }, err
}

// write writes a candidate as source: the best, or the one that was named.
func (f *searchFlags) write(c *call, file string, s *search.Search, o *search.Outcome) error {
	written, err := f.written(o)
	if err != nil {
		return err
	}
	folder := ""
	if *f.out != "-" && file != standardInput {
		folder = filepath.Dir(*f.out)
	}
	text, err := rewrite.Text(s.Space, written.Point, rewrite.Options{Header: f.header(file, s, o, written),
		Folder: folder, Comments: true})
	if err != nil {
		return err
	}
	return c.out.Write(output.File{Path: *f.out, Write: func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}})
}

// written is the candidate that -o is for.
func (f *searchFlags) written(o *search.Outcome) (*search.Result, error) {
	if !f.picks() {
		return o.Best[0], nil
	}
	for _, r := range o.Results {
		if r.Number != *f.pick {
			continue
		}
		if r.Status != search.Done {
			return nil, wrongf("candidate %d has no score to be written with: it is %s", r.Number, r.Status)
		}
		return r, nil
	}
	return nil, wrongf("there is no candidate %d: the search has ended with %s", *f.pick,
		counted(len(o.Results), "candidate"))
}

// header says in a comment where the file comes from.
func (f *searchFlags) header(file string, s *search.Search, o *search.Outcome, written *search.Result) []string {
	by := fmt.Sprintf("by %s", s.Objective)
	if f.picks() {
		by = "picked"
	}
	lines := []string{
		fmt.Sprintf("Found by netc search in %s: candidate %d of %d, %s, for the variant %s.", filepath.Base(file),
			written.Number, len(o.Results), by, s.Space.Variant),
	}
	if *f.score != "" {
		lines = append(lines, "Scored by: "+strings.Join(strings.Fields(*f.score), " "))
	}
	lines = append(lines, fmt.Sprintf("It has the score %s%s", number(written.Score), costText(s.Costs, written)))
	if base := baseline(s.Space, o.Results); base != nil && base != written {
		lines = append(lines,
			fmt.Sprintf("The baseline has the score %s%s", number(base.Score), costText(s.Costs, base)))
	}
	if n := len(o.Ties); n > 1 && !f.picks() {
		lines = append(lines, fmt.Sprintf("%d more have the same score.", n-1))
	}
	return lines
}

// costText lists the costs of a candidate: ", 385.8 M macs, 5.29 M params".
func costText(costs []search.Cost, r *search.Result) string {
	text := ""
	for _, c := range costs {
		text += ", " + c.Format(r.Costs[c.Name]) + " " + c.Name
	}
	return text
}

// baseline is the result of the file as it is, or nil.
func baseline(s *compiler.Space, results []*search.Result) *search.Result {
	origin := s.Text(s.Origin())
	for _, r := range results {
		if s.Text(r.Point) == origin && r.Status == search.Done {
			return r
		}
	}
	return nil
}
