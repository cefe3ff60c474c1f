package flax

import (
	"strings"
	"testing"
)

// TestHeads reads the beginning of a value by each byte that one begins with, at the ends of their rows. One that is
// cut off is an error.
func TestHeads(t *testing.T) {
	type want = head
	number := func(n int64) want { return want{kind: integer, number: n} }
	long := func(k kind, n int64) want { return want{kind: k, length: n} }
	extended := func(n int64) want { return want{kind: extension, length: n, code: -2} }
	for encoded, want := range map[string]want{
		"\x00":                                 number(0),
		"\x7f":                                 number(127),
		"\xe0":                                 number(-32),
		"\xff":                                 number(-1),
		"\x80":                                 long(dictionary, 0),
		"\x8f":                                 long(dictionary, 15),
		"\x90":                                 long(list, 0),
		"\x9f":                                 long(list, 15),
		"\xa0":                                 long(text, 0),
		"\xbf":                                 long(text, 31),
		"\xc0":                                 {},
		"\xc2":                                 {},
		"\xc3":                                 {},
		"\xc4\xfe":                             long(bytes, 254),
		"\xc5\x01\x02":                         long(bytes, 258),
		"\xc6\x00\x01\x00\x02":                 long(bytes, 65538),
		"\xc7\x03\xfe":                         extended(3),
		"\xc8\x01\x00\xfe":                     extended(256),
		"\xc9\x00\x01\x00\x00\xfe":             extended(65536),
		"\xca\x00\x00\x00\x00":                 {},
		"\xcb\x00\x00\x00\x00\x00\x00\x00\x00": {},
		"\xcc\xff":                             number(255),
		"\xcd\xff\xfe":                         number(65534),
		"\xce\xff\xff\xff\xfe":                 number(1<<32 - 2),
		"\xcf\x01\x00\x00\x00\x00\x00\x00\x02": number(1<<56 + 2),
		"\xd0\xfe":                             number(-2),
		"\xd1\x80\x00":                         number(-1 << 15),
		"\xd2\x80\x00\x00\x01":                 number(-1<<31 + 1),
		"\xd3\xff\xff\xff\xff\xff\xff\xff\xfd": number(-3),
		"\xd0\x7f":                             number(127),
		"\xd4\xfe":                             extended(1),
		"\xd5\xfe":                             extended(2),
		"\xd6\xfe":                             extended(4),
		"\xd7\xfe":                             extended(8),
		"\xd8\xfe":                             extended(16),
		"\xd9\xff":                             long(text, 255),
		"\xda\x01\x00":                         long(text, 256),
		"\xdb\x00\x01\x00\x00":                 long(text, 65536),
		"\xdc\x01\x00":                         long(list, 256),
		"\xdd\x00\x01\x00\x00":                 long(list, 65536),
		"\xde\x01\x00":                         long(dictionary, 256),
		"\xdf\x00\x01\x00\x00":                 long(dictionary, 65536),
	} {
		for n := range len(encoded) + 1 {
			r := &reader{r: strings.NewReader(encoded[:n]), size: int64(n)}
			got, err := r.head()
			if n < len(encoded) && err == nil || n == len(encoded) && (err != nil || got != want || r.at != r.size) {
				t.Errorf("%d bytes of %q: got %+v, %v, want %+v", n, encoded, got, err, want)
			}
		}
	}
	r := &reader{r: strings.NewReader("\xc1"), size: 1}
	if _, err := r.head(); err == nil {
		t.Error("a value begins with 0xc1")
	}
}
