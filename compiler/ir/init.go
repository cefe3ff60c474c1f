package ir

// Init says from which values training begins with the weights of a convolution or a linear layer. Fan-in and fan-out
// are how many products each output is summed of, and how many outputs each input has a part in: kernel height * kernel
// width * channels / groups, the channels being those that go in or come out. Biases begin at 0.
type Init string

// The inits. The zero value is that of EfficientNet's authors.
const (
	FanOut Init = ""       // convolutions normal of variance 2/fan-out, linear layers uniform within ±1/√out
	FanIn  Init = "fan_in" // normal of variance 2/fan-in: arXiv:1502.01852
	Xavier Init = "xavier" // uniform within ±√(6 / (fan-in + fan-out)), Glorot and Bengio 2010: Keras' default
	Normal Init = "normal" // normal with the deviation 0.02, as vision transformers and ConvNeXt begin
	Torch  Init = "torch"  // uniform within ±1/√fan-in, biases, too: PyTorch's default
)

// Inits lists them by their names in the language, the default first.
func Inits() []string {
	return []string{"fan_out", string(FanIn), string(Xavier), string(Normal), string(Torch)}
}
