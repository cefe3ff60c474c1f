// Package isa is the vocabulary in which package tiling writes routines, and what an instruction set has to supply:
// packages amd64 and arm64 implement Machine, for AVX2 and AVX-512 and for NEON. A further instruction set is a further
// implementation; the routines stay as they are.
//
// The vocabulary is that of a small load-store processor with thirteen integer registers and as many vector registers
// as the set has. Where processors differ in what an operand can be, the richer form is offered (an operand in
// memory, a constant, an address with an index) and a back end that lacks it spends an instruction more. Where they
// differ in how work is arranged, the interface asks: how wide a register is, how large a tile can be, how
// neighbouring pixels are addressed.
package isa

import "github.com/netc-lang/netc/codegen/asm/routine"

// Int is an integer register. A back end maps the numbers to its own registers; what a routine keeps in one, it says
// itself.
type Int int

// The integer registers that every back end has.
const (
	I0 Int = iota
	I1
	I2
	I3
	I4
	I5
	I6
	I7
	I8
	I9
	I10
	I11
	I12
	Ints
)

// Vec is a vector register, by number.
type Vec int

// Mem is memory: of a register, on the stack, or a parameter.
type Mem struct {
	Space Space
	Base  Int    // of Register
	Index Int    // of Register, where Scale is not 0
	Scale int    // 0 (no index), 1, 2, 4 or 8: the address is Base + Index·Scale + Disp
	Disp  int    // in bytes
	Name  string // of Parameter
}

// Space is what a Mem's displacement counts from.
type Space uint8

// The spaces.
const (
	Register  Space = iota // the address in a register
	Stack                  // the routine's frame
	Parameter              // the routine's arguments
)

// At is memory at a displacement from the address in a register.
func At(base Int, displacement int) Mem { return Mem{Base: base, Disp: displacement} }

// Indexed is At with a multiple of another register added.
func Indexed(base, index Int, scale, displacement int) Mem {
	return Mem{Base: base, Index: index, Scale: scale, Disp: displacement}
}

// Local is memory in the routine's frame.
func Local(offset int) Mem { return Mem{Space: Stack, Disp: offset} }

// Param is an argument of the routine, of eight bytes.
func Param(name string, index int) Mem { return Mem{Space: Parameter, Name: name, Disp: 8 * index} }

// Number is a constant, in every lane.
type Number float32

// Source is what an operation takes its first operand from: Vec, Mem or Number.
type Source interface{ source() }

func (Vec) source()    {}
func (Mem) source()    {}
func (Number) source() {}

// Row addresses memory that is equally spaced: what neighbouring pixels see, or the weights of neighbouring blocks.
type Row interface {
	// Use says how many places are addressed from here on.
	Use(places int)
	// SetPitch is called where the pitch has been set, Start where the base has; the pitch comes first.
	SetPitch()
	Start()
	// At is memory at a displacement from the i-th place.
	At(i, displacement int) Mem
	// Advance and AdvanceBy move all places, and the base with them.
	Advance(bytes int)
	AdvanceBy(bytes Int)
}

// Machine is an instruction set together with the printer of its assembly. Its methods append instructions to the
// routine that was begun last. Unless they say otherwise, they change nothing but the register or memory called "to",
// and the processor's flags, which no method relies on.
type Machine interface {
	Registers
	Text
	Integers
	Vectors
	Groups
	Functions
}

// Registers says what the vector unit has room for.
type Registers interface {
	Vecs() int    // vector registers
	Bytes() int   // of a vector register
	Element() int // of a number: 4, or 2 of float16
	// FirstAccumulator is the register from which on results are held, four or more; those before are temporary.
	// Accumulators is how many registers from there on can hold results. Those behind them are free for a
	// routine's weights and inputs; an operation with an operand in memory or a constant may use them, too, where the
	// processor needs it in a register, or the last of many temporary ones.
	FirstAccumulator() Vec
	Accumulators() int
	// LanesPerLoad is how many inputs of a pixel one load brings into a register for MulAddLane: 1 where they are
	// broadcast.
	LanesPerLoad() int
	// Unroll is how many lanes of the input the inner loop of a product multiplies at a time, a multiple of
	// LanesPerLoad: as few as are as fast as more, for each is code again.
	Unroll() int
	// WholeBlocks asks for a loop over whole blocks in products, which does without counts in memory: for machines on
	// which these take several instructions each. Tiles are of one block and at most six pixels then.
	WholeBlocks() bool
	// Set says how large the tiles are.
	Set() *routine.Set
}

