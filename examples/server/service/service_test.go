package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/engine"
)

// meanColour is a network whose scores are the means of the channels.
type meanColour struct {
	hold   chan struct{} // inferences wait for it, unless it is nil
	err    error
	images atomic.Int64
	most   atomic.Int64 // images of the largest batch
}

const side = 16

func (n *meanColour) Infer(_ context.Context, images, scores []float32) error {
	if n.hold != nil {
		<-n.hold
	}
	count := len(images) / (3 * side * side)
	n.images.Add(int64(count))
	n.most.Store(max(n.most.Load(), int64(count)))
	for i := range scores {
		sum := 0.0
		for _, x := range images[i*side*side : (i+1)*side*side] {
			sum += float64(x)
		}
		scores[i] = float32(sum / (side * side))
	}
	return n.err
}

func config(n Network) Config {
	best := func(scores []float32, n int) ([]Score, error) {
		return engine.Top(scores, n, false, nil)
	}
	return Config{Network: n, Best: best, Name: "mean", Height: side, Width: side, Classes: 3, Std: [3]float32{1, 1, 1},
		Labels: []string{"red", "green", "blue"}, Top: 2, MaxBytes: 1 << 20, MaxPixels: 1 << 20, Places: 4, Decoders: 2,
		Batch: 3, Timeout: 5 * time.Second}
}

// start serves until the test ends.
func start(t *testing.T, c Config) (*Service, string) {
	t.Helper()
	s := New(c)
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.Close(); s.Close() })
	return s, server.URL
}

func pngOf(width, height int, c color.Color) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.Set(i%width, i/width, c)
	}
	var b bytes.Buffer
	png.Encode(&b, m)
	return b.Bytes()
}

func post(t *testing.T, url, contentType string, body []byte) (status int, text string) {
	t.Helper()
	r, err := http.Post(url+"/classify", contentType, bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer r.Body.Close()
	data, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(data)
}

// TestClassify: bodies and forms, in three formats, and transparent pictures lie on white.
func TestClassify(t *testing.T) {
	_, url := start(t, config(&meanColour{}))
	green := color.NRGBA{0, 200, 50, 255}
	var jpg, form bytes.Buffer
	m, _ := png.Decode(bytes.NewReader(pngOf(64, 48, green)))
	jpeg.Encode(&jpg, m, nil)
	w := multipart.NewWriter(&form)
	w.WriteField("note", "nobody reads this")
	f, _ := w.CreateFormFile("picture", "a.png")
	f.Write(pngOf(5, 300, green))
	w.Close()
	for _, tt := range []struct {
		contentType string
		body        []byte
		want        string
	}{
		{"image/png", pngOf(20, 30, green), "green"},
		{"", pngOf(1, 1, green), "green"},
		{"image/jpeg", jpg.Bytes(), "green"},
		{w.FormDataContentType(), form.Bytes(), "green"},
		{"image/png", pngOf(9, 9, color.NRGBA{0, 0, 255, 10}), "blue"}, // all but white, and a little more blue
	} {
		status, text := post(t, url, tt.contentType, tt.body)
		var a Answer
		if err := json.Unmarshal([]byte(text), &a); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", tt.contentType, status, text)
		}
		if len(a.Classes) != 2 || a.Classes[0].Label != tt.want || a.Model != "mean" ||
			!(a.Classes[0].Probability >= a.Classes[1].Probability) {
			t.Errorf("%s: got %+v, want %s", tt.contentType, a, tt.want)
		}
	}
	post(t, url, "", nil)
	r, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	for _, want := range []string{"{code=\"200\"} 5\n", "{code=\"415\"} 1\n", "classify_images_total 5\n",
		"classify_request_seconds_count 6\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the figures lack %s:\n%s", want, text)
		}
	}
}

