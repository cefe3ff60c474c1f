//go:build !(linux && amd64)

package kernel

func allowTiles() bool { return false }
