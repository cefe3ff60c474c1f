package pickle

import (
	"errors"
	"fmt"
)

// reach runs the opcodes that touch what is not plain data: globals, calls, objects' state. Everything goes through the host.
func (m *machine) reach(op byte) error {
	switch op {
	case 'c': // GLOBAL
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.global(module + "." + name)
	case 0x93: // STACK_GLOBAL
		name, err := m.pop()
		if err != nil {
			return err
		}
		module, err := m.pop()
		if err != nil {
			return err
		}
		return m.global(fmt.Sprintf("%.100v.%.100v", module, name))
	case 'Q': // BINPERSID
		id, err := m.pop()
		if err != nil {
			return err
		}
		v, err := m.host.Persistent(id)
		if err == nil {
			m.push(v)
		}
		return err
	case 'R': // REDUCE
		return m.call()
	case 'b': // BUILD
		return m.state()
	case 'i': // INST
		module, _ := m.line()
		name, _ := m.line()
		return fmt.Errorf("it would make an object of %.100s.%.100s, which is not allowed", module, name)
	case 'o', 0x81, 0x92: // OBJ, NEWOBJ, NEWOBJ_EX
		return errors.New("it would make an object of a class, which is not allowed")
	}
	return fmt.Errorf("the opcode 0x%02x, for extensions and outside data, is not allowed", op)
}

func (m *machine) global(name string) error {
	v, err := m.host.Global(name)
	if err == nil {
		m.push(v)
	}
	return err
}

func (m *machine) call() error {
	arguments, err := m.pop()
	if err != nil {
		return err
	}
	callee, err := m.pop()
	if err != nil {
		return err
	}
	args, ok := arguments.(Tuple)
	if !ok {
		return errors.New("it calls something without a tuple of arguments")
	}
	switch callee := callee.(type) {
	case Call:
		v, err := callee(args)
		if err == nil {
			m.push(v)
		}
		return err
	case *Class:
		return fmt.Errorf("it would call %s, which is not allowed", callee.Name)
	}
	return errors.New("it calls something that is no function")
}

// state passes over the attributes that PyTorch puts on the OrderedDict of a state: versions of modules. Other objects
// have none.
func (m *machine) state() error {
	if _, err := m.pop(); err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	if _, ok := v.(*Dict); !ok {
		return errors.New("it sets the attributes of something that is no dictionary")
	}
	return nil
}
