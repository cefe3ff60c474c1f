package kernel

import "unsafe"

// lanes is how many channels lie side by side in a blocked value, halfLanes in one of float16.
const (
	lanes     = 16
	halfLanes = 2 * lanes
)

// Alignment of values, of weights of 32 bits and of bound memory, in bytes: a cache line and the widest vector there
// is. Weights of 16 bits lie on half of it.
const Alignment = 64

// ElementType is the type of an operand's elements.
type ElementType uint8

// The types. Numbers of less than 32 bits are little-endian like all others.
const (
	F32  ElementType = iota // float32
	F16                     // IEEE 754 binary16
	BF16                    // the upper half of a float32
	I8
	U8
	I32
)

// String returns what the type is called in plans.
func (t ElementType) String() string { return [...]string{"f32", "f16", "bf16", "i8", "u8", "i32"}[t] }

// Size returns how many bytes an element takes.
func (t ElementType) Size() int { return [...]int{4, 2, 2, 1, 1, 4}[t] }

// Layout says where the elements of an operand lie, counted in elements from its beginning. A value has channels c and
// pixels p; of weights of dense kernels, c is the output and p runs over the depth. Element (c, p) lies at
//
//	(c/Lanes · BlockPixels + p)/Group · PixelPitch + c%Lanes · Group + p%Group
//
// so that a layout is also a packing:
//
//	Lanes 16, Group 1            values in blocks, and weights of float kernels
//	Lanes 32, Group 1            the same of float16 arithmetic: 64 bytes, too
//	Lanes 1                      planar: channel by channel
//	Lanes = PixelPitch = all     channels last
//	Lanes 16, Group 2 or 4       weights whose products a processor adds up in pairs (bfloat16) or by fours (int8)
type Layout struct {
	Type         ElementType
	Tail         Tail
	Lanes, Group int // channels that lie side by side, and pixels that do within each of them
	PixelPitch   int // between groups of pixels
	BlockPixels  int // for how many a block has room, whole groups
	Zero         int // what padding counts as, where elements are quantised
}

// Tail says what the lanes past the last channel hold.
type Tail uint8

// What lanes past the last channel hold: anything, which no kernel lets reach a channel, or zeros.
const (
	AnyTail Tail = iota
	ZeroTail
)

// At returns which element (c, p) is.
func (l *Layout) At(c, p int) int {
	return (c/l.Lanes*l.BlockPixels+p)/l.Group*l.PixelPitch + c%l.Lanes*l.Group + p%l.Group
}

// Value is what an operand holds: so many channels of so many pixels, in a layout. A vector has one pixel.
type Value struct {
	Channels, Pixels int
	Layout           Layout
}

// Elements returns how many elements the value takes, lanes past the last channel included.
func (v *Value) Elements() int {
	l := &v.Layout
	if l.Lanes == lanes && l.Group == 1 { // as most are: the compiler divides faster by what it knows
		return (v.Channels + lanes - 1) / lanes * l.BlockPixels * l.PixelPitch
	}
	return (v.Channels + l.Lanes - 1) / l.Lanes * l.BlockPixels / l.Group * l.PixelPitch
}

// Bytes returns how many bytes the value takes.
func (v *Value) Bytes() int { return v.Elements() * v.Layout.Type.Size() }

// Blocked returns a value in blocks of 16 channels: [ceil(channels/16)][pixels][16].
func Blocked(t ElementType, channels, pixels int) Value { return InArena(0, t, channels, pixels).Value }

// HalfBlocks returns a value of float16 in blocks of 32 channels: [ceil(channels/32)][pixels][32].
func HalfBlocks(channels, pixels int) Value { return HalvesInArena(0, channels, pixels).Value }

// Packed returns weights in blocks of 16 outputs: [ceil(outputs/16)][depth][16], with zeros past the last output.
func Packed(t ElementType, outputs, depth int) Value { return InWeights(0, t, outputs, depth).Value }

// Planes returns a value channel by channel: [channels][pixels].
func Planes(t ElementType, channels, pixels int) Value {
	return InInput(0, 0, t, channels, pixels).Value
}

// ChannelsLast returns a value pixel by pixel: [pixels][channels].
func ChannelsLast(t ElementType, channels, pixels int) Value {
	return Value{channels, pixels,
		Layout{Type: t, Lanes: channels, Group: 1, PixelPitch: channels, BlockPixels: pixels}}
}

