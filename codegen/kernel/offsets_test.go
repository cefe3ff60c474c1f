package kernel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"strconv"
	"testing"
	"unsafe"
)

// TestOffsets holds the places that the assembly finds settings at against where they lie.
func TestOffsets(t *testing.T) {
	var p product
	var one segment
	var s slide
	var w tile
	var apart split
	var m matrix
	var f finishing
	var function activation
	want := map[string]uintptr{
		"productOut": unsafe.Offsetof(p.out), "productIn": unsafe.Offsetof(p.in),
		"productWeights": unsafe.Offsetof(p.weights),
		"productBias":    unsafe.Offsetof(p.bias), "productResidual": unsafe.Offsetof(p.residual),
		"productBlocks":   unsafe.Offsetof(p.blocks),
		"productOutPitch": unsafe.Offsetof(p.outPitch), "productWeightPitch": unsafe.Offsetof(p.weightPitch),
		"productPixelPitch": unsafe.Offsetof(p.pixelPitch), "productBlockPitch": unsafe.Offsetof(p.blockPitch),
		"productRows": unsafe.Offsetof(p.rows), "productRowPitch": unsafe.Offsetof(p.rowPitch),
		"productColumns":     unsafe.Offsetof(p.columns),
		"productColumnPitch": unsafe.Offsetof(p.columnPitch), "productSegments": unsafe.Offsetof(p.segments),
		"productSegmentCount": unsafe.Offsetof(p.segmentCount), "productRoutine": unsafe.Offsetof(p.routine),
		"productAhead": unsafe.Offsetof(p.ahead), "productAheadLength": unsafe.Offsetof(p.ahead) + 8,
		"productMoreLines": unsafe.Offsetof(p.moreLines), "productLinePitch": unsafe.Offsetof(p.linePitch),
		"productOutLinePitch": unsafe.Offsetof(p.outLinePitch), "productHalfLast": unsafe.Offsetof(p.halfLast),
		"segmentAt": unsafe.Offsetof(one.at), "segmentBlocks": unsafe.Offsetof(one.blocks),
		"segmentLanes": unsafe.Offsetof(one.lanes), "segmentSize": unsafe.Sizeof(one),
		"slideOut": unsafe.Offsetof(s.out), "slideIn": unsafe.Offsetof(s.in),
		"slideWeights": unsafe.Offsetof(s.weights),
		"slideBias":    unsafe.Offsetof(s.bias), "slideResidual": unsafe.Offsetof(s.residual),
		"slideSums": unsafe.Offsetof(s.sums),
		"slideRows": unsafe.Offsetof(s.rows), "slideWidth": unsafe.Offsetof(s.width),
		"slideRowPitch": unsafe.Offsetof(s.rowPitch),
		"slideRoutine":  unsafe.Offsetof(s.routine),
		"tileIn":        unsafe.Offsetof(w.in), "tileOut": unsafe.Offsetof(w.out),
		"tileBetween": unsafe.Offsetof(w.between), "tileBias": unsafe.Offsetof(w.bias),
		"tileCount": unsafe.Offsetof(w.count), "tileInRow": unsafe.Offsetof(w.inRow),
		"tileInColumn": unsafe.Offsetof(w.inColumn),
		"tileInSquare": unsafe.Offsetof(w.inSquare), "tileOutRow": unsafe.Offsetof(w.outRow),
		"tileOutColumn": unsafe.Offsetof(w.outColumn),
		"tileOutSquare": unsafe.Offsetof(w.outSquare),
		"splitOut":      unsafe.Offsetof(apart.out), "splitLow": unsafe.Offsetof(apart.low),
		"splitHigh":     unsafe.Offsetof(apart.high),
		"splitLowScale": unsafe.Offsetof(apart.lowScale), "splitHighScale": unsafe.Offsetof(apart.highScale),
		"splitLowLanes":  unsafe.Offsetof(apart.lowLanes),
		"splitHighLanes": unsafe.Offsetof(apart.highLanes), "splitPartPitch": unsafe.Offsetof(apart.partPitch),
		"splitPitch": unsafe.Offsetof(apart.pitch),
		"splitCount": unsafe.Offsetof(apart.count),
		"splitSlabs": unsafe.Offsetof(apart.slabs), "splitSlabPitch": unsafe.Offsetof(apart.slabPitch),
		"splitOutPitch": unsafe.Offsetof(apart.outPitch),
		"splitTrace":    unsafe.Offsetof(apart.trace),
		"finishOut":     unsafe.Offsetof(f.out), "finishSums": unsafe.Offsetof(f.sums),
		"finishResidual": unsafe.Offsetof(f.residual),
		"finishRows":     unsafe.Offsetof(f.rows), "finishPixelCount": unsafe.Offsetof(f.pixels),
		"finishOutPitch":  unsafe.Offsetof(f.outPitch),
		"finishSumsPitch": unsafe.Offsetof(f.sumsPitch), "finishFunction": unsafe.Offsetof(f.function),
		"matrixOut": unsafe.Offsetof(m.out), "matrixPixels": unsafe.Offsetof(m.pixels),
		"matrixWeights": unsafe.Offsetof(m.weights), "matrixBias": unsafe.Offsetof(m.bias),
		"matrixOutPitch": unsafe.Offsetof(m.outPitch), "matrixPartPitch": unsafe.Offsetof(m.partPitch),
		"matrixPairPitch": unsafe.Offsetof(m.pairPitch), "matrixSlabPitch": unsafe.Offsetof(m.slabPitch),
		"matrixPairs": unsafe.Offsetof(m.pairs), "matrixSingles": unsafe.Offsetof(m.singles),
		"matrixGroups": unsafe.Offsetof(m.groups), "matrixAccumulate": unsafe.Offsetof(m.accumulate),
		"matrixTapFirst": unsafe.Offsetof(m.tapFirst), "matrixTapCount": unsafe.Offsetof(m.tapCount),
		"matrixWaste": unsafe.Offsetof(m.waste), "matrixAhead": unsafe.Offsetof(m.ahead),
		"matrixAheadLength": unsafe.Offsetof(m.ahead) + 8, "matrixAheadPitch": unsafe.Offsetof(m.aheadPitch),
		"matrixTaps":          unsafe.Offsetof(m.taps),
		"activationRegisters": unsafe.Offsetof(function.registers),
	}
	got := offsets(t, "../asm/tiling/offsets.go")
	maps.Copy(got, offsets(t, "../asm/amd64/offsets.go"))
	for name, value := range want {
		if at, ok := got[name]; !ok || at != value {
			t.Errorf("%s is %d in the assembly, %d in Go", name, at, value)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("nothing is compared with %s", name)
	}
}

// offsets reads a file's constants, which are numbers.
func offsets(t *testing.T, path string) map[string]uintptr {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]uintptr{}
	for _, declaration := range file.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		for _, spec := range constants.Specs {
			value := spec.(*ast.ValueSpec)
			n, err := strconv.Atoi(value.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found[value.Names[0].Name] = uintptr(n)
		}
	}
	return found
}
