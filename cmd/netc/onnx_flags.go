package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/export/onnx"
)

// onnxFlags are the options of ONNX export on the command line.
type onnxFlags struct {
	opset                                   *int
	dtype, batch                            *string
	features                                featureFlags
	keepIO, dynamicSize, foldNorm, keepNorm *bool

	around aroundFlags
}

func newONNXFlags(c *call) onnxFlags {
	f := c.flags
	return onnxFlags{
		opset: f.Int("opset", 0, fmt.Sprintf("the version `N` of ONNX's operators, %d to %d "+
			"(default: %d, or what the type needs)", onnx.MinOpset, onnx.MaxOpset, onnx.DefaultOpset)),
		dtype:       f.String("dtype", "fp32", "the `T`ype of weights and values: fp32, fp16 or bf16"),
		keepIO:      f.Bool("keep-io", false, "inputs and outputs stay fp32 whatever --dtype is"),
		batch:       f.String("batch", "dynamic", "the number `N` of images in a batch, or dynamic"),
		dynamicSize: f.Bool("dynamic-size", false, "leave height and width of the image open"),
		foldNorm:    f.Bool("fold-bn", false, "fold batch norm into the convolutions: the default, unless --keep-bn"),
		keepNorm:    f.Bool("keep-bn", false, "keep batch norm, to train on"),
		features:    newFeatureFlags(c),
		around:      newAroundFlags(c),
	}
}

// given checks flags whose default is not a value that anybody could ask for: written out, it is a mistake.
func (f onnxFlags) given(c *call) error {
	var err error
	foldGiven := false
	c.flags.Visit(func(g *flag.Flag) {
		switch g.Name {
		case "opset", "max-batch":
			if g.Value.String() == "0" {
				err = usagef("--%s is a number from 1 on", g.Name)
			}
		case "fold-bn":
			foldGiven = true
		}
	})
	if foldGiven && !*f.foldNorm { // the same, said otherwise
		*f.keepNorm = true
	}
	return err
}

// options reads the flags. It must be called after parsing.
func (f onnxFlags) options(c *call) (onnx.Options, error) {
	if err := f.given(c); err != nil {
		return onnx.Options{}, err
	}
	around, err := f.around.read()
	if err != nil {
		return onnx.Options{}, err
	}
	o := onnx.Options{Opset: *f.opset, KeepIO: *f.keepIO, DynamicSize: *f.dynamicSize, KeepBatchNorm: *f.keepNorm,
		Preprocess: around.preprocess, Normalisation: around.normalisation, Softmax: around.softmax, TopK: around.topK}
	o.Metadata.Labels = around.labels
	if o.Type, err = onnx.ParseElementType(*f.dtype); err != nil {
		return o, usagef("--dtype: %v", err)
	}
	if *f.foldNorm && *f.keepNorm {
		return o, usagef("--fold-bn and --keep-bn exclude each other")
	}
	if *f.batch != "dynamic" {
		if o.Batch, err = strconv.Atoi(*f.batch); err != nil || o.Batch < 1 {
			return o, usagef("--batch is a number of images or dynamic, not %q", *f.batch)
		}
	}
	if o.Features, err = f.features.read(c); err != nil {
		return o, err
	}
	return o, nil
}

func isText(text []byte) bool { return utf8.Valid(text) && !strings.Contains(string(text), "\x00") }

// wrongf makes an error about what the user gave.
func wrongf(format string, args ...any) error { return fmt.Errorf(format, args...) }
