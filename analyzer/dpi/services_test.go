package dpi

import (
	"slices"
	"testing"
)

// TestServicesStayOnTop holds the order of a flow's path: what is spoken below
// the service, whichever is learnt first.
func TestServicesStayOnTop(t *testing.T) {
	const call, service, media, other ProtocolID = 10, 11, 12, 13
	r := NewRegistry()
	for _, p := range []Protocol{
		{ID: call, Name: "call", Class: 1}, {ID: service, Name: "service", Service: true, Class: 2},
		{ID: media, Name: "media", Class: 3}, {ID: other, Name: "other", Service: true, Class: 4},
	} {
		if err := r.Register(p); err != nil {
			t.Fatal(err)
		}
	}
	h, err := NewHandler(r, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		push, want []ProtocolID
		class      Class
	}{
		{[]ProtocolID{call, media}, []ProtocolID{call, media}, 3},
		{[]ProtocolID{call, service, media}, []ProtocolID{call, media, service}, 2},
		{[]ProtocolID{call, service, other, media}, []ProtocolID{call, media, service, other}, 4},
		{[]ProtocolID{service, media}, []ProtocolID{service, media}, 3}, // the service is a protocol of its own
		{[]ProtocolID{call, call}, []ProtocolID{call}, 1},
	} {
		var f Flow
		for _, id := range c.push {
			h.pushApp(&f, id)
		}
		if !slices.Equal(f.App(), c.want) || f.Class() != c.class {
			t.Errorf("push %v: path %v, class %d, want %v, class %d", c.push, f.App(), f.Class(), c.want, c.class)
		}
	}
}
