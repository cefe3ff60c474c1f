package service

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	_ "image/gif" // formats that image.Decode knows
	_ "image/jpeg"
	_ "image/png"
	"io"
	"math"
	"mime/multipart"
	"net/http"
)

// formFile reads the file "picture" of a form, without keeping anything else of it.
func formFile(body io.Reader, boundary string) ([]byte, error) {
	form := multipart.NewReader(body, boundary)
	for {
		part, err := form.NextPart()
		var large *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return nil, fail(http.StatusBadRequest, `the form has no file "picture"`)
		case errors.As(err, &large):
			return nil, err
		case err != nil:
			return nil, fail(http.StatusBadRequest, "the form cannot be read: %v", err)
		}
		if part.FormName() == "picture" {
			return io.ReadAll(part)
		}
	}
}

// decode makes an image of the network of a picture. The picture's size is looked at before anything is decoded: a few
// bytes can claim billions of pixels.
func (c *Config) decode(data []byte) ([]float32, error) {
	header, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fail(http.StatusUnsupportedMediaType, "the body is no PNG, JPEG or GIF: %v", err)
	}
	if header.Width < 1 || header.Height < 1 || header.Width > c.MaxPixels/header.Height {
		return nil, fail(http.StatusRequestEntityTooLarge, "the picture has %d×%d pixels, of which %d are allowed",
			header.Width, header.Height, c.MaxPixels)
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "the picture cannot be decoded: %v", err)
	}
	return c.pixels(m), nil
}

// crop is how much of the picture's shorter side the network sees, as EfficientNet's authors have it: 224 of 256.
const crop = 0.875

// pixels returns the middle of a picture in the network's size and normalised, [3, height, width].
func (c *Config) pixels(m image.Image) []float32 {
	b := m.Bounds()
	side := crop * float64(min(b.Dx()*c.Height, b.Dy()*c.Width))
	wide, high := side/float64(c.Height), side/float64(c.Width) // what is seen of the picture, in its pixels
	columns := newFilter(float64(b.Dx())/2-wide/2, wide, c.Width, b.Dx())
	rows := newFilter(float64(b.Dy())/2-high/2, high, c.Height, b.Dy())

	// The part that is seen, on white where it is transparent. Package draw knows each format's quick way.
	left, right := columns.seen()
	from, to := rows.seen()
	part := image.NewRGBA(image.Rect(left, from, right, to))
	draw.Draw(part, part.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(part, part.Rect, m, b.Min.Add(part.Rect.Min), draw.Over)

	// First along the rows, then along the columns.
	narrow := make([][3]float32, (to-from)*c.Width)
	for y := from; y < to; y++ {
		line := part.Pix[(y-from)*part.Stride:]
		for x := range c.Width {
			narrow[(y-from)*c.Width+x] = columns.sum(x, func(i int) [3]float32 {
				p := line[4*(i-left):]
				return [3]float32{float32(p[0]) / 255, float32(p[1]) / 255, float32(p[2]) / 255}
			})
		}
	}
	out := make([]float32, 3*c.Height*c.Width)
	for y := range c.Height {
		for x := range c.Width {
			value := rows.sum(y, func(i int) [3]float32 { return narrow[(i-from)*c.Width+x] })
			for channel, v := range value {
				out[(channel*c.Height+y)*c.Width+x] = (v - c.Mean[channel]) / c.Std[channel]
			}
		}
	}
	return out
}

// filter says of which pixels each new one is made, and by which weights: those of a triangle as wide as two old or two
// new pixels, whichever is wider. That is bilinear interpolation where pictures grow, and leaves nothing out where they
// shrink.
type filter struct {
	first   []int
	weights [][]float32
}

func newFilter(start, length float64, count, size int) *filter {
	f := &filter{}
	step := length / float64(count)
	reach := max(step, 1)
	for i := range count {
		middle := start + (float64(i)+0.5)*step
		first := min(max(int(math.Ceil(middle-reach-0.5)), 0), size-1)
		last := max(min(int(math.Floor(middle+reach-0.5)), size-1), first)
		weights := make([]float32, last-first+1)
		sum := float32(0)
		for k := range weights {
			weights[k] = float32(max(1-math.Abs(float64(first+k)+0.5-middle)/reach, 0))
			sum += weights[k]
		}
		for k := range weights { // of which one is half a pixel away at most, so that there is a sum
			weights[k] /= sum
		}
		f.first, f.weights = append(f.first, first), append(f.weights, weights)
	}
	return f
}

// seen returns the range of the old pixels that the new ones are made of.
func (f *filter) seen() (from, to int) {
	last := len(f.first) - 1
	return f.first[0], f.first[last] + len(f.weights[last])
}

func (f *filter) sum(i int, at func(i int) [3]float32) (sum [3]float32) {
	for k, w := range f.weights[i] {
		v := at(f.first[i] + k)
		for c := range sum {
			sum[c] += w * v[c]
		}
	}
	return sum
}
