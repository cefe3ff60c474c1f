// Package verify reads ONNX models back, checks them and evaluates them. It shares no code with the writer, nor with
// the reference interpreter: what it finds is what the bytes say.
//
// The bytes of a file come in (ReadFile, Decode); a Model goes out. Check lists everything that is wrong with it:
// names, order, operators and their attributes, types and shapes. Evaluate runs a checked model, operation by
// operation, in float64.
//
// Three things are kept apart. A *problem* is against ONNX's specification or against what the model says of itself.
// What is *not covered* may well be right: this package does not know enough of ONNX to tell. A *note* is about what
// ONNX allows, but nobody would write on purpose, such as a value that nothing reads.
//
//	model.go         a model, as it is read
//	wire.go          protobuf's wire format
//	decode.go        the messages of onnx.proto
//	file.go          files, and external data beside them
//	check.go         the check of a whole model
//	check_node.go    that of a node: its inputs, attributes and results
//	call.go          one use of an operator: its inputs and attributes, of which results are inferred
//	operator.go      what is known of an operator: numbers of inputs, attributes, types, by opset
//	operators.go     the table of operators; one row names its checks and its arithmetic, which stand in
//	window.go        how a kernel slides over an image in one to three dimensions
//	conv.go, conv_transpose.go, pool.go   what is computed in such windows
//	elementwise.go   functions of each element, and of two that lie at the same place
//	layers.go        Gemm, batch norm, softmax, TopK
//	tensor.go        of any rank: Shape, Expand, Reshape, MatMul, ReduceMean, LayerNormalization
//	move.go, slice.go, resize.go          what only moves elements: Concat, Slice, Pad, Resize
//	evaluate.go      running a model
//	values.go        element types and what they can hold
//
// A file may lie in every way: sizes are checked before anything is made of them, and no input makes this package
// panic.
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
	sparse          bool // it has sparse initializers, which are not read
}

// Free returns the inputs that must be given when the model runs. The others have an initializer; before version 4 of
// the file format, every initializer had to be an input too.
func (g *Graph) Free() []Value {
	constant := map[string]bool{}
	for i := range g.Initializers {
		constant[g.Initializers[i].Name] = true
	}
	var free []Value
	for _, v := range g.Inputs {
		if !constant[v.Name] {
			free = append(free, v)
		}
	}
	return free
}

// Node is a NodeProto.
type Node struct {
	Name, Operator, Domain string
	Inputs, Outputs        []string // "" stands for one that is left out
	Attributes             []Attribute
}

// Attribute is an AttributeProto. Those of other kinds than the ones below have no value here.
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

// The kinds of attributes that the known operators have.
const (
	FloatKind Kind = 1
	IntKind   Kind = 2
	TextKind  Kind = 3
	IntsKind  Kind = 7
)

// Tensor is a TensorProto.
type Tensor struct {
	Name string
	Type ElementType
	Dims []int64
	Raw  []byte  // little-endian
	Ints []int64 // instead of Raw: integers, or the bits of 16-bit floats

	listed   []byte            // instead of Raw: fp32 or fp64, little-endian
	external map[string]string // where Raw is to be found, when outside is true
	outside  bool
}

// External returns where in another file the data lie, as the model says it, if they do.
func (t *Tensor) External() (offset, length string, outside bool) {
	return t.external["offset"], t.external["length"], t.outside
}

// Value is a ValueInfoProto.
type Value struct {
	Name     string
	Type     ElementType // 0: nothing is said of it, or it is no tensor
	Dims     []Dim
	hasShape bool
}

// Dim is a dimension: a size, a symbol, or neither when nothing is said of it.
type Dim struct {
	Size   int64
	Symbol string
	known  bool
}
