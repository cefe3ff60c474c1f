// Package std holds the part of the language that is written in the language: the primitive operations' declarations.
package std

import _ "embed"

// Primitives is the source that declares every primitive operation with its settings and their defaults.
//
//go:embed primitives.net
var Primitives string
