package golang

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/plan"
)

// Origin says where a network and its weights come from, for those who ask a program or a file.
type Origin struct {
	Variant    string // of the family: "B0"
	Source     string // the architecture's file, and its hash: "efficientnet.net sha256:3f5c…"
	Checkpoint string // the file that the weights are from, and its hash, or how they were made up
	Generator  string // "netc v0.1.0"
}

// Pack returns the file of a plan's weights, packed for the code that Generate writes for it, or for any plan whose
// Packing is the same and whose weights are float32.
func Pack(p *plan.Plan, from Origin) File {
	return File{weightsName, engine.WeightsFile(engine.Header{
		Network: oneLine(p.Name), Variant: from.Variant, Source: from.Source, Checkpoint: from.Checkpoint,
		Generator: from.Generator, Packing: packing(p), Type: engine.TypeName(p.Sections[0].Type),
	}, p.Weights)}
}

// weightsName is what the file is called in a package.
const weightsName = "weights.bin"

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