// hugePNG claims 50,000×50,000 pixels in some dozen bytes.
func hugePNG() []byte {
	data := pngOf(1, 1, color.Black)
	header := data[12:29] // "IHDR", its 13 bytes
	for i, b := range []byte{0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50} {
		header[4+i] = b
	}
	sum := crc(header)
	copy(data[29:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return data
}

// gifOf begins a GIF, with what says its size.
func gifOf(width, height byte) []byte {
	return []byte{'G', 'I', 'F', '8', '9', 'a', width, 0, height, 0, 0, 0, 0}
}

func crc(data []byte) uint32 {
	sum := ^uint32(0)
	for _, b := range data {
		sum ^= uint32(b)
		for range 8 {
			sum = sum>>1 ^ 0xedb88320&-(sum&1)
		}
	}
	return ^sum
}

// TestRefused: what is no picture, and what would take too much.
func TestRefused(t *testing.T) {
	c := config(&meanColour{})
	c.MaxBytes = 3000
	_, url := start(t, c)
	var empty bytes.Buffer
	w := multipart.NewWriter(&empty)
	w.WriteField("note", "no picture")
	w.Close()
	cut := pngOf(40, 40, color.White)
	for _, tt := range []struct {
		name, contentType string
		body              []byte
		status            int
		want              string
	}{
		{"empty", "", nil, 415, "no PNG, JPEG or GIF"},
		{"text", "text/plain", []byte("cat"), 415, "no PNG, JPEG or GIF"},
		{"a bomb", "image/png", hugePNG(), 413, "50000×50000 pixels"},
		{"no width", "image/gif", gifOf(0, 5), 413, "0×5 pixels"},
		{"no height", "image/gif", gifOf(5, 0), 413, "5×0 pixels"},
		{"no pixel", "image/gif", gifOf(0, 0), 413, "0×0 pixels"},
		{"a large body", "image/png", make([]byte, 3001), 413, "too large"},
		{"cut off", "image/png", cut[:len(cut)-20], 400, "cannot be decoded"},
		{"a form without a picture", w.FormDataContentType(), empty.Bytes(), 400, `no file "picture"`},
		{"a large form", w.FormDataContentType(),
			bytes.Replace(empty.Bytes(), []byte("no picture"), make([]byte, 3001), 1), 413, "too large"},
		{"no form", "multipart/form-data; boundary=x", []byte("x"), 400, `no file "picture"`},
	} {
		status, text := post(t, url, tt.contentType, tt.body)
		if status != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, status, text, tt.status, tt.want)
		}
	}
	r, err := http.Get(url + "/classify")
	if err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %v %v", r.StatusCode, err)
	}
}

