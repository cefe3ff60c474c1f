package ir

import "testing"

// TestShapesOfAnyRank holds that inputs of all ranks can be built, printed and read again.
func TestShapesOfAnyRank(t *testing.T) {
	sizes := []int{2, 3, 4, 5, 6, 7}
	for rank := 1; rank <= MaxRank; rank++ {
		b := NewBuilder("rank")
		in, err := b.Add("x", Input{Shape: DimsOf(sizes[:rank]...)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := b.Add("y", Activation{Function: ReLU}, nil, in)
		if err != nil {
			t.Fatal(err)
		}
		g := b.Build(out)
		if !out.Shape.Equal(sizes[:rank]) || out.Type != Float32 {
			t.Errorf("a value of shape %v became one of %v, %v", sizes[:rank], out.Shape, out.Type)
		}
		again, err := Parse(g.String())
		if err != nil {
			t.Fatal(err)
		}
		if got := again.String(); got != g.String() {
			t.Errorf("printed again:\n%s\nwant:\n%s", got, g)
		}
		if err := Verify(again); err != nil {
			t.Error(err)
		}
	}
	if _, err := NewBuilder("none").Add("x", Input{}, nil); err == nil {
		t.Error("an input without dimensions was taken")
	}
}

// TestTypeNames holds that every type has a name by which it is read again.
func TestTypeNames(t *testing.T) {
	for typ := range typeCount {
		if got, err := parseType(typ.String()); err != nil || got != typ {
			t.Errorf("%s was read as %v, %v", typ, got, err)
		}
	}
}

// TestVerifyOfTypes holds that Verify sees a value of another type than its operation gives.
func TestVerifyOfTypes(t *testing.T) {
	g, err := Parse("graph \"types\"\nx = Input(Shape: {4}) : [4]\ny = Activation(Function: ReLU) x : [4]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	g.Nodes[1].Type = typeCount
	if err := Verify(g); err == nil {
		t.Error("a value of a wrong type was taken")
	}
}
