package kernel

// residualText goes on after a description: with a residual, if there is one.
func residualText(residual Ref) string {
	if residual.Present() {
		return ", residual"
	}
	return ""
}
