//go:build !amd64 && !arm64

package kernel

func (t *tile) input(Features)  { t.inputPortable() }
func (t *tile) filter(Features) { t.filterPortable() }
func (t *tile) output(Features) { t.outputPortable() }
