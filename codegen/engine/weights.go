package engine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A file of weights is a header and the weights, packed as the kernels want them, little-endian. The header is as long
// as the alignment:
//
//	 0  the magic word
//	 8  the print that the code that belongs to it knows
//	24  the checksum of the weights
//	28  zeros, up to 64
const (
	weightsMagic    = "netc wts"
	weightsChecksum = 24
	weightsHeader   = alignment
)

// CheckWeights returns what follows the header of a file of weights of so many bytes each. name is the file's, for the
// error, which says that the file does not belong to this code or is damaged.
func CheckWeights(name, file, print string, count, size int) (string, error) {
	if len(file) != weightsHeader+count*size {
		return "", fmt.Errorf("%s has %d bytes, but the network needs %d: generate the package again", name, len(file), weightsHeader+count*size)
	}
	if file[:len(weightsMagic)] != weightsMagic || file[len(weightsMagic):len(weightsMagic)+len(print)] != print {
		return "", fmt.Errorf("%s belongs to another network or other weights than this code: generate the package again", name)
	}
	data := file[weightsHeader:]
	want := binary.LittleEndian.Uint32([]byte(file[weightsChecksum : weightsChecksum+4]))
	if checksum(data) != want {
		return "", fmt.Errorf("%s is damaged: its weights have not the checksum that it says: copy or generate it again", name)
	}
	return data, nil
}

// checksum returns the CRC-32C of the CRC-32Cs of pieces of the data. Several goroutines take pieces, for it delays the
// first inference: many processors compute it as fast as memory can be read.
func checksum(data string) uint32 {
	const piece, most = 1 << 20, 4
	table := crc32.MakeTable(crc32.Castagnoli)
	sums := make([]byte, 4*((len(data)+piece-1)/piece))
	var next atomic.Int64
	var busy sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), most, len(sums)/4) {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for i := int(next.Add(1)) - 1; i < len(sums)/4; i = int(next.Add(1)) - 1 {
				part := data[i*piece : min((i+1)*piece, len(data))]
				bytes := unsafe.Slice(unsafe.StringData(part), len(part))
				binary.LittleEndian.PutUint32(sums[4*i:], crc32.Checksum(bytes, table))
			}
		}()
	}
	busy.Wait()
	return crc32.Checksum(sums, table)
}

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
	for i := range all {
		all[i] = math.Float32frombits(binary.LittleEndian.Uint32([]byte(data[4*i : 4*i+4])))
	}
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
