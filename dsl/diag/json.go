package diag

import (
	"encoding/json"
	"io"

	"github.com/netc-lang/netc/dsl/source"
)

// jsonPlace is a piece of a file. Lines and columns count from 1, columns in characters; the end is the place after the
// last character. A problem of a file as a whole lies at its start. file is "" for a problem that lies in no file.
type jsonPlace struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	EndLine int    `json:"endLine"`
	EndCol  int    `json:"endCol"`
}

type jsonLabel struct {
	jsonPlace
	Message string `json:"message"`
}

// jsonDiagnostic is a diagnostic as programs read it. label and help may be "".
type jsonDiagnostic struct {
	jsonPlace
	Severity Severity    `json:"severity"`
	Code     Code        `json:"code"`
	Message  string      `json:"message"`
	Label    string      `json:"label"`
	Help     string      `json:"help"`
	Related  []jsonLabel `json:"related"`
}

// WriteJSON writes the whole list as a JSON array, in its order.
func (l List) WriteJSON(w io.Writer) error {
	rows := make([]jsonDiagnostic, len(l))
	for i, d := range l {
		rows[i] = jsonDiagnostic{place(d.Span), d.Severity(), d.Code, d.Message, d.Label, d.Help,
			make([]jsonLabel, len(d.Related))}
		for j, r := range d.Related {
			rows[i].Related[j] = jsonLabel{place(r.Span), r.Text}
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}

func place(s source.Span) jsonPlace {
	if !s.IsValid() {
		return jsonPlace{}
	}
	p := jsonPlace{File: s.File.Name()}
	p.Line, p.Col = s.File.Position(s.Start)
	p.EndLine, p.EndCol = s.File.Position(s.End)
	return p
}
