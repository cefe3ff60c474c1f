package compiler

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/build"
)

// TestBeyond holds networks that are no scaled mobile ones against torchvision's figures (inception_v3 without its
// auxiliary head; MACs where they were counted), Keras' ResNetV2 and NASNet (its counts, less the running statistics),
// milesial's U-Net and those that Ultralytics publishes. NASNet's MACs are those of cmd/netc/testdata/keras_nasnet.py,
// the paper has 564 million and 23.8 billion. GhostNetV2's figures were counted on timm's source; rounded, they are the
// paper's MACs (167, 269 and 399 million) and timm's table of params (6.16, 8.96 and 12.39 million). Of YAMNet, its
// authors say 3.7 million weights and 69.2 million multiplications, which are these figures rounded.
func TestBeyond(t *testing.T) {
	programs := map[string]*Program{}
	for _, row := range []familyRow{
		{Family: "inception", Variant: "v3", Resolution: 299, Params: 23_834_568, MACs: 5_713_216_096},
		{Family: "densenet", Variant: "121", Resolution: 224, Params: 7_978_856, MACs: 2_834_161_664},
		{Family: "densenet", Variant: "169", Resolution: 224, Params: 14_149_480, MACs: 3_359_843_328},
		{Family: "densenet", Variant: "201", Resolution: 224, Params: 20_013_928},
		{Family: "densenet", Variant: "161", Resolution: 224, Params: 28_681_000},
		{Family: "resnetv2", Variant: "50", Resolution: 224, Params: 25_613_800 - 45_440},
		{Family: "resnetv2", Variant: "101", Resolution: 224, Params: 44_675_560 - 97_664},
		{Family: "resnetv2", Variant: "152", Resolution: 224, Params: 60_380_648 - 143_744},
		{Family: "nasnet", Variant: "mobile", Resolution: 224, Params: 5_326_716 - 36_738, MACs: 563_638_816},
		{Family: "nasnet", Variant: "large", Resolution: 331, Params: 88_949_818 - 196_668, MACs: 23_783_414_658},
		{Family: "yamnet", Variant: "base", Resolution: 96, Params: 3_729_481, MACs: 69_165_056},
		{Family: "ghostnetv2", Variant: "100", Resolution: 224, Params: 6_156_908, MACs: 167_048_288},
		{Family: "ghostnetv2", Variant: "100", Width: 1.3, Resolution: 224, Params: 8_960_404, MACs: 269_322_976},
		{Family: "ghostnetv2", Variant: "100", Width: 1.6, Resolution: 224, Params: 12_392_698, MACs: 398_607_224},
		{Family: "unet", Variant: "base", Resolution: 256, Params: 17_263_042},
		{Family: "unet", Variant: "transposed", Resolution: 256, Params: 31_037_698},
		{Family: "yolov8", Variant: "n", Resolution: 640, Params: 3_157_200 - distribution},
		{Family: "yolov8", Variant: "s", Resolution: 640, Params: 11_166_560 - distribution},
		{Family: "yolov8", Variant: "m", Resolution: 640, Params: 25_902_640 - distribution},
		{Family: "yolov8", Variant: "l", Resolution: 640, Params: 43_691_520 - distribution},
		{Family: "yolov8", Variant: "x", Resolution: 640, Params: 68_229_648 - distribution},
	} {
		if programs[row.Family] == nil {
			programs[row.Family] = loadExample(t, row.Family)
		}
		t.Run(row.Family+"/"+row.Variant, func(t *testing.T) {
			var override build.Override
			if row.Width != 0 {
				override = build.Override{"width": row.Width}
			}
			n, err := programs[row.Family].Build(row.Variant, override)
			if err != nil {
				t.Fatal(err)
			}
			params, macs, side := n.Graph.ParamCount(), n.Graph.MACs(), n.Graph.Input().Shape[1]
			if params != row.Params || row.MACs != 0 && macs != row.MACs || side != row.Resolution {
				t.Errorf("got %d params and %d MACs at %d pixels, want %+v", params, macs, side, row)
			}
		})
	}
}

// distribution is how many constants of the decoding of boxes Ultralytics counts as parameters: 0 to 15, by which
// distributions of sides are weighed. The example's results are the raw ones.
const distribution = 16

// TestBeyondReference holds the examples against what was measured on timm and torchvision beyond the families of
// mobile networks. Absent is the row that no example is of.
func TestBeyondReference(t *testing.T) {
	examples := map[string][2]string{
		"convnext_tiny": {"convnext", "tiny"}, "convnext_small": {"convnext", "small"},
		"vit_tiny_patch16_224": {"vit", "tiny"}, "vit_small_patch16_224": {"vit", "small"},
		"vit_base_patch16_224": {"vit", "base"}, "deit_tiny_distilled_patch16_224": {"vit", "deit_tiny"},
		"mobilenetv4_hybrid_medium": {"mobilenetv4", "hybrid_medium"},
		"lraspp_mobilenet_v3_large": {"lraspp", "large_100"}, "fcn_resnet50": {"fcn", "resnet50"},
		"deeplabv3_mobilenet_v3_large": {"deeplabv3", "large_100"},
	}
	absent := []string{"ssdlite320_mobilenet_v3_large"} // detection's boxes
	data, err := os.ReadFile("../testdata/reference/beyond.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Name, Reference string
		Resolution      int
		Params          int64
		Convolution     int64 `json:"macs_convolution"`
		Linear          int64 `json:"macs_linear"`
		Product         int64 `json:"macs_product"`
	}
	if err := json.Unmarshal(data, &rows); err != nil || len(rows) < 12 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		example, ok := examples[row.Name]
		if !ok {
			if !slices.Contains(absent, row.Name) {
				t.Errorf("%s is neither an example nor listed as absent", row.Name)
			}
			continue
		}
		n, err := loadExample(t, example[0]).Build(example[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		params, macs, side := n.Graph.ParamCount(), n.Graph.MACs(), n.Graph.Input().Shape[1]
		if params != row.Params || macs != row.Convolution+row.Linear+row.Product || side != row.Resolution {
			t.Errorf("%s: got %d params and %d MACs at %d pixels, want %+v", row.Reference, params, macs, side, row)
		}
	}
}
