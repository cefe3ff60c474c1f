package main

import (
	"flag"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/pixels"
)

// aroundFlags say what stands around a network: what becomes of pixels before it, and of scores behind it.
type aroundFlags struct {
	call                *call
	preprocess, softmax *bool
	mean, std, labels   *string
	topK                *int
}

func newAroundFlags(c *call) aroundFlags {
	f := c.flags
	return aroundFlags{
		call:       c,
		preprocess: f.Bool("preprocess", false, "take uint8 images, channels last, and normalise them in the model"),
		mean: f.String("mean", "",
			"the `M`ean of each channel from 0 to 1, with commas (default: ImageNet's for 3 channels)"),
		std:     f.String("std", "", "the standard `D`eviation of each channel, with commas"),
		softmax: f.Bool("softmax", false, "put out probabilities instead of scores"),
		topK:    f.Int("topk", 0, "put out the best `K` classes and their scores"),
		labels:  f.String("labels", "", "a `F`ile with the classes' names, one a line"),
	}
}

// framing are what the flags say.
type framing struct {
	preprocess, softmax bool
	normalisation       *pixels.Normalisation
	topK                int
	labels              []string
}

// read reads the flags. It must be called after parsing.
func (f aroundFlags) read() (framing, error) {
	a := framing{preprocess: *f.preprocess, softmax: *f.softmax, topK: *f.topK}
	err := f.given()
	if err != nil {
		return a, err
	}
	if a.normalisation, err = f.normalisation(); err != nil {
		return a, err
	}
	if *f.labels != "" {
		f.call.out.Reads(*f.labels)
		a.labels, err = readLabels(*f.labels)
	}
	return a, err
}

// given checks --topk, whose default is not a value that anybody could ask for: written out, it is a mistake.
func (f aroundFlags) given() (err error) {
	f.call.flags.Visit(func(g *flag.Flag) {
		if g.Name == "topk" && g.Value.String() == "0" {
			err = usagef("--%s is a number from 1 on", g.Name)
		}
	})
	return err
}

func (f aroundFlags) normalisation() (*pixels.Normalisation, error) {
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
	return &pixels.Normalisation{Mean: mean, Std: std}, err
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

// normalised returns the normalisation of what --as names, or the one given. Flags that contradict are an error.
func (c choice) normalised(given *pixels.Normalisation) (*pixels.Normalisation, error) {
	m, err := c.model()
	if m == nil || m.Images == nil || err != nil {
		return given, err
	}
	n := &pixels.Normalisation{Mean: m.Images.Mean, Std: m.Images.Std}
	if given != nil && !(slices.Equal(given.Mean, n.Mean) && slices.Equal(given.Std, n.Std)) {
		return nil, wrongf("--mean and --std contradict --as %s, which has %v and %v", c.as, n.Mean, n.Std)
	}
	return n, nil
}
