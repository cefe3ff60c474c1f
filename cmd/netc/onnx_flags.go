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
	opset, topK                                                  *int
	dtype, batch, mean, std, features, labels                    *string
	keepIO, dynamicSize, foldNorm, keepNorm, preprocess, softmax *bool

	call *call
}

func newONNXFlags(c *call) onnxFlags {
	f := c.flags
	return onnxFlags{
		call: c,
		opset: f.Int("opset", 0, fmt.Sprintf("the version `N` of ONNX's operators, %d to %d "+
			"(default: %d, or what the type needs)", onnx.MinOpset, onnx.MaxOpset, onnx.DefaultOpset)),
		dtype:       f.String("dtype", "fp32", "the `T`ype of weights and values: fp32, fp16 or bf16"),
		keepIO:      f.Bool("keep-io", false, "inputs and outputs stay fp32 whatever --dtype is"),
		batch:       f.String("batch", "dynamic", "the number `N` of images in a batch, or dynamic"),
		dynamicSize: f.Bool("dynamic-size", false, "leave height and width of the image open"),
		foldNorm:    f.Bool("fold-bn", false, "fold batch norm into the convolutions: the default, unless --keep-bn"),
		keepNorm:    f.Bool("keep-bn", false, "keep batch norm, to train on"),
		preprocess:  f.Bool("preprocess", false, "take uint8 images, channels last, and normalise them in the model"),
		mean: f.String("mean", "",
			"the `M`ean of each channel from 0 to 1, with commas (default: ImageNet's for 3 channels)"),
		std:     f.String("std", "", "the standard `D`eviation of each channel, with commas"),
		softmax: f.Bool("softmax", false, "put out probabilities instead of scores"),
		topK:    f.Int("topk", 0, "put out the best `K` classes and their scores"),
		features: f.String("features", "",
			"put out the results of these `S`teps, with commas, instead of the network's; "+
				"auto: the last block at each size"),
		labels: f.String("labels", "", "a `F`ile with the classes' names, one a line"),
	}
}

// given checks flags whose default is not a value that anybody could ask for: written out, it is a mistake.
func (f onnxFlags) given(c *call) error {
	var err error
	foldGiven := false
	c.flags.Visit(func(g *flag.Flag) {
		text := g.Value.String()
		switch g.Name {
		case "topk", "opset", "max-batch":
			if text == "0" {
				err = usagef("--%s is a number from 1 on", g.Name)
			}
		case "features", "labels", "mean", "std", "triton", "batch":
			if text == "" {
				err = usagef("--%s has no value", g.Name)
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
	o := onnx.Options{Opset: *f.opset, KeepIO: *f.keepIO, DynamicSize: *f.dynamicSize, KeepBatchNorm: *f.keepNorm,
		Preprocess: *f.preprocess, Softmax: *f.softmax, TopK: *f.topK}
	var err error
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
	if *f.features != "" {
		o.Features = strings.Split(*f.features, ",")
	}
	if o.Normalisation, err = f.normalisation(); err != nil {
		return o, err
	}
	if *f.labels != "" {
		f.call.out.Reads(*f.labels)
		o.Metadata.Labels, err = readLabels(*f.labels)
	}
	return o, err
}

func (f onnxFlags) normalisation() (*onnx.Normalisation, error) {
	if *f.mean == "" && *f.std == "" {
		return nil, nil
	}
	if *f.mean == "" || *f.std == "" {
		return nil, usagef("--mean and --std go together")
	}
	mean, err := numbers("--mean", *f.mean)
	if err != nil {
		return nil, err
	}
	std, err := numbers("--std", *f.std)
	return &onnx.Normalisation{Mean: mean, Std: std}, err
}

// numbers reads "0.485,0.456,0.406".
func numbers(flag, text string) ([]float64, error) {
	var values []float64
	for _, word := range strings.Split(text, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil {
			return nil, usagef("%s has numbers with commas between them, not %q", flag, word)
		}
		values = append(values, v)
	}
	return values, nil
}

func isText(text []byte) bool { return utf8.Valid(text) && !strings.Contains(string(text), "\x00") }

// wrongf makes an error about what the user gave.
func wrongf(format string, args ...any) error { return fmt.Errorf(format, args...) }
