package pickle

import (
	"errors"
	"fmt"
)

// reach runs the opcodes that touch what is not plain data: globals, calls, objects' state. The host is asked what a
// name stands for, and only functions that it hands out are called.
func (m *machine) reach(op byte) error {
	switch op {
	case 'c': // GLOBAL
		name, err := m.globalLines()
		if err == nil {
			m.push(m.host.Global(name))
		}
		return err
	case 0x93: // STACK_GLOBAL
		name, err := m.pop()
		if err != nil {
			return err
		}
		module, err := m.pop()
		if err != nil {
			return err
		}
		text, okName := name.(string)
		prefix, okModule := module.(string)
		if !okName || !okModule {
			return fmt.Errorf("it names a global by %s and %s, not by strings", Describe(module), Describe(name))
		}
		m.push(m.host.Global(prefix + "." + text))
		return nil
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
	case 'R', 0x81, 0x92: // REDUCE, NEWOBJ, NEWOBJ_EX
		return m.call(op)
	case 'b': // BUILD
		return m.state()
	case 'i', 'o': // INST, OBJ
		return m.instance(op)
	}
	return fmt.Errorf("the opcode 0x%02x, for extensions and outside data, is not allowed", op)
}

// globalLines returns "module.name", which stand on two lines.
func (m *machine) globalLines() (string, error) {
	module, err := m.line()
	if err != nil {
		return "", err
	}
	name, err := m.line()
	return module + "." + name, err
}

// call calls a function of the host's with the arguments on the stack. A class that the host does not know becomes an
// Object, and what such an object or class would return when called is one too.
//
//	REDUCE      … callable (arguments)
//	NEWOBJ      … class    (arguments)
//	NEWOBJ_EX   … class    (arguments) {named arguments}
func (m *machine) call(op byte) error {
	var named any
	var err error
	if op == 0x92 {
		if named, err = m.pop(); err != nil {
			return err
		}
	}
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
		if op != 'R' {
			return errors.New("it makes an object of a function")
		}
		v, err := callee(args)
		if err == nil {
			m.push(v)
		}
		return err
	case *Class:
		m.push(unmade(callee.Name, args, named))
		return nil
	case *Object: // functools.partial and the like
		m.push(unmade(callee.Class, args, callee))
		return nil
	}
	return fmt.Errorf("it calls %s, which is no function", Describe(callee))
}

// unmade returns what stands for a call that is not made.
func unmade(class string, args Tuple, more any) *Object {
	if more != nil {
		args = append(args[:len(args):len(args)], more)
	}
	return &Object{Class: class, Args: args}
}

// instance makes an Object of what lies over the mark, as Python 2 wrote instances of its old classes.
func (m *machine) instance(op byte) error {
	name := ""
	if op == 'i' {
		var err error
		if name, err = m.globalLines(); err != nil {
			return err
		}
	}
	items, err := m.popMark()
	if err != nil {
		return err
	}
	if op == 'o' {
		if len(items) == 0 {
			return errStack
		}
		class, ok := items[0].(*Class)
		if !ok {
			return fmt.Errorf("it makes an object of %s, which is no class", Describe(items[0]))
		}
		name, items = class.Name, items[1:]
	}
	m.push(&Object{Class: name, Args: items})
	return nil
}

// state keeps the attributes of an Object. Those that PyTorch puts on the OrderedDict of a state, the versions of its
// modules, are passed over; nothing else has any.
func (m *machine) state() error {
	attributes, err := m.pop()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict:
		return nil
	case *Object:
		v.State = attributes
		return nil
	}
	return fmt.Errorf("it sets the attributes of %s, which has none", Describe(v))
}
