package verify_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// messages are the fields of a message that are messages themselves, by their numbers.
type messages map[protowire.Number]messages

// ofModel are those of a ModelProto, as far as they are read here.
var ofModel = func() messages {
	entry := messages{}
	tensor := messages{13: entry}
	value := messages{2: {1: {2: {1: {}}}}} // type, of a tensor, its shape, dimensions
	return messages{7: {1: {5: {}}, 5: tensor, 11: value, 12: value, 13: value}, 8: {}, 14: entry}
}()

// eachCut calls visit with a message of which one message within, or it itself, is cut off behind k bytes, for every k;
// lengths say so. clean is whether that is the end of a field.
func eachCut(data []byte, within messages, visit func(cut []byte, clean bool)) {
	type nested struct {
		start, from, to int
		number          protowire.Number
	}
	var inner []nested
	ends := []int{0}
	for at := 0; at < len(data); {
		number, kind, tag := protowire.ConsumeTag(data[at:])
		n := protowire.ConsumeFieldValue(number, kind, data[at+tag:])
		if tag < 0 || n < 0 {
			panic("the file is damaged")
		}
		if within[number] != nil {
			content, length := protowire.ConsumeBytes(data[at+tag:])
			inner = append(inner, nested{at, at + tag + length - len(content), at + tag + length, number})
		}
		at += tag + n
		ends = append(ends, at)
	}
	for k := range data {
		visit(data[:k], slices.Contains(ends, k))
	}
	for _, f := range inner {
		eachCut(data[f.from:f.to], within[f.number], func(cut []byte, clean bool) {
			whole := protowire.AppendTag(slices.Clone(data[:f.start]), f.number, protowire.BytesType)
			visit(append(protowire.AppendBytes(whole, cut), data[f.to:]...), clean)
		})
	}
}

// TestCutMessages cuts each message of a file, at each byte: what does not end with a field is damaged, and no part of
// it is taken for the whole.
func TestCutMessages(t *testing.T) {
	g, err := ir.Parse(small[0])
	if err != nil {
		t.Fatal(err)
	}
	data := write(t, g, onnx.Options{Metadata: onnx.Metadata{Source: "x.net", Family: "F"}})
	cuts := 0
	eachCut(data, ofModel, func(cut []byte, clean bool) {
		_, err := verify.Decode(cut)
		if cuts++; !clean && (err == nil || !strings.Contains(err.Error(), "damaged")) {
			t.Fatalf("cut %d, after %x: %v", cuts, cut[max(0, len(cut)-20):], err)
		}
		if clean && err != nil && !strings.Contains(err.Error(), "it has no graph") {
			t.Fatalf("cut %d, at the end of a field: %v", cuts, err)
		}
	})
	if cuts < 2*len(data) {
		t.Errorf("only %d cuts of %d bytes", cuts, len(data))
	}
}
