package torch

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// storage is a run of numbers that one or more tensors look into.
type storage struct {
	kind     stored.Type // "" for bytes whose tensors say their type
	elements int64
	open     section // nil until placed
}

// section returns an Open function for a part of a storage.
type section func(from, length int64) func() (io.ReadCloser, error)

// place says how the storage's bytes are opened.
func (s *storage) place(open section, length int64) error {
	width := int64(1)
	if s.kind != "" {
		width = s.kind.Size()
	}
	if s.elements > length/width {
		return fmt.Errorf("it has %d bytes; %d values of type %s need more", length, s.elements, s.kind)
	}
	s.open = open
	return nil
}

// tensor is a view of a storage; offset and strides count elements.
type tensor struct {
	storage       *storage
	kind          stored.Type
	offset        int64
	shape, stride []int64
}

// host gives a checkpoint's pickle the few names it needs.
type host struct{ found map[string]*storage }

var storageTypes = map[string]stored.Type{
	"torch.FloatStorage": stored.F32, "torch.DoubleStorage": stored.F64,
	"torch.HalfStorage": stored.F16, "torch.BFloat16Storage": stored.BF16,
	"torch.LongStorage": "I64", "torch.IntStorage": "I32", "torch.ShortStorage": "I16", "torch.CharStorage": "I8",
	"torch.ByteStorage": "U8", "torch.BoolStorage": "BOOL", "torch.ComplexFloatStorage": "C64",
	"torch.ComplexDoubleStorage":   "C128",
	"torch.storage.UntypedStorage": "",
}

var elementTypes = map[string]stored.Type{
	"torch.float32": stored.F32, "torch.float64": stored.F64, "torch.float16": stored.F16,
	"torch.bfloat16": stored.BF16,
	"torch.int64":    "I64", "torch.int32": "I32", "torch.int16": "I16", "torch.int8": "I8",
	"torch.uint8": "U8", "torch.bool": "BOOL",
	"torch.uint16": "U16", "torch.uint32": "U32", "torch.uint64": "U64",
	"torch.float8_e4m3fn": "F8_E4M3", "torch.float8_e5m2": "F8_E5M2", "torch.complex64": "C64",
	"torch.complex128": "C128",
}

// foreign is a tensor whose values are not read: its type is none of the above, or a function that is not called would
// make it of its storage.
type foreign struct{ what string }

// functions are what a checkpoint may call: each makes data of its arguments.
var functions = map[string]pickle.Call{
	"collections.OrderedDict":                    pickle.NewOrderedDict,
	"collections.defaultdict":                    pickle.NewDefaultDict,
	"torch._utils._rebuild_tensor_v2":            rebuildTensor,
	"torch._utils._rebuild_tensor_v3":            rebuildTypedTensor,
	"torch._utils._rebuild_parameter":            rebuildParameter,
	"torch._utils._rebuild_parameter_with_state": rebuildParameter,
	"torch._tensor._rebuild_from_type_v2":        rebuildSubclass,
	// Tensors of other devices, XLA's for instance, are written as NumPy's arrays or as the processor's tensors.
	"torch._utils._rebuild_device_tensor_from_numpy":      rebuildElsewhere,
	"torch._utils._rebuild_device_tensor_from_cpu_tensor": rebuildElsewhere,
	"torch._utils._rebuild_xla_tensor":                    rebuildElsewhere,
}

// Global implements pickle.Host. What is not among the functions is never called.
func (h *host) Global(name string) any {
	if f, ok := functions[name]; ok {
		return f
	}
	return &pickle.Class{Name: name}
}

// maxStorage bounds the elements of a storage, so that offsets in bytes cannot overflow.
const maxStorage = 1 << 48

// Persistent implements pickle.Host: ("storage", type, key, place, number of elements). The old format also refers so
// to the source of a module, ("module", class, file, source).
func (h *host) Persistent(id any) (any, error) {
	tuple, ok := id.(pickle.Tuple)
	if ok && len(tuple) >= 2 && tuple[0] == any("module") {
		return tuple[1], nil
	}
	if !ok || len(tuple) < 5 || tuple[0] != any("storage") {
		return nil, fmt.Errorf("it refers to %s, which is no storage", pickle.Describe(id))
	}
	class, okClass := tuple[1].(*pickle.Class)
	key, okKey := tuple[2].(string)
	elements, okCount := tuple[4].(int64)
	if !okClass || !okKey || !okCount || elements < 0 || elements > maxStorage {
		return nil, errors.New("it refers to a storage that is not as PyTorch writes them")
	}
	kind, ok := storageTypes[class.Name]
	if !ok {
		return &foreign{"of " + class.Name}, nil
	}
	if len(tuple) > 5 && tuple[5] != nil {
		return nil, errors.New("it has a storage that is a view of another: write it again with a newer PyTorch")
	}
	if s, ok := h.found[key]; ok {
		if s.kind != kind || s.elements != elements {
			return nil, fmt.Errorf("it has two different storages %s", stored.Quote(key))
		}
		return s, nil
	}
	s := &storage{kind: kind, elements: elements}
	h.found[key] = s
	return s, nil
}

