package engine

import (
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/netc-lang/netc/codegen/kernel"
)

// vectorAlignment is what weights must begin at a multiple of to be used where they lie, in bytes. The linker promises
// 32 for what is part of the program; every other vector of 64 would then lie in two cache lines, which takes a fifth
// of the whole time.
func vectorAlignment() uintptr {
	if runtime.GOARCH == "amd64" {
		return kernel.Alignment
	}
	return unsafe.Alignof(float32(0))
}

// Weights returns weights in the machine's order of bytes, as they lie in data where the machine allows that and is not
// slowed down by it. They must only be read.
func Weights(data string, sections []kernel.Section) []byte {
	all := unsafe.Slice(unsafe.StringData(data), len(data))
	switch {
	case !littleEndian():
		return converted(all, sections, sections)
	case uintptr(unsafe.Pointer(unsafe.StringData(data)))%vectorAlignment() != 0:
		return moved(all)
	}
	populate(all, populateRead)
	return all
}

// moved returns a copy of weights that is aligned. Several goroutines copy pieces, for it delays the first inference.
// The pages of the original are given back piece by piece, so that the weights are never in memory twice.
func moved(weights []byte) []byte {
	const piece, most = 1 << 21, 4
	all := untouchedBytes(len(weights))
	release := releaser(weights)
	var next atomic.Int64
	var busy sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), most) {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for at := int(next.Add(piece)) - piece; at < len(weights); at = int(next.Add(piece)) - piece {
				end := min(at+piece, len(weights))
				populate(all[at:end], populateWrite)
				populate(weights[at:end], populateRead)
				copy(all[at:end], weights[at:end])
				release(weights[at:end])
			}
		}()
	}
	busy.Wait()
	return all
}

// converted returns weights in the machine's order of bytes and in other types.
func converted(data []byte, from, to []kernel.Section) []byte {
	all := AlignedBytes(sectionBytes(to))
	at := 0
	for i, s := range from {
		convert(all[sectionBytes(to[:i]):], to[i].Type, data[at:at+s.Bytes()], s.Type)
		at += s.Bytes()
	}
	return all
}

// sectionBytes returns the length of sections.
func sectionBytes(sections []kernel.Section) int {
	sum := 0
	for _, s := range sections {
		sum += s.Bytes()
	}
	return sum
}

// convert makes elements of one type, in the machine's order of bytes, of little-endian ones of the same or another
// type. Of these, float16 to float32 is all that there is.
func convert(to []byte, toType kernel.ElementType, from []byte, fromType kernel.ElementType) {
	size := fromType.Size()
	switch {
	case toType != fromType && (toType != kernel.F32 || fromType != kernel.F16):
		panic("engine: weights of type " + fromType.String() + " do not become " + toType.String())
	case toType != fromType:
		for i, floats := 0, kernel.FloatsOf(to); i < len(from)/size; i++ {
			floats[i] = kernel.HalfToFloat(binary.LittleEndian.Uint16(from[size*i:]))
		}
	case littleEndian():
		copy(to, from)
	default:
		swapBytes(to, from, size)
	}
}

// swapBytes copies elements with their bytes in the other order.
func swapBytes(to, from []byte, size int) {
	for at := 0; at < len(from); at += size {
		for i := range size {
			to[at+i] = from[at+size-1-i]
		}
	}
}

// littleEndian reports whether the machine stores the low byte first.
func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }
