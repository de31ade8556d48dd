package security_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/reference/random"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// randomPackets returns n packets of generated traffic of all kinds, in pieces;
// some are cut or damaged, most often in their headers. Time goes on by 0 to 3
// microseconds.
func randomPackets(rng *rand.Rand, n int) (list []dataplane.Packet) {
	now := int64(1_700_000_000_000_000_000)
	for len(list) < n {
		kinds := traffic.Scenarios()
		all := traffic.Generate(rng.Int64N(100), []string{kinds[rng.IntN(len(kinds))].Name}, 1)
		from := rng.IntN(len(all))
		for _, p := range all[from:min(from+5+rng.IntN(40), len(all))] {
			now += 1000 * rng.Int64N(4)
			data := damaged(rng, p.Data)
			list = append(list, dataplane.Packet{Time: now, Data: data, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet})
		}
	}
	return list[:n]
}

// damaged returns a packet that is sometimes cut, or has another byte somewhere.
func damaged(rng *rand.Rand, data []byte) []byte {
	head := min(len(data), 80)
	switch rng.IntN(8) {
	case 0:
		return data[:rng.IntN(head)]
	case 1:
		data = bytes.Clone(data)
		data[rng.IntN(head)] = byte(rng.Uint32())
	}
	return data
}

// newHandler makes a handler with sessions.
func newHandler(t testing.TB, reg *dpi.Registry) *dpi.Handler {
	t.Helper()
	table := session.NewTable(session.Config{Max: 1 << 12})
	h, err := dpi.NewHandler(reg, table, dpi.Options{Defragmenter: table})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// extracted processes packets by a handler, and returns them with the given
// attributes, of the layers that the handler chooses, as the reference interpreter
// takes them.
func extracted(t testing.TB, reg *dpi.Registry, packets []dataplane.Packet, attributes []rule.Attribute) (list []reference.Packet) {
	t.Helper()
	h := newHandler(t, reg)
	values := map[reference.Key]dpi.Value{} // of the packet at hand
	for _, a := range attributes {
		h.TrackProtocol(a.Protocol)
		_, err := h.HandleAttribute(a.Protocol, a.ID, func(_ *dpi.Packet, _ *dpi.Slot, v *dpi.Value) {
			values[reference.KeyOf(a)] = dpi.Value{Type: v.Type, N: v.N, B: bytes.Clone(v.B)}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := h.AddPacketHandler(1, func(p *dpi.Packet) {
		seen := reference.Packet{Time: p.Time, Counter: p.Index, Values: values}
		if p.Flow != nil {
			seen.Flow = p.Flow.ID
		}
		list = append(list, seen)
		values = map[reference.Key]dpi.Value{}
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Process(packets)
	return list
}

// samples returns what packets carry of all attributes of all protocols.
func samples(t testing.TB, reg *dpi.Registry, packets []dataplane.Packet) (list []random.Sample) {
	t.Helper()
	attributes := allAttributes(reg)
	values := map[reference.Key][]dpi.Value{}
	for _, p := range extracted(t, reg, packets, attributes) {
		for key, v := range p.Values {
			values[key] = append(values[key], v)
		}
	}
	for _, a := range attributes {
		if v := values[reference.KeyOf(a)]; len(v) > 0 {
			list = append(list, random.Sample{Attribute: a, Values: v})
		}
	}
	return list
}

// allAttributes returns the attributes of all protocols, but those that mean
// nothing outside a handler.
func allAttributes(reg *dpi.Registry) (list []rule.Attribute) {
	for p := range reg.Protocols {
		for a := range func(yield func(*dpi.Attribute) bool) { reg.Attributes(p.ID, yield) } {
			flag := p.Name == "tcp" && a.ID >= 7 && a.ID <= 14
			if a.Type != dpi.ProtoPath && a.Type != dpi.Stats {
				list = append(list, rule.Attribute{Protocol: p.ID, ID: a.ID, Name: p.Name + "." + a.Name, Type: a.Type, Flag: flag})
			}
		}
	}
	return list
}

// attributesRead returns the attributes that rules read.
func attributesRead(rules []*rule.Rule) (list []rule.Attribute) {
	for _, r := range rules {
		for _, a := range r.Attributes {
			if !slices.Contains(list, a) {
				list = append(list, a)
			}
		}
	}
	return list
}
