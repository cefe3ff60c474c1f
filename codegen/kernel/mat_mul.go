package kernel

// MatMul multiplies matrices: rows of A with columns of B, of each of Batches pairs. All three lie in blocks, a row
// being a pixel and the elements of a row its channels:
//
//	A [ceil(inner/16)][rows][16]   Out [ceil(columns/16)][rows][16]   B [ceil(columns/16)][inner][16]
//
// B is what the weights of a linear layer are, and is multiplied as those. Where it is Transposed, it is
// [ceil(inner/16)][columns][16], and a worker brings each panel of its columns into that form before it goes over rows.
type MatMul struct {
	Out Ref `op:"out" holds:"f32 any"`
	A   Ref `op:"in" holds:"f32 any"`
	B   Ref `op:"in" holds:"f32 any"`

	Rows, Inner, Columns        int
	Transposed                  bool
	Batches                     int
	OutFrom, OutBatch, OutBlock int // floats: to the first element, between matrices, between blocks
	AFrom, ABatch, ABlock       int
	BFrom, BBatch, BBlock       int
}

func (k *MatMul) Describe() string {
	if k.Transposed {
		return "product with the transposed"
	}
	return "product of matrices"
}

func (k *MatMul) Bind(m *Machine, _ []Task) Task {
	blocks := blocksOf(k.Columns)
	t := &matMulTask{MatMul: k, has: m.Has, panels: panelsOf(blocks), bias: make([]float32, blocks*lanes)}
	t.chunks = 1
	if !k.Transposed { // nothing is prepared for all rows
		t.chunks = chunks(k.Rows, k.Inner, blocks)
	}
	t.items = k.Batches * t.panels * t.chunks
	if k.Transposed {
		t.scratch = min(blocks, 4) * k.Inner * lanes
	}
	return t
}

// matMulTask has an item for each panel of at most four blocks of columns and each chunk of rows.
type matMulTask struct {
	*MatMul
	work
	has            Features
	panels, chunks int
	bias           []float32 // zeros
}

func (t *matMulTask) Run(w *Worker, m Memory, first, last int) {
	out, a, b := m.at(t.Out)[t.OutFrom:], m.at(t.A)[t.AFrom:], m.at(t.B)[t.BFrom:]
	p := product{
		outPitch: t.OutBlock, weightPitch: t.BBlock, pixelPitch: lanes, blockPitch: t.ABlock, rows: 1, columns: 1,
		has: t.has,
	}
	if t.Transposed {
		p.weightPitch = t.Inner * lanes
	}
	p.setInputs(0, t.Inner)
	for item := first; item < last; item++ {
		chunk, panel, batch := item%t.chunks, item/t.chunks%t.panels, item/t.chunks/t.panels
		begin, end := shareOf(t.Rows, t.chunks, chunk)
		block, endBlock := shareOf(blocksOf(t.Columns), t.panels, panel)
		p.blocks = endBlock - block
		p.weights = b[batch*t.BBatch:]
		if t.Transposed {
			p.weights = w.Scratch[:p.blocks*p.weightPitch]
			t.pack(p.weights, b[batch*t.BBatch:], block)
		} else {
			p.weights = p.weights[block*p.weightPitch:]
		}
		p.bias = t.bias[block*lanes : endBlock*lanes]
		p.in = a[batch*t.ABatch+begin*lanes:]
		p.out = out[batch*t.OutBatch+block*p.outPitch+begin*lanes:]
		p.run(end - begin)
	}
}

// pack brings columns of the transposed B, from a block on, into the form of weights: [blocks][inner][16].
func (t *matMulTask) pack(weights, b []float32, block int) {
	squares := transposed{outPitch: lanes, inPitch: lanes, outStep: lanes * lanes, inStep: t.BBlock,
		squares: t.Inner / lanes, has: t.has}
	for at := 0; at < len(weights); at += t.Inner * lanes {
		first := (block + at/(t.Inner*lanes)) * lanes
		used, done := min(lanes, t.Columns-first), 0
		if used == lanes {
			squares.run(weights[at:], b[first*lanes:])
			done = squares.squares * lanes
		}
		for k := done; k < t.Inner; k += lanes {
			from := b[k/lanes*t.BBlock+first*lanes:]
			to := weights[at+k*lanes:]
			count := min(lanes, t.Inner-k)
			for c := range used {
				row := from[c*lanes:][:count]
				for i, v := range row {
					to[i*lanes+c] = v
				}
			}
			for c := used; c < lanes; c++ {
				for i := range count {
					to[i*lanes+c] = 0
				}
			}
		}
	}
}
