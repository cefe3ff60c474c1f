// Package verify reads ONNX models back, checks them and evaluates them. It shares no code with the writer: what it finds
// is what the bytes say.
//
// The bytes of a file come in (ReadFile, Decode); a Model goes out. Check lists everything that is wrong with it: names,
// order, operators and their attributes, types and shapes. Evaluate runs a checked model, operation by operation, in the
// reference interpreter's arithmetic.
//
// A file may lie in every way: sizes are checked before anything is made of them, and no input makes this package panic.
package verify

// Model is a ModelProto.
type Model struct {
	IRVersion       int64
	Producer        string
	ProducerVersion string
	Opset           int64 // of the default domain
	Properties      []Property
	Graph           Graph
	opsets          []opsetImport
}

type opsetImport struct {
	domain  string
	version int64
}

// Property is one entry of the model's metadata.
type Property struct{ Key, Value string }

// Property returns the value of a key of the metadata, or "".
func (m *Model) Property(key string) string {
	for _, p := range m.Properties {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// Graph is a GraphProto.
type Graph struct {
	Name            string
	Nodes           []Node
	Initializers    []Tensor
	Inputs, Outputs []Value
	Infos           []Value
}

// Node is a NodeProto.
type Node struct {
	Name, Operator, Domain string
	Inputs, Outputs        []string
	Attributes             []Attribute
}

// Attribute is an AttributeProto of one of the kinds that netc writes.
type Attribute struct {
	Name  string
	Kind  Kind
	Float float32
	Int   int64
	Text  string
	Ints  []int64
}

// Kind is an AttributeProto.AttributeType.
type Kind int64

// The kinds of attributes that netc writes.
const (
	FloatKind Kind = 1
	IntKind   Kind = 2
	TextKind  Kind = 3
	IntsKind  Kind = 7
)

// ElementType is a TensorProto.DataType.
type ElementType int64

// The element types that netc writes.
const (
	Float32  ElementType = 1
	Uint8    ElementType = 2
	Int64    ElementType = 7
	Float16  ElementType = 10
	BFloat16 ElementType = 16
)

var elementTypes = map[ElementType]struct {
	name  string
	bytes int64
}{Float32: {"fp32", 4}, Uint8: {"uint8", 1}, Int64: {"int64", 8}, Float16: {"fp16", 2}, BFloat16: {"bf16", 2}}

// String returns a short name.
func (t ElementType) String() string {
	if info, ok := elementTypes[t]; ok {
		return info.name
	}
	return "an unknown type"
}

func (t ElementType) isFloat() bool { return t == Float32 || t == Float16 || t == BFloat16 }

// Tensor is a TensorProto.
type Tensor struct {
	Name     string
	Type     ElementType
	Dims     []int64
	Raw      []byte  // little-endian
	Ints     []int64 // instead of Raw, for Int64
	external map[string]string
	outside  bool
}

// Value is a ValueInfoProto of a tensor.
type Value struct {
	Name     string
	Type     ElementType
	Dims     []Dim
	hasShape bool
}

// Dim is a dimension: a size, a symbol, or neither when nothing is said of it.
type Dim struct {
	Size   int64
	Symbol string
	known  bool
}
