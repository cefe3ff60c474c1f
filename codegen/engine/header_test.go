package engine

import (
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// TestHeaderCheck: code that reads float32 takes weights of both types, code that reads float16 those alone; network,
// packing and length are the code's.
func TestHeaderCheck(t *testing.T) {
	network := func(of kernel.ElementType) *Network {
		return &Network{Name: "N", Packing: "p", Sections: []kernel.Section{{Type: of, Elements: 32}, {Elements: 4}}}
	}
	for _, tt := range []struct {
		of     kernel.ElementType
		header Header
		want   string // of the error; "" where they fit
	}{
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "float32", Length: 36 * 4}, ""},
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "float16", Length: 32*2 + 4*4}, ""},
		{kernel.F16, Header{Network: "N", Packing: "p", Type: "float16", Length: 32*2 + 4*4}, ""},
		{kernel.F16, Header{Network: "N", Packing: "p", Type: "float32", Length: 36 * 4}, "this code reads float16: "},
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "bfloat16", Length: 80}, "reads float32 and float16"},
		{kernel.F32, Header{Network: "N", Packing: "p", Type: "float32", Length: 80}, "has 80 bytes of weights, and"},
		{kernel.F32, Header{Network: "N", Packing: "q", Type: "float32", Length: 36 * 4}, "in another packing"},
		{kernel.F32, Header{Network: "M", Packing: "p", Type: "float32", Length: 36 * 4}, "of M, and this code runs N"},
	} {
		err := tt.header.check("w.bin", network(tt.of))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v for %v: %v, want %q", tt.header, tt.of, err, tt.want)
		}
	}
}

// TestHeaderLength: a header takes the next multiple of 64 that its text has room in, and the first line says which.
func TestHeaderLength(t *testing.T) {
	for n := range 200 {
		h := Header{Network: strings.Repeat("n", n), Digest: strings.Repeat("0", 64)}
		text := string(h.encode())
		said, err := headerLength("w", text[:firstLine])
		if err != nil || said != len(text) {
			t.Fatalf("the header of %d bytes says %d: %v", len(text), said, err)
		}
		written, zeros, _ := strings.Cut(text, "\n\n")
		digits := len(strconv.Itoa(len(text))) // room is made for five
		if len(zeros)-(5-digits) < 0 || len(zeros)-(5-digits) >= kernel.Alignment || strings.Trim(zeros, "\x00") != "" {
			t.Fatalf("behind a text of %d bytes lie %d", len(written)+2, len(zeros))
		}
		if got, err := parseHeader("w", text); err != nil || got.Network != h.Network {
			t.Fatalf("%+v, %v", got, err)
		}
	}
}

// TestFirstLine: lengths that a header cannot have are refused, and versions that are none.
func TestFirstLine(t *testing.T) {
	for line, want := range map[string]int{
		"1 64": 64, "1 65536": 65536, "1 65600": 0, "1 0": 0, "1 -64": 0, "1 63": 0, "1 65": 0, "1 x": 0, "1": 0,
		"2 64": 0, "01 64": 0, "1  64": 0,
	} {
		got, err := headerLength("w", weightsMagic+line+"\nnetwork")
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q is %d, %v", line, got, err)
		}
	}
	for version, want := range map[string]string{
		"1234567890": `version "1234567890" of`, "12345678901": `version "1234567890…" of`,
	} {
		_, err := headerLength("w", weightsMagic+version+" 64\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the version %s: %v", version, err)
		}
	}
}

// TestBrokenHeaders: without any of its lines, with a number that is none or a digest of another length, a header is
// damaged.
func TestBrokenHeaders(t *testing.T) {
	h := Header{Network: "N", Length: 7, Digest: strings.Repeat("a", 64), Checksum: 1<<32 - 1}
	good := string(h.encode())
	if got, err := parseHeader("w", good); err != nil || *got != h {
		t.Errorf("%+v, %v", got, err)
	}
	for _, f := range h.fields() {
		if _, err := parseHeader("w", strings.Replace(good, "\n"+f.name+" ", "\nother ", 1)); err == nil {
			t.Errorf("a header without %s is read", f.name)
		}
	}
	for _, change := range [][2]string{
		{"length 7", "length -1"}, {"length 7", "length 7.5"}, {"crc32c ffffffff", "crc32c 100000000"},
		{"crc32c ffffffff", "crc32c -1"}, {"sha256 a", "sha256 "}, {"sha256 a", "sha256 aa"}, {"\n\n", "\n"},
	} {
		if _, err := parseHeader("w", strings.Replace(good, change[0], change[1], 1)); err == nil {
			t.Errorf("%q is read", change[1])
		}
	}
	zero, err := parseHeader("w", strings.Replace(good, "length 7", "length 0", 1))
	if err != nil || zero.Length != 0 {
		t.Errorf("a length of nothing: %+v, %v", zero, err)
	}
}

// TestDescribe: what answers is said in a line, with as many digits of hashes as a person compares.
func TestDescribe(t *testing.T) {
	e := &Engine{network: &Network{Name: "N"}, current: &store{header: &Header{Digest: "0123456789abcdef",
		Checkpoint: "a.pt sha256:0123456789abc"}}}
	const want = "N of n.net sha256:0123456789ab, weights sha256:0123456789ab of a.pt sha256:0123456789ab, netc v0"
	if got := e.Describe("n.net sha256:0123456789ab", "netc v0"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := brief("sha256:"); got != "sha256:" {
		t.Errorf("%q", got)
	}
	none := &Engine{network: &Network{}, current: &store{}}
	if none.Weights() != "sha256:" || none.Checkpoint() != "" {
		t.Errorf("%q, %q", none.Weights(), none.Checkpoint())
	}
}
