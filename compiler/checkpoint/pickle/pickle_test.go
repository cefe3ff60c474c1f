package pickle

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// known is a host that knows one function, which returns its arguments' number, and one storage.
type known struct{}

func (known) Global(name string) any {
	switch name {
	case "m.count":
		return Call(func(args Tuple) (any, error) { return int64(len(args)), nil })
	case "m.fails":
		return Call(func(Tuple) (any, error) { return nil, errors.New("no such thing") })
	case "collections.OrderedDict":
		return Call(NewOrderedDict)
	}
	return &Class{Name: name}
}

func (known) Persistent(id any) (any, error) {
	if id == any("storage") {
		return Bytes("kept"), nil
	}
	return nil, errors.New("no such storage")
}

// TestOpcodes has every opcode that makes a value. The stop at the end is left out.
func TestOpcodes(t *testing.T) {
	object := func(class string, args ...any) *Object { return &Object{Class: class, Args: args} }
	tests := []struct {
		name, pickle string
		want         any
	}{
		{"PROTO, FRAME", "\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x07", int64(7)},
		{"NONE", "N", nil},
		{"NEWTRUE", "\x88", true},
		{"NEWFALSE", "\x89", false},
		{"BININT", "J\x01\x02\x03\x04", int64(0x04030201)},
		{"BININT, negative", "J\xfe\xff\xff\xff", int64(-2)},
		{"BININT1", "K\xff", int64(255)},
		{"BININT2", "M\xff\xfe", int64(0xfeff)},
		{"LONG1, none", "\x8a\x00", int64(0)},
		{"LONG1", "\x8a\x02\x34\x12", int64(0x1234)},
		{"LONG1, negative", "\x8a\x01\xff", int64(-1)},
		{"LONG1, negative of two bytes", "\x8a\x02\x00\x80", int64(-32768)},
		{"LONG1, sign byte", "\x8a\x02\xff\x00", int64(255)},
		{"LONG1, smallest", "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80", int64(-1 << 63)},
		{"LONG1, beyond", "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00", "9223372036854775808"},
		{"LONG1, beyond and negative", "\x8a\x09\xff\xff\xff\xff\xff\xff\xff\x7f\xff", "-9223372036854775809"},
		{"LONG4", "\x8b\x02\x00\x00\x00\x00\xff", int64(-256)},
		{"LONG4, of as many bytes as there may be", "\x8b\x00\x01\x00\x00\x07" + strings.Repeat("\x00", 255), int64(7)},
		{"BINFLOAT", "G\xbf\xf8\x00\x00\x00\x00\x00\x00", -1.5},
		{"BINUNICODE", "X\x02\x00\x00\x00\xc3\xa4", "ä"},
		{"SHORT_BINUNICODE", "\x8c\x01a", "a"},
		{"BINUNICODE8", "\x8d\x01\x00\x00\x00\x00\x00\x00\x00a", "a"},
		{"BINSTRING", "T\x01\x00\x00\x00a", "a"},
		{"SHORT_BINSTRING", "U\x01a", "a"},
		{"BINSTRING of bytes", "T\x01\x00\x00\x00\xff", Bytes("\xff")},
		{"SHORT_BINSTRING of bytes", "U\x01\xff", Bytes("\xff")},
		{"BINBYTES", "B\x01\x00\x00\x00\xff", Bytes("\xff")},
		{"SHORT_BINBYTES", "C\x01\xff", Bytes("\xff")},
		{"BINBYTES8", "\x8e\x01\x00\x00\x00\x00\x00\x00\x00\xff", Bytes("\xff")},
		{"BYTEARRAY8", "\x96\x01\x00\x00\x00\x00\x00\x00\x00\xff", Bytes("\xff")},
		{"EMPTY_TUPLE", ")", Tuple(nil)},
		{"TUPLE1", "K\x01\x85", Tuple{int64(1)}},
		{"TUPLE2", "K\x01K\x02\x86", Tuple{int64(1), int64(2)}},
		{"TUPLE3", "K\x01K\x02K\x03\x87", Tuple{int64(1), int64(2), int64(3)}},
		{"TUPLE", "(K\x01K\x02t", Tuple{int64(1), int64(2)}},
		{"EMPTY_LIST, APPEND", "]K\x01a", &List{[]any{int64(1)}}},
		{"APPENDS", "](K\x01K\x02e", &List{[]any{int64(1), int64(2)}}},
		{"LIST", "(K\x01l", &List{[]any{int64(1)}}},
		{"EMPTY_SET, ADDITEMS", "\x8f(K\x01\x90", &List{[]any{int64(1)}}},
		{"FROZENSET", "(K\x01\x91", &List{[]any{int64(1)}}},
		{"EMPTY_DICT, SETITEM", "}K\x01K\x02s", &Dict{[]Item{{int64(1), int64(2)}}}},
		{"SETITEMS", "}(K\x01K\x02K\x03Nu", &Dict{[]Item{{int64(1), int64(2)}, {int64(3), nil}}}},
		{"DICT", "(K\x01K\x02d", &Dict{[]Item{{int64(1), int64(2)}}}},
		{"POP", "K\x01K\x020", int64(1)},
		{"POP_MARK", "K\x01(K\x02K\x031", int64(1)},
		{"DUP", "K\x012\x86", Tuple{int64(1), int64(1)}},
		{"BINPUT, BINGET", "K\x01q\x05K\x020h\x05\x86", Tuple{int64(1), int64(1)}},
		{"LONG_BINPUT, LONG_BINGET", "K\x01r\x01\x02\x00\x00K\x020j\x01\x02\x00\x00\x86", Tuple{int64(1), int64(1)}},
		{"PUT, GET", "K\x01p300\nK\x020g300\n\x86", Tuple{int64(1), int64(1)}},
		{"MEMOIZE", "K\x01\x94K\x02\x94h\x00h\x01\x86", Tuple{int64(1), int64(2)}},
		{"GLOBAL", "cm\nname\n", &Class{"m.name"}},
		{"STACK_GLOBAL", "\x8c\x01m\x8c\x04name\x93", &Class{"m.name"}},
		{"REDUCE of what the host knows", "cm\ncount\nNN\x86R", int64(2)},
		{"REDUCE", "cm\nname\nK\x01\x85R", object("m.name", int64(1))},
		{"REDUCE of what that returns", "cm\nname\n)RK\x01\x85R", object("m.name", int64(1), object("m.name"))},
		{"NEWOBJ", "cm\nname\nK\x01\x85\x81", object("m.name", int64(1))},
		{"NEWOBJ_EX", "cm\nname\nK\x01\x85}\x92", object("m.name", int64(1), &Dict{})},
		{"INST", "(K\x01im\nname\n", object("m.name", int64(1))},
		{"OBJ", "(cm\nname\nK\x01o", object("m.name", int64(1))},
		{"BUILD of an object", "cm\nname\n)\x81}b", &Object{Class: "m.name", State: &Dict{}}},
		{"BUILD of an OrderedDict", "ccollections\nOrderedDict\n)R}b", &Dict{}},
		{"OrderedDict of Python 2", "ccollections\nOrderedDict\n](](K\x01K\x02ee\x85R",
			&Dict{[]Item{{int64(1), int64(2)}}}},
		{"APPENDS to an object", "cm\nname\n)R(K\x01e", &Object{Class: "m.name", List: []any{int64(1)}}},
		{"SETITEMS of an object", "cm\nname\n)R(K\x01Nu", &Object{Class: "m.name", Items: []Item{{int64(1), nil}}}},
		{"BINPERSID", "U\x07storageQ", Bytes("kept")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, n, err := Load([]byte(tt.pickle+".and more"), known{})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
			if n != len(tt.pickle)+1 {
				t.Errorf("it has %d bytes, want %d", n, len(tt.pickle)+1)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ name, pickle, want string }{
		{"empty", "", "byte 0 of the pickle: it ends too early"},
		{"old protocol", "\x80\x01.", "protocol 1 is not supported"},
		{"new protocol", "\x80\x06.", "protocol 6 is not supported"},
		{"memo, BINGET", "h\x01.", "memo's entry 1"},
		{"memo, LONG_BINGET", "j\x01\x00\x00\x00.", "memo's entry 1"},
		{"memo, GET", "g1\n.", "memo's entry 1"},
		{"memo, no number", "Npx\n.", `parsing "x"`},
		{"global by a number", "K\x01K\x02\x93.", "names a global by 1 and 2"},
		{"global of a number", "K\x01\x8c\x01a\x93.", `names a global by 1 and "a"`},
		{"global without a name", "\x8c\x01aK\x02\x93.", `names a global by "a" and 2`},
		{"call without a tuple", "cm\ncount\n]R.", "without a tuple"},
		{"call of a number", "K\x01)R.", "it calls 1, which is no function"},
		{"object of a function", "cm\ncount\n)\x81.", "an object of a function"},
		{"what the host refuses", "cm\nfails\n)R.", "no such thing"},
		{"unknown persistent id", "K\x01Q.", "no such storage"},
		{"attributes of a list", "]}b.", "attributes of a list of 0"},
		{"items of a number", "K\x01Na.", "puts values into 1"},
		{"items under no key", "](NNu.", "puts values into a list of 0"},
		{"key without a value", "}(Nu.", "a key without a value"},
		{"object of no class", "(K\x01o.", "an object of 1, which is no class"},
		{"object of nothing", "(o.", "a value that is not there"},
		{"through a mark", "K\x01(0.", "a value that is not there"},
		{"no mark", "K\x01t.", "a value that is not there"},
		{"extension", "\x82\x01.", "the opcode 0x82, for extensions and outside data, is not allowed"},
		{"extension of two bytes", "\x83\x01\x00.", "the opcode 0x83, for ext"},
		{"extension of four bytes", "\x84\x01\x00\x00\x00.", "the opcode 0x84, for ext"},
		{"persistent id of a line", "Pa\n.", "the opcode 0x50, for ext"},
		{"buffer", "\x97.", "the opcode 0x97, for ext"},
		{"buffer, only to read", "]\x98.", "the opcode 0x98, for ext"},
		{"global without an end", "cm", "ends too early"},
		{"global without a second line", "cm\nname", "ends too early"},
		{"appends without a mark", "]K\x01e.", "a value that is not there"},
		{"items without a mark", "}K\x01Nu.", "a value that is not there"},
		{"append of nothing", "a.", "a value that is not there"},
		{"append to nothing", "Na.", "a value that is not there"},
		{"OrderedDict of a number", "ccollections\nOrderedDict\nK\x01\x85R.", "no list of pairs"},
		{"OrderedDict of two lists", "ccollections\nOrderedDict\n]]\x86R.", "no list of pairs"},
		{"OrderedDict of numbers", "ccollections\nOrderedDict\n](K\x01e\x85R.", "no list of pairs"},
		{"OrderedDict of single keys", "ccollections\nOrderedDict\n](K\x01\x85e\x85R.", "no list of pairs"},
		{"OrderedDict of lists of one", "ccollections\nOrderedDict\n](](K\x01ee\x85R.", "no list of pairs"},
		{"OrderedDict of threes", "ccollections\nOrderedDict\n](NNN\x87e\x85R.", "no list of pairs"},
		{"text that is none", "X\x01\x00\x00\x00\xff.", "a string is not UTF-8"},
		{"integer of many bytes", "\x8b\x01\x01\x00\x00" + strings.Repeat("\x01", 257), "an integer has 257 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := Load([]byte(tt.pickle), known{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestTooFew runs every opcode that takes values with fewer of them than it takes, and those that need a mark without
// one.
func TestTooFew(t *testing.T) {
	takes := map[string]int{"0": 1, "2": 1, "a": 2, "s": 3, "\x85": 1, "\x86": 2, "\x87": 3, "q\x00": 1,
		"r\x00\x00\x00\x00": 1,
		"p0\n":              1, "\x94": 1, "R": 2, "\x81": 2, "\x92": 3, "\x93": 2, "b": 2, "Q": 1, ".": 1}
	for _, op := range []string{"1", "t", "l", "d", "\x91", "e", "u", "\x90", "o", "im\nname\n"} {
		takes[op] = 4 // a mark is never there
	}
	for op, n := range takes {
		for have := range n {
			if _, _, err := Load([]byte(strings.Repeat("N", have)+op+"."), known{}); !errors.Is(err, errStack) {
				t.Errorf("%q with %d values: got %v", op, have, err)
			}
		}
	}
}

// TestNested puts a tuple that holds itself twice, sixty times over, wherever a message could print it: written out it
// would have 2^60 elements.
func TestNested(t *testing.T) {
	bomb := "N" + strings.Repeat("2\x86", 60)
	for name, pickle := range map[string]string{
		"global":        bomb + "K\x01\x93.",
		"call":          bomb + ")R.",
		"arguments":     "cm\nfails\n" + bomb + "\x85R.",
		"attributes":    bomb + "Nb.",
		"items":         bomb + "Na.",
		"class":         "(" + bomb + "o.",
		"persistent id": bomb + "Q.",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, _, err := Load([]byte(pickle), known{}); err == nil || len(err.Error()) > 300 {
			t.Errorf("%s: got %.300v, want a short error", name, err)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%s: the error takes %d bytes", name, used)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  string
	}{
		{nil, "None"}, {true, "true"}, {int64(-3), "-3"}, {0.5, "0.5"}, {"a", `"a"`}, {Bytes("a"), "bytes"},
		{Tuple{nil}, "a tuple of 1"}, {&List{}, "a list of 0"}, {&Dict{}, "a dictionary of 0"},
		{&Class{"m.C"}, `the class "m.C"`}, {&Object{Class: "m.C"}, `an object of "m.C"`},
		{Call(NewOrderedDict), "a function"},
		{new(int), "a value of PyTorch's"},
	} {
		if got := Describe(tt.value); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if got := Describe(strings.Repeat("x", 1<<20)); len(got) > 200 {
		t.Errorf("a long string is described by %d bytes", len(got))
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("\x80\x02}X\x01\x00\x00\x00wcm\nname\n(K\x01t\x81}bs."))
	f.Add([]byte("ccollections\nOrderedDict\n](](K\x01K\x02ee\x85R."))
	f.Add([]byte("(cm\nname\nK\x01oU\x07storageQ\x86."))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, n, err := Load(text, known{})
		if err == nil && (n > len(text) || Describe(v) == "") {
			t.Errorf("%d bytes of %d", n, len(text))
		}
	})
}