// Space is where an operand lies. The planner numbers more of them, for what has no place yet.
type Space int32

// The spaces. The arena holds what steps leave for others; bound memory is what Bind makes of weights, once. What the
// caller gives is only read, and planar: each input of the network is a space of its own, the first InputSpace, and
// those of the others follow.
const (
	NoSpace Space = iota
	ArenaSpace
	WeightsSpace
	BoundSpace
	InputSpace
)

// Ref is where an operand lies and what it holds. Offsets are in bytes.
type Ref struct {
	Space  Space
	Offset int
	Value  Value
}

// InArena returns the place of a value in blocks of 16 channels, [ceil(channels/16)][pixels][16], an offset in bytes
// from the arena's beginning. Like InWeights and InInput it is so simple that the compiler computes tables of places,
// and nothing is left to do when a program starts.
func InArena(offset int, t ElementType, channels, pixels int) Ref {
	return Ref{ArenaSpace, offset, Value{channels, pixels,
		Layout{Type: t, Lanes: lanes, Group: 1, PixelPitch: lanes, BlockPixels: pixels}}}
}

// HalvesInArena returns the place of a value of float16 in blocks of 32 channels, [ceil(channels/32)][pixels][32].
func HalvesInArena(offset, channels, pixels int) Ref {
	return Ref{ArenaSpace, offset, Value{channels, pixels,
		Layout{Type: F16, Lanes: halfLanes, Group: 1, PixelPitch: halfLanes, BlockPixels: pixels}}}
}

// InWeights returns the place of weights in blocks of 16 outputs, [ceil(outputs/16)][depth][16], with zeros past the
// last output.
func InWeights(offset int, t ElementType, outputs, depth int) Ref {
	return Ref{WeightsSpace, offset, Value{outputs, depth,
		Layout{Type: t, Tail: ZeroTail, Lanes: lanes, Group: 1, PixelPitch: lanes, BlockPixels: depth}}}
}

// InInput returns the place of a value in the input of a number, channel by channel: [channels][pixels].
func InInput(number, offset int, t ElementType, channels, pixels int) Ref {
	return Ref{InputSpace + Space(number), offset, Value{channels, pixels,
		Layout{Type: t, Lanes: 1, Group: 1, PixelPitch: 1, BlockPixels: pixels}}}
}

// PlanesInArena returns the place in the arena of a value that is channel by channel, as results are.
func PlanesInArena(offset int, t ElementType, channels, pixels int) Ref {
	return Ref{ArenaSpace, offset, Value{channels, pixels,
		Layout{Type: t, Lanes: 1, Group: 1, PixelPitch: 1, BlockPixels: pixels}}}
}

// Section is a part of the weights in which all elements are of one type.
type Section struct {
	Type     ElementType
	Elements int
}

// Bytes returns how long it is.
func (s Section) Bytes() int { return s.Elements * s.Type.Size() }

// Present reports whether there is such an operand.
func (r Ref) Present() bool { return r.Space != NoSpace }

// Memory holds the bytes of every space, by its number.
type Memory [][]byte

// NewMemory returns the memory of one inference of a network with a number of inputs, which are set before each. bound
// is as long as Machine.Bound says.
func NewMemory(inputs int, arena, weights, bound []byte) Memory {
	m := make(Memory, int(InputSpace)+inputs)
	m[ArenaSpace], m[WeightsSpace], m[BoundSpace] = arena, weights, bound
	return m
}

// SetInput gives the memory the input of a number, or takes it away: nil.
func (m Memory) SetInput(number int, values []float32) { m[int(InputSpace)+number] = BytesOf(values) }

// Bytes returns the bytes of an operand, or nil for one that is absent.
func (m Memory) Bytes(r *Ref) []byte {
	if r.Space == NoSpace {
		return nil
	}
	return m[r.Space][r.Offset : r.Offset+r.Value.Bytes()]
}

// at returns an operand of float32, or nil for one that is absent.
func (m Memory) at(r Ref) []float32 { return FloatsOf(m.Bytes(&r)) }

// FloatsOf returns memory as float32. It begins at a multiple of four bytes.
func FloatsOf(b []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// BytesOf returns floats as the memory that they lie in.
func BytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*4)
}
