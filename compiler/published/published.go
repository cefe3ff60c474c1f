// Package published knows the checkpoints that timm and torchvision publish of the families in examples/: which file
// and variant each was trained as, with what arithmetic and what it wants images to look like. It is a table,
// published.txt, and nothing else.
//
// A name as those projects write it comes in (Find), with or without the weights after the dot; what the table has of
// it goes out (Model).
package published

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/dsl/diag"
)

//go:embed published.txt
var table string

// Model is a published network, or one of its weights.
type Model struct {
	Name     string // as the table has it: "efficientnet_b0.ra_in1k", or "efficientnet_b0" of all its weights
	Project  string // "timm" or "torchvision"
	File     string // the folder of examples/
	Families []string
	Variant  string
	arithmetic.Arithmetic
	Settings map[string]any // besides the arithmetic: the number of classes, a width
	Images   *Images        // nil where the name's weights want different ones
	Tags     []string       // of the weights that the name stands for
}

// Images is what a network wants its images to look like.
type Images struct {
	Size          int    // height and width
	Resize        int    // of the shorter side, before the middle is taken; 0: both sides are resized to Size
	Interpolation string // "bicubic" or "bilinear"
	Mean, Std     []float64
}

var normalisations = map[string][2][]float64{
	"imagenet": {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
	"half":     {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}},
	"none":     {{0, 0, 0}, {1, 1, 1}},
	"clip":     {{0.48145466, 0.4578275, 0.40821073}, {0.26862954, 0.26130258, 0.27577711}},
}

// All lists every row of the table.
func All() []Model {
	models, _ := read()
	return models
}

// Refused maps models that the examples cannot express to the cause.
func Refused() map[string]string {
	_, refused := read()
	return refused
}

// read parses the table. It is part of the program: a mistake in it is a broken invariant.
func read() (models []Model, refused map[string]string) {
	refused = map[string]string{}
	var section Model
	for n, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		var err error
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case fields[0] == "refused":
			model, cause, _ := strings.Cut(strings.TrimPrefix(line, "refused "), ": ")
			refused[model] = cause
		case line[0] != ' ':
			section = Model{Project: fields[0], File: fields[1], Families: fields[2:]}
		default:
			m := section
			err = m.parse(fields)
			models = append(models, m)
		}
		if err != nil {
			panic(fmt.Sprintf("published: line %d: %v", n+1, err))
		}
	}
	return models, refused
}

// parse reads a row: NAME VARIANT EPSILON PADDING IMAGE RESIZE INTERPOLATION NORMALISATION [SETTING=VALUE...].
func (m *Model) parse(fields []string) (err error) {
	if len(fields) < 8 {
		return fmt.Errorf("got %d fields, want 8 or more", len(fields))
	}
	m.Name, m.Variant = fields[0], fields[1]
	if fields[3] != "-" {
		m.Padding = arithmetic.Padding(fields[3])
	}
	m.Images = &Images{Interpolation: fields[6]}
	if fields[2] != "-" {
		if m.Epsilon, err = strconv.ParseFloat(fields[2], 64); err != nil {
			return err
		}
	}
	if m.Images.Size, err = strconv.Atoi(fields[4]); err != nil {
		return err
	}
	if fields[5] != "squash" {
		if m.Images.Resize, err = strconv.Atoi(fields[5]); err != nil {
			return err
		}
	}
	normal, ok := normalisations[fields[7]]
	if !ok {
		return fmt.Errorf("there is no normalisation %s", fields[7])
	}
	m.Images.Mean, m.Images.Std = normal[0], normal[1]
	m.Settings = map[string]any{}
	for _, f := range fields[8:] {
		name, text, _ := strings.Cut(f, "=")
		if n, err := strconv.Atoi(text); err == nil {
			m.Settings[name] = n
		} else if m.Settings[name], err = strconv.ParseFloat(text, 64); err != nil {
			return err
		}
	}
	return nil
}

