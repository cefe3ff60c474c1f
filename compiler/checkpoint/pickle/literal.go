package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"
)

// constants are the values of opcodes that carry none.
var constants = map[byte]any{'N': nil, 0x88: true, 0x89: false, ')': Tuple(nil)}

// literal reads the value that an opcode carries.
func (m *machine) literal(op byte) (any, error) {
	switch op {
	case 'J':
		n, err := m.number(4)
		return int64(int32(n)), err
	case 'K':
		n, err := m.number(1)
		return int64(n), err
	case 'M':
		n, err := m.number(2)
		return int64(n), err
	case 0x8a, 0x8b: // LONG1, LONG4
		b, err := m.counted(map[byte]uint64{0x8a: 1, 0x8b: 4}[op])
		if err != nil {
			return nil, err
		}
		return long(b)
	case 'G':
		b, err := m.take(8)
		if err != nil {
			return nil, err
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	case 'X', 0x8c, 0x8d, 'T', 'U': // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8, BINSTRING, SHORT_BINSTRING
		b, err := m.counted(map[byte]uint64{'X': 4, 0x8c: 1, 0x8d: 8, 'T': 4, 'U': 1}[op])
		if err != nil || utf8.Valid(b) {
			return string(b), err
		}
		if op == 'T' || op == 'U' { // Python 2 has no other bytes
			return Bytes(b), nil
		}
		return nil, errors.New("a string is not UTF-8")
	case 'B', 'C', 0x8e, 0x96: // BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
		b, err := m.counted(map[byte]uint64{'B': 4, 'C': 1, 0x8e: 8, 0x96: 8}[op])
		return Bytes(b), err
	}
	return nil, fmt.Errorf("the opcode 0x%02x is unknown: the file is damaged or no pickle", op)
}

// long reads a little-endian integer in two's complement. One that does not fit an int64 becomes its decimal string:
// such numbers are seeds and hashes, which nothing here computes with.
func long(b []byte) (any, error) {
	if len(b) > maxInteger {
		return nil, fmt.Errorf("an integer has %d bytes; the limit is %d", len(b), maxInteger)
	}
	n := new(big.Int)
	for i := len(b) - 1; i >= 0; i-- {
		n.Or(n.Lsh(n, 8), big.NewInt(int64(b[i])))
	}
	if len(b) > 0 && b[len(b)-1] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if n.IsInt64() {
		return n.Int64(), nil
	}
	return n.String(), nil
}
