package engine

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/netc-lang/netc/codegen/kernel"
)

// store is one set of weights in memory. An engine has one for those who come, and after Swap those before it until the
// last inference with them has ended.
type store struct {
	name    string   // what errors call it: a path
	header  *Header  // nil: weights that are of no file
	weights []byte   // as the code's table has them; they must only be read
	bound   []byte   // what kernels have made of them
	data    string   // the same as in the file, where it is kept
	file    *mapping // that weights lie in; nil: they are in memory of the program's own

	release func() error // gives their memory back; nil where the garbage collector does

	users int                          // of the engine's mutex: the engine, inferences, checks
	wrong atomic.Pointer[weightsError] // what a check has found
}

// newStore makes a store of a whole file of weights, in memory that is there as long as the store. What has to be
// copied is checked on the way.
func newStore(name, file string, n *Network) (*store, error) {
	length, err := headerLength(name, file[:min(len(file), firstLine)])
	if err != nil {
		return nil, err
	}
	if length > len(file) {
		return nil, damagedHeader(name)
	}
	header, err := parseHeader(name, file[:length])
	if err != nil {
		return nil, err
	}
	if err := header.check(name, n); err != nil {
		return nil, err
	}
	if rest := len(file) - length; rest != header.Length {
		return nil, refuse("%s has %d bytes of weights, and says that there are %d: copy or pack it again", name, rest,
			header.Length)
	}
	s := &store{name: name, header: header, data: file[length:]}
	if sections := n.sectionsOf(header.Type); sections[0].Type == n.Sections[0].Type {
		s.weights = Weights(s.data, sections)
	} else {
		s.weights = converted(unsafe.Slice(unsafe.StringData(s.data), len(s.data)), sections, n.Sections)
	}
	return s, nil
}

// bind has the kernels make what they need of the weights. The error says that these went away meanwhile, or that the
// arithmetic of float16 cannot have them: they are given back then.
func (s *store) bind(e *Engine) error {
	s.bound = AlignedBytes(e.machine.Bound())
	if len(s.bound) == 0 {
		return nil
	}
	var gone atomic.Bool
	beyond := e.machine.Convert(kernel.NewMemory(0, nil, s.weights, s.bound), func(n int, do func(i int)) {
		var next atomic.Int64
		each := func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		}
		var busy sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), n) - 1 {
			busy.Add(1)
			go func() {
				defer busy.Done()
				if guarded(s.data, each) {
					gone.Store(true)
				}
			}()
		}
		if guarded(s.data, each) {
			gone.Store(true)
		}
		busy.Wait()
	})
	if gone.Load() {
		s.free()
		return refuse("%s: %v", s.name, errGone)
	}
	if beyond != nil {
		s.free()
		return refuse("%s has the %s %g of the step %s, beyond the largest float16, 65504, with which this processor "+
			"computes: make the model WithFloat32", s.name, beyond.What, beyond.Weight,
			e.network.Steps[beyond.Step].Name)
	}
	return nil
}

// inPlace reports whether the weights are used where the file lies.
func (s *store) inPlace() bool {
	return len(s.weights) > 0 && unsafe.SliceData(s.weights) == unsafe.StringData(s.data)
}

// openStore maps a file of weights. What is used where it lies has not been checked when it returns.
func openStore(path string, n *Network) (*store, error) {
	m, err := openMapping(path)
	if err != nil {
		return nil, err
	}
	var s *store
	if guarded(m.data, func() { s, err = newStore(path, m.data, n) }) {
		err = refuse("%s: %v", path, errGone)
	}
	if err == nil && !s.inPlace() { // the file is of no use any more
		if err = s.verify(mostChecking); err == nil {
			err = m.close()
			s.data = ""
			return s, err
		}
	}
	if err != nil {
		m.close()
		return nil, err
	}
	s.file, s.release = m, m.close
	return s, nil
}

// readStore reads weights to the end that their header says.
func readStore(name string, r io.Reader, n *Network) (*store, error) {
	begin := make([]byte, firstLine)
	got, err := io.ReadFull(r, begin)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	length, err := headerLength(name, string(begin[:got]))
	if err != nil {
		return nil, err
	}
	text := make([]byte, max(length, got))
	copy(text, begin[:got])
	if _, err := io.ReadFull(r, text[got:]); err != nil {
		return nil, cutOff(name, err)
	}
	s := &store{name: name}
	if s.header, err = parseHeader(name, string(text)); err != nil {
		return nil, err
	}
	if err := s.header.check(name, n); err != nil { // before memory is taken for what may not be there
		return nil, err
	}
	return s, s.readWeights(r, n)
}

// readWeights reads the weights behind the header.
func (s *store) readWeights(r io.Reader, n *Network) error {
	const some = 1 << 20
	s.weights = AlignedBytes(sectionBytes(n.Sections))
	piece := make([]byte, some)
	var sums summer
	for i, from := range n.sectionsOf(s.header.Type) {
		to := s.weights[sectionBytes(n.Sections[:i]):]
		for left := from.Bytes(); left > 0; {
			part := piece[:min(some, left)]
			if _, err := io.ReadFull(r, part); err != nil {
				return cutOff(s.name, err)
			}
			sums.add(part)
			convert(to, n.Sections[i].Type, part, from.Type)
			to = to[len(part)/from.Type.Size()*n.Sections[i].Type.Size():]
			left -= len(part)
		}
	}
	if sums.sum() != s.header.Checksum {
		return s.damaged()
	}
	return nil
}

// cutOff says that a reader ended, or failed, before the weights did.
func cutOff(name string, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return refuse("%s ends before its weights do: copy or pack it again", name)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// readFile is openStore by reading.
func readFile(path string, n *Network) (*store, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would wait for who writes to it
		return nil, refuse("%s is no file of packed weights", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readStore(path, f, n)
}

func (s *store) damaged() error {
	return refuse("%s is damaged: its weights have not the checksum that it says: copy or pack it again", s.name)
}

// mostChecking is by how many goroutines weights are checked while somebody waits.
const mostChecking = 4

// verify computes the checksum of weights that are kept as they stand in their file. Others were checked when they were
// copied.
func (s *store) verify(workers int) error {
	if s.data == "" {
		return nil
	}
	sum, err := checksum(s.data, workers)
	switch {
	case err != nil:
		return refuse("%s: %v", s.name, err)
	case s.file != nil && s.file.check() != nil: // which tells why the sum is wrong, if it is
		return s.file.check()
	case sum != s.header.Checksum:
		return s.damaged()
	}
	return nil
}

// sound returns what is known to be wrong with the weights: what a check has found, or that their file was written to.
// An inference asks at its end, when it has read what it has read.
func (s *store) sound() error {
	if s.file == nil {
		return nil
	}
	if err := s.file.check(); err != nil {
		return err
	}
	if wrong := s.wrong.Load(); wrong != nil {
		return wrong
	}
	return nil
}

// size returns how many bytes the weights take, and what kernels have made of them.
func (s *store) size() int64 { return int64(len(s.weights) + len(s.bound)) }

// free gives the memory back.
func (s *store) free() error {
	s.weights, s.bound, s.data = nil, nil, ""
	if s.release == nil {
		return nil
	}
	return s.release()
}
