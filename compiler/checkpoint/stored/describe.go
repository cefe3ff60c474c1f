package stored

// kinds says what elements that cannot be read are, where their type's name alone does not.
var kinds = map[Type]string{
	"F8_E4M3": "an 8-bit float", "F8_E5M2": "an 8-bit float",
	"I4": "a 4-bit integer", "U4": "a 4-bit integer",
	"I8": "an 8-bit integer", "U8": "an 8-bit integer or a byte",
	"BOOL": "a truth value", "C64": "a complex number", "C128": "a complex number",
}

// quantized are the types in which tools store weights divided by a scale.
var quantized = map[Type]bool{"F8_E4M3": true, "F8_E5M2": true, "I4": true, "U4": true, "I8": true, "U8": true}

// Refusal says for a message why elements of the type cannot be read: "I8 (an 8-bit integer: …); F32, F16, BF16 and
// F64 can be read".
func (t Type) Refusal() string {
	text := string(t)
	if what := kinds[t]; what != "" {
		if quantized[t] {
			what += ": a quantized weight, whose scale the tensor does not hold; write the file with the " +
				"weights as floats"
		}
		text += " (" + what + ")"
	}
	return text + "; F32, F16, BF16 and F64 can be read"
}