// keys returns the names of the storages in order, so that of several errors the same is reported every time.
func (h *host) keys() []string { return slices.Sorted(maps.Keys(h.found)) }

// rebuildTensor takes storage, offset, shape, strides, and what concerns gradients.
func rebuildTensor(args pickle.Tuple) (any, error) {
	if len(args) < 4 {
		return nil, errors.New("it rebuilds a tensor from too few arguments")
	}
	if f := foreignOf(args[0]); f != nil {
		return f, nil
	}
	s, ok := args[0].(*storage)
	if !ok || s.kind == "" {
		return nil, errors.New("it rebuilds a tensor from something that is no typed storage")
	}
	return view(s, s.kind, args)
}

// foreignOf returns what stands for a tensor in a storage that is not read, or nil.
func foreignOf(storage any) *foreign {
	switch s := storage.(type) {
	case *foreign:
		return s
	case *pickle.Object: // torch.storage._load_from_bytes, of pickle.dump
		return &foreign{"made by " + pickle.Describe(s.Class) + ", which is not called"}
	}
	return nil
}

// rebuildTypedTensor takes the element type as its seventh argument.
func rebuildTypedTensor(args pickle.Tuple) (any, error) {
	if len(args) < 7 {
		return nil, errors.New("it rebuilds a tensor from too few arguments")
	}
	if f := foreignOf(args[0]); f != nil {
		return f, nil
	}
	s, okStorage := args[0].(*storage)
	class, okClass := args[6].(*pickle.Class)
	if !okStorage || !okClass {
		return nil, errors.New("it rebuilds a tensor from something that is no storage")
	}
	kind, ok := elementTypes[class.Name]
	if !ok {
		return &foreign{"of " + class.Name}, nil
	}
	if s.kind != "" && s.kind != kind {
		return nil, fmt.Errorf("it rebuilds a tensor of type %s from a storage of type %s", class.Name, s.kind)
	}
	return view(s, kind, args)
}

func view(s *storage, kind stored.Type, args pickle.Tuple) (any, error) {
	t := &tensor{storage: s, kind: kind}
	var okOffset, okShape, okStride bool
	t.offset, okOffset = args[1].(int64)
	t.shape, okShape = numbers(args[2])
	t.stride, okStride = numbers(args[3])
	if !okOffset || !okShape || !okStride {
		return nil, errors.New("it rebuilds a tensor whose shape or strides are no numbers")
	}
	span, err := stored.Span(t.shape, t.stride)
	if err != nil {
		return nil, fmt.Errorf("it rebuilds a tensor that %w", err)
	}
	available := s.elements
	if s.kind == "" {
		available /= kind.Size()
	}
	if t.offset < 0 || span > available-t.offset {
		return nil, fmt.Errorf("it rebuilds a tensor of shape %s from the elements %d to %d of a storage of %d",
			stored.Brief(t.shape), t.offset, t.offset+span, available)
	}
	return t, nil
}

func numbers(v any) ([]int64, bool) {
	tuple, ok := v.(pickle.Tuple)
	if !ok || len(tuple) > 64 {
		return nil, false
	}
	list := make([]int64, len(tuple))
	for i, x := range tuple {
		if list[i], ok = x.(int64); !ok {
			return nil, false
		}
	}
	return list, true
}

// rebuildParameter takes the parameter's tensor first.
func rebuildParameter(args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		switch t := args[0].(type) {
		case *tensor, *foreign:
			return t, nil
		case *pickle.Object:
			return t, nil // a tensor that a function would make which is not called
		}
	}
	return nil, errors.New("it makes a parameter of something that is no tensor")
}

// rebuildElsewhere takes the tensor or the array first, then the device.
func rebuildElsewhere(args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		switch t := args[0].(type) {
		case *tensor, *foreign:
			return t, nil
		case *pickle.Object:
			return t, nil
		}
	}
	return nil, errors.New("it makes a tensor of something that is no array")
}

// rebuildSubclass takes a function, the class that its result becomes, its arguments, and attributes. Classes change
// what a tensor does, not what it holds.
func rebuildSubclass(args pickle.Tuple) (any, error) {
	if len(args) > 2 {
		f, okFunction := args[0].(pickle.Call)
		inner, okArgs := args[2].(pickle.Tuple)
		if okFunction && okArgs {
			return f(inner)
		}
	}
	return &pickle.Object{Class: "torch._tensor._rebuild_from_type_v2", Args: args}, nil
}