// Find returns the model of a name: "tf_efficientnet_b0.ns_jft_in1k", "timm/resnet50.a1_in1k",
// "torchvision/efficientnet_b5", "ResNet50_Weights.IMAGENET1K_V2". Without weights it is what all weights of the name
// have in common. The error says what is meant instead, or why there is no such network here.
func Find(name string) (*Model, error) {
	models, refused := read()
	project, wanted := split(name)
	model, _, _ := strings.Cut(wanted, ".")
	for _, n := range []string{wanted, model} {
		if cause, ok := refused[n]; ok {
			return nil, fmt.Errorf("%s is no network of the examples: %s", n, cause)
		}
	}
	var found []Model
	for _, m := range models {
		if (project == "" || m.Project == project) && (strings.EqualFold(m.Name, wanted) || strings.EqualFold(m.model(),
			wanted)) {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("netc knows no published checkpoint %s; %s", name, near(wanted, models))
	}
	return merge(found)
}

// split takes what surrounds a name away: the hub, the project, and "_Weights", by which torchvision calls its
// enumerations.
func split(name string) (project, rest string) {
	rest = strings.TrimPrefix(strings.TrimSuffix(name, ".untrained"), "hf-hub:")
	for _, p := range []string{"timm", "torchvision"} {
		if after, ok := strings.CutPrefix(rest, p+"/"); ok {
			project, rest = p, after
		}
	}
	model, tag, tagged := strings.Cut(rest, ".")
	if short := strings.TrimSuffix(model, "_Weights"); tagged && short != model {
		return "torchvision", strings.ToLower(short) + "." + tag
	}
	return project, rest
}

// model returns the name without the weights.
func (m *Model) model() string {
	model, _, _ := strings.Cut(m.Name, ".")
	return model
}

// merge makes one model of several rows: what they have in common. Rows that compute differently are an error.
func merge(found []Model) (*Model, error) {
	m := found[0]
	for _, other := range found[1:] {
		if other.Arithmetic != m.Arithmetic || other.Variant != m.Variant || !slices.Equal(other.Families, m.Families) {
			return nil, fmt.Errorf("%s is published by timm, with %v, and by torchvision, with %v: say timm/%[1]s or "+
				"torchvision/%[1]s",
				m.model(), found[0].Arithmetic, other.Arithmetic)
		}
	}
	if len(found) == 1 {
		m.Tags = []string{m.Name}
		return &m, nil
	}
	m.Name = m.model()
	for _, other := range found {
		m.Tags = append(m.Tags, other.Name)
		if m.Images != nil && !m.Images.equal(other.Images) {
			m.Images = nil
		}
		maps.DeleteFunc(m.Settings, func(name string, value any) bool { return other.Settings[name] != value })
	}
	return &m, nil
}

func (i *Images) equal(other *Images) bool {
	return i.Size == other.Size && i.Resize == other.Resize && i.Interpolation == other.Interpolation &&
		slices.Equal(i.Mean, other.Mean) && slices.Equal(i.Std, other.Std)
}

// String says it in a line: "resized to 256 pixels (bicubic), of which the middle 224 × 224 are taken, less mean
// 0.485 …".
func (i *Images) String() string {
	size := fmt.Sprintf("of %d × %d pixels: the shorter side resized to %d (%s), the middle taken", i.Size, i.Size,
		i.Resize, i.Interpolation)
	if i.Resize == 0 {
		size = fmt.Sprintf("resized to %d × %d pixels (%s)", i.Size, i.Size, i.Interpolation)
	}
	return fmt.Sprintf("%s, normalised by mean %v and std %v", size, i.Mean, i.Std)
}

// near lists names that may be meant: the other weights of a model, models that begin so, or the nearest by letters.
func near(wanted string, models []Model) string {
	const listed = 8
	model, _, _ := strings.Cut(wanted, ".")
	var tags, begin, all []string
	for _, m := range models {
		if strings.EqualFold(m.model(), model) {
			tags = append(tags, m.Name)
		}
		if strings.HasPrefix(m.Name, model) || strings.HasSuffix(m.model(), model) {
			begin = append(begin, m.Name)
		}
		all = append(all, m.Name, m.model())
	}
	list := tags
	if len(list) == 0 {
		list = begin
	}
	if len(list) == 0 {
		if nearest := diag.Nearest(wanted, all); nearest != "" {
			list = []string{nearest}
		} else if nearest := diag.Nearest(model, all); nearest != "" {
			list = []string{nearest}
		}
	}
	if len(list) == 0 {
		return "names are timm's and torchvision's, of EfficientNets, mobile networks, ResNets, RegNets, DenseNets, " +
			"Inception-v3, ConvNeXts and ViTs: tf_efficientnet_b0.ns_jft_in1k, mobilenet_v2"
	}
	more := ""
	if len(list) > listed {
		more = fmt.Sprintf(" and %d more", len(list)-listed)
		list = list[:listed]
	}
	return "near it are " + strings.Join(list, ", ") + more
}

// Guess returns the model that a file's name begins with, the longest: "tf_efficientnet_b0" of
// "tf_efficientnet_b0_ns-c0e6a31c.pth"; "" when there is none. It may be one that Find refuses.
func Guess(file string) (model string) {
	models, refused := read()
	names := slices.Sorted(maps.Keys(refused))
	for _, m := range models {
		names = append(names, m.model())
	}
	for _, name := range names {
		rest, ok := strings.CutPrefix(strings.ToLower(file), name)
		ends := "_-. "
		if strings.Contains(name, ".") {
			ends = "-. " // the weights' own names go on with _: regnety_320.seer_ft_in1k is not regnety_320.seer
		}
		if ok && len(name) > len(model) && (rest == "" || strings.ContainsAny(rest[:1], ends)) {
			model = name
		}
	}
	return model
}
