package engine

import (
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// vectorAlignment is what weights must begin at a multiple of to be used where they lie, in bytes. The linker promises
// 32 for what is part of the program; every other vector of 64 would then lie in two cache lines, which takes a fifth
// of the whole time.
func vectorAlignment() uintptr {
	if runtime.GOARCH == "amd64" {
		return alignment
	}
	return unsafe.Alignof(float32(0))
}

// Floats returns the little-endian float32s in data, as they lie there where the machine allows that and is not slowed
// down by it. They must only be read.
func Floats(data string) []float32 {
	at := unsafe.Pointer(unsafe.StringData(data))
	if littleEndian() && uintptr(at)%unsafe.Alignof(float32(0)) == 0 {
		all := unsafe.Slice((*float32)(at), len(data)/4)
		if uintptr(at)%vectorAlignment() == 0 {
			populate(all, populateRead)
			return all
		}
		return moved(all)
	}
	all := AlignedFloats(len(data) / 4)
	decode(all, unsafe.Slice(unsafe.StringData(data), len(data)), 4)
	return all
}

// moved returns a copy of weights that is aligned. Several goroutines copy pieces, for it delays the first inference.
// The pages of the original are given back piece by piece, so that the weights are never in memory twice.
func moved(weights []float32) []float32 {
	const piece, most = 1 << 19, 4
	all := untouchedFloats(len(weights))
	preferLargePages(all)
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

// littleEndian reports whether the machine stores the low byte first.
func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }
