package dpi

import (
	"strings"
	"testing"
)

func number(id AttributeID, name string) Attribute {
	return Attribute{ID: id, Name: name, Type: U8, Pos: int(id)}
}

func TestRegisterChecks(t *testing.T) {
	yes := func(*Packet, []byte) Verdict { return Yes }
	for _, c := range []struct {
		name string
		p    Protocol
		want string
	}{
		{"invalid id", Protocol{ID: MaxProtocolID, Name: "a"}, "not valid"},
		{"taken id", Protocol{ID: 7, Name: "b"}, "taken"},
		{"taken name", Protocol{ID: 8, Name: "first"}, `name "first" is taken`},
		{"no name", Protocol{ID: 8}, "no name"},
		{"same attribute id", Protocol{ID: 8, Name: "c", Attributes: []Attribute{number(1, "x"), number(1, "y")}}, "share identifier 1"},
		{"same attribute name", Protocol{ID: 8, Name: "c", Attributes: []Attribute{number(1, "x"), number(2, "x")}}, `two attributes named "x"`},
		{"no extraction", Protocol{ID: 8, Name: "c", Attributes: []Attribute{{ID: 1, Name: "x", Type: String, Pos: PositionNotKnown}}}, "needs an extraction function"},
		{"no classifier function", Protocol{ID: 8, Name: "c", Classifiers: []Classifier{{Parent: 7}}}, "has no function"},
		{"good", Protocol{ID: 8, Name: "c", Classifiers: []Classifier{{Parent: 7, Classify: yes}}}, ""},
	} {
		r := NewRegistry()
		if err := r.Register(Protocol{ID: 7, Name: "first"}); err != nil {
			t.Fatal(err)
		}
		err := r.Register(c.p)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestRegistryIsFrozenByAHandler(t *testing.T) {
	r := NewRegistry()
	if _, err := NewHandler(r, nil, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := r.Register(Protocol{ID: 7, Name: "late"}); err == nil {
		t.Error("a protocol was registered after a handler was made")
	}
}

func TestIdentifierChecks(t *testing.T) {
	r := NewRegistry()
	if err := r.Register(Protocol{ID: 7, Name: "seven"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id                      ProtocolID
		valid, registered, free bool
	}{
		{0, false, false, false}, {7, true, true, false}, {8, true, false, true},
		{MaxProtocolID - 1, true, false, true}, {MaxProtocolID, false, false, false}, {Stop, false, false, false},
	} {
		if got := c.id.IsValid(); got != c.valid {
			t.Errorf("%d valid: %v", c.id, got)
		}
		if got := r.IsRegistered(c.id); got != c.registered {
			t.Errorf("%d registered: %v", c.id, got)
		}
		if got := r.IsFree(c.id); got != c.free {
			t.Errorf("%d free: %v", c.id, got)
		}
	}
}

func TestOwnAttributeHidesGeneric(t *testing.T) {
	r := NewRegistry()
	if err := r.Register(Protocol{ID: 7, Name: "p", Attributes: []Attribute{number(3, "session_count")}}); err != nil {
		t.Fatal(err)
	}
	if _, a := r.AttributeByName("p", "session_count"); a == nil || a.ID != 3 {
		t.Errorf("got %+v", a)
	}
	if a := r.Attribute(7, AttrSessionCount); a == nil || a.Name != "session_count" {
		t.Errorf("the generic attribute is gone: %+v", a)
	}
}

func TestSuggestions(t *testing.T) {
	r := NewRegistry()
	if err := r.Register(Protocol{ID: 7, Name: "tcp", Attributes: []Attribute{number(2, "dest_port"), number(0, "src_port")}}); err != nil {
		t.Fatal(err)
	}
	h, err := NewHandler(r, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ protocol, attribute, want string }{
		{"tcp", "dstport", "did you mean tcp.dest_port?"},
		{"tpc", "dest_port", "did you mean tcp?"},
		{"tcp", "zzzzzzzzzzzz", "tcp.zzzzzzzzzzzz is unknown"},
	} {
		_, err := h.RegisterByName(c.protocol, c.attribute)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s.%s: got %v, want %q", c.protocol, c.attribute, err, c.want)
		}
	}
}
