package weights_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
)

// TestTrainerFiles reads what training tools write: see testdata/trainers/make_trainers.py. A file binds with the right
// values, or is refused with what is the matter with it.
func TestTrainerFiles(t *testing.T) {
	const folder = "testdata/trainers"
	program, err := compiler.Load(filepath.Join(folder, "tiny.net"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build("a", nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ file, state, want string }{
		{"arrays.pth", "", ""},
		{"counter.pth", "", ""},
		{"criterion.pth", "", `surplus: "criterion.pos_weight" [5]`},
		{"criterion.pth", "model", ""},
		{"detectron2.pkl", "", ""},
		{"detectron2_2.pkl", "", ""},
		{"dump.pkl", "", `conv.conv.weight is made by "torch.storage._load_from_bytes", which is not called`},
		{"distillation.pth", "", "choose one with --state: teacher, student"},
		{"distillation.pth", "student", ""},
		{"fastai.pth", "", ""},
		{"imagenet.pth", "", ""},
		{"lightning.ckpt", "", ""},
		{"list.pth", "", ""},
		{"mmengine.pth", "", ""},
		{"mp_rank_00_model_states.pt", "", "zero_to_fp32.py"},
		{"optimizer.pt", "", "an optimizer's state, which has no weights"},
		{"paddle.pdparams", "", ""},
		{"parallel.pt", "", ""},
		{"pipeline.pkl", "", `its tensors are in an object of "collections.UserDict"`},
		{"pruned.pth", "", "torch.nn.utils.prune.remove"},
		{"quantised.pth", "", "the network is quantised"},
		{"references.pth", "", "choose one with --state: model, model_ema"},
		{"references.pth", "model_ema", ""},
		{"script.pt", "", ""},
		{"sparse.pth", "", `wrong type: logits.weight is made by "torch._utils._rebuild_sparse_tensor"`},
		{"spectral.pth", "", "remove_parametrizations"},
		{"swa.pth", "", ""},
		{"timm.pth", "", ""},
		{"training_args.bin", "", "no dictionary of tensors"},
		{"whole.pt", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.file+"/"+tt.state, func(t *testing.T) {
			path := filepath.Join(folder, tt.file)
			c, err := checkpoint.Open(path)
			if err == nil {
				defer c.Close()
				var b *weights.Binding
				b, err = weights.Bind(c, n.Graph, weights.Options{Mappings: mapping.Shipped(), State: tt.state})
				if err == nil && tt.want == "" {
					checkPlaces(t, b)
					return
				}
			}
			if err == nil || tt.want == "" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// checkPlaces checks that each parameter has the value that make_trainers.py gives it.
func checkPlaces(t *testing.T, b *weights.Binding) {
	t.Helper()
	set, err := b.Load()
	if err != nil {
		t.Fatal(err)
	}
	for i, bound := range b.Bound {
		for _, v := range set.Of(bound.Param).Data {
			if want := 2 + float32(i)/64; v != want {
				t.Errorf("%s is %v, want %v", bound.Param.Name, v, want)
				break
			}
		}
	}
}

// TestBackbones binds EfficientNet as transformers' EfficientNetModel has it, without a head and without the word that
// tells the two apart, and under what trainers put before it.
func TestBackbones(t *testing.T) {
	g := network(t, "efficientnet_tf", "B0")
	for _, prefix := range []string{"", "model.", "backbone.", "encoder.", "module.encoder.model."} {
		tensors := named(t, namesIn(t, "transformers_efficientnet-b0"), g.Params())
		headless := tensors[:0]
		for _, tensor := range tensors {
			if rest, ok := strings.CutPrefix(tensor.Name, "efficientnet."); ok {
				tensor.Name = prefix + rest
				headless = append(headless, tensor)
			}
		}
		c := inOne(headless)
		if _, err := weights.Bind(c, g, weights.Options{Mappings: mapping.Shipped()}); err == nil ||
			!strings.Contains(err.Error(), "give --reinit logits") {
			t.Errorf("%s: got %v, want the remedy", prefix, err)
		}
		b, err := weights.Bind(c, g, weights.Options{Mappings: mapping.Shipped(), Reinit: []string{"logits"}})
		if err != nil {
			t.Errorf("%s: %v", prefix, err)
			continue
		}
		if b.Mapping.Name != "transformers-efficientnet" || b.Prefix != prefix {
			t.Errorf("bound by %s without %q, want %q", b.Mapping, b.Prefix, prefix)
		}
	}
}
