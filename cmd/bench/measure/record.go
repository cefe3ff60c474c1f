package measure

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
)

// hashes prints, for each network, a hash of the bits of its logits for one image of noise, as one worker computes
// them. Where several compute other bits, which must not be, the line says so.
func hashes(networks []Network) error {
	for _, n := range networks {
		first, err := logitsOf(n, 1)
		if err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
		note := ""
		for _, workers := range []int{2, 3} {
			logits, err := logitsOf(n, workers)
			if err != nil {
				return fmt.Errorf("%s: %w", n.Name, err)
			}
			if !slices.EqualFunc(first, logits, sameBits) {
				note = ", and other logits with several workers"
			}
		}
		digest := sha256.New()
		if err := binary.Write(digest, binary.LittleEndian, first); err != nil {
			return err
		}
		fmt.Printf("%x  %s, NETC_CPU=%s%s\n", digest.Sum(nil)[:8], n.Name, os.Getenv("NETC_CPU"), note)
	}
	return nil
}

func logitsOf(n Network, workers int) ([]float32, error) {
	model, err := n.New(workers)
	if err != nil {
		return nil, err
	}
	logits := make([]float32, n.Classes)
	return logits, model.Infer(context.Background(), noise(n.elements()), logits)
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }
