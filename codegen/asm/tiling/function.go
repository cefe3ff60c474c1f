package tiling

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/routine"
)

// exponential holds the coefficients, highest power first, of a polynomial that is 2^x for x from 0 up to 1 with a
// relative error of at most 7.5e-8 (minimax, fitted by Lawson's iteration). An error e of the exponential is one of
// at most e/4 in the sigmoid. One degree less would save one operation and err by 6.8e-7.
var exponential = []float32{0.0018775767, 0.0089893406, 0.055826318, 0.24015361, 0.69315308, 0.99999994}

// nearestExponential is the same for x from −½ to ½, with the same error.
var nearestExponential = []float32{0.00132764725, 0.00967554189, 0.0555071309, 0.240221202, 0.693146944, 1.00000012}

// halfExponential is that for float16, with a relative error of at most 7.5e-5; the numbers have eleven bits.
var halfExponential = []float32{0.05517167, 0.24261113, 0.69326097, 0.99992806}

const (
	log2e     = 1.44269504088896341
	sqrt2     = 1.41421356237309505
	mishEnd   = 20 // where n/(n + 2) is one, and n still finite
	saturated = 87 // where exp(x) is beyond what matters to 1 + exp(x), and still finite; half of it is 43

	// The same for float16. Below, SiLU stays −2.4e-4, which is less than the numbers around its minimum are apart.
	halfSaturated = 10.65625
)

// For x not below zero, half of erfc(x/√2) is t·(a1 + t·(a2 + …))·exp(−x²/2), t being 1/(1 + erfcScale·x), with an
// error of at most 1e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. The coefficients are half
// of theirs, the highest power first.
var erfc = []float32{1.061405429 / 2, -1.453152027 / 2, 1.421413741 / 2, -0.284496736 / 2, 0.254829592 / 2}

const (
	erfcScale = 0.3275911 / sqrt2
	erfcEnd   = 13 // where the function is next to nothing, and its exponential still a normal number
)

// The temporary registers of a function. What prepare loads stays for all accumulators.
const (
	f0    isa.Vec = iota
	f1            // what exponentials leave
	upper         // the upper bound; a function without one may use it
	lower         // the lower bound; likewise
)

// function is an activation function: what is loaded once, and what is done to each accumulator.
type function struct {
	prepare []bound
	apply   func(k functionKernel, x isa.Vec)
}

// exponent is how a set computes exponentials.
type exponent struct {
	saturated  isa.Number
	polynomial []float32
}

// exponentOf returns that of a set.
func exponentOf(m isa.Machine) exponent {
	switch {
	case m.Element() == 2:
		return exponent{halfSaturated, halfExponential}
	case m.Nearest():
		return exponent{saturated, nearestExponential}
	}
	return exponent{saturated, exponential}
}

// bound is what a function keeps in a register: a number, or a setting of the function at hand.
type bound struct {
	from isa.Source
	in   isa.Vec
}

// setting is one of the numbers that the bound function has for its routine.
func setting(i int) isa.Mem { return isa.At(functionAt, activationRegisters+4*i) }

// functionsOf returns those of routine.Functions. Max and Min keep x where it is not a number.
func functionsOf(e exponent) map[string]function {
	return map[string]function{
		"relu": {[]bound{{isa.Number(0), lower}}, func(k functionKernel, x isa.Vec) { k.Max(x, lower, x) }},
		"relu6": {[]bound{{isa.Number(0), lower}, {isa.Number(6), upper}}, func(k functionKernel, x isa.Vec) {
			k.Max(x, lower, x)
			k.Min(x, upper, x)
		}},
		"silu": {[]bound{{-e.saturated, lower}}, func(k functionKernel, x isa.Vec) {
			k.atLeast(-e.saturated, x)
			k.onePlusExp2(x, -log2e)
			k.Divide(f1, f0, x)
		}},
		"sigmoid": {[]bound{{-e.saturated, lower}}, func(k functionKernel, x isa.Vec) {
			k.atLeast(-e.saturated, x)
			k.onePlusExp2(x, -log2e)
			k.reciprocal(x)
		}},
		"hardSwish": {[]bound{{setting(0), lower}, {setting(1), upper}, {setting(2), f1}},
			func(k functionKernel, x isa.Vec) {
				k.Max(x, lower, x)
				k.Sub(x, lower, f0)
				k.Min(f0, upper, f0)
				k.Mul(f1, f0, f0)
				k.Mul(f0, x, x)
			}},
		"hardSigmoid": {[]bound{{setting(0), f0}, {setting(1), f1}, {isa.Number(0), lower}, {isa.Number(1), upper}},
			func(k functionKernel, x isa.Vec) {
				k.Mul(f0, x, x)
				k.Add(f1, x, x)
				k.Max(x, lower, x)
				k.Min(x, upper, x)
			}},
		"tanh": {[]bound{{isa.Number(-saturated / 2), lower}}, functionKernel.tanh},
		"gelu": {nil, functionKernel.gelu},
		"leakyRelu": {[]bound{{setting(0), f1}, {isa.Number(0), lower}}, func(k functionKernel, x isa.Vec) {
			k.Min(x, lower, f0)
			k.Max(x, lower, x)
			k.MulAdd(f1, f0, x)
		}},
		"hardTanh": {[]bound{{setting(0), lower}, {setting(1), upper}}, func(k functionKernel, x isa.Vec) {
			k.Max(x, lower, x)
			k.Min(x, upper, x)
		}},
		"elu": {[]bound{{isa.Number(0), lower}}, func(k functionKernel, x isa.Vec) {
			// max(x, 0) + a·(exp(min(x, 0)) − 1)
			k.Min(x, lower, f0)
			k.Max(x, lower, x)
			k.Mul(isa.Number(log2e), f0, f0)
			k.Exp2(f0, upper, f1, k.polynomial, false)
			k.SubNumber(f1, 1, f1)
			k.Broadcast(setting(0), f0)
			k.MulAdd(f0, f1, x)
		}},
		"mish": {[]bound{{isa.Number(-saturated), lower}}, functionKernel.mish},
	}
}

