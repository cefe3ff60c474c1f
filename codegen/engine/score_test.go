package engine

import (
	"context"
	"math"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

func TestTop(t *testing.T) {
	labels := []string{"a", "b", "c", "d"}
	top, err := Top([]float32{1, 3, 3, -2}, 3, false, labels)
	if err != nil {
		t.Fatal(err)
	}
	sum := math.Exp(1) + 2*math.Exp(3) + math.Exp(-2)
	for i, want := range []Score{{1, "b", 3, float32(math.Exp(3) / sum)}, {2, "c", 3, float32(math.Exp(3) / sum)},
		{0, "a", 1, float32(math.Exp(1) / sum)}} {
		got := top[i]
		if got.Class != want.Class || got.Label != want.Label || got.Value != want.Value ||
			!(math.Abs(float64(got.Probability-want.Probability)) <= 1e-7) {
			t.Errorf("number %d is %+v, want %+v", i, got, want)
		}
	}
	if top, err := Top([]float32{0.25, 0.75}, 1, true, labels); err != nil || top[0].Probability != 0.75 {
		t.Errorf("of probabilities: %v, %v", top, err)
	}
	if top, err := Top([]float32{0.25, 0.75}, 1, true, nil); err != nil || top[0].Label != "" || top[0].Class != 1 {
		t.Errorf("without labels: %v, %v", top, err)
	}
	inf := float32(math.Inf(1))
	if top, err := Top([]float32{1, inf}, 1, true, labels); err != nil || top[0].Class != 1 {
		t.Errorf("of an infinite score: %v, %v", top, err)
	}
	if top, err := Top([]float32{1, -inf}, 2, false, labels); err != nil || top[1].Probability != 0 {
		t.Errorf("of a score that is infinitely small: %v, %v", top, err)
	}
	for name, err := range map[string]error{
		"not a number":  second(Top([]float32{1, float32(math.NaN())}, 1, false, labels)),
		"infinite":      second(Top([]float32{1, inf}, 1, false, labels)),
		"all infinite":  second(Top([]float32{-inf, -inf}, 1, false, labels)),
		"too many":      second(Top([]float32{1, 2}, 3, false, labels)),
		"less than one": second(Top([]float32{1, 2}, -1, false, labels)),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func second(_ []Score, err error) error { return err }

// TestSoftmax holds that large scores do not overflow, and rows are independent.
func TestSoftmax(t *testing.T) {
	scores := []float32{1000, 1000, -1000, -1000, 0, float32(math.Log(3))}
	Softmax(scores, 2)
	for i, want := range []float32{0.5, 0.5, 0.5, 0.5, 0.25, 0.75} {
		if !(math.Abs(float64(scores[i]-want)) <= 1e-6) {
			t.Errorf("probability %d is %g, want %g", i, scores[i], want)
		}
	}
}

// TestPixels runs pictures one by one and in batches: the network sees planes of normalised floats.
func TestPixels(t *testing.T) {
	const length = 2 * 3 // two channels, three pixels
	n := &Network{
		Inputs: []int{length}, Arena: 4 * length, Results: []kernel.Ref{kernel.PlanesInArena(0, kernel.F32, length, 1)},
		Pixels: &Pixels{Mean: []float32{10, 20}, Deviation: []float32{2, 4}},
		Steps: []Step{{Kernel: &doing{1, 0, func(_ *kernel.Worker, m kernel.Memory, _, _ int) {
			copy(m[kernel.ArenaSpace], m[kernel.InputSpace])
		}}}},
	}
	pixels := []uint8{10, 20, 12, 24, 14, 16, 0, 0, 255, 255, 1, 2}
	want := []float32{0, 1, 2, 0, 1, -1, -5, 122.5, -4.5, -5, 58.75, -4.5}
	for _, workers := range []int{1, 2} {
		e := NewEngine(n, nil, []Option{WithWorkers(workers)})
		for count := range 3 {
			got := make([]float32, count*length)
			if err := e.InferPixels(context.Background(), count, pixels[:count*length], list(got)); err != nil {
				t.Fatal(err)
			}
			for i, v := range got {
				if v != want[i] {
					t.Errorf("%d pictures: float %d is %g, want %g", count, i, v, want[i])
				}
			}
		}
		if m := e.Memory(); m.Held%m.PerInference != 0 || m.PerInference != 4*2*length {
			t.Errorf("the memory is %+v", m)
		}
	}
}
