package onnx

import (
	"fmt"
	"io"
)

// Tensors of at least this size go to the file of external data. Smaller ones stay in the model: they are what shape
// inference may need to see.
const smallestExternal = 1024

// pageSize is what the tensors in a file of external data are aligned to, so that runtimes can map them into memory.
const pageSize = 4096

// WriteExternal writes the model to w and its weights to data, which must end up in the same folder under the
// name location. Such a model may have over 2 GiB of weights. progress is as in Write.
func (m *Model) WriteExternal(w, data io.Writer, location string, progress func(bytes int)) error {
	places := map[*tensor]int{}
	var parts []part
	end := 0
	for _, t := range m.initializers {
		if t.element == Int64 || t.size() < smallestExternal {
			continue
		}
		if gap := -end & (pageSize - 1); gap > 0 {
			parts = append(parts, part{bytes: make([]byte, gap)})
			end += gap
		}
		places[t] = end
		parts = append(parts, part{tensor: t})
		end += t.size()
	}
	if err := writeParts(data, parts, progress); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	if err := writeParts(w, m.encode(location, places).parts, nil); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	return nil
}
