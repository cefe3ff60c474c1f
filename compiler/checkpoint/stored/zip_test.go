package stored

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const content = "0123456789abcdef0123456789abcdef"

// archiveOf has one member with the content.
func archiveOf(t *testing.T, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "m", Method: method})
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, content)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSection reads every part of a member, whole and with a checksum that is another's.
func TestSection(t *testing.T) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		for _, damaged := range []bool{false, true} {
			data := archiveOf(t, method)
			if damaged {
				data[bytes.LastIndex(data, []byte("PK\x01\x02"))+16] ^= 1
			}
			a, err := OpenZip(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			for from := range content {
				for to := from; to <= len(content); to++ {
					got, err := readSection(a, int64(from), int64(to-from))
					// of a compressed member the end alone is known to be it
					checked := method == zip.Store || to == len(content)
					switch {
					case damaged && checked && to > from &&
						(err == nil || !strings.Contains(err.Error(), "its checksum is")):
						t.Fatalf("[%d, %d) of a damaged member: got %q, %v", from, to, got, err)
					case !damaged && (err != nil || got != content[from:to]):
						t.Fatalf("[%d, %d): got %q, %v", from, to, got, err)
					}
				}
			}
			_, _, err = a.File(a.Members[0])
			if want := damaged || method != zip.Store; (err != nil) != want {
				t.Errorf("method %d, damaged %v: %v", method, damaged, err)
			}
			_, err = a.ReadPlain(a.Members[0], 1<<10)
			if want := damaged || method != zip.Store; (err != nil) != want {
				t.Errorf("method %d, damaged %v: %v", method, damaged, err)
			}
		}
	}
}

func readSection(a *Archive, from, length int64) (string, error) {
	r, err := a.Section(a.Members[0], from, length)()
	if err != nil {
		return "", err
	}
	defer r.Close()
	text := make([]byte, length)
	_, err = io.ReadFull(r, text)
	return string(text), err
}

func TestEncrypted(t *testing.T) {
	data := archiveOf(t, zip.Store)
	data[bytes.LastIndex(data, []byte("PK\x01\x02"))+8] |= 1
	if _, err := OpenZip(bytes.NewReader(data), int64(len(data))); err == nil ||
		!strings.Contains(err.Error(), `"m" is encrypted`) {
		t.Errorf("got %v", err)
	}
}

// TestBudget: what may be read may be read to its last byte, and nothing beyond it.
func TestBudget(t *testing.T) {
	for limit, want := range map[int64]int{-1: 4, 0: 0, 3: 0, 4: 1, 5: 1, 8: 2} {
		b := &budget{r: strings.NewReader("0123456789abcdef"), left: limit}
		n := 0
		for n < 4 {
			if _, err := b.ReadAt(make([]byte, 4), int64(4*n)); err != nil {
				break
			}
			n++
		}
		if n != want {
			t.Errorf("of %d bytes, %d times 4 were read, want %d", limit, n, want)
		}
	}
}

// TestMembers has archives of two members one of which is not as it should be.
func TestMembers(t *testing.T) {
	two := func(first, second string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range []string{first, second} {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(w, content)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, tt := range map[string]struct {
		data   []byte
		change func(entry []byte) // of the second member's entry in the directory
		want   string
	}{
		"good":          {two("a", "b"), func([]byte) {}, ""},
		"the same name": {two("a", "a"), func([]byte) {}, `the zip archive has "a" twice`},
		"one place":     {two("a", "b"), func(e []byte) { clear(e[42:46]) }, `members "a" and "b" overlap`},
		"a part of the first": {two("a", "b"), func(e []byte) { binary.LittleEndian.PutUint32(e[42:], 3) },
			`member "b" is damaged`},
		"longer": {two("a", "b"), func(e []byte) { binary.LittleEndian.PutUint32(e[20:], 1<<20) },
			`member "b" has 1048576 bytes`},
	} {
		tt.change(tt.data[bytes.LastIndex(tt.data, []byte("PK\x01\x02")):])
		_, err := OpenZip(bytes.NewReader(tt.data), int64(len(tt.data)))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := OpenZip(bytes.NewReader([]byte("PK\x03\x04")), 4); err == nil {
		t.Error("four bytes are an archive")
	}
}

// TestSniffZip: an archive begins with the signature of a member.
func TestSniffZip(t *testing.T) {
	for head, want := range map[string]bool{"PK\x03\x04": true, "PK\x03\x04x": true, "PK\x03": false,
		"PK\x03\x05": false, "": false} {
		if SniffZip([]byte(head)) != want {
			t.Errorf("%q may be an archive: %t", head, !want)
		}
	}
}

// TestDirectoryOrder opens an archive whose directory lists its members in another order than they lie in.
func TestDirectoryOrder(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"a", "b"} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content+name)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	first, second := bytes.Index(data, []byte("PK\x01\x02")), bytes.LastIndex(data, []byte("PK\x01\x02"))
	end := second + (second - first)
	copy(data[first:end], append(bytes.Clone(data[second:end]), data[first:second]...))
	a, err := OpenZip(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(a.Members) != 2 || a.Members[0].Name != "b" {
		t.Fatalf("got %v, %v", a, err)
	}
	length := int64(len(content)) + 1
	for limit := length - 1; limit <= length+1; limit++ {
		got, err := a.ReadPlain(a.Members[0], limit)
		if good := limit >= length; good != (err == nil) || good && string(got) != content+"b" {
			t.Errorf("at most %d bytes: %q, %v", limit, got, err)
		}
	}
}

// TestSummedFails: the error of what a checksum is compared of is told.
func TestSummedFails(t *testing.T) {
	wrong := errors.New("the disk fails")
	s := &summed{ReadCloser: io.NopCloser(iotest.ErrReader(wrong)), name: "m", want: 1, left: 8}
	if n, err := s.Read(make([]byte, 8)); n != 0 || err != wrong {
		t.Errorf("got %d, %v", n, err)
	}
}

// TestImpossibleStrides: what would reach beyond all memory is refused.
func TestImpossibleStrides(t *testing.T) {
	w := &Tensor{Name: "w", Type: F32, Shape: []int64{4, 4}, Stride: []int64{1 << 62, 1 << 62}}
	if read, err := w.Reader(); err == nil || read != nil || !strings.Contains(err.Error(), `tensor "w"`) {
		t.Errorf("got %v", err)
	}
}
