package build

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/syntax"
)

// growth gives the settings of type growing their share. Of
//
//	stage1 MBConv(16, drop_path: 0.2) x 1    block 0 of 3: 0.2 * 0 / 3
//	stage2 MBConv(24, drop_path: 0.2) x 2    blocks 1 and 2 of 3: 0.2 * 1 / 3 and 0.2 * 2 / 3
//
// the number of blocks is known only when all of them are built: the operations wait for it.
type growth struct {
	blocks  int        // layers with such a setting so far, those within another left out
	block   int        // the one that is being expanded
	within  bool       // one is
	waiting []*ir.Node // those whose operations grow
}

// enter counts a layer and reports whether it is an outermost one with a setting that grows.
func (g *growth) enter(block *syntax.Block) bool {
	grows := func(p *syntax.Param) bool { return p.Type.Name.Text == "growing" }
	if g.within || !slices.ContainsFunc(block.Params, grows) {
		return false
	}
	g.block, g.within = g.blocks, true
	g.blocks++
	return true
}

// note keeps a node whose operation grows.
func (g *growth) note(n *ir.Node) {
	if _, ok := n.Op.(ir.DropPath); ok {
		g.waiting = append(g.waiting, n)
	}
}

// finish tells the operations how many blocks there are. The graph is not finished before.
func (g *growth) finish() {
	for _, n := range g.waiting {
		op := n.Op.(ir.DropPath)
		op.Blocks = g.blocks
		n.Op = op
	}
}
