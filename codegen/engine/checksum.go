package engine

import (
	"encoding/binary"
	"hash/crc32"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A checksum is the CRC-32C of the CRC-32Cs of pieces of the data, each a megabyte long but the last, so that several
// goroutines can compute it, as fast as memory can be read.
const checksumPiece = 1 << 20

// checksum returns the checksum of data, computed by so many goroutines at most. The error says that the data went
// away meanwhile: see guarded.
func checksum(data string, workers int) (uint32, error) {
	table := crc32.MakeTable(crc32.Castagnoli)
	sums := make([]byte, 4*((len(data)+checksumPiece-1)/checksumPiece))
	var next atomic.Int64
	var gone atomic.Bool
	each := func() {
		for i := int(next.Add(1)) - 1; i < len(sums)/4; i = int(next.Add(1)) - 1 {
			part := data[i*checksumPiece : min((i+1)*checksumPiece, len(data))]
			bytes := unsafe.Slice(unsafe.StringData(part), len(part))
			binary.LittleEndian.PutUint32(sums[4*i:], crc32.Checksum(bytes, table))
		}
	}
	var busy sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), workers, len(sums)/4) - 1 {
		busy.Add(1)
		go func() {
			defer busy.Done()
			if guarded(data, each) {
				gone.Store(true)
			}
		}()
	}
	if guarded(data, each) {
		gone.Store(true)
	}
	busy.Wait()
	if gone.Load() {
		return 0, errGone
	}
	return crc32.Checksum(sums, table), nil
}

// summer computes the same of data that comes in pieces.
type summer struct {
	sums []byte
	part uint32 // the sum of the last piece, as far as it has come
	got  int    // bytes of it
}

// add takes in more data, cut anywhere.
func (s *summer) add(data []byte) {
	for len(data) > 0 {
		n := min(len(data), checksumPiece-s.got)
		s.part = crc32.Update(s.part, crc32.MakeTable(crc32.Castagnoli), data[:n])
		if s.got += n; s.got == checksumPiece {
			s.end()
		}
		data = data[n:]
	}
}

// end closes a piece.
func (s *summer) end() {
	s.sums = binary.LittleEndian.AppendUint32(s.sums, s.part)
	s.part, s.got = 0, 0
}

// sum returns the checksum. Nothing can be added afterwards.
func (s *summer) sum() uint32 {
	if s.got > 0 {
		s.end()
	}
	return crc32.Checksum(s.sums, crc32.MakeTable(crc32.Castagnoli))
}
