package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/build"
)

// TestAs: the name of a published checkpoint gives variant, resolution, arithmetic and normalisation.
func TestAs(t *testing.T) {
	const file = "../../examples/mobilenetv3/mobilenetv3.net"
	dir := t.TempDir()
	checkpoint, model := filepath.Join(dir, "w.safetensors"), filepath.Join(dir, "m.onnx")
	g, set := trained(t, file, "small_050", nil)
	writeNamed(t, checkpoint, g, set, shipped(t, "timm-efficientnet"))

	// timm's own and TensorFlow's are not told apart by names.
	_, stderr := netc(t, 0, "weights", "--variant", "small_050", "--resolution", "192", file, checkpoint)
	if strings.Count(stderr, "names do not tell") != 1 || !strings.Contains(stderr, "--as NAME") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 0, "weights", "--as", "mobilenetv3_small_050.lamb_in1k", file, checkpoint)
	if strings.Contains(stderr, "warning") ||
		!strings.Contains(stderr, "of timm: epsilon 1e-05, padding symmetric\n") ||
		!strings.Contains(stderr, "its images are of 224 × 224 pixels: the shorter side resized to 256 (bicubic)") {
		t.Errorf("got %s", stderr)
	}

	// A file's name, and the hub's description beside it, are hints.
	if strings.Contains(stderr, "looks like") {
		t.Errorf("a hint for somebody who has said it: %s", stderr)
	}
	telling := filepath.Join(dir, "tf_mobilenetv3_small_075-da427f52.safetensors")
	small, values := trained(t, file, "small_075", nil)
	writeNamed(t, telling, small, values, shipped(t, "timm-efficientnet"))
	if _, stderr = netc(t, 0, "weights", "--variant", "small_075", file, telling); !strings.Contains(stderr,
		"Its name looks like tf_mobilenetv3_small_075.in1k: --as tf_mobilenetv3_small_075.in1k\n") {
		t.Errorf("got %s", stderr)
	}
	writeTestFile(t, filepath.Join(dir, "config.json"),
		`{"architecture": "mobilenetv3_small_075", "num_classes": 1000, "pretrained_cfg": {"tag": "lamb_in1k"}}`)
	if _, stderr = netc(t, 0, "weights", "--variant", "small_075", file, telling); !strings.Contains(stderr,
		"The config.json beside it says mobilenetv3_small_075.lamb_in1k: --as mobilenetv3_small_075.lamb_in1k\n") {
		t.Errorf("got %s", stderr)
	}

	if _, stderr = netc(t, 0, "weights", "--as", "tf_mobilenetv3_small_075", file, telling); !strings.Contains(stderr,
		"says mobilenetv3_small_075.lamb_in1k, which has epsilon 1e-05, padding symmetric") {
		t.Errorf("got %s", stderr)
	}

	// Of a name that is no network of the examples, the cause is told, though the checkpoint binds.
	blurred := filepath.Join(t.TempDir(), "mobilenetv4_conv_blur_medium.pth")
	v4, values := trained(t, "../../examples/mobilenetv4/mobilenetv4.net", "conv_medium",
		build.Override{"resolution": 64})
	writeNamed(t, blurred, v4, values, shipped(t, "timm-mobilenetv4"))
	if _, stderr = netc(t, 0, "weights", "--variant", "conv_medium", "../../examples/mobilenetv4/mobilenetv4.net",
		blurred); !strings.Contains(stderr, "its name looks like mobilenetv4_conv_blur_medium, which is no network "+
		"of the examples: it blurs") {
		t.Errorf("got %s", stderr)
	}

	// What a name stands for is what the settings make.
	g, set = trained(t, file, "small_075", nil)
	writeNamed(t, checkpoint, g, set, shipped(t, "timm-efficientnet"))
	plain, named := filepath.Join(dir, "plain.onnx"), model
	netc(t, 0, "onnx", "--variant", "small_075", "--set", "epsilon=0.001", "--set", "padding=same", "--preprocess",
		"--mean", "0.5,0.5,0.5",
		"--std", "0.5,0.5,0.5", "--weights", checkpoint, "-o", plain, file)
	netc(t, 0, "onnx", "--as", "tf_mobilenetv3_small_075.in1k", "--preprocess", "--weights", checkpoint, "-o", named,
		file)
	if readTestFile(t, plain) != readTestFile(t, named) {
		t.Error("the models differ")
	}
	_, stderr = netc(t, 0, "weights", "--as", "mobilenetv3_large_100", "--set", "classes=10", "--reinit", "logits",
		file, largeCheckpoint(t, dir, file))
	if !strings.Contains(stderr, "its weights want different images; name one of them") {
		t.Errorf("got %s", stderr)
	}
}

func largeCheckpoint(t *testing.T, dir, file string) string {
	g, set := trained(t, file, "large_100", build.Override{"resolution": 32})
	path := filepath.Join(dir, "large.safetensors")
	writeNamed(t, path, g, set, shipped(t, "timm-efficientnet"))
	return path
}

// TestAsContradicted: flags that say something else than the name are errors.
func TestAsContradicted(t *testing.T) {
	const file = "../../examples/mobilenetv3/mobilenetv3.net"
	tests := []struct {
		flags string
		want  string
	}{
		{"--as tf_mobilenetv3_small_100.in1k --variant small_075", "--variant small_075 contradicts --as " +
			"tf_mobilenetv3_small_100.in1k, which has the variant small_100"},
		{"--as tf_mobilenetv3_small_100.in1k --set epsilon=1e-5", "--set epsilon contradicts"},
		{"--as tf_mobilenetv3_small_100.in1k --set padding=symmetric", "--set padding contradicts"},
		{"--as tf_mobilenetv3_small_100.in1k --width 2", "--width 2 contradicts"},
		{"--as tf_mobilenetv3_small_100.in1k --mean 0,0,0 --std 1,1,1", "--mean and --std contradict"},
		{"--as tf_efficientnet_b0.in1k",
			"is B0 of the family EfficientNet, which is not in " + file + "; see " +
				"examples/efficientnet/efficientnet.net"},
		{"--as mobilenetv3_small_100.lamp_in1k", "near it are mobilenetv3_small_100.lamb_in1k"},
		{"--as tf_mobilenetv3_small_minimal_100.in1k", "is no network of the examples: it has no " +
			"squeeze-and-excitation"},
		{"--as resnetblur50.bt_in1k", "without parameters (anti-aliasing)"},
	}
	for _, tt := range tests {
		args := append([]string{"onnx", "--seed", "1", "-o", filepath.Join(t.TempDir(), "m.onnx")},
			strings.Fields(tt.flags)...)
		if _, stderr := netc(t, 1, append(args, file)...); !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.flags, stderr, tt.want)
		}
	}
	netc(t, 0, "summary", "--as", "tf_mobilenetv3_small_100.in1k", "--variant", "SMALL_100", "--set", "epsilon=1e-3",
		"--resolution", "192", file)
}
