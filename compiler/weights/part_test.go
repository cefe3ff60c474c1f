package weights

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/dsl/source"
)

// with adds tensors to a state: "criterion.pos_weight F32 5".
func with(s stored.State, tensors ...string) stored.State {
	for _, text := range tensors {
		var name, kind string
		var n int64
		t := stored.Tensor{Shape: []int64{}}
		if count, _ := fmt.Sscan(text, &name, &kind, &n); count == 3 {
			t.Shape = append(t.Shape, n)
		}
		t.Name, t.Type = name, stored.Type(kind)
		s.Tensors = append(s.Tensors, t)
	}
	return s
}

// without leaves out the tensors under a name.
func without(s stored.State, prefix string) stored.State {
	s.Tensors = slices.DeleteFunc(slices.Clone(s.Tensors),
		func(t stored.Tensor) bool { return strings.HasPrefix(t.Name, prefix) })
	return s
}

func prefixed(prefix string) func(string) string {
	return func(name string) string { return prefix + name }
}

// joinedStates puts the tensors of several states into one.
func joinedStates(states ...stored.State) stored.State {
	s := states[0]
	for _, other := range states[1:] {
		s.Tensors = append(s.Tensors, other.Tensors...)
	}
	return s
}

// TestTrainers has what trainers write around a network's weights. want is the path of what is read, or part of the
// error, after "error:".
func TestTrainers(t *testing.T) {
	g := graph(t)
	plain := state(g, "", same)
	in := func(name string) stored.State { return state(g, name, same) }
	under := func(name, prefix string) stored.State { return state(g, name, prefixed(prefix)) }
	moment := func(name string) stored.State {
		return with(stored.State{Name: name}, "step F32", "exp_avg F32 4", "exp_avg_sq F32 4")
	}
	tests := []struct {
		name    string
		states  []stored.State
		options Options
		want    string
	}{
		{"state dict", []stored.State{plain}, Options{}, ""},
		{"Lightning: the best score is a tensor", []stored.State{with(stored.State{Name: "callbacks.ModelCheckpoint"},
			"best_model_score F32", "kth_value F32"), under("state_dict", "model.")}, Options{}, "state_dict.model"},
		{"PyTorch's imagenet example", []stored.State{with(stored.State{Name: ""}, "best_acc1 F32"),
			under("state_dict", "module.")}, Options{}, "state_dict.module"},
		{"torchvision's references: two optimizers", []stored.State{in("model"), moment("optimizer.state.a"),
			moment("optimizer.state.b"), in("model_ema")}, Options{State: "model"}, "model"},
		{"an optimizer by names", []stored.State{in("model"), in("optimizer.exp_avg"), in("optimizer.exp_avg_sq")},
			Options{}, "model"},
		{"a network and its average", []stored.State{in("state_dict"), in("state_dict_ema")}, Options{},
			"error:choose one with --state: state_dict, state_dict_ema"},
		{"an average that also counts", []stored.State{in("state_dict"), with(in("ema"), "decay F32")}, Options{},
			"error:--state: state_dict, ema"},
		{"teacher and student", []stored.State{in("student"), joinedStates(in("teacher"), under("", "more."),
			under("", "most."))}, Options{}, "student"},
		{"Lightning with a loss's weights",
			[]stored.State{with(under("state_dict", "model."), "criterion.pos_weight F32 5")}, Options{},
			"error:surplus: \"criterion.pos_weight\" [5] is not in the network: the other tensors are under " +
				"\"model.\"\nTo read the tensors of state_dict.model alone and pass over what stands beside them, give " +
				"--state state_dict.model."},
		{"the same by --state", []stored.State{with(under("state_dict", "model."), "criterion.pos_weight F32 5")},
			Options{State: "state_dict.model"}, "state_dict.model"},
		{"the same by the prefix alone",
			[]stored.State{with(under("state_dict", "model."), "criterion.pos_weight F32 5")}, Options{State: "model"},
			"state_dict.model"},
		{"a loss inside the part", []stored.State{with(under("state_dict", "model.backbone."),
			"model.loss.weight F32 5", "criterion.weight F32 5")}, Options{State: "model"}, "error:surplus: " +
			"\"model.loss.weight\" [5] is not in the network: the other tensors are under \"model.backbone.\"\nTo " +
			"read the tensors of state_dict.model.backbone alone"},
		{"torchmetrics: a counter", []stored.State{with(under("", "model."), "train_acc.total I64",
			"train_acc.correct I64 10")}, Options{}, "model"},
		{"SWA", []stored.State{with(under("", "module."), "n_averaged I64")}, Options{}, "module"},
		{"mmpretrain", []stored.State{with(without(under("state_dict", "backbone."), "backbone.logits"),
			"head.fc.weight F32 16", "head.fc.bias F32 16")}, Options{}, "error:give --state state_dict.backbone."},
		{"mmpretrain without its head", []stored.State{with(without(under("state_dict", "backbone."),
			"backbone.logits"), "head.fc.weight F32 16")}, Options{State: "backbone", Reinit: []string{"logits"}},
			"state_dict.backbone"},
		{"student and teacher in one", []stored.State{joinedStates(under("", "student."), under("", "teacher."))},
			Options{}, "error:choose one with --state: student, teacher"},
		{"a student in one with a larger teacher",
			[]stored.State{joinedStates(under("", "student."), under("", "teacher."), under("", "teacher.a."),
				under("", "teacher.b."))}, Options{State: "student"}, "student"},
		{"the same, not said so", []stored.State{joinedStates(under("", "student."), under("", "teacher."),
			under("", "teacher.a."), under("", "teacher.b."))}, Options{}, "error:give --state student."},
		{"names that a terminal obeys", []stored.State{joinedStates(under("", "\x1b[2J."), under("", "\x1b[1J."))},
			Options{}, `error:--state: "\x1b[2J", "\x1b[1J"`},
		{"the teacher", []stored.State{joinedStates(under("", "student."), under("", "teacher."))},
			Options{State: "teacher"}, "teacher"},
		{"MoCo", []stored.State{with(joinedStates(under("state_dict", "module.encoder_q."),
			under("", "module.encoder_k.")), "module.queue F32 128", "module.queue_ptr I64 1")},
			Options{State: "module.encoder_q"}, "state_dict.module.encoder_q"},
		{"a compiled model in data parallel", []stored.State{under("", "_orig_mod.module.")}, Options{},
			"_orig_mod.module"},
		{"data parallel in a compiled model", []stored.State{under("", "module._orig_mod.model.")}, Options{},
			"module._orig_mod.model"},
		{"model in model", []stored.State{under("", "model.model.")}, Options{}, "model.model"},
		{"Composer: metrics and a state of states", []stored.State{under("state.model", "module.model."),
			with(stored.State{Name: "state.metrics.train"}, "total F32", "correct F32 10")}, Options{},
			"state.model.module.model"},
		{"Catalyst: a criterion of its own", []stored.State{in("model_state_dict"),
			with(stored.State{Name: "criterion_state_dict"}, "weight F32 16"), moment("optimizer_state_dict.a")},
			Options{}, "model_state_dict"},
		{"DINO: teacher and student with heads",
			[]stored.State{with(under("student", "module.backbone."), "module.head.mlp.0.weight F32 7"),
				with(under("teacher", "backbone."), "head.mlp.0.weight F32 7"), with(stored.State{Name: "dino_loss"},
					"center F32 7")}, Options{}, "error:--state: student, teacher"},
		{"DINO's teacher", []stored.State{with(under("student", "module.backbone."), "module.head.mlp.0.weight F32 7"),
			with(under("teacher", "backbone."), "head.mlp.0.weight F32 7")}, Options{State: "teacher"},
			"error:give --state teacher.backbone."},
		{"ema-pytorch", []stored.State{with(joinedStates(under("", "online_model."), under("", "ema_model.")),
			"initted BOOL", "step I64")}, Options{}, "error:--state: online_model, ema_model"},
		{"torchmetrics: a mean", []stored.State{with(under("state_dict", "model."), "train_loss.mean_value F32",
			"train_loss.weight F32")}, Options{}, "error:give --state state_dict.model."},
		{"encoder", []stored.State{with(under("", "encoder."), "temperature F32")}, Options{State: "encoder"},
			"encoder"},
		{"a network of the user's own name", []stored.State{under("", "my_net.")}, Options{}, "my_net"},
		{"TensorFlow's slashes", []stored.State{under("", "MobilenetV2/")}, Options{}, "MobilenetV2"},
		{"two of many states", []stored.State{in("a"), in("b")}, Options{State: "c"},
			`error:no part "c"; its parts with weights are a, b`},
		{"a part of one", []stored.State{plain}, Options{State: "ema"},
			`error:no part "ema": it holds one set of weights`},
		{"backbone and head apart", []stored.State{without(in("backbone"), "logits"),
			{Name: "head", Tensors: with(stored.State{}, "weight F32 16", "bias F32 16").Tensors}}, Options{},
			"error:Only its part backbone was read; the checkpoint also has head. A mapping can name the tensors of " +
				"all: \"head.weight\"."},
		{"nothing like it", []stored.State{moment("a"), with(stored.State{Name: "b"}, "x F32 77")}, Options{State: ""},
			"error:missing: conv.weight"},
		{"nothing like it at all", []stored.State{with(stored.State{Name: "a"}, "x F32 77"),
			with(stored.State{Name: "b"}, "x F32 77")}, Options{}, "error:none of which resembles the network: " +
			"choose one with --state: a, b"},
		{"the outermost beside an average", []stored.State{plain, in("ema")}, Options{}, "error:choose one with " +
			"--state: . (the outermost dictionary), ema"},
		{"the outermost", []stored.State{plain, in("ema")}, Options{State: "."}, ""},
		{"no state", nil, Options{}, "error:no tensors"},
		{"no state, named", nil, Options{State: "a"}, "error:no tensors"},
		{"a name twice", []stored.State{joinedStates(plain, plain)}, Options{},
			`error:the tensor "conv.weight" occurs twice`},
		{"a name twice in the part that is named", []stored.State{joinedStates(in("a"), in("a")), in("b")},
			Options{State: "a"}, `error:the tensor "conv.weight" occurs twice`},
		{"quantised", []stored.State{with(without(plain, "conv"), "conv.weight made-by-a-function")}, Options{},
			"error:wrong type: conv.weight is made-by-a-function"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := Bind(&stored.Checkpoint{States: tt.states}, g, tt.options)
			if want, bad := strings.CutPrefix(tt.want, "error:"); bad {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want an error with %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := (part{state: stored.State{Name: b.State}, prefix: b.Prefix}).path(); got != tt.want &&
				b.State+b.Prefix != tt.want {
				t.Errorf("read %q, want %q", got, tt.want)
			}
			if len(tt.options.Reinit) > 0 {
				return
			}
			set, err := b.Load()
			if err != nil {
				t.Fatal(err)
			}
			checkValues(t, g, set)
		})
	}
}

