package engine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// CheckIntact returns an error for a file of weights, which CheckWeights has accepted, that is damaged. It is for files
// that are opened when a program runs. Weights that are part of a program were read by Go's tools, which compare
// contents themselves, and to read them twice would make programs start late.
func CheckIntact(name, file string) error {
	want := binary.LittleEndian.Uint32([]byte(file[weightsChecksum : weightsChecksum+4]))
	if checksum(file[weightsHeader:]) != want {
		return fmt.Errorf("%s is damaged: its weights have not the checksum that it says: copy or generate it again", name)
	}
	return nil
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
