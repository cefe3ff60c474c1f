package published_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/published"
)

// measured is a row of testdata/reference/families.json.
type measured struct {
	Reference, Padding string
	Params             int64
	Epsilon            float64 `json:"bn_eps"`
}

// TestModels builds every row: its file has the variant, in a family of the row's, and the settings that the row
// needs. Params, epsilon and padding are those that were measured on timm and torchvision, where the reference has
// the model.
func TestModels(t *testing.T) {
	var rows []measured
	text, err := os.ReadFile("../../testdata/reference/families.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	reference := map[string]measured{}
	for _, r := range rows {
		reference[r.Reference] = r
	}
	models := published.All()
	if len(models) < 250 {
		t.Errorf("the table has %d rows", len(models))
	}
	held := 0
	for _, m := range models {
		n := buildModel(t, m)
		if !slices.Contains(m.Families, n.Family) {
			t.Errorf("%s: the variant %s is of %s, not of %v", m.Name, m.Variant, n.Family, m.Families)
		}
		if want, _ := m.Differs(n.Graph); want.Epsilon != 0 || want.Padding != "" {
			t.Errorf("%s: the settings do not give it %v", m.Name, want)
		}
		model, _, _ := strings.Cut(m.Name, ".")
		r, ok := reference[m.Project+"/"+model]
		if !ok {
			continue
		}
		held++
		if m.Settings["classes"] == nil && n.Graph.ParamCount() != r.Params || m.Epsilon != r.Epsilon ||
			string(m.Padding) != r.Padding {
			t.Errorf("%s: got %d params, %v, want %d, epsilon %g, padding %s", m.Name, n.Graph.ParamCount(),
				m.Arithmetic, r.Params, r.Epsilon, r.Padding)
		}
	}
	if held < 100 {
		t.Errorf("only %d rows are held against the reference", held)
	}
}

// buildModel builds the network at its own size. Settings that it has already are left out: not every family has them.
func buildModel(t *testing.T, m published.Model) *compiler.Network {
	t.Helper()
	program, err := compiler.Load(filepath.Join("../../examples", m.File, m.File+".net"))
	if err != nil {
		t.Fatal(err)
	}
	override := build.Override{"resolution": m.Images.Size}
	for name, value := range m.Settings {
		override[name] = value
	}
	n, err := program.Build(m.Variant, override)
	if err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	want, _ := m.Differs(n.Graph)
	if want.Epsilon != 0 {
		override["epsilon"] = want.Epsilon
	}
	if want.Padding != "" {
		override["padding"] = string(want.Padding)
	}
	if n, err = program.Build(m.Variant, override); err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	return n
}

// TestMappings: what a mapping states of a project's network is what the project publishes.
func TestMappings(t *testing.T) {
	shipped := map[string]*mapping.Mapping{}
	for _, m := range mapping.Shipped() {
		shipped[m.Name] = m
	}
	for _, m := range published.All() {
		if strings.HasPrefix(m.File, "ghostnet") || m.Project == "timm" && strings.HasPrefix(m.File, "regnet") {
			continue // names of their own
		}
		by := mappingOf(m)
		stated := shipped[by].Arithmetics(m.Families[0], m.Variant)
		if !slices.ContainsFunc(stated, func(s mapping.Stated) bool {
			return s.Epsilon == m.Epsilon &&
				s.Padding == m.Padding
		}) {
			t.Errorf("%s: %s states %v, the table has %v", m.Name, by, stated, m.Arithmetic)
		}
	}
}

// mappingOf returns the mapping by which a model's weights bind.
func mappingOf(m published.Model) string {
	switch family := strings.TrimRight(m.File, "xy"); {
	case m.File == "resnet", m.File == "densenet", m.File == "inception":
		return m.File
	case m.File == "convnext", m.File == "vit":
		return m.Project + "-" + m.File
	case m.File == "mobilenetv4":
		return "timm-mobilenetv4"
	case m.Project == "timm" || strings.HasPrefix(m.File, "efficientnet"):
		return m.Project + "-efficientnet"
	default:
		return m.Project + "-" + family
	}
}

func TestFind(t *testing.T) {
	tests := []struct{ name, want, variant, arithmetic string }{
		{"tf_efficientnet_b3.ns_jft_in1k", "tf_efficientnet_b3.ns_jft_in1k", "B3", "epsilon 0.001, padding same"},
		{"timm/tf_efficientnet_b3", "tf_efficientnet_b3", "B3", "epsilon 0.001, padding same"},
		{"hf-hub:timm/resnet50.a1_in1k", "resnet50.a1_in1k", "50", "epsilon 1e-05, padding symmetric"},
		{"torchvision/efficientnet_b5", "efficientnet_b5.IMAGENET1K_V1", "B5", "epsilon 0.001, padding symmetric"},
		{"EfficientNet_V2_S_Weights.IMAGENET1K_V1", "efficientnet_v2_s.IMAGENET1K_V1", "S",
			"epsilon 0.001, padding symmetric"},
		{"resnet50", "resnet50", "50", "epsilon 1e-05, padding symmetric"},
		{"fbnetc_100", "fbnetc_100.rmsp_in1k", "C", "epsilon 0.001, padding symmetric"},
		{"convnext_xlarge.fb_in22k_ft_in1k_384", "convnext_xlarge.fb_in22k_ft_in1k_384", "large", "epsilon 1e-06"},
		{"ViT_L_16_Weights.IMAGENET1K_SWAG_E2E_V1", "vit_l_16.IMAGENET1K_SWAG_E2E_V1", "base", "epsilon 1e-06"},
		{"Inception_V3_Weights.IMAGENET1K_V1", "inception_v3.IMAGENET1K_V1", "v3", "epsilon 0.001"},
		{"deit_base_distilled_patch16_384", "deit_base_distilled_patch16_384.fb_in1k", "deit_base", "epsilon 1e-06"},
	}
	for _, tt := range tests {
		m, err := published.Find(tt.name)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if m.Name != tt.want || m.Variant != tt.variant || m.Arithmetic.String() != tt.arithmetic {
			t.Errorf("%s: got %s, %s, %v", tt.name, m.Name, m.Variant, m.Arithmetic)
		}
	}
}

func TestNotFound(t *testing.T) {
	tests := []struct{ name, want string }{
		{"tf_efficientnet_b3.ns", "near it are tf_efficientnet_b3.ns_jft_in1k, tf_efficientnet_b3.ap_in1k"},
		{"efficientnet_b5", "say timm/efficientnet_b5 or torchvision/efficientnet_b5"},
		{"efficentnet_b0", "near it are efficientnet_b0"},
		{"mobilenet", "near it are mobilenetv2_050"},
		{"", "near it are"},
		{"yolo", "names are timm's and torchvision's"},
		{"resnetaa50.a1h_in1k", "resnetaa50 is no network of the examples: it averages"},
		{"resnetblur50", "it blurs"},
		{"timm/mobilenetv4_conv_blur_medium.e500_r224_in1k", "it blurs"},
		{"tf_mobilenetv3_large_minimal_100.in1k", "no squeeze-and-excitation"},
		{"regnety_320.seer", "no classifier"},
		{"convnextv2_tiny.fcmae_ft_in1k", "responses of its channels"},
		{"convnext_tiny.dinov3_lvd1689m", "no classifier"},
		{"vit_medium_patch16_reg4_gap_256", "register tokens"},
		{"vit_base_patch16_clip_224.openai", "before its first block"},
		{"deit3_small_patch16_224.fb_in1k", "layer scale"},
		{"densenetblur121d", "it blurs"},
		{"inception_resnet_v2", "other cells"},
		{"torchvision/vit_h_14", "80 features"},
		{"ViT_H_14_Weights.IMAGENET1K_SWAG_E2E_V1", "80 features"},
		{"resnetv2_50", "Keras' ResNetV2"},
		{"nasnetalarge.tf_in1k", "max pools"},
	}
	for _, tt := range tests {
		if _, err := published.Find(tt.name); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	count := 0
	for _, m := range published.All() {
		if model, _, _ := strings.Cut(m.Name, "."); strings.HasPrefix(m.Name, "mobilenet") ||
			strings.HasSuffix(model, "mobilenet") {
			count++
		}
	}
	if _, err := published.Find("mobilenet"); !strings.HasSuffix(err.Error(), fmt.Sprintf(" and %d more", count-8)) {
		t.Errorf("of %d: got %v", count, err)
	}
	if m, err := published.Find("regnety_320.tv2_in1k"); err != nil || m.Variant != "32gf" {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestGuess(t *testing.T) {
	for file, want := range map[string]string{
		"tf_efficientnet_b0_ns-c0e6a31c.pth":        "tf_efficientnet_b0",
		"efficientnet_b0_ra-3dd342df.pth":           "efficientnet_b0",
		"tf_efficientnetv2_b0-c7cc451f.pth":         "tf_efficientnetv2_b0",
		"mobilenetv3_large_100.ra_in1k.safetensors": "mobilenetv3_large_100",
		"resnetblur50-84f4748f.pth":                 "resnetblur50",
		"Tf_MixNet_S.pth":                           "tf_mixnet_s",
		"regnety_320.seer.safetensors":              "regnety_320.seer",
		"regnety_320.seer_ft_in1k.safetensors":      "regnety_320",
		"convnext_base.clip_laion2b_augreg_ft_in1k": "convnext_base",
		"vit_base_patch16_224.dino-x.pth":           "vit_base_patch16_224.dino",
		"densenet121-a639ec97.pth":                  "densenet121",
		"tf_efficientnet_b01.pth":                   "",
		"model.safetensors":                         "",
		"":                                          "",
	} {
		if got := published.Guess(file); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}

// TestSame: weights of one name that want different images leave them open.
func TestSame(t *testing.T) {
	m, err := published.Find("tf_efficientnet_b0")
	if err != nil {
		t.Fatal(err)
	}
	if m.Images != nil || len(m.Tags) != 4 {
		t.Errorf("got images %v and weights %v", m.Images, m.Tags)
	}
	m, err = published.Find("tf_efficientnet_b0.ap_in1k")
	if err != nil {
		t.Fatal(err)
	}
	const want = "of 224 × 224 pixels: the shorter side resized to 256 (bicubic), the middle taken, normalised by " +
		"mean [0.5 0.5 0.5] and std [0.5 0.5 0.5]"
	if m.Images.String() != want {
		t.Errorf("got %s", m.Images)
	}
}

// TestTimmResults holds rows against what timm has measured (results/results-imagenet.csv of August 2026, of which
// testdata/timm_results.csv has the columns of these families): the millions of params, and, of images of the row's
// own size, the share of the resized side that is taken, and the interpolation.
func TestTimmResults(t *testing.T) {
	f, err := os.Open("testdata/timm_results.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	models := map[string]published.Model{}
	for _, m := range published.All() {
		models[m.Project+"/"+m.Name] = m
	}
	held := map[string]bool{}
	for _, row := range rows[1:] {
		m, ok := models["timm/"+row[0]]
		if !ok {
			t.Errorf("%s is missing", row[0])
			continue
		}
		if row[1] != strconv.Itoa(m.Images.Size) {
			continue // measured at a larger size, too
		}
		held[m.Name] = true
		share, err := strconv.ParseFloat(row[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		resize := int(float64(m.Images.Size) / share)
		if m.Images.Resize == 0 && share == 1 {
			resize = 0 // both sides: the table of results does not say so
		}
		params := fmt.Sprintf("%.2f", float64(buildModel(t, m).Graph.ParamCount())/1e6)
		if params != row[2] || m.Images.Resize != resize || m.Images.Interpolation != row[4] {
			t.Errorf("%s: got %s million params, %v, want %v", m.Name, params, m.Images, row)
		}
	}
	if len(held) < 60 {
		t.Errorf("only %d rows are held against the results", len(held))
	}
}

// TestCommon: weights of one name that have other classes leave the width as it is.
func TestCommon(t *testing.T) {
	for name, want := range map[string]map[string]any{
		"convnext_xlarge":       {"width": 8. / 3},
		"vit_small_patch32_224": {"patch": 32},
		"vit_large_patch16_224": {"width": 4. / 3, "depth": 2},
		"vit_base_patch16_224":  {},
	} {
		m, err := published.Find(name)
		if err != nil || !maps.Equal(m.Settings, want) {
			t.Errorf("%s: got %v, %v, want %v", name, m, err, want)
		}
	}
}

// TestOwnNames: each row is found under its own name, and nothing is both a row and refused.
func TestOwnNames(t *testing.T) {
	for _, m := range published.All() {
		found, err := published.Find(m.Project + "/" + m.Name)
		if err != nil || found.Name != m.Name || len(found.Tags) != 1 || found.Images.String() != m.Images.String() {
			t.Errorf("%s/%s: got %v, %v", m.Project, m.Name, found, err)
		}
	}
	for model := range published.Refused() {
		if _, err := published.Find(model); err == nil {
			t.Errorf("%s is found", model)
		}
	}
}

// TestImages says how images are made: one side resized and the middle taken, or both sides resized.
func TestImages(t *testing.T) {
	i := published.Images{Size: 224, Resize: 256, Interpolation: "bicubic", Mean: []float64{0.5}, Std: []float64{1}}
	const end = "(bicubic), normalised by mean [0.5] and std [1]"
	for resize, want := range map[int]string{
		0: "resized to 224 × 224 pixels " + end,
		256: "of 224 × 224 pixels: the shorter side resized to 256 " +
			strings.Replace(end, ",", ", the middle taken,", 1),
	} {
		if i.Resize = resize; i.String() != want {
			t.Errorf("got %s, want %s", i.String(), want)
		}
	}
}
