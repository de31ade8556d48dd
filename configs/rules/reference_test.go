package rules

import (
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
	"mmt/analyzer/security/reference"
	"mmt/dataplane"
)

// TestReference runs each rule on its traces by the reference interpreter, which
// must say what the engine says.
func TestReference(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.rule+"/"+g.name, func(t *testing.T) {
			tr := newTrace()
			g.make(tr)
			if got := interpret(t, g.rule+".xml", tr.packets); !slices.Equal(got, g.want) {
				t.Errorf("verdicts\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(g.want, "\n\t"))
			}
		})
	}
}

// interpret is verdictsOf for one file, by the reference interpreter.
func interpret(t *testing.T, file string, packets []dataplane.Packet) (lines []string) {
	t.Helper()
	h := newHandler(t, false)
	slots := map[reference.Key]*dpi.Slot{}
	var rules []*reference.Interpreter
	for _, r := range compile(t, []string{file}) {
		rules = append(rules, reference.New(r, security.DefaultMaxInstances))
		for _, a := range r.Attributes {
			s, err := h.RegisterNth(a.Protocol, a.ID, a.Layer)
			if err != nil {
				t.Fatal(err)
			}
			slots[reference.KeyOf(a)] = s
			h.TrackProtocol(a.Protocol)
		}
	}
	err := h.AddPacketHandler(1, func(p *dpi.Packet) {
		in := packetOf(p, slots)
		for _, r := range rules {
			if v := r.Process(&in); v != nil {
				lines = append(lines, lineOf(v))
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Process(packets)
	return lines
}

// packetOf gives the interpreter what the handler has extracted.
func packetOf(p *dpi.Packet, slots map[reference.Key]*dpi.Slot) reference.Packet {
	in := reference.Packet{Time: p.Time, Counter: p.Index, Values: map[reference.Key]dpi.Value{}}
	if p.Flow != nil {
		in.Flow = p.Flow.ID
	}
	for key, slot := range slots {
		if value := slot.Value(); value != nil {
			in.Values[key] = *value
		}
	}
	return in
}
