package bpf

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestWanted(t *testing.T) {
	syn := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 2, 0)
	ack := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	dns := frame("[2001:db8::1]:40000", "[2001:db8::2]:53", protoUDP, 0, 10)
	echo := frame("10.1.2.3:2048", "10.0.0.1:0", protoICMP, 0, 8)
	echo[14+20] = 8
	fragment := slices.Clone(ack)
	fragment[20] = 0x20
	options := slices.Insert(slices.Clone(ack), 34, 1, 1, 1, 0)
	options[14] = 0x46
	for _, c := range []struct {
		what   string
		wanted []Match
		frame  []byte
		want   Reason
	}{
		{"all", nil, ack, Pass},
		{"none", []Match{}, ack, DropUnwanted},
		{"none, no IP", []Match{}, append(make([]byte, 12), 8, 6, 0, 1), PassNonIP},
		{"none, damaged", []Match{}, ack[:33], PassDamaged},
		{"none, fragment", []Match{}, fragment, DropUnwanted},
		{"any", []Match{{}}, dns, Pass},
		{"SYN", []Match{{Protocols: []uint8{protoTCP}, Flags: []uint8{2}}}, syn, Pass},
		{"SYN, ACK comes", []Match{{Protocols: []uint8{protoTCP}, Flags: []uint8{2}}}, ack, DropUnwanted},
		{"SYN, fragment comes", []Match{{Protocols: []uint8{protoTCP}, Flags: []uint8{2}}}, fragment, PassUndecided},
		{"SYN, cut before the flags", []Match{{Protocols: []uint8{protoTCP}, Flags: []uint8{2}}}, ack[:47], Pass},
		{"flags say nothing of UDP", []Match{{Flags: []uint8{2}}}, dns, Pass},
		{"port of the server", []Match{{DestinationPorts: []PortRange{{53, 53}}}}, dns, Pass},
		{"port of the client", []Match{{SourcePorts: []PortRange{{53, 53}}}}, dns, DropUnwanted},
		{"conditions of two matches do not add up", []Match{
			{Protocols: []uint8{protoTCP}, DestinationPorts: []PortRange{{22, 22}}}, {Protocols: []uint8{protoUDP}}}, ack, DropUnwanted},
		{"version", []Match{{Version: 4}}, dns, DropUnwanted},
		{"echo", []Match{{Protocols: []uint8{protoICMP}, Types: []uint8{8}}}, echo, Pass},
		{"redirect, echo comes", []Match{{Protocols: []uint8{protoICMP}, Types: []uint8{5}}}, echo, DropUnwanted},
		{"fragments", []Match{{Fragment: true}}, fragment, PassUndecided},
		{"fragments, whole one comes", []Match{{Fragment: true}}, ack, DropUnwanted},
		{"options", []Match{{Options: true}}, options, Pass},
		{"options, none come", []Match{{Options: true}}, ack, DropUnwanted},
		{"options, fragment comes", []Match{{Options: true}}, fragment, PassUndecided},
		{"network", []Match{{Sources: []netip.Prefix{prefix("10.1.0.0/16")}}}, ack, Pass},
		{"network on the other side", []Match{{Destinations: []netip.Prefix{prefix("10.1.0.0/16")}}}, ack, DropUnwanted},
		{"network within another", []Match{
			{Sources: []netip.Prefix{prefix("10.0.0.0/8")}}, {Destinations: []netip.Prefix{prefix("10.1.0.0/16")}}}, ack, Pass},
	} {
		f, err := NewFilter(&Rules{Wanted: c.wanted})
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if got := f.Match(c.frame); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// TestWantedBesideRules: what is wanted passes only if the other rules let it,
// and what is allowed only if it is wanted.
func TestWantedBesideRules(t *testing.T) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 2, 0)
	tcp, udp := []Match{{Protocols: []uint8{protoTCP}}}, []Match{{Protocols: []uint8{protoUDP}}}
	for want, r := range map[Reason]Rules{
		DropPort:       {Wanted: tcp, Ports: []PortRule{{Action: Deny, First: 80}}},
		DropNotAllowed: {Wanted: tcp, Ports: []PortRule{{Action: Allow, First: 53}}},
		DropUnwanted:   {Wanted: udp, Ports: []PortRule{{Action: Allow, First: 80}}},
		Pass:           {Wanted: tcp, Ports: []PortRule{{Action: Allow, First: 80}}},
	} {
		f, err := NewFilter(&r)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(web); got != want {
			t.Errorf("%+v: %v, want %v", r, got, want)
		}
	}
}

