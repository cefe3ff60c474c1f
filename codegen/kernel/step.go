package kernel

// Kernel is what one step of a network computes: a struct with its operands and settings. The structs are the kernels'
// only declaration.
//
// A field of type Ref is an operand, and its tag says what the step does with it:
//
//	op:"out"          it is written
//	op:"in"           it is read
//	op:"in,inplace"   it is read, each element before the result's of the same place is written: the result may lie there
//	op:"weights"      it is read, and is the same in every inference
//
// From that netc derives how long values live, the text of plans and the table that it writes into generated code. An
// operand that is absent is the zero Ref; the comment at a field says whether it may be.
type Kernel interface {
	// Describe says in a few words what the kernel computes.
	Describe() string

	// Bind makes every decision that depends on the processor: the algorithm and into which items the work is cut.
	// before are the tasks of the steps before this one.
	Bind(m *Machine, before []Task) Task
}

// Task is a kernel with every decision made. It is only read, so any number of inferences share it.
type Task interface {
	// Items returns how many items the work is cut into.
	Items() int

	// Scratch returns how many floats a worker needs to work in.
	Scratch() int

	// Run computes the items from first up to but not including last.
	Run(w *Worker, m Memory, first, last int)
}

// Space is where an operand lies.
type Space uint8

// The spaces. The arena holds what steps leave for others. What the caller gives is only read, and planar: each input
// of the network is a space of its own, the first InputSpace, and those of the others follow.
const (
	NoSpace Space = iota
	ArenaSpace
	WeightsSpace
	InputSpace
)

// Ref is where an operand lies: a range of floats in a space.
type Ref struct {
	Space          Space
	Offset, Length int
}

// InInput returns a place of so many floats in the input of a number.
func InInput(number, offset, length int) Ref { return Ref{InputSpace + Space(number), offset, length} }

// InArena and InWeights return places of so many floats from an offset on.
func InArena(offset, length int) Ref   { return Ref{ArenaSpace, offset, length} }
func InWeights(offset, length int) Ref { return Ref{WeightsSpace, offset, length} }

// Present reports whether there is such an operand.
func (r Ref) Present() bool { return r.Space != NoSpace }

// Memory holds the floats of every space, by its number.
type Memory [][]float32

// NewMemory returns the memory of one inference of a network with a number of inputs, which are set before each.
func NewMemory(inputs int, arena, weights []float32) Memory {
	m := make(Memory, int(InputSpace)+inputs)
	m[ArenaSpace], m[WeightsSpace] = arena, weights
	return m
}

// SetInput gives the memory the input of a number, or takes it away: nil.
func (m Memory) SetInput(number int, values []float32) { m[int(InputSpace)+number] = values }

// at returns an operand, or nil for one that is absent.
func (m Memory) at(r Ref) []float32 { return m[r.Space][r.Offset : r.Offset+r.Length] }

// Worker is what one goroutine has to itself.
type Worker struct {
	// Scratch has as many floats as the task asks for that needs the most, and begins at a multiple of 64 bytes.
	Scratch []float32

	Step  int  // the number of the one at hand
	split held // what it has left split in Scratch
}

// Begin tells a worker that a step begins: nothing in its scratch is of use to it.
func (w *Worker) Begin(step int) { w.Step, w.split = step, held{} }
