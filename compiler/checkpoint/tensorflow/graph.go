package tensorflow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// maxGraph bounds the graph of objects; that of EfficientNet-B7 has half a megabyte.
const maxGraph = 64 << 20

// objects is what the graph of objects says of the variables, by their keys.
type objects struct {
	names map[string]string // as people gave them
	slots map[string]bool   // an optimizer's
}

// readGraph reads a TrackableObjectGraph, which is a variable of one string.
//
//	variable: length, a varint | checksum of the length 4 | text
//	text:     nodes (1): attributes (2): full name (2), key (3) | slots (3): node (3), counted from 0
func readGraph(t *stored.Tensor, checksum uint32) (o objects, err error) {
	text, err := readString(t, checksum)
	if err != nil {
		return o, fmt.Errorf("the graph of objects: %w", err)
	}
	o = objects{map[string]string{}, map[string]bool{}}
	var keys [][]string // of each node
	slots := map[uint64]bool{}
	err = fields(text, func(f protowire.Number, _ uint64, node []byte) error {
		if f != 1 {
			return nil
		}
		var own []string
		err := fields(node, func(f protowire.Number, _ uint64, inner []byte) error {
			switch f {
			case 2:
				var name, key string
				err := fields(inner, func(f protowire.Number, _ uint64, text []byte) error {
					switch f {
					case 2:
						name = string(text)
					case 3:
						key = string(text)
					}
					return nil
				})
				own = append(own, key)
				if name != "" {
					o.names[key] = name
				}
				return err
			case 3:
				return fields(inner, func(f protowire.Number, v uint64, _ []byte) error {
					if f == 3 {
						slots[v] = true
					}
					return nil
				})
			}
			return nil
		})
		keys = append(keys, own)
		return err
	})
	if err != nil {
		return o, fmt.Errorf("the graph of objects: %w", err)
	}
	for node := range slots {
		if node < uint64(len(keys)) {
			for _, key := range keys[node] {
				o.slots[key] = true
			}
		}
	}
	return o, nil
}

// readString returns a variable of one string.
//
// Its checksum covers the length, as a number of four bytes, then that number's own checksum as it is stored, then the
// text.
func readString(t *stored.Tensor, checksum uint32) ([]byte, error) {
	r, err := t.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all, err := io.ReadAll(io.LimitReader(r, maxGraph+1))
	switch {
	case err != nil:
		return nil, err
	case len(all) > maxGraph:
		return nil, fmt.Errorf("it has over %d MiB, the limit", maxGraph>>20)
	}
	length, n := binary.Uvarint(all)
	if n <= 0 || len(all) < n+4 || length != uint64(len(all)-n-4) {
		return nil, errTruncated
	}
	sum := crc32.Checksum(binary.LittleEndian.AppendUint32(nil, uint32(length)), castagnoli)
	if masked(sum) != binary.LittleEndian.Uint32(all[n:]) ||
		masked(crc32.Update(sum, castagnoli, all[n:])) != checksum {
		return nil, errors.New("its checksum is wrong: the file is damaged")
	}
	return all[n+4:], nil
}