// TestWantedByDefinition compares the tables to what Match says in words.
func TestWantedByDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(rand.Uint64(), 0))
	passed, dropped := 0, 0
	for range 300 {
		wanted := randomMatches(r)
		f, err := NewFilter(&Rules{Wanted: wanted})
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			frame := randomFrame(r)
			var h header
			if h.decode(frame) != kindIP {
				continue
			}
			want := slices.ContainsFunc(wanted, func(m Match) bool { return m.holds(&h) })
			if got := f.Match(frame).Passes(); got != want {
				t.Fatalf("passes: %v, want %v\n%+v\n%+v\n% x", got, want, wanted, h, frame)
			}
			if want {
				passed++
			} else {
				dropped++
			}
		}
	}
	if passed == 0 || dropped == 0 {
		t.Errorf("%d passed, %d dropped: the test does not tell them apart", passed, dropped)
	}
}

// holds tells whether a packet meets all conditions of the match.
func (m *Match) holds(h *header) bool {
	version, fragment := uint8(4), h.shape&prefilterShapeIS_FRAGMENT != 0
	if h.ip6 {
		version = 6
	}
	ports := classOf(h.protocol) != 0 && !h.undecided
	return (m.Version == 0 || m.Version == version) && (!m.Fragment || fragment) &&
		(!m.Options || fragment || h.shape&prefilterShapeHAS_OPTIONS != 0) &&
		(isExtension(h.protocol) || hasByte(m.Protocols, h.protocol)) &&
		holdsAddr(m.Sources, h.src, h.ip6) && holdsAddr(m.Destinations, h.dst, h.ip6) &&
		(!ports || holdsPort(m.SourcePorts, h.sport) && holdsPort(m.DestinationPorts, h.dport)) &&
		(!h.looked || h.protocol != protoTCP || hasByte(m.Flags, h.flags)) &&
		(!h.looked || h.protocol == protoTCP || hasByte(m.Types, h.icmp))
}

func hasByte(list []uint8, v uint8) bool { return len(list) == 0 || slices.Contains(list, v) }

func holdsPort(list []PortRange, port uint16) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(r PortRange) bool { return r.First <= port && port <= r.Last })
}

func holdsAddr(list []netip.Prefix, n number, ip6 bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(p netip.Prefix) bool {
		first := numberOf(p.Masked().Addr())
		return p.Addr().Is6() == ip6 && !n.less(first) && !(prefixBits{prefix: p.Masked()}).last().less(n)
	})
}

func TestWrongWanted(t *testing.T) {
	many := func(n int) (list []Match) {
		for i := range n {
			list = append(list, Match{DestinationPorts: []PortRange{{uint16(i), uint16(i)}}})
		}
		return list
	}
	steps := make([]Match, 9) // 2^9 sets of ports
	for i := range steps {
		for port := range 512 {
			if port>>i&1 != 0 {
				steps[i].SourcePorts = append(steps[i].SourcePorts, PortRange{uint16(port), uint16(port)})
			}
		}
	}
	for _, c := range []struct {
		wanted  []Match
		says    string
		tooMany bool
	}{
		{many(64), "", false},
		{many(65), "65 matches, 64 at most", true},
		{steps, "ports: too many", true},
		{[]Match{{Version: 5}}, "match 1: IP version 5", false},
		{[]Match{{}, {SourcePorts: []PortRange{{5, 4}}}}, "match 2: ports 5 to 4", false},
		{[]Match{{Sources: []netip.Prefix{{}}}}, "no prefix", false},
	} {
		_, err := NewFilter(&Rules{Wanted: c.wanted})
		if c.says == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, ErrTooMany) != c.tooMany {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}