// Text is the frame of routines.
type Text interface {
	// Routine begins a routine. The signature is Go's; all parameters have eight bytes.
	Routine(name, signature string)
	// Constants begins a table for the Numbers of the routines that follow, until the next table.
	Constants(name string)
	// Compute begins the work of a routine that needs so many bytes of the stack. From here to Finish subnormal
	// numbers count as zero: many processors take a hundred times as long for each of them. Nothing
	// interrupts assembly to run something else on the thread, so nobody else notices.
	Compute(frame int)
	// Finish ends the routine, with the frame that Compute was given.
	Finish(frame int)
	// Return ends a routine that is only called from others and has neither frame nor parameters.
	Return()
	// CallAt calls such a routine, whose address is in memory where a register points.
	CallAt(a Int)
	// AddressRoutine writes a routine without parameters that returns the address of another, of eight bytes.
	AddressRoutine(name, of string)
	Label(name string)

	// Text defines a macro without parameters, Insert writes its text. Labels are the routine's that has it.
	Text(name string, body func())
	Insert(text string)
	// Macro defines a macro of one vector register, for which x stands in its body. Expand writes its text for a
	// register. It must be defined before the routine that expands it is begun.
	Macro(name string, body func(x Vec))
	Expand(macro string, register Vec)
	// Iterator defines a macro of such a macro: its body expands what it is given. Iterate writes its text for one.
	Iterator(name string, body func(apply string))
	Iterate(iterator, macro string)
}

// Integers is the arithmetic of addresses and counts, and the jumps.
type Integers interface {
	LoadInt(from Mem, to Int)
	LoadByte(from Mem, to Int) // and zeros above it
	StoreInt(from Int, to Mem)
	CopyInt(from, to Int)
	SetInt(n int, to Int)
	Address(of Mem, to Int) // the address itself
	AddInt(a, to Int)
	AddMem(a Mem, to Int)
	AddToMem(a Int, to Mem)
	AddConst(n int, to Int)
	AddConstToMem(n int, to Mem)
	MulInt(a, to Int)
	MulConst(n int, a, to Int)
	ShiftLeft(bits int, to Int)

	Jump(label string)
	// JumpIfZero jumps if a register holds zero.
	JumpIfZero(a Int, label string)
	JumpIfEven(a Int, label string)
	// JumpIfEqual, JumpIfAtMost and JumpIfAbove compare with a constant.
	JumpIfEqual(a Int, n int, label string)
	JumpIfAtMost(a Int, n int, label string)
	JumpIfAbove(a Int, n int, label string)
	// JumpIfReached jumps if an address is not below the one in memory.
	JumpIfReached(a Int, end Mem, label string)
	// Repeat subtracts one and jumps unless nothing is left.
	Repeat(count Int, label string)
	RepeatMem(count Mem, label string)
	// Subtract subtracts n and jumps unless nothing is left.
	Subtract(n int, count Int, label string)
	// Less subtracts n and jumps if the result is below zero; Enough jumps if it is not.
	Less(n int, count Int, label string)
	Enough(n int, count Int, label string)
	// Restore adds n and jumps if the sum is zero.
	Restore(n int, count Int, label string)

	// Prefetch brings a cache line closer: into the first-level cache, or the second's.
	Prefetch(of Mem, level int)
	// RowOf addresses places a pitch apart. The machine may keep what it likes in the spare registers, from SetPitch
	// on; it needs one to address four places, two for six and six for fourteen.
	RowOf(base, pitch Int, spare ...Int) Row
}

