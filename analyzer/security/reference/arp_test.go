package reference

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// The attributes of property 4 of manual section 4.3.1.
const (
	arpOp = iota
	arpSender
	arpTarget
	arpHardware
)

// arpRule is property 4: a request, its reply, and another reply with another
// hardware address, each within 4 s of the one before.
func arpRule() *rule.Rule {
	r := &rule.Rule{ID: 4, Type: rule.Attack}
	for i, t := range []dpi.DataType{dpi.U16, dpi.IP4Addr, dpi.IP4Addr, dpi.MACAddr} {
		r.Attributes = append(r.Attributes, rule.Attribute{Protocol: 30, ID: dpi.AttributeID(i + 1), Type: t})
	}
	r.Root = thenOp(thenOp(e(1), e(2), 1, 4e6), e(3), 1, 4e6)
	is := func(op float64) *rule.Expr { return x(rule.Eq, attr(arpOp, 0), number(op)) }
	answers := x(rule.Eq, attr(arpSender, 0), attr(arpTarget, 1))
	differs := x(rule.Ne, attr(arpHardware, 0), attr(arpHardware, 2))
	r.Events = []rule.Event{
		{Expr: is(1), Needs: []int{arpOp, arpTarget}},
		{Expr: x(rule.AllOf, is(2), answers), Needs: []int{arpOp, arpSender, arpHardware}},
		{Expr: x(rule.AllOf, x(rule.AllOf, is(2), answers), differs), Needs: []int{arpOp, arpSender, arpHardware}},
	}
	return r
}

// arp returns an ARP message at a time in seconds; the addresses are the last
// bytes of those of sender, target and hardware.
func arp(seconds float64, op uint64, sender, target, hardware byte) *Packet {
	p := &Packet{Time: int64(seconds * 1e9), Values: map[Key]dpi.Value{}}
	for i, v := range []dpi.Value{
		{Type: dpi.U16, N: op}, {Type: dpi.IP4Addr, N: uint64(sender)},
		{Type: dpi.IP4Addr, B: []byte{0, 0, 0, target}}, {Type: dpi.MACAddr, B: []byte{2, 0, 0, 0, 0, hardware}},
	} {
		p.Values[Key{Protocol: 30, Attribute: dpi.AttributeID(i + 1)}] = v
	}
	return p
}

func TestARPSpoofing(t *testing.T) {
	request := arp(1, 1, 9, 5, 90)
	for name, c := range map[string]struct {
		packets []*Packet
		want    string
	}{
		"spoofed":                 {[]*Packet{request, arp(2, 2, 5, 9, 50), arp(3, 2, 5, 9, 66)}, "#3 detected(1,2,3)"},
		"same reply twice":        {[]*Packet{request, arp(2, 2, 5, 9, 50), arp(3, 2, 5, 9, 50)}, ""},
		"of another address":      {[]*Packet{request, arp(2, 2, 5, 9, 50), arp(3, 2, 6, 9, 66)}, ""},
		"just in time":            {[]*Packet{request, arp(5, 2, 5, 9, 50), arp(9, 2, 5, 9, 66)}, "#3 detected(1,2,3)"},
		"too late":                {[]*Packet{request, arp(2, 2, 5, 9, 50), arp(6.000001, 2, 5, 9, 66)}, ""},
		"not on the same instant": {[]*Packet{request, arp(2, 2, 5, 9, 50), arp(2, 2, 5, 9, 66)}, ""},
		"one verdict a family": {[]*Packet{request, arp(2, 2, 5, 9, 50), arp(3, 2, 5, 9, 66), arp(4, 2, 5, 9, 67)},
			"#3 detected(1,2,3)"},
	} {
		t.Run(name, func(t *testing.T) {
			i := New(arpRule(), 100)
			var said []string
			for k, p := range c.packets {
				p.Counter = uint64(k + 1)
				if v := i.Process(p); v != nil {
					said = append(said, "#"+string(rune('1'+k))+" "+short(v))
				}
			}
			if got := strings.Join(said, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
