package main

import (
	"flag"
	"strings"

	"github.com/netc-lang/netc/compiler/pass"
)

// featureFlags choose other outputs than the network's.
type featureFlags struct {
	features  *string
	embedding *bool
}

func newFeatureFlags(c *call) featureFlags {
	return featureFlags{
		features: c.flags.String("features", "",
			"put out the results of these `S`teps, with commas, instead of the network's; "+
				"auto: the last block at each size; embedding: what its last layer takes"),
		embedding: c.flags.Bool("embedding", false,
			"put out what the network's last layer takes: --features embedding"),
	}
}

// read returns the features that are asked for, none without a flag.
func (f featureFlags) read(c *call) ([]string, error) {
	given := false
	c.flags.Visit(func(g *flag.Flag) { given = given || g.Name == "features" })
	switch {
	case given && *f.embedding:
		return nil, usagef("--features and --embedding exclude each other: write --features %s,%s", *f.features,
			pass.FeaturesEmbedding)
	case *f.embedding:
		return []string{pass.FeaturesEmbedding}, nil
	case given:
		return strings.Split(*f.features, ","), nil
	}
	return nil, nil
}
