package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/netc-lang/netc/compiler/published"
)

// hint says what a checkpoint seems to be by what surrounds it: the config.json that the Hugging Face hub has beside timm's weights, or the
// file's name. Neither decides anything.
func hint(path string) string {
	if m := described(path); m != nil {
		return fmt.Sprintf("The config.json beside it says %s: --as %[1]s", m.Name)
	}
	if name := published.Guess(filepath.Base(path)); name != "" {
		return fmt.Sprintf("Its name looks like %s: --as %[1]s", name)
	}
	return ""
}

// maxConfig bounds a config.json.
const maxConfig = 1 << 20

// described returns the published checkpoint that the config.json beside a file names, or nil.
func described(file string) *published.Model {
	path := filepath.Join(filepath.Dir(file), "config.json")
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
	for _, name := range []string{config.Architecture + "." + config.Pretrained.Tag, config.Architecture} {
		if m, err := published.Find("timm/" + name); err == nil {
			return m
		}
	}
	return nil
}
