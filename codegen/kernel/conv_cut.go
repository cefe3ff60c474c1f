package kernel

// inputs returns the range of input channels that a block of output channels sees.
func (k *Conv) inputs(block int) (begin, end int) {
	return InputsOf(block, k.InChannels/k.Groups, k.OutChannels/k.Groups, k.OutChannels)
}

// InputsOf returns the range of input channels that a block of output channels, of out in all, sees: those of all
// groups, of groupIn inputs and groupOut outputs each, that have channels in the block. Weights are packed by it.
func InputsOf(block, groupIn, groupOut, out int) (begin, end int) {
	last := min(block*lanes+lanes, out) - 1
	return block * lanes / groupOut * groupIn, (last/groupOut + 1) * groupIn
}

// depthOf returns how many products the output block with the most of them has.
func (k *Conv) depthOf() int {
	most := 0
	for b := range blocksOf(k.OutChannels) {
		begin, end := k.inputs(b)
		most = max(most, end-begin)
		if k.Groups == 1 {
			break
		}
	}
	return most * k.Window.taps()
}

// deep is the depth from which on output blocks are computed by twos rather than by fours, in wider tiles, so that
// their weights stay in the second-level cache.
const deep = 4096

// panelsOf returns into how many panels a number of output blocks that see the same inputs is divided.
func (k *Conv) panelsOf(blocks int) int {
	if k.depthOf() > deep {
		return (blocks + 1) / 2
	}
	return panelsOf(blocks)
}

// panels returns into how many panels the output blocks are divided, each of at most four that see the same inputs:
//
//	one group                            all blocks see all inputs
//	groups of whole blocks of outputs    a group's blocks see its inputs: the panels of each group by itself
//	groups within blocks                 a block may see the inputs of several groups: a panel for each block
func (k *Conv) panels() int {
	groupOut := k.OutChannels / k.Groups
	switch {
	case k.Groups == 1:
		return k.panelsOf(blocksOf(k.OutChannels))
	case groupOut%lanes == 0:
		return k.Groups * k.panelsOf(groupOut/lanes)
	}
	return blocksOf(k.OutChannels)
}

// panel returns the output blocks of a panel.
func (k *Conv) panel(i int) (block, endBlock int) {
	groupOut := k.OutChannels / k.Groups
	switch {
	case k.Groups == 1:
		return shareOf(blocksOf(k.OutChannels), k.panels(), i)
	case groupOut%lanes == 0:
		blocks := groupOut / lanes
		each := k.panelsOf(blocks)
		block, endBlock = shareOf(blocks, each, i%each)
		return i/each*blocks + block, i/each*blocks + endBlock
	}
	return i, i + 1
}

// panelBlocks returns how many blocks the largest panel has.
func (k *Conv) panelBlocks() int {
	most := 0
	for i := range k.panels() {
		block, endBlock := k.panel(i)
		most = max(most, endBlock-block)
	}
	return most
}

// fewItems is how many items are too few for an even share among workers.
const fewItems = 24

// stripCount returns into how many strips of rows the output is cut: high ones, which share more of what their windows
// see, unless there would be too few.
func (k *Conv) stripCount() int {
	panels := k.panels()
	cost := k.depthOf() * k.Window.OutWidth * ((blocksOf(k.OutChannels) + panels - 1) / panels)
	if strips := stripsFor(4*itemProducts, k.Window.OutHeight, cost); panels*strips >= fewItems {
		return strips
	}
	return stripsFor(itemProducts, k.Window.OutHeight, cost)
}