// Vectors is the arithmetic of vectors, lane by lane.
type Vectors interface {
	Load(from Source, to Vec)
	Store(from Vec, to Mem)
	LoadHalves(from Mem, to Vec) // as many float16 as a register has lanes, widened
	Broadcast(from Mem, to Vec)  // one float32 to all lanes
	// LoadLanes brings n inputs of a pixel into a register, n being 1 or LanesPerLoad; MulAddLane adds to a sum the
	// product of 16 weights, or as many as a register has, and the input of a lane.
	LoadLanes(from Mem, n int, to Vec)
	MulAddLane(weights Source, inputs Vec, lane int, sum Vec)
	Zero(to Vec)
	// Swap exchanges lanes that are a distance apart: 1, 2, 4 or 8, but less than a register has. to is not from.
	Swap(distance int, from, to Vec)
	Add(a Source, b, to Vec)
	Sub(a, b Vec, to Vec) // a − b
	SubNumber(a Vec, n Number, to Vec)
	Mul(a Source, b, to Vec)
	// Max and Min take the greater and the lesser, and NaN where a is that; b never is.
	Max(a Source, b, to Vec)
	Min(a Source, b, to Vec)
	// Transpose exchanges rows and columns of a square: as many registers as a register has lanes. It overwrites both
	// the rows and as many registers of room, and returns which of the two hold the columns.
	Transpose(rows, room []Vec) []Vec
	// MulAdd adds a·b, MulSub subtracts it, with one rounding.
	MulAdd(a Source, b, sum Vec)
	MulSub(a Source, b, sum Vec)
	// Horner replaces x by x·factor + c, Complement by c − x·factor, with one rounding.
	Horner(c Source, factor, x Vec)
	Complement(c Source, factor, x Vec)
	// MaxInto replaces old by the greater of it and what memory holds, or by NaN if either is that. It uses the two
	// spare registers.
	MaxInto(from Mem, old Vec, spare [2]Vec)
}

// Groups is what multiplies two groups of eight channels, which lie side by side in a block, the weights of both in one
// matrix of 16 inputs and 16 outputs:
//
//	outputs  0 … 7   8 … 15
//	input 0  w       0
//	…
//	input 8  0       w
//
// A register that has lanes of one group alone takes what belongs to that; where it has both, the methods find the
// second group's next to the first's.
type Groups interface {
	// SetGroups is called once in a routine, before the others.
	SetGroups(spare Int)
	// LoadGroupInputs brings an input of a pixel, the first group's, to the lanes of each group, for MulAddLane with
	// lane 0.
	LoadGroupInputs(from Mem, to Vec)
	// LoadGroupWeights brings the weights of an input, the first group's, to the lanes of each group.
	LoadGroupWeights(from Mem, to Vec)
}

// Functions is what exponentials and quotients are made of; processors support them in ways of their own.
type Functions interface {
	// Nearest says that the fraction of a number is what lies beyond the nearest integer, from −½ to ½, and not beyond
	// the one below, from 0 to 1.
	Nearest() bool
	// Exp2 leaves 2^x in to, by a polynomial for the fraction of x (highest power first). It overwrites x and spare.
	// Unless 2^x is known to be a normal number (of float32, x within ±126), what is below counts as the lowest
	// exponent of those, or less. It must keep NaN.
	Exp2(x, spare, to Vec, polynomial []float32, isNormal bool)
	// OnePlusExp2 leaves 1 + 2^(x·factor) in to; the factor is below zero. It overwrites f and spare. The power must be
	// one of a number's, of float32 126, of float16 15; where it is as far below zero, the result is 1. It must keep
	// NaN.
	OnePlusExp2(x Vec, factor Number, f, spare, to Vec, polynomial []float32)
	// Reciprocal leaves an estimate of 1/d in r, and returns a register, d perhaps, that holds by how much of itself
	// the estimate is to grow: 1/d is r + r·that, to the last bit or two. d is lost, and the register may be one that
	// the next operation with a constant or memory uses.
	Reciprocal(d, r Vec) (growth Vec)
	// Divide replaces x by x/d, to the last bit or two, by way of the reciprocal of d, which is one or more. d and r
	// are lost as with Reciprocal. It must keep NaN and, where d is one, an infinite x.
	Divide(d, r, x Vec)
}

// Runs is a machine that does not look far enough ahead to compute a function of several registers at a time by itself.
// Its macros of two registers, or of four, are of as many runs of a body, an instruction of each in turn.
type Runs interface {
	// RunsMacro is Macro for two registers or four, one after the other. The body may use the registers 0 to 2, which
	// stand for others in the other runs, and no further one. ExpandRuns writes its text for as many registers.
	RunsMacro(name string, runs int, body func(x Vec))
	ExpandRuns(macro string, registers ...Vec)
	// FourAccumulators is how many of the first accumulators macros of four registers can be expanded for. They
	// overwrite the others.
	FourAccumulators() int
}

// Halves is a machine that computes with float16. Its registers hold eight of those, or four float32.
type Halves interface {
	// Widen makes float32 of the lower or the upper four numbers of a register, Narrow those numbers of float32,
	// rounded to the nearest. Narrowing to the lower ones clears the upper ones.
	Widen(from, to Vec, upper bool)
	Narrow(from, to Vec, upper bool)
	// AddFloats adds four float32.
	AddFloats(a, b, to Vec)
}
