package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// Limits. A training checkpoint of EfficientNet-B7 has 20,000 tensors with the optimizer's, a megabyte of pickle, and
// half a million steps.
const (
	maxSteps   = 4 << 20
	maxInteger = 256 // bytes
)

// mark stands on the stack where a list of arguments begins.
type mark struct{}

type machine struct {
	text  []byte
	at    int // of the next byte
	stack []any
	memo  map[uint64]any
	host  Host
}

// Load runs one pickle at the start of text. It returns its value and its length. Errors say at which byte of the
// text they are.
func Load(text []byte, host Host) (value any, length int, err error) {
	m := &machine{text: text, memo: map[uint64]any{}, host: host}
	for step := 0; ; step++ {
		at := m.at
		if step == maxSteps {
			return nil, 0, fmt.Errorf("byte %d of the pickle: it has over %d steps, the limit", at, maxSteps)
		}
		op, err := m.byte()
		if err == nil && op == '.' {
			value, err = m.pop()
			if err == nil {
				return value, m.at, nil
			}
		}
		if err == nil {
			err = m.step(op)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("byte %d of the pickle: %w", at, err)
		}
	}
}

var errTruncated = errors.New("it ends too early: the file is truncated or damaged")

func (m *machine) byte() (byte, error) {
	b, err := m.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// take returns the next n bytes.
func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.text)-m.at) {
		return nil, errTruncated
	}
	b := m.text[m.at : m.at+int(n)]
	m.at += int(n)
	return b, nil
}

// number returns an unsigned little-endian number of up to eight bytes.
func (m *machine) number(width uint64) (uint64, error) {
	b, err := m.take(width)
	if err != nil {
		return 0, err
	}
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:]), nil
}

// counted returns bytes that stand after their number.
func (m *machine) counted(width uint64) ([]byte, error) {
	n, err := m.number(width)
	if err != nil {
		return nil, err
	}
	return m.take(n)
}

func (m *machine) line() (string, error) {
	n := bytes.IndexByte(m.text[m.at:], '\n')
	if n < 0 {
		return "", errTruncated
	}
	b, _ := m.take(uint64(n) + 1)
	return string(b[:n]), nil
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

var errStack = errors.New("it takes a value that is not there")

// pop takes the topmost value off the stack.
func (m *machine) pop() (any, error) {
	v, err := m.top()
	if err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v, err
}

func (m *machine) top() (any, error) {
	if len(m.stack) == 0 || m.stack[len(m.stack)-1] == (mark{}) {
		return nil, errStack
	}
	return m.stack[len(m.stack)-1], nil
}

// popMark takes what lies over the topmost mark off the stack, and the mark.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if m.stack[i] == (mark{}) {
			items := append([]any(nil), m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, errStack
}

// step runs one opcode.
func (m *machine) step(op byte) error {
	if v, ok := constants[op]; ok {
		m.push(v)
		return nil
	}
	switch op {
	case 0x80: // PROTO
		version, err := m.byte()
		if err == nil && (version < 2 || version > 5) {
			return fmt.Errorf("protocol %d is not supported; 2 to 5 are", version)
		}
		return err
	case 0x95: // FRAME
		_, err := m.take(8)
		return err
	case '(':
		m.push(mark{})
	case '0':
		_, err := m.pop()
		return err
	case '1': // POP_MARK
		_, err := m.popMark()
		return err
	case '2': // DUP
		v, err := m.top()
		if err == nil {
			m.push(v)
		}
		return err
	case '}':
		m.push(&Dict{})
	case ']', 0x8f: // EMPTY_LIST, EMPTY_SET
		m.push(&List{})
	case 't', 'l', 'd', 0x85, 0x86, 0x87, 0x91:
		return m.build(op)
	case 'a', 'e', 's', 'u', 0x90:
		return m.add(op)
	case 'q', 'r', 'p', 0x94, 'h', 'j', 'g':
		return m.remember(op)
	case 'c', 0x93, 'R', 'b', 'Q', 'i', 'o', 0x81, 0x92, 'P', 0x82, 0x83, 0x84, 0x97, 0x98:
		return m.reach(op)
	default:
		v, err := m.literal(op)
		if err == nil {
			m.push(v)
		}
		return err
	}
	return nil
}

// build makes tuples, lists and dictionaries of what lies on the stack.
func (m *machine) build(op byte) error {
	if op >= 0x85 && op <= 0x87 { // TUPLE1 to TUPLE3
		items := make(Tuple, op-0x84)
		for i := len(items) - 1; i >= 0; i-- {
			var err error
			if items[i], err = m.pop(); err != nil {
				return err
			}
		}
		m.push(items)
		return nil
	}
	items, err := m.popMark()
	if err != nil {
		return err
	}
	switch op {
	case 't':
		m.push(Tuple(items))
	case 'l', 0x91: // LIST, FROZENSET
		m.push(&List{items})
	case 'd':
		d := &Dict{}
		m.push(d)
		return d.set(items)
	}
	return nil
}

func (d *Dict) set(items []any) error {
	if len(items)%2 != 0 {
		return errors.New("a dictionary has a key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		d.Items = append(d.Items, Item{items[i], items[i+1]})
	}
	return nil
}

// add puts values into the list, dictionary or object under them.
func (m *machine) add(op byte) error {
	var items []any
	var err error
	switch op {
	case 'a', 's':
		items = make([]any, map[byte]int{'a': 1, 's': 2}[op])
		for i := len(items) - 1; i >= 0 && err == nil; i-- {
			items[i], err = m.pop()
		}
	default:
		items, err = m.popMark()
	}
	if err != nil {
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	switch target := target.(type) {
	case *List:
		if op != 's' && op != 'u' {
			target.Items = append(target.Items, items...)
			return nil
		}
	case *Dict:
		if op == 's' || op == 'u' {
			return target.set(items)
		}
	case *Object: // deque, Counter and the like
		if op != 's' && op != 'u' {
			target.List = append(target.List, items...)
			return nil
		}
		var d Dict
		err := d.set(items)
		target.Items = append(target.Items, d.Items...)
		return err
	}
	return fmt.Errorf("it puts values into %s", Describe(target))
}

// remember puts the topmost value into the memo, or fetches one from there.
func (m *machine) remember(op byte) error {
	var key uint64
	var err error
	switch op {
	case 'q', 'h':
		key, err = m.number(1)
	case 'r', 'j':
		key, err = m.number(4)
	case 'p', 'g':
		var text string
		if text, err = m.line(); err == nil {
			key, err = strconv.ParseUint(text, 10, 32)
		}
	case 0x94: // MEMOIZE
		key = uint64(len(m.memo))
	}
	if err != nil {
		return err
	}
	if op == 'h' || op == 'j' || op == 'g' {
		v, ok := m.memo[key]
		if !ok {
			return fmt.Errorf("it reads the memo's entry %d, which is not there", key)
		}
		m.push(v)
		return nil
	}
	v, err := m.top()
	if err == nil {
		m.memo[key] = v
	}
	return err
}
