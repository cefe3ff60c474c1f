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

// Origin says where a network and its weights come from, for those who ask a program or a file.
type Origin struct {
	Variant    string // of the family: "B0"
	Source     string // the architecture's file, and its hash: "efficientnet.net sha256:3f5c…"
	Checkpoint string // the file that the weights are from, and its hash, or how they were made up
	Generator  string // "netc v0.1.0"
}

// Pack returns the file of a plan's weights, packed for the code that Generate writes for it, or for any plan whose
// Packing is the same. With half they are float16. The error says that they do not fit in 16 bits.
func Pack(p *plan.Plan, from Origin, half bool) (File, error) {
	data, weightType, err := encode(p, half)
	if err != nil {
		return File{}, err
	}
	return File{weightsName, engine.WeightsFile(engine.Header{
		Network: oneLine(p.Name), Variant: from.Variant, Source: from.Source, Checkpoint: from.Checkpoint,
		Generator: from.Generator, Packing: packing(p), Type: weightType,
	}, data)}, nil
}

// weightsName is what the file is called in a package.
const weightsName = "weights.bin"

// encode returns the weights as bytes, and the name of their type.
func encode(p *plan.Plan, half bool) (data []byte, weightType string, err error) {
	if half {
		data, err = halves(p)
		return data, "float16", err
	}
	data = make([]byte, 4*len(p.Weights))
	for i, w := range p.Weights {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(w))
	}
	return data, "float32", nil
}

// packing is the fingerprint by which code and files of weights know each other.
func packing(p *plan.Plan) string { return fingerprint(p.Packing()) }

// stepsMark is the name of a constant of steps.go that model.go names too: a digest of the plan. A file of one network
// beside that of another does not compile.
func (e *emitter) stepsMark() string { return "stepsOf" + fingerprint(e.plan.String()) }

// fingerprint is the beginning of a text's digest.
func fingerprint(text string) string {
	const digits = 16
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])[:digits]
}

// halves returns the weights as float16. The error names a step whose weights do not fit.
func halves(p *plan.Plan) ([]byte, error) {
	data := make([]byte, 2*len(p.Weights))
	for i, w := range p.Weights {
		h := floats.ToFloat16(w)
		if h&0x7fff == 0x7c00 && !math.IsInf(float64(w), 0) {
			const beyond = "%s has the weight %g, beyond the largest float16, 65504: leave the weights in 32 bits"
			return nil, fmt.Errorf(beyond, stepOf(p, i), w)
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
