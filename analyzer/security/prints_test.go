package security

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security/rule"
	"mmt/dataplane"
)

// processed gives packets to a handler that has been made ready.
func processed(t *testing.T, reg *dpi.Registry, ready func(*dpi.Handler) error, packets ...[]byte) {
	t.Helper()
	h, err := dpi.NewHandler(reg, nil, dpi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ready(h); err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		h.Process([]dataplane.Packet{{Data: p, Len: uint32(len(p)), Link: dataplane.LinkEthernet}})
	}
}

// TestPrintsTellValues holds that the bytes that prints look at tell the values of
// the attributes that lie in them, whatever else the packet holds.
func TestPrintsTellValues(t *testing.T) {
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	var packets [][]byte
	for range 20000 {
		p := make([]byte, 14+20+20+rng.IntN(30))
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		p[12], p[13], p[14], p[14+9] = 8, 0, 0x45, 6
		packets = append(packets, p[:14+rng.IntN(len(p)-13)])
	}
	values, read := map[string]uint64{}, map[string]bool{}
	note := func(p *dpi.Packet, layer int, id dpi.ProtocolID, a *dpi.Attribute) {
		var v dpi.Value
		at, n, ok := inHeader(a, 0)
		if !ok || !fixed(id) || !a.Extract(p, layer, &v) {
			return
		}
		key := fmt.Sprintf("%d.%s %x", id, a.Name, p.LayerBytes(layer)[at:at+n])
		if before, ok := values[key]; ok && before != v.N {
			t.Errorf("%s is %d and %d", key, before, v.N)
		}
		values[key], read[fmt.Sprint(id, a.Name)] = v.N, true
	}
	each := func(p *dpi.Packet) {
		for i, l := range p.Layers() {
			reg.Attributes(l.Proto, func(a *dpi.Attribute) bool { note(p, i, l.Proto, a); return true })
		}
	}
	processed(t, reg, func(h *dpi.Handler) error { return h.AddPacketHandler(1, each) }, packets...)
	if len(read) < 25 {
		t.Errorf("only %d attributes were read", len(read))
	}
}

// equals returns a rule: a number of a packet is a constant.
func equals(t *testing.T, reg *dpi.Registry, id uint32, protocol, attribute string, n float64) *rule.Rule {
	t.Helper()
	number, a := reg.AttributeByName(protocol, attribute)
	if a == nil {
		t.Fatalf("no attribute %s.%s", protocol, attribute)
	}
	return &rule.Rule{
		ID: id, Attributes: []rule.Attribute{{Protocol: number, ID: a.ID, Name: protocol + "." + attribute, Type: a.Type}},
		Root:   &rule.Node{Op: rule.Leaf, Event: 1, Repeat: 1},
		Events: []rule.Event{{Expr: compareExpr(rule.Eq, attr(0, 0, rule.Numeric), &rule.Expr{Op: rule.Number, Num: n}), Needs: []int{0}}},
	}
}

// TestPrintsForget holds that a packet does not spoil the look-up of later ones:
// that has an attribute's bytes but not the attribute, or the same bytes at its
// position but another value.
func TestPrintsForget(t *testing.T) {
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	ip := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 20, 0, 0, 0x20, 0, 9, 89, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	class := func(low byte) []byte {
		p := append(make([]byte, 12), 0x86, 0xdd, 0x60, low<<4)
		return append(p, make([]byte, 38)...)
	}
	for _, c := range []struct {
		name    string
		rules   []*rule.Rule
		packets [][]byte
		want    []string
	}{
		{"a header that is cut", []*rule.Rule{equals(t, reg, 1, "ip", "mf_flag", 1), equals(t, reg, 2, "ip", "proto_id", 89)},
			[][]byte{ip[:14+12], ip}, []string{"2@1", "1@2", "2@2"}},
		{"a value longer than its type", []*rule.Rule{equals(t, reg, 1, "ipv6", "version", 6), equals(t, reg, 2, "ipv6", "TC", 3)},
			[][]byte{class(1), class(3)}, []string{"1@1", "1@2", "2@2"}},
	} {
		e, verdicts := engine(t, Options{}, c.rules...)
		processed(t, reg, func(h *dpi.Handler) error { return e.Attach(h, 1) }, c.packets...)
		if !slices.Equal(*verdicts, c.want) {
			t.Errorf("%s: %v, want %v", c.name, *verdicts, c.want)
		}
	}
}
