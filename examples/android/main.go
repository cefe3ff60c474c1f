// Command android says what piece of clothing each picture shows, on a phone: README.md says how it gets there.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/netc-lang/netc/examples/android/clothing"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: android PICTURE...")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "android:", err)
		os.Exit(1)
	}
}

func run(paths []string) error {
	c, err := clothing.NewClassifier()
	if err != nil {
		return err
	}
	defer c.Close()
	for _, path := range paths {
		picture, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		class, err := c.Classify(picture)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Printf("%-20s %s\n", filepath.Base(path), class)
	}
	return nil
}
