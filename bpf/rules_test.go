package bpf

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// frame makes an Ethernet frame of a packet between two ends.
func frame(src, dst string, protocol, flags uint8, payload int) []byte {
	a, b := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	f := make([]byte, 12, 100)
	size := map[uint8]int{protoTCP: 20, protoUDP: 8}[protocol] + payload
	if a.Addr().Is4() {
		f = append(f, 8, 0, 0x45, 0, byte((20+size)>>8), byte(20+size), 0, 0, 0, 0, 64, protocol, 0, 0)
	} else {
		f = append(f, 0x86, 0xdd, 0x60, 0, 0, 0, byte(size>>8), byte(size), protocol, 64)
	}
	f = append(append(f, a.Addr().AsSlice()...), b.Addr().AsSlice()...)
	t := make([]byte, size)
	binary.BigEndian.PutUint16(t, a.Port())
	binary.BigEndian.PutUint16(t[2:], b.Port())
	if protocol == protoTCP {
		t[12], t[13] = 5<<4, flags
	}
	return append(f, t...)
}

func TestVerdicts(t *testing.T) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	dns := frame("[2001:db8::1]:40000", "[2001:db8::2]:53", protoUDP, 0, 10)
	fragment := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	fragment[20] = 0x20
	arp := append(make([]byte, 12), 8, 6, 0, 1)
	for _, c := range []struct {
		what  string
		rules Rules
		frame []byte
		want  Reason
	}{
		{"no rules", Rules{}, web, Pass},
		{"no rules, fragment", Rules{}, fragment, PassUndecided},
		{"no rules, ARP", Rules{}, arp, PassNonIP},
		{"ARP unwanted", Rules{DropNonIP: true}, arp, DropNonIP},
		{"runt", Rules{DropNonIP: true}, arp[:13], PassDamaged},
		{"cut IP header", Rules{}, web[:33], PassDamaged},
		{"cut ports", Rules{}, web[:37], PassUndecided},
		{"prefix denied", Rules{Prefixes: []PrefixRule{{Deny, Either, prefix("10.1.0.0/16")}}}, web, DropPrefix},
		{"prefix denied as destination only", Rules{Prefixes: []PrefixRule{{Deny, Destination, prefix("10.1.0.0/16")}}}, web, Pass},
		{"exception to a denied prefix", Rules{Prefixes: []PrefixRule{
			{Deny, Source, prefix("10.0.0.0/8")}, {Allow, Source, prefix("10.1.2.0/24")}}}, web, Pass},
		{"the longer prefix speaks of the other side only", Rules{Prefixes: []PrefixRule{
			{Deny, Source, prefix("10.0.0.0/8")}, {Allow, Destination, prefix("10.1.2.0/24")}}}, web, DropPrefix},
		{"whole IPv6 denied", Rules{Prefixes: []PrefixRule{{Deny, Either, prefix("::/0")}}}, dns, DropPrefix},
		{"whole IPv6 denied, IPv4", Rules{Prefixes: []PrefixRule{{Deny, Either, prefix("::/0")}}}, web, Pass},
		{"only DNS allowed", Rules{Ports: []PortRule{{Action: Allow, Protocol: protoUDP, First: 53}}}, dns, Pass},
		{"only DNS allowed, web", Rules{Ports: []PortRule{{Action: Allow, Protocol: protoUDP, First: 53}}}, web, DropNotAllowed},
		{"only DNS allowed, fragment of TCP", Rules{Ports: []PortRule{{Action: Allow, Protocol: protoUDP, First: 53}}}, fragment, DropNotAllowed},
		{"only web allowed, fragment of TCP", Rules{Ports: []PortRule{{Action: Allow, Protocol: protoTCP, First: 80}}}, fragment, PassUndecided},
		{"port denied, fragment", Rules{Ports: []PortRule{{Action: Deny, First: 80}}}, fragment, PassUndecided},
		{"range with an exception", Rules{Ports: []PortRule{{Action: Allow, First: 1, Last: 1023}, {Action: Deny, First: 80}}}, web, DropPort},
		{"port on the wrong side", Rules{Ports: []PortRule{{Action: Deny, Side: Source, First: 80}}}, web, Pass},
		{"protocol denied", Rules{Protocols: []ProtocolRule{{Deny, protoTCP}}}, web, DropProtocol},
		{"protocol allowed beside ports", Rules{
			Protocols: []ProtocolRule{{Allow, protoTCP}}, Ports: []PortRule{{Action: Allow, First: 53}}}, web, Pass},
	} {
		f, err := NewFilter(&c.rules)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if got := f.Match(c.frame); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

func TestWrongRules(t *testing.T) {
	for _, c := range []struct {
		rules Rules
		says  string
	}{
		{Rules{Prefixes: []PrefixRule{{Deny, Either, netip.Prefix{}}}}, "prefix rule 1: no prefix"},
		{Rules{Prefixes: []PrefixRule{{Deny, Either, prefix("10.9.9.9/8")}, {Allow, Source, prefix("10.0.0.0/8")}}},
			"prefix rule 2: 10.0.0.0/8 is both allowed and denied"},
		{Rules{Prefixes: []PrefixRule{{9, Either, prefix("::/0")}}}, "unknown action 9"},
		{Rules{Prefixes: []PrefixRule{{Deny, 9, prefix("::/0")}}}, "unknown side 9"},
		{Rules{Ports: []PortRule{{First: 10}, {Protocol: 1, First: 10}}}, "port rule 2: protocol 1 has no ports"},
		{Rules{Ports: []PortRule{{First: 10, Last: 9}}}, "ports 10 to 9"},
		{Rules{Protocols: []ProtocolRule{{Allow, 6}, {Deny, 6}}}, "protocol rule 2: protocol 6 is both"},
		{Rules{Protocols: []ProtocolRule{{7, 6}}}, "unknown action 7"},
	} {
		if _, err := NewFilter(&c.rules); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.rules, err, c.says)
		}
	}
}

