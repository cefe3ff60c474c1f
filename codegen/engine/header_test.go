package engine

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// TestHeaderCheck: code that reads float32 takes weights of both types, code that reads float16 those alone; network,
// packing and length are the code's.
func TestHeaderCheck(t *testing.T) {
	network := func(of kernel.ElementType) *Network {
		return &Network{Name: "N", Packing: "p", Sections: []kernel.Section{{Type: of, Elements: 32}, {Elements: 4}}}
	}
	for _, tt := range []struct {
		of     kernel.ElementType
		header Header
		want   string // of the error; "" where they fit
	}{
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "float32", Length: 36 * 4}, ""},
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "float16", Length: 32*2 + 4*4}, ""},
		{kernel.F16, Header{Network: "N", Packing: "p", Type: "float16", Length: 32*2 + 4*4}, ""},
		{kernel.F16, Header{Network: "N", Packing: "p", Type: "float32", Length: 36 * 4}, "this code reads float16: "},
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "bfloat16", Length: 80}, "reads float32 and float16"},
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "float32", Length: 80}, "has 80 bytes of weights, and"},
		{kernel.F32, Header{Network: "N", Packing: "q", Type: "float32", Length: 36 * 4}, "in another packing"},
		{kernel.F32, Header{Network: "M", Packing: "p", Type: "float32", Length: 36 * 4}, "of M, and this code runs N"},
	} {
		err := tt.header.check("w.bin", network(tt.of))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v for %v: %v, want %q", tt.header, tt.of, err, tt.want)
		}
	}
}
