//go:build !amd64 && !arm64

package kernel

func (t *tile) input()  { t.inputPortable() }
func (t *tile) filter() { t.filterPortable() }
func (t *tile) output() { t.outputPortable() }