// TestRanges compares looking up in ranges to looking at every prefix.
func TestRanges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		rules := Rules{}
		for range r.IntN(12) {
			a := worldAddr(r, r.IntN(2) == 0)
			p, _ := a.Prefix(r.IntN(a.BitLen() + 1))
			rules.Prefixes = append(rules.Prefixes, PrefixRule{Action(r.IntN(2)), Side(r.IntN(3)), p})
		}
		tab, err := compile(&rules)
		if err != nil {
			continue
		}
		for _, s := range worldAddrs {
			a := netip.MustParseAddr(s)
			for _, n := range []netip.Addr{a, a.Next(), a.Prev()} {
				if n.IsValid() {
					compareRanges(t, tab, &rules, n)
				}
			}
		}
	}
}

func compareRanges(t *testing.T, tab *tables, rules *Rules, a netip.Addr) {
	t.Helper()
	got := tab.ranges4
	if a.Is6() {
		got = tab.ranges6
	}
	want := longest(rules, a, Source, srcBits) | longest(rules, a, Destination, dstBits)
	if bits := uint8(got.look(numberOf(a))); bits != want {
		t.Fatalf("%v: bits %04b, want %04b by %+v", a, bits, want, rules.Prefixes)
	}
}

// longest returns what the longest prefix around an address says of one side.
func longest(rules *Rules, a netip.Addr, side Side, mask uint8) (bits uint8) {
	best := -1
	for _, rule := range rules.Prefixes {
		if rule.Side != Either && rule.Side != side || !rule.Prefix.Contains(a) || rule.Prefix.Bits() <= best {
			continue
		}
		best = rule.Prefix.Bits()
		bits, _ = sides(rule.Action, side)
	}
	return bits & mask
}

func TestFlowHash(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	kept := 0
	const n = 20000
	for range n {
		var a, b [16]byte
		binary.BigEndian.PutUint64(a[8:], r.Uint64())
		binary.BigEndian.PutUint64(b[8:], r.Uint64())
		f := Flow{netip.AddrPortFrom(netip.AddrFrom16(a), uint16(r.Uint32())), netip.AddrPortFrom(netip.AddrFrom16(b), 443), protoTCP}
		back := Flow{f.B, f.A, f.Protocol}
		if f.Hash() != back.Hash() {
			t.Fatalf("%v: %x one way, %x the other", f, f.Hash(), back.Hash())
		}
		if f.Hash()%10 == 0 {
			kept++
		}
	}
	if kept < n/10*9/10 || kept > n/10*11/10 {
		t.Errorf("sampling 1:10 keeps %d of %d flows", kept, n)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	f, err := NewFilter(manyPrefixes(1000))
	if err != nil {
		t.Fatal(err)
	}
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	if n := testing.AllocsPerRun(100, func() { f.Match(web) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzMatch looks for frames that the filter falls over.
func FuzzMatch(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		f.Add(randomFrame(r), r.Uint64())
	}
	f.Fuzz(func(t *testing.T, frame []byte, seed uint64) {
		rules := randomRules(rand.New(rand.NewPCG(seed, 0)))
		filter, err := NewFilter(&rules)
		if err != nil {
			return
		}
		if r := filter.Match(frame); r == PassFlowEvent || r == DropTooLong || int(r) >= int(Bypassed) {
			t.Errorf("%v in user space", r)
		}
	})
}

// manyPrefixes denies n prefixes of 16 to 24 bits that 198.51.100.0/24 and
// 10.0.0.0/8 are not in.
func manyPrefixes(n int) *Rules {
	rules := &Rules{}
	r := rand.New(rand.NewPCG(7, 8))
	for len(rules.Prefixes) < n {
		a := netip.AddrFrom4([4]byte{byte(20 + r.IntN(150)), byte(r.Uint32()), byte(r.Uint32()), 0})
		p, _ := a.Prefix(16 + r.IntN(9))
		rules.Prefixes = append(rules.Prefixes, PrefixRule{Deny, Either, p})
	}
	return rules
}

// TestMatchNetwork: what follows the Ethernet header alone gives the same reason
// as the frame.
func TestMatchNetwork(t *testing.T) {
	r := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 50 {
		rules := randomRules(r)
		f, err := NewFilter(&rules)
		if err != nil {
			continue
		}
		for range 100 {
			frame := randomFrame(r)
			got, want := f.MatchNetwork(binary.BigEndian.Uint16(frame[12:]), frame[14:]), f.Match(frame)
			if got != want {
				t.Fatalf("%v without the Ethernet header, %v with it: % x", got, want, frame)
			}
		}
	}
}
