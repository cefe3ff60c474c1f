package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler/published"
)

// A checkpoint may be called after the network that it is of, and the Hugging Face hub has a config.json beside
// timm's weights. Neither decides anything: both are repeated when something is in doubt, or does not agree.

// surroundings is what a checkpoint seems to be by what surrounds it.
type surroundings struct {
	source string // "the config.json beside it says", "its name looks like"; "" when nothing is known
	name   string
	model  *published.Model // nil for one that is no network of the examples
	cause  string           // why it is none
}

func around(path string) surroundings {
	names := configured(filepath.Join(filepath.Dir(path), "config.json"))
	s := surroundings{source: "the config.json beside it says"}
	if names == nil {
		s.source = "its name looks like"
		if name := published.Guess(filepath.Base(path)); name != "" {
			names = []string{name}
		}
	}
	for _, name := range names {
		if m, err := published.Find(name); err == nil {
			s.name, s.model = m.Name, m
			return s
		}
	}
	if len(names) == 0 {
		return surroundings{}
	}
	s.name = names[len(names)-1]
	s.cause = published.Refused()[s.name]
	return s
}

// hint is a sentence that says what to give.
func (s surroundings) hint() string {
	if s.model == nil {
		return ""
	}
	return fmt.Sprintf("\n%s %s: --as %[2]s", strings.ToUpper(s.source[:1])+s.source[1:], s.name)
}

// speaksAgainst says why a checkpoint seems not to be of the network that it is taken for, or "". as is nil where
// nobody has said which it is.
func (s surroundings) speaksAgainst(as *published.Model) string {
	switch {
	case s.cause != "":
		return fmt.Sprintf("%s %s, which is no network of the examples: %s", s.source, s.name, s.cause)
	case s.model != nil && as != nil && s.model.Arithmetic != as.Arithmetic:
		return fmt.Sprintf("%s %s, which has %v", s.source, s.name, s.model.Arithmetic)
	}
	return ""
}

// maxConfig bounds a config.json.
const maxConfig = 1 << 20

// configured returns the names that a config.json may mean, the last without the weights; none when there is no such
// file.
func configured(path string) []string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var config struct {
		Architecture string
		Pretrained   struct{ Tag string } `json:"pretrained_cfg"`
	}
	if err := json.NewDecoder(io.LimitReader(f, maxConfig)).Decode(&config); err != nil || config.Architecture == "" {
		return nil
	}
	return []string{config.Architecture + "." + config.Pretrained.Tag, config.Architecture}
}
