package kernel

// Kernel is what one step of a network computes: a struct with its operands and settings. The structs are the kernels'
// only declaration.
//
// A field of type Ref is an operand, and its tag says what the step does with it:
//
//	op:"out"            it is written
//	op:"in"             it is read
//	op:"in,inplace"     it is read, and each of its elements before the result's at that place is written, so that
//	                    the result may take its memory
//	op:"weights"        it is read, and is the same in every inference
//
// A second tag says what it may hold, where that is not float32 in blocks:
//
//	holds:"f32,f16"     elements of either type, in blocks
//	holds:"f32 planes"  float32, planar
//	holds:"bf16 pairs"  weights in blocks whose products a processor adds up in pairs, or by "fours" (Layout)
//	holds:"f32 any"     float32, where the kernel's settings say axis by axis (Axis)
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

// Worker is what one goroutine has to itself.
type Worker struct {
	// Scratch has as many floats as the task asks for that needs the most, and begins at a multiple of 64 bytes.
	Scratch []float32

	Step   int       // the number of the one at hand
	split  held      // what it has left split in Scratch
	strips uint64    // which strips of a Conv's input it has left there, a bit for each
	kept   []float32 // the step's weights as binding has split them, or nil
}

// Begin tells a worker that a step begins: nothing in its scratch is of use to it.
func (w *Worker) Begin(step int) { w.Step, w.split, w.strips, w.kept = step, held{}, 0, nil }
