package params

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// WriteSafetensors writes a set in the order of the graph, as F32.
// Format: https://huggingface.co/docs/safetensors.
func WriteSafetensors(w io.Writer, g *ir.Graph, set Set) error {
	var header strings.Builder
	offset := 0
	for i, p := range g.Params() {
		if i > 0 {
			header.WriteByte(',')
		}
		name, err := json.Marshal(p.Name)
		if err != nil {
			return err
		}
		shape, err := json.Marshal([]int(p.Shape))
		if err != nil {
			return err
		}
		size := 4 * p.Shape.Elements()
		fmt.Fprintf(&header, `%s:{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, name, shape, offset, offset+size)
		offset += size
	}
	text := "{" + header.String() + "}"
	text += strings.Repeat(" ", -len(text)&7)
	b := bufio.NewWriterSize(w, 1<<20)
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
	b.WriteString(text)
	for _, p := range g.Params() {
		for _, x := range set.Of(p).Data {
			b.Write(binary.LittleEndian.AppendUint32(b.AvailableBuffer(), math.Float32bits(x)))
		}
	}
	return b.Flush()
}
