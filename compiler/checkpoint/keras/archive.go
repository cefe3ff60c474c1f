package keras

import (
	"archive/zip"
	"fmt"
	"io"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// The members of a .keras archive that are read.
const (
	weightsMember = "model.weights.h5"
	configMember  = "config.json"
)

// maxConfig bounds the configuration of a model; that of EfficientNet-B7 has half a megabyte.
const maxConfig = 16 << 20

// IsArchive reports whether a zip archive is one of Keras 3.
func IsArchive(a *stored.Archive) bool { return member(a, weightsMember) != nil }

func member(a *stored.Archive, name string) *zip.File {
	for _, f := range a.Members {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// ReadArchive returns the weights of a .keras archive.
func ReadArchive(a *stored.Archive) (s stored.State, err error) {
	f := member(a, weightsMember)
	if !stored.Stored(f) {
		return s, fmt.Errorf("the zip archive's member %s is compressed, which Keras never does: unpack it",
			stored.Quote(f.Name))
	}
	r, length, err := a.File(f)
	if err != nil {
		return s, err
	}
	config, err := readConfig(member(a, configMember))
	if err != nil {
		return s, err
	}
	if s, err = Read(r, length, config); err != nil {
		return s, fmt.Errorf("%s: %w", weightsMember, err)
	}
	return s, nil
}

// readConfig returns the text of the configuration, or nil where an archive has none.
func readConfig(f *zip.File) ([]byte, error) {
	if f == nil {
		return nil, nil
	}
	if f.UncompressedSize64 > maxConfig {
		return nil, fmt.Errorf("%s has %d bytes; the limit is %d", configMember, f.UncompressedSize64, maxConfig)
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configMember, err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxConfig))
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", configMember, err)
	}
	return text, nil
}
