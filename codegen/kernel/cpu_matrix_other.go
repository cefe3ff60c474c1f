//go:build !(linux && amd64)

package kernel

// allowTiles says no where nobody knows how to ask the system, and in packages whose networks do not use the unit.
func allowTiles() bool { return false }