// long are the functions whose every operation waits for the one before. They use f0, f1 and upper alone, and lower
// through atLeast: see isa.Runs.
var long = []string{"silu", "sigmoid", "tanh"}

type functionKernel struct {
	writer
	exponent
	inRuns bool // the function is applied to several accumulators side by side
}

// Function writes, for every activation function, a macro that applies it to two registers and to four, the routine
// that does so to the first accumulators, and the one that returns its address. Beside them stands what applies a
// function to memory.
func Function(m isa.Machine) {
	k := functionKernel{writer: writer{m}, exponent: exponentOf(m)}
	k.Constants("functions" + k.name())
	all, pairs, fours := routine.AllOf(m.Set()), routine.PairsOf(m.Set()), routine.FoursOf(m.Set())
	k.Iterator(all, k.accumulators)
	runs, hasRuns := m.(isa.Runs)
	if hasRuns {
		k.Iterator(pairs, func(macro string) { k.pairs(runs, macro) })
		k.Iterator(fours, func(macro string) { k.fours(runs, macro) })
	}
	functions := functionsOf(k.exponent)
	for _, function := range routine.Functions {
		if !m.Set().HasFunction(function) {
			continue
		}
		f, ok := functions[function]
		if !ok {
			panic("tiling: there is no function " + function)
		}
		name := m.Set().Function(function)
		one, four := routine.OneOf(name), routine.FourOf(name)
		if hasRuns && slices.Contains(long, function) {
			k.inRuns = true
			runs.RunsMacro(one, 2, func(x isa.Vec) { f.apply(k, x) })
			runs.RunsMacro(four, 4, func(x isa.Vec) { f.apply(k, x) })
			k.Routine(name, "func()")
			k.Iterate(pairs, one)
			k.Iterate(fours, four)
			k.inRuns = false
		} else {
			k.Macro(one, func(x isa.Vec) { f.apply(k, x) })
			k.Routine(name, "func()")
			k.prepare(f)
			k.Iterate(all, one)
		}
		k.AddressRoutine(routine.AddressOf(name), name)
	}
	if m.Element() == 4 {
		k.pixels()
	}
}

// prepare loads what stays for all accumulators.
func (k functionKernel) prepare(f function) {
	for _, b := range f.prepare {
		if at, ok := b.from.(isa.Mem); ok {
			k.Broadcast(at, b.in)
		} else {
			k.Load(b.from, b.in)
		}
	}
}

// atLeast replaces x by the bound in lower, or by that number where lower is not to be had, where it is less.
func (k functionKernel) atLeast(bound isa.Number, x isa.Vec) {
	if k.inRuns {
		k.Max(bound, x, x)
		return
	}
	k.Max(x, lower, x)
}

// accumulators applies a macro to the first accumulators, and ends the routine. It has an entry for every number of
// them and falls through to the lower ones.
func (k functionKernel) accumulators(macro string) {
	label := func(i int) string { return fmt.Sprintf("from%d", i) }
	k.choose(functionCount, 1, k.Accumulators(), label)
	for i := k.Accumulators(); i > 0; i-- {
		k.Label(label(i))
		k.Expand(macro, k.accumulator(i-1))
	}
	k.Return()
}

// pairs is accumulators for macros of two: many are computed in pairs alone, few in fours, behind pairs that are beyond
// the last whole four of these. One or three more are changed where the number asks for it: nobody needs what is in the
// others.
func (k functionKernel) pairs(m isa.Runs, macro string) {
	few := m.FourAccumulators()
	entry := func(i int) string { return k.fromRun(m, i) }
	k.choose(functionCount, 1, k.Accumulators(), entry)
	for i := k.Accumulators(); i > 0; i -= 2 {
		if i > few {
			k.Label(entry(i))
		}
		m.ExpandRuns(macro, k.accumulator(i-1), k.accumulator(i-2))
	}
	k.Return()
	for i := few; i > few-4; i -= 2 {
		k.Label(entry(i))
		m.ExpandRuns(macro, k.accumulator(i-1), k.accumulator(i-2))
	}
}

