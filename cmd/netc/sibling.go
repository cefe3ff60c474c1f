package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/weights"
)

// misfit says which variants of the family the weights are of, where they are of others than the one that was chosen:
// that is the cause, and the tensors that do not fit its network, which the error lists, are what comes of it. Any
// other error stays as it is.
func (t target) misfit(file *stored.Checkpoint, o weights.Options, err error) error {
	var unfit *weights.FitError
	if !errors.As(err, &unfit) || unfit.Cause != "" || unfit.Head != "" {
		return err
	}
	// By the names that most of the tensors have, and no others: the rest has been tried, and takes its time.
	if o.Mapping == nil {
		o.Mapping = mapping.Identity()
		for _, m := range o.Mappings {
			if m.Name == unfit.Mapping {
				o.Mapping = m
			}
		}
	}
	fit := t.siblings(file, o)
	if len(fit) == 0 {
		return err
	}
	text := fmt.Sprintf("these are not the weights of the variant %s, but of %s", t.network.Listed,
		strings.Join(fit, " or "))
	if t.chosen.as != "" {
		return wrongf("%s: --as %s names another checkpoint", text, t.chosen.as)
	}
	return wrongf("%s: give --variant %s", text, strings.Join(fit, " or --variant "))
}

// siblings lists the other variants whose networks the weights fit, whole.
func (t target) siblings(file *stored.Checkpoint, o weights.Options) (fit []string) {
	program, err := compiler.Load(t.file)
	if err != nil {
		return nil
	}
	for _, variant := range program.Variants() {
		if strings.EqualFold(variant, t.network.Listed) {
			continue
		}
		network, err := program.Build(variant, t.chosen.override)
		if err != nil {
			continue // a setting that was given may not suit it
		}
		graph, _ := pass.Run(pass.Canonical, network.Graph, nil)
		if _, err := weights.Bind(file, graph, o); err == nil {
			fit = append(fit, variant)
		}
	}
	return fit
}
