package golang

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/floats"
)

// encodeWeights returns the file of weights and the print by which code and file know each other: a digest of the plan
// and the weights.
func encodeWeights(p *plan.Plan, half bool) (file []byte, print string, err error) {
	var data []byte
	if half {
		data, err = halves(p)
	} else {
		data = make([]byte, 4*len(p.Weights))
		for i, w := range p.Weights {
			binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(w))
		}
	}
	if err != nil {
		return nil, "", err
	}
	digest := sha256.New()
	digest.Write([]byte(p.String()))
	digest.Write(data)
	print = hex.EncodeToString(digest.Sum(nil))[:engine.PrintLength]
	return engine.WeightsFile(print, data), print, nil
}

// stepsMark is the name of a constant of steps.go that model.go names too: a digest of the plan. A file of one network
// beside that of another does not compile.
func (e *emitter) stepsMark() string {
	digest := sha256.Sum256([]byte(e.plan.String()))
	return "stepsOf" + hex.EncodeToString(digest[:])[:engine.PrintLength]
}

// halves returns the weights as float16. The error names a step whose weights do not fit.
func halves(p *plan.Plan) ([]byte, error) {
	data := make([]byte, 2*len(p.Weights))
	for i, w := range p.Weights {
		h := floats.ToFloat16(w)
		if h&0x7fff == 0x7c00 && !math.IsInf(float64(w), 0) {
			return nil, fmt.Errorf("%s has the weight %g, beyond the largest float16, 65504: leave the weights in 32 bits", stepOf(p, i), w)
		}
		binary.LittleEndian.PutUint16(data[2*i:], h)
	}
	return data, nil
}

// stepOf names the step that a weight belongs to.
func stepOf(p *plan.Plan, weight int) string {
	for _, s := range p.Steps {
		if s.ReadsWeight(weight) {
			return s.Name
		}
	}
	return p.Name
}