// TestCauseFirst has one foreign tensor beside a prefix: the error is about that tensor, in its first line, and not
// about every parameter.
func TestCauseFirst(t *testing.T) {
	g := graph(t)
	s := with(state(g, "", prefixed("model.")), "loss.weight F32 3")
	_, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
	if err == nil {
		t.Fatal("the foreign tensor is accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], `"loss.weight"`) ||
		!strings.Contains(lines[2], "--state model.") {
		t.Errorf("got\n%v", err)
	}
	for i := range s.Tensors { // and another head: both remedies
		if strings.HasPrefix(s.Tensors[i].Name, "model.logits.") {
			s.Tensors[i].Shape = []int64{1000}
		}
	}
	if _, err = Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{}); err == nil ||
		!strings.Contains(err.Error(), "--state model.") || !strings.Contains(err.Error(), "--reinit logits.") {
		t.Errorf("got\n%v", err)
	}
}

// TestSurplus passes over a tensor with the lines that the error proposes, for the network's own names and for a
// mapping that comes with netc.
func TestSurplus(t *testing.T) {
	g := graph(t)
	s := with(state(g, "", same), "aux.weight F32 3", "aux.bias F32 3")
	c := &stored.Checkpoint{States: []stored.State{s}}
	_, err := Bind(c, g, Options{})
	if err == nil {
		t.Fatal("surplus tensors are accepted")
	}
	_, lines, ok := strings.Cut(err.Error(), "to --mapping:")
	m, parseErr := mapping.Parse(source.NewFile("aux.map", lines))
	if !ok || parseErr != nil {
		t.Fatalf("%v\n%v", err, parseErr)
	}
	b, err := Bind(c, g, Options{Mapping: m})
	if err != nil || len(b.Passed) != 2 {
		t.Errorf("got %v", err)
	}
	if got := ignoring(mapping.Shipped()[0], []string{"a"}); !strings.Contains(got,
		"use "+mapping.Shipped()[0].Name+"\nignore a") {
		t.Error(got)
	}
	if got := ignoring(m, []string{"a"}); !strings.Contains(got, "into aux.map:\nignore a") {
		t.Error(got)
	}
}

// TestApart binds a backbone and a head that have dictionaries of their own, by their paths or by a mapping.
func TestApart(t *testing.T) {
	g := graph(t)
	whole := state(g, "", same)
	body, head := without(whole, "logits"), stored.State{Name: "head"}
	body.Name = "body"
	for _, tensor := range whole.Tensors {
		if rest, ok := strings.CutPrefix(tensor.Name, "logits."); ok {
			tensor.Name = rest
			head.Tensors = append(head.Tensors, tensor)
		}
	}
	own := head
	own.Name = "logits"
	m, err := mapping.Parse(source.NewFile("their.map", "conv = body.conv\nnorm = body.norm\nlogits = head\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		states  []stored.State
		options Options
	}{
		"by their paths": {[]stored.State{{Tensors: body.Tensors}, own}, Options{}},
		"by a mapping":   {[]stored.State{body, head}, Options{Mapping: m}},
	} {
		b, err := Bind(&stored.Checkpoint{States: tt.states}, g, tt.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		set, err := b.Load()
		if err != nil {
			t.Fatal(err)
		}
		checkValues(t, g, set)
	}
	text, err := Suggest(&stored.Checkpoint{States: []stored.State{state(g, "model", same),
		with(stored.State{Name: "ema"}, "decay F32 1")}}, g, Options{})
	if err != nil || strings.Contains(text, "model.") {
		t.Errorf("the proposal names more than the network's part: %v\n%s", err, text)
	}
}

// TestBackboneAlone binds a backbone that was saved without its head, by a mapping whose names tell the two apart.
func TestBackboneAlone(t *testing.T) {
	g := graph(t)
	m, err := mapping.Parse(source.NewFile("their.map", "conv = net.conv\nnorm = net.norm\nlogits = classifier\n"))
	if err != nil {
		t.Fatal(err)
	}
	whole := func(name string) string {
		if rest, ok := strings.CutPrefix(name, "logits."); ok {
			return "classifier." + rest
		}
		return "net." + name
	}
	alone := without(state(g, "", same), "logits")
	for name, tt := range map[string]struct {
		state  stored.State
		reinit []string
		want   string
	}{
		"whole":              {state(g, "", whole), nil, ""},
		"alone":              {alone, []string{"logits"}, ""},
		"alone, not said so": {alone, nil, "--reinit logits"},
	} {
		b, err := Bind(&stored.Checkpoint{States: []stored.State{tt.state}}, g, Options{Mapping: m, Reinit: tt.reinit})
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "conv") {
				t.Errorf("%s: got %v, want %q and nothing of conv", name, err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if b.Bound[0].Tensor == nil {
			t.Errorf("%s: the convolution is not read", name)
		}
	}
}

// TestInnerWrappers has parts of a network that were compiled or sharded apart.
func TestInnerWrappers(t *testing.T) {
	b := ir.NewBuilder("inner")
	x, _ := b.Add("image", ir.Input{Shape: ir.DimsOf(2, 1, 1)}, nil)
	x, _ = b.Add("body.flat", ir.Flatten{}, nil, x)
	x, _ = b.Add("body.linear", ir.Linear{Out: 3}, nil, x)
	x, err := b.Add("head.linear", ir.Linear{Out: 4}, nil, x)
	if err != nil {
		t.Fatal(err)
	}
	g := b.Build(x)
	for _, word := range append(inner[:len(inner):len(inner)], parallel) {
		s := state(g, "", func(name string) string { return strings.Replace(name, ".", "."+word, 1) })
		got, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
		if err != nil {
			t.Errorf("%s: %v", word, err)
			continue
		}
		set, err := got.Load()
		if err != nil {
			t.Fatal(err)
		}
		checkValues(t, g, set)
	}
	s := state(g, "", same)
	s.Tensors = append(s.Tensors, state(g, "",
		func(name string) string { return strings.Replace(name, ".", "._orig_mod.", 1) }).Tensors...)
	if _, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{}); err == nil ||
		!strings.Contains(err.Error(), `"body._orig_mod.linear.weight"`) {
		t.Errorf("two tensors of one name: got %v", err)
	}
}

// TestManyLayers: of a file of twice as many layers as the network, and a thousand more, a mapping is proposed; of one
// more, none is looked for.
func TestManyLayers(t *testing.T) {
	g := graph(t)
	s := state(g, "", func(name string) string { return "other." + name })
	n := len(gather(s.Tensors))
	for i := range n + maxMore {
		s = with(s, fmt.Sprintf("t%d.weight F32 %d", i, 1000+i%7))
	}
	f := &fitter{}
	network, _ := f.networkLayers(g)
	for _, more := range []bool{false, true} {
		if more {
			s = with(s, "more.weight F32 1000")
		}
		_, _, err := classify(network, gather(s.Tensors), 0)
		refused := err != nil && strings.Contains(err.Error(), "no mapping can be proposed: the file has")
		if len(network) != n || refused != more {
			t.Errorf("a file of %d layers for a network of %d: %v", len(gather(s.Tensors)), n, err)
		}
	}
}

// TestManySurplus counts problems without writing each of them down.
func TestManySurplus(t *testing.T) {
	g := graph(t)
	s := state(g, "", same)
	for i := range 100_000 {
		s = with(s, fmt.Sprintf("t%d F32 1", i))
	}
	_, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{Mappings: mapping.Shipped()})
	if err == nil || !strings.Contains(err.Error(), "and 99980 more") {
		t.Errorf("got %v", err)
	}
}
