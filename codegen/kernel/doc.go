// Package kernel holds the kernels: what one step of a network computes. They are ordinary Go and assembly, tested
// here, run by netc itself (package execute), and copied file by file into every generated package that uses them. This
// is their one source of truth.
//
// A kernel is a struct with its operands and settings, which the planner fills (Kernel). When a model is made, each is
// bound to the processor (Bind), and the Task that results runs in every inference (Run). An inference decides nothing
// but what to do about numbers that are not finite.
//
// # Files
//
//	step.go, operand.go, machine.go    what a kernel is, an operand, and a processor that kernels are bound to
//	conv.go, pointwise.go, …           a kernel each: its struct, and its task in Go
//	…_matrix.go                        its task on the matrix unit, AMX
//	…_reach.go                         which routines its tasks may call; for netc alone
//	window.go, strip.go, rolling.go    what a window sees: where, with its padding, kept from strip to strip
//	product.go                         sums of products, which dense kernels are made of
//	slide.go                           depthwise convolutions, and those of groups of eight channels
//	tile.go, matrix.go, split.go       the transforms of Winograd's algorithm; products on the matrix unit
//	vector.go, pixels.go, function.go  sums, scales, maxima; of all channels of a pixel; activation functions
//
// The last four rows are structs and functions with routines of assembly behind them. …_amd64.go and …_arm64.go choose
// between the routines, …_other.go stands in on processors that have none, and all but those of the matrix unit are
// there in portable Go, too. codegen/asm writes the routines, …_<set>_<arch>.s, and the table of those of which there
// is one for each tile, …_routines_<arch>.go.
//
// # Layout
//
// Values and weights are bytes; a Ref says where they lie, and its Layout what they hold. A value is blocked,
// [ceil(channels/16)][height][width][16] float32, so that a pixel of a block is one cache line and one AVX-512
// register. A vector is the same with one pixel. Values and weights begin at multiples of 64 bytes where speed
// matters. Lanes past the last channel hold anything; no kernel lets them reach a channel. The caller's image is
// planar, [channels][height][width]: Planar reads it as it is, Block brings it into blocked layout, Unblock brings a
// result back.
//
// The layout of values and weights is the same for every instruction set. A pitch, how far apart rows, blocks or other
// neighbours lie, is a number of floats; routines make bytes of it.
//
// # Weights
//
// Weights of dense kernels (Pointwise, Linear, Conv, Winograd, Planar) are [ceil(out/16)][depth][16]: for each block of
// 16 outputs and each input it sees, the 16 weights of the outputs. The depth runs over
//
//   - Pointwise, Linear: the input channels;
//   - Conv, Winograd: input blocks, rows of the window, columns of the window, channels within the block; with groups,
//     see Conv;
//   - Planar: channels, rows of the window, columns of the window.
//
// Depthwise weights are [ceil(channels/16)][rows][columns][16]. Biases, factors and offsets are
// [ceil(channels/16)][16]. Weights and biases of outputs past the last channel are zero.
//
// Weights of these kernels may be float16, too; products are of float32 all the same. There are two ways to widen them:
//
//   - in every inference, some blocks of outputs at a time (see stored), so that half as much comes from memory:
//     Pointwise, ExpandDepthwise, Linear, Winograd and Conv, where the processor has an instruction for it;
//   - once, when they are bound (Machine.Convert): of all other kernels, which have few; for the matrix unit; for
//     groups of eight channels; on all other processors.
//
// # Items
//
// A task's work is cut into items, each of some microseconds to tens of them. An item is computed in the same way
// whoever runs it, so that the items of a step can be divided over any number of workers, and the result is the same to
// the bit. Consecutive items share data, so a worker does best with one contiguous range. No task allocates, and none
// writes anything but its items of the results and the worker that it is given.
//
// A worker's scratch belongs to one goroutine and need not be kept. If it computes several ranges of a step, it finds
// there what it left, and need not prepare it again; Worker.Begin says that another step begins.
//
// Tasks check no lengths: whoever makes kernels has made sure of them.
//
// # Arithmetic of float16
//
// Values and weights may be float16 where a kernel's operands say so and the processor has FP16; arithmetic is float16
// then, too. A block of such a value is 32 channels, so that a pixel takes the same 64 bytes, of half as many blocks.
// Weights are packed for it when the kernel is bound: the file holds one packing for all processors. Float32
// remain
//
//   - sums of more than 128 products: each run of 128 is added up as float16, the runs as float32 (halfDepth);
//   - the sums of channels that a depthwise convolution leaves, and means;
//   - factors for channels, until they are multiplied with;
//   - the convolution of the image before a depthwise one, up to its results;
//   - functions without a routine of float16.
//
// A network that may run without FP16 has float32 steps beside those of float16: Cast stands between them.
//
// # Epilogues
//
// Pointwise, Linear, Conv, Winograd, Planar and Depthwise add a bias, then a residual if there is one, and apply a
// function. The result may overwrite the residual. A function is bound with its kernel: to a routine, which assembly
// calls while the sums are in registers, or else to portable Go, which is applied to what assembly has stored.
//
// # The matrix unit
//
// Where the processor has AMX and the system lets the process use it, products are computed with it if a model of costs
// (matrixCost) says that it pays. It multiplies bfloat16, which have eight significant bits: each float32 is split into
// the sum of three of them, and of the nine products of their parts the six are added up that matter to float32 (see
// split; Henry, Tang, Heinecke: Leveraging the bfloat16 artificial intelligence datatype for higher-precision
// computations, arXiv:1904.06376). The sums are as exact as those of float32. Weights are split on the way, so that
// there is one layout of weights for all processors. Where a number is infinite or NaN, AVX-512 computes what sees it.
//
// Results depend on nothing but the inputs and the instruction set. Assembly treats subnormal numbers as zero.
package kernel
