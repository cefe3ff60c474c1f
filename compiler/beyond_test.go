package compiler

import "testing"

// TestBeyond holds networks that are no scaled mobile ones against torchvision's figures (inception_v3 without its
// auxiliary head; MACs where they were counted), Keras' ResNetV2 (its counts, less the running statistics), milesial's
// U-Net and those that Ultralytics publishes.
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
		{Family: "unet", Variant: "base", Resolution: 256, Params: 17_263_042},
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
			n, err := programs[row.Family].Build(row.Variant, nil)
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
