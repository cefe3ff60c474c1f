package engine

// WithFloat32 has a model of a network that was generated for arithmetic of float16 compute with float32 on every
// processor. Without this option it computes with float16 where the processor does (FEAT_FP16 of arm64), and results
// differ there from those of other processors. Weights beyond 65504, the largest float16, are then refused, and an
// inference returns an error where a result is not finite and its input is.
func WithFloat32() Option { return func(o *options) { o.float32 = true } }