// fours follows pairs.
func (k functionKernel) fours(m isa.Runs, macro string) {
	for i := m.FourAccumulators() - 4; i > 0; i -= 4 {
		k.Label(k.fromRun(m, i))
		m.ExpandRuns(macro, k.accumulator(i-1), k.accumulator(i-2), k.accumulator(i-3), k.accumulator(i-4))
	}
	k.Return()
}

// fromRun is the entry of pairs or fours for a number of accumulators.
func (k functionKernel) fromRun(m isa.Runs, i int) string {
	together := 2
	if i <= m.FourAccumulators()-4 {
		together = 4
	}
	return fmt.Sprintf("from%d", (i+together-1)/together*together)
}

// pixels writes the routine that applies a function in place, four registers at a time.
func (k functionKernel) pixels() {
	const x, registers, function, together = isa.I5, isa.I3, isa.I6, 4
	k.Routine("applyPixels"+k.name(), "func(x, function *byte, pixels int)")
	k.Compute(0)
	k.LoadInt(isa.Param("x", 0), x)
	k.LoadInt(isa.Param("function", 1), function)
	k.LoadInt(isa.Param("pixels", 2), registers)
	for n := k.halves(); n > 1; n /= 2 {
		k.ShiftLeft(1, registers)
	}
	k.inSteps(registers, together, func(n int) {
		for i := range n {
			k.Load(isa.At(x, i*k.Bytes()), k.accumulator(i))
		}
		k.CopyInt(function, functionAt)
		k.SetInt(n, functionCount)
		k.CallAt(functionAt)
		for i := range n {
			k.Store(k.accumulator(i), isa.At(x, i*k.Bytes()))
		}
		k.AddConst(n*k.Bytes(), x)
	})
	k.Finish(0)
}

// onePlusExp2 leaves 1 + 2^(x·factor) in f1. For −Inf it leaves 1, for NaN NaN.
func (k functionKernel) onePlusExp2(x isa.Vec, factor isa.Number) {
	k.OnePlusExp2(x, factor, f0, upper, f1, k.polynomial)
}

// reciprocal replaces x by 1/f1.
func (k functionKernel) reciprocal(x isa.Vec) {
	growth := k.Reciprocal(f1, f0)
	k.Load(f0, x)
	k.MulAdd(growth, f0, x)
}

// tanh replaces x by 2/(1 + exp(−2x)) − 1.
func (k functionKernel) tanh(x isa.Vec) {
	k.atLeast(-saturated/2, x)
	k.onePlusExp2(x, -2*log2e)
	k.reciprocal(x)
	k.Add(x, x, x)
	k.SubNumber(x, 1, x)
}

// mish replaces x by x·tanh(log(1 + e)), e being exp(x): x·n/(n + 2) with n = e·(e + 2).
func (k functionKernel) mish(x isa.Vec) {
	k.Max(x, lower, x)
	k.Load(isa.Number(mishEnd), f1)
	k.Min(x, f1, f0)
	k.Mul(isa.Number(log2e), f0, f0)
	k.Exp2(f0, upper, f1, k.polynomial, false)
	k.Add(isa.Number(2), f1, f0)
	k.Mul(f1, f0, f0) // n
	k.Add(isa.Number(2), f0, f1)
	k.Divide(f1, upper, f0)
	k.Mul(f0, x, x)
}

// gelu replaces x by x·Φ(x), which is max(x, 0) − |x|·erfc(|x|/√2)/2.
func (k functionKernel) gelu(x isa.Vec) {
	const f2, f3 = upper, lower
	k.Mul(isa.Number(-1), x, f3)
	k.Max(f3, x, f3)
	k.Min(isa.Number(erfcEnd), f3, f3) // |x|
	k.Mul(f3, f3, f0)
	k.Mul(isa.Number(-log2e/2), f0, f0)
	k.Exp2(f0, f2, f1, k.polynomial, true)
	k.Load(isa.Number(erfcScale), f2)
	k.Horner(isa.Number(1), f3, f2)
	k.MulAdd(k.Reciprocal(f2, f0), f0, f0) // t
	k.Load(isa.Number(erfc[0]), f2)
	for _, coefficient := range erfc[1:] {
		k.Horner(isa.Number(coefficient), f0, f2)
	}
	k.Mul(f0, f2, f2)
	k.Mul(f1, f2, f2)
	k.Mul(f3, f2, f2)
	k.Zero(f0)
	k.Max(x, f0, x)
	k.Sub(x, f2, x)
}
