package kernel

// Kernels that make images larger or smaller. Each has an item for every row of every block of the result.

// Images are the sizes of an image before and after.
type Images struct{ InHeight, InWidth, OutHeight, OutWidth int }

// perOutRow cuts work into an item for each row of each block of the result.
func (i *Images) perOutRow(channels int) work { return work{items: blocksOf(channels) * i.OutHeight} }

// row returns the pixels of the row of the result that an item is, all of the block of the input that it is made of,
// and the row's number.
func (i *Images) row(out, in []float32, item int) (to, from []float32, y int) {
	block, pitch := item/i.OutHeight, i.InHeight*i.InWidth*lanes
	return out[item*i.OutWidth*lanes : (item+1)*i.OutWidth*lanes], in[block*pitch : (block+1)*pitch], item % i.OutHeight
}

// Pad puts an image at a place of a larger one that has one value elsewhere, or of one that has no room for all of it.
type Pad struct {
	Out Ref `op:"out"`
	In  Ref `op:"in"`

	Channels  int
	Images    Images
	Top, Left int // where the image's first pixel lies in the result; below 0: outside
	Value     float32
}

func (k *Pad) Describe() string { return "padding" }

func (k *Pad) Bind(*Machine, []Task) Task { return &padTask{k, k.Images.perOutRow(k.Channels)} }

type padTask struct {
	*Pad
	work
}

func (t *padTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *padTask) compute(out, in []float32, first, last int) {
	width := t.Images.InWidth
	begin, end := max(t.Left, 0), min(t.Left+width, t.Images.OutWidth)
	for item := first; item < last; item++ {
		to, from, y := t.Images.row(out, in, item)
		y -= t.Top
		if y < 0 || y >= t.Images.InHeight {
			fill(to, t.Value)
			continue
		}
		fill(to[:begin*lanes], t.Value)
		copy(to[begin*lanes:end*lanes], from[(y*width+begin-t.Left)*lanes:])
		fill(to[end*lanes:], t.Value)
	}
}

func fill(to []float32, value float32) {
	for i := range to {
		to[i] = value
	}
}

// Upsample makes an image larger by whole factors. Each pixel of the result is the nearest one, or a mean of the four
// around it: of the places that the centres of pixels have in both images or, with AlignCorners, of those for which
// the corners' centres lie on each other.
type Upsample struct {
	Out Ref `op:"out"`
	In  Ref `op:"in"`

	Channels               int
	Images                 Images
	Bilinear, AlignCorners bool
}

func (k *Upsample) Describe() string {
	if k.Bilinear {
		return "enlargement (bilinear)"
	}
	return "enlargement (nearest)"
}

func (k *Upsample) Bind(*Machine, []Task) Task {
	return &upsampleTask{k, k.Images.perOutRow(k.Channels), k.mixes(k.Images.InHeight, k.Images.OutHeight),
		k.mixes(k.Images.InWidth, k.Images.OutWidth)}
}

// mix says how a pixel of the result is made of two along one side of the image: (1-weight)·first + weight·second.
// Bilinear, of four pixels made eight:
//
//	image       0       1       2       3
//	result    0   1   2   3   4   5   6   7     result 1 is ¾ of pixel 0 and ¼ of pixel 1
type mix struct {
	first, second int
	weight        float32
}

// mixes returns that of each result along a side of size pixels. Nearest, each consists of one pixel.
func (k *Upsample) mixes(size, results int) []mix {
	all := make([]mix, results)
	for i := range all {
		if !k.Bilinear {
			at := i * size / results
			all[i] = mix{at, at, 0}
			continue
		}
		at := (float64(i)+0.5)*float64(size)/float64(results) - 0.5
		if k.AlignCorners {
			at = float64(i) * float64(size-1) / float64(max(results-1, 1))
		}
		at = min(max(at, 0), float64(size-1))
		all[i] = mix{int(at), min(int(at)+1, size-1), float32(at - float64(int(at)))}
	}
	return all
}

type upsampleTask struct {
	*Upsample
	work
	rows, columns []mix
}

func (t *upsampleTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *upsampleTask) compute(out, in []float32, first, last int) {
	width := t.Images.InWidth * lanes
	for item := first; item < last; item++ {
		to, from, y := t.Images.row(out, in, item)
		row := t.rows[y]
		upper, lower := from[row.first*width:][:width], from[row.second*width:][:width]
		for x, column := range t.columns {
			pixel := pixelLanes(to, x*lanes)
			a, b := pixelLanes(upper, column.first*lanes), pixelLanes(upper, column.second*lanes)
			if !t.Bilinear {
				*pixel = *a
				continue
			}
			c, d := pixelLanes(lower, column.first*lanes), pixelLanes(lower, column.second*lanes)
			right, below := column.weight, row.weight
			for lane := range pixel {
				above := (1-right)*a[lane] + right*b[lane]
				under := (1-right)*c[lane] + right*d[lane]
				pixel[lane] = (1-below)*above + below*under
			}
		}
	}
}

// DepthToSpace spreads Size*Size channels over blocks of Size*Size pixels, row by row.
type DepthToSpace struct {
	Out Ref `op:"out"`
	In  Ref `op:"in"`

	Channels int // of the result
	Images   Images
	Size     int
}

func (k *DepthToSpace) Describe() string { return "depth to space" }

func (k *DepthToSpace) Bind(*Machine, []Task) Task {
	return &depthToSpaceTask{k, k.Images.perOutRow(k.Channels)}
}

type depthToSpaceTask struct {
	*DepthToSpace
	work
}

func (t *depthToSpaceTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *depthToSpaceTask) compute(out, in []float32, first, last int) {
	images := &t.Images
	pitch := images.InHeight * images.InWidth * lanes
	for item := first; item < last; item++ {
		block, y := item/images.OutHeight, item%images.OutHeight
		to := out[item*images.OutWidth*lanes : (item+1)*images.OutWidth*lanes]
		for lane := range lanes {
			c := block*lanes + lane
			if c >= t.Channels {
				for x := range images.OutWidth {
					to[x*lanes+lane] = 0
				}
				continue
			}
			for right := range t.Size {
				channel := (c*t.Size+y%t.Size)*t.Size + right
				from := in[channel/lanes*pitch+y/t.Size*images.InWidth*lanes+channel%lanes:]
				for x := range images.InWidth {
					to[(x*t.Size+right)*lanes+lane] = from[x*lanes]
				}
			}
		}
	}
}
