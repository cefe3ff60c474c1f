package weights

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// TestBrokenTensors binds tensors of which the k-th cannot be opened, or ends in the middle, for every k: whoever reads
// the binding gets the error, with the tensor's name.
func TestBrokenTensors(t *testing.T) {
	g := graph(t)
	merged, _ := pass.Run(pass.Adjacent, g, nil)
	for _, of := range []*ir.Graph{g, merged} { // as they are, and with batch norms merged
		for k := range of.Params() {
			for name, open := range map[string]func(stored.Tensor) (io.ReadCloser, error){
				"closed": func(stored.Tensor) (io.ReadCloser, error) { return nil, checkpointtest.ErrBroken },
				"broken": func(t stored.Tensor) (io.ReadCloser, error) {
					r, err := t.Open()
					return &breaking{r, 2}, err
				},
			} {
				s := state(of, "", same)
				whole := s.Tensors[k]
				s.Tensors[k].Open = func() (io.ReadCloser, error) { return open(whole) }
				b, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if err := b.Check(); !errors.Is(err, checkpointtest.ErrBroken) {
					t.Errorf("%s %s: Check gives %v", name, whole.Name, err)
				}
				if _, err := b.Load(); !errors.Is(err, checkpointtest.ErrBroken) {
					t.Errorf("%s %s: Load gives %v", name, whole.Name, err)
				}
				at := slices.IndexFunc(b.Bound, func(bound Bound) bool {
					return bound.Tensor != nil && bound.Tensor.Name == whole.Name
				})
				if _, err := params.Values(b.Values).Get(b.Bound[at].Param); !errors.Is(err, checkpointtest.ErrBroken) {
					t.Errorf("%s %s: Get gives %v", name, whole.Name, err)
				}
			}
		}
	}
}

// breaking reads so many bytes and fails.
type breaking struct {
	io.ReadCloser
	left int
}

func (b *breaking) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, checkpointtest.ErrBroken
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
