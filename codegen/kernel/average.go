package kernel

// GlobalAverage takes the mean of each channel. The result is a blocked vector.
type GlobalAverage struct {
	Out Ref `op:"out"`
	In  Ref `op:"in" holds:"f32,f16"`

	Channels, Pixels int
}

// AverageSums takes the mean of each channel from the sums that an earlier step left, the one numbered Of.
type AverageSums struct {
	Out  Ref `op:"out"`
	Sums Ref `op:"in"` // [channels/16][rows][16], rows being what that step's task says

	Channels, Pixels int
	Of               int
}

func (k *GlobalAverage) Describe() string { return "mean of each channel" }
func (k *AverageSums) Describe() string   { return "mean of each channel" }

func (k *GlobalAverage) Bind(m *Machine, _ []Task) Task {
	return &globalAverageTask{k, averageWork{work: work{items: blocksIn(&k.In, k.Channels)}, has: m.Has,
		pixels: k.Pixels, count: k.Pixels}}
}

func (k *AverageSums) Bind(m *Machine, before []Task) Task {
	rows := before[k.Of].(summing).sumRows()
	return &averageSumsTask{k, averageWork{work: work{items: blocksOf(k.Channels)}, has: m.Has, pixels: rows,
		count: k.Pixels}}
}

// summing is a task that leaves sums of its results: for each block of channels so many rows, one for each strip that
// it is cut into. How many they are depends on the processor; the plan has room for a row for each row of the output,
// which is the most that there can be.
type summing interface{ sumRows() int }

// averageWork has an item for each block of channels. The sum of some pixels of each is divided by a count.
type averageWork struct {
	work
	has           Features
	pixels, count int
}

func (t *averageWork) compute(out, in []float32, first, last int) {
	for b := first; b < last; b++ {
		mean := pixelLanes(out, b*lanes)
		t.has.sumPixels(mean, in[b*t.pixels*lanes:(b+1)*t.pixels*lanes])
		for lane := range mean {
			mean[lane] /= float32(t.count)
		}
	}
}

// computeHalf takes the means of blocks of float16; the last may have those of 16 channels only.
func (t *averageWork) computeHalf(out, in []float32, first, last int) {
	for b := first; b < last; b++ {
		var sums [halfLanes]float32
		t.has.sumPixelsHalf(&sums, in[b*t.pixels*lanes:(b+1)*t.pixels*lanes])
		means := out[b*halfLanes : min((b+1)*halfLanes, len(out))]
		for lane := range means {
			means[lane] = sums[lane] / float32(t.count)
		}
	}
}

type globalAverageTask struct {
	*GlobalAverage
	averageWork
}

func (t *globalAverageTask) Run(_ *Worker, m Memory, first, last int) {
	if isHalf(&t.In) {
		t.computeHalf(m.at(t.Out), m.at(t.In), first, last)
		return
	}
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

type averageSumsTask struct {
	*AverageSums
	averageWork
}

func (t *averageSumsTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.Sums), first, last)
}
