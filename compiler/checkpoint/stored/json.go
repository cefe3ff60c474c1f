package stored

import (
	"bytes"
	"fmt"
)

// maxJSONObjects bounds the objects of a JSON text. The largest models have some 50,000.
const maxJSONObjects = 1 << 19

// CheckJSON refuses a text of so many objects that they would take far more memory than the text: {} has two bytes,
// and a hundred once it is read.
func CheckJSON(text []byte) error {
	if n := bytes.Count(text, []byte{'{'}); n > maxJSONObjects {
		return fmt.Errorf("the JSON text has %d objects; the limit is %d", n, maxJSONObjects)
	}
	return nil
}