// TestOverload: as many as there are places are answered, in batches; the others get 503 at once.
func TestOverload(t *testing.T) {
	n := &meanColour{hold: make(chan struct{})}
	c := config(n)
	_, url := start(t, c)
	body := pngOf(8, 8, color.White)
	var wait sync.WaitGroup
	var ok, busy atomic.Int64
	send := func() {
		defer wait.Done()
		switch status, text := post(t, url, "image/png", body); status {
		case http.StatusOK:
			ok.Add(1)
		case http.StatusServiceUnavailable:
			busy.Add(1)
		default:
			t.Errorf("%d %s", status, text)
		}
	}
	wait.Add(c.Places)
	for range c.Places {
		go send()
	}
	for { // until all places are taken
		r, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if kind := r.Header.Get("Content-Type"); kind != "text/plain; version=0.0.4" { // by which they are known
			t.Fatalf("the figures are %q", kind)
		}
		if strings.Contains(string(text), fmt.Sprintf("classify_places_taken %d\n", c.Places)) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	wait.Add(10)
	for range 10 {
		send()
	}
	if r, err := http.Post(url+"/classify", "image/png", bytes.NewReader(body)); err != nil || !r.Close ||
		r.Header.Get("Retry-After") != "1" {
		t.Errorf("who is refused is not told to come again: %v, %v", r, err)
	}
	if busy.Load() != 10 || ok.Load() != 0 {
		t.Errorf("%d were busy and %d answered while all places were taken", busy.Load(), ok.Load())
	}
	close(n.hold)
	wait.Wait()
	if ok.Load() != int64(c.Places) || n.images.Load() != ok.Load() || n.most.Load() < 2 {
		t.Errorf("%d answered, %d inferred, at most %d at once", ok.Load(), n.images.Load(), n.most.Load())
	}
}

// TestDeadline: a request does not wait longer than it may, and its picture is not inferred afterwards.
func TestDeadline(t *testing.T) {
	n := &meanColour{hold: make(chan struct{})}
	c := config(n)
	c.Timeout, c.Batch = 20*time.Millisecond, 1
	_, url := start(t, c)
	body := pngOf(8, 8, color.White)
	for range 2 { // the first is inferred, the second waits for it
		if status, text := post(t, url, "image/png", body); status != http.StatusServiceUnavailable {
			t.Errorf("%d %s", status, text)
		}
	}
	close(n.hold)
	if status, _ := post(t, url, "image/png", body); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
	if got := n.images.Load(); got != 2 {
		t.Errorf("%d images were inferred, want the first and the last", got)
	}
}

// TestFaults: scores that are no numbers and errors of the network are errors.
func TestFaults(t *testing.T) {
	c := config(&meanColour{})
	c.Std = [3]float32{0, 1, 1} // 0/0
	_, url := start(t, c)
	status, text := post(t, url, "", pngOf(4, 4, color.Black))
	if status != 500 || !strings.Contains(text, "not a number") {
		t.Errorf("%d %s", status, text)
	}
	_, url = start(t, config(&meanColour{err: io.ErrUnexpectedEOF}))
	if status, text := post(t, url, "", pngOf(4, 4, color.Black)); status != 500 {
		t.Errorf("%d %s", status, text)
	}
}

// TestEnd: /readyz says no after Drain, requests are still answered, and end with 503 after Close.
func TestEnd(t *testing.T) {
	s, url := start(t, config(&meanColour{}))
	get := func(path string) int {
		r, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	if get("/healthz") != 200 || get("/readyz") != 200 {
		t.Error("not ready")
	}
	s.Drain()
	if get("/healthz") != 200 || get("/readyz") != 503 {
		t.Error("ready while draining")
	}
	if status, _ := post(t, url, "", pngOf(4, 4, color.Black)); status != 200 {
		t.Errorf("draining: %d", status)
	}
	s.Close()
	if status, _ := post(t, url, "", pngOf(4, 4, color.Black)); status != 503 {
		t.Errorf("closed: %d", status)
	}
}

// TestPixels compares with what bilinear interpolation and its triangle say by hand.
func TestPixels(t *testing.T) {
	c := Config{Height: 7, Width: 7, Std: [3]float32{1, 1, 1}}
	m := image.NewGray(image.Rect(10, 20, 18, 28)) // 8 pixels, of which 7 are seen: no scaling
	for i := range m.Pix {
		m.Pix[i] = byte(i * 3)
	}
	got := c.pixels(m)
	for y := range 7 {
		for x := range 7 {
			// The middle is half a pixel off the grid: each new pixel is the mean of four.
			want := float64(int(m.Pix[y*8+x])+int(m.Pix[y*8+x+1])+int(m.Pix[y*8+8+x])+int(m.Pix[y*8+9+x])) / 4 / 255
			if d := math.Abs(float64(got[y*7+x]) - want); !(d <= 1e-6) {
				t.Fatalf("(%d, %d): %g, want %g", x, y, got[y*7+x], want)
			}
		}
	}
	// What cannot be seen through lies on white, whatever its colour is.
	clear := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		copy(clear.Pix[4*i:], []byte{10, 200, 30, 0})
	}
	for i, v := range c.pixels(clear) {
		if !(math.Abs(float64(v)-1) <= 1e-6) {
			t.Fatalf("pixel %d of a picture that is not seen is %g", i, v)
		}
	}
	// A picture that shrinks: every pixel that is seen counts, as much as any other in the middle.
	wide := image.NewGray(image.Rect(0, 0, 640, 80))
	for i := range wide.Pix {
		wide.Pix[i] = byte(255 * (i % 640 % 2))
	}
	for i, v := range c.pixels(wide)[:49] {
		if !(math.Abs(float64(v)-0.5) <= 0.02) {
			t.Fatalf("pixel %d of stripes is %g", i, v)
		}
	}
}
