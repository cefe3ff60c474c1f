package kernel

// add adds two values of one shape. out may be a or b.
func add(out, a, b []float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] + b[i]
	}
}

// multiply multiplies two values of one shape. out may be a or b.
func multiply(out, a, b []float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] * b[i]
	}
}

// addChannels adds one value per channel to each of its pixels. out may be in.
func addChannels(out, in, values []float32, pixels int) {
	for c, v := range values {
		from := in[c*pixels : (c+1)*pixels]
		to := out[c*pixels : (c+1)*pixels]
		for i := range to {
			to[i] = from[i] + v
		}
	}
}

// multiplyChannels multiplies each pixel of a channel with the channel's value. out may be in.
func multiplyChannels(out, in, values []float32, pixels int) {
	for c, v := range values {
		from := in[c*pixels : (c+1)*pixels]
		to := out[c*pixels : (c+1)*pixels]
		for i := range to {
			to[i] = from[i] * v
		}
	}
}

// affine multiplies each pixel of a channel with the channel's factor and adds its offset. out may be in.
func affine(out, in, factors, offsets []float32, pixels int) {
	for c, factor := range factors {
		offset := offsets[c]
		from := in[c*pixels : (c+1)*pixels]
		to := out[c*pixels : (c+1)*pixels]
		for i := range to {
			to[i] = from[i]*factor + offset
		}
	}
}
