package onnx

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Options says how a model is written. The zero value writes fp32 with a symbolic batch dimension, batch norms folded
// into the convolutions before them, for DefaultOpset.
type Options struct {
	Opset int // MinOpset to MaxOpset; 0 is DefaultOpset, or the first after it that has what the other options need

	Type   ElementType // of weights, values, input and outputs: Float32, Float16 or BFloat16
	KeepIO bool        // input and outputs are fp32 whatever Type is

	Batch       int  // images in a batch; 0 leaves it open, as the symbol N
	DynamicSize bool // height and width of the input are open, as the symbols H and W

	KeepBatchNorm bool // batch norms stay operators of their own, for those who train on; only in fp32

	Preprocess bool // the input is uint8 [N, H, W, C]; the model normalises and transposes it
	// of the network's input; nil is ImageNet's for three channels, and unknown for any other number
	Normalisation *Normalisation

	Softmax bool // the output is the classes' probabilities
	TopK    int  // the outputs are the K best classes and their scores; 0 is all scores in the classes' order
	// steps of the network whose results are the outputs, or pass.FeaturesAuto alone; nothing else is computed
	Features []string

	Metadata Metadata
}

// check finds contradictions that do not depend on the network.
func (o Options) check() error {
	switch {
	case o.Type > BFloat16:
		return fmt.Errorf("a network cannot compute in %s", o.Type)
	case o.KeepBatchNorm && o.Type != Float32:
		return fmt.Errorf("batch norm cannot be kept in %s, whose range is too small for variances: fold it, or "+
			"write fp32", o.Type)
	case o.Batch < 0 || o.Batch > ir.MaxDimension:
		return fmt.Errorf("a batch of %d images cannot be written", o.Batch)
	case o.TopK < 0:
		return fmt.Errorf("there is no such thing as the best %d classes", o.TopK)
	case len(o.Features) > 0 && (o.Softmax || o.TopK > 0):
		return fmt.Errorf("features are the outputs of a network without its head: " +
			"there is nothing that softmax or top-k could apply to")
	}
	return nil
}

// Metadata describes where a model comes from. What is empty is left out of the file.
type Metadata struct {
	Version    string   // of netc
	Source     string   // name of the source file
	SourceHash string   // SHA-256 of the source file, in hexadecimal
	ImportHash string   // SHA-256 of the imported files, one behind the other
	Family     string   // "EfficientNet"
	Variant    string   // "B0"
	Weights    string   // where they come from, in words
	Labels     []string // the names of the classes in order
}

// Property is one entry of a model's metadata.
type Property struct{ Key, Value string }
