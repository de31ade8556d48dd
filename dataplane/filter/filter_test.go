package filter

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"mmt/dataplane"
)

func fakeHosts(name string) ([]netip.Addr, error) {
	if name != "two.test" {
		return nil, errors.New("no such host")
	}
	return []netip.Addr{netip.MustParseAddr("::ffff:1.2.3.4"), netip.MustParseAddr("2001:db8::1")}, nil
}

func mustCompile(t testing.TB, expr string, link dataplane.LinkType) *Program {
	t.Helper()
	e, err := parse(expr, fakeHosts)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Compile(link)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Pieces of packets, put together by join.
var (
	macs   = []byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 1, 2, 3, 4, 5, 6} // destination, source
	tcpSyn = []byte{0xc0, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0}
)

func ip4(proto byte, body ...byte) []byte {
	head := []byte{0x45, 0, 0, byte(20 + len(body)), 0, 1, 0, 0, 64, proto, 0, 0, 1, 2, 3, 4, 10, 0, 0, 1}
	return append(head, body...)
}

func ip6(next byte, body ...byte) []byte {
	head := []byte{0x60, 0, 0, 0, 0, byte(len(body)), next, 64}
	head = append(head, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	head = append(head, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)
	return append(head, body...)
}

func TestMatch(t *testing.T) {
	eth4 := join(macs, be16(0x800), ip4(6, tcpSyn...))
	eth6 := join(macs, be16(0x86dd), ip6(6, tcpSyn...))
	tagged := join(macs, be16(0x8100), be16(5), be16(0x800), ip4(6, tcpSyn...))
	arp := join(macs, be16(0x806), []byte{0, 1, 8, 0, 6, 4, 0, 1, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1})
	for _, c := range []struct {
		expr    string
		packet  []byte
		matches bool
	}{
		{"", eth4, true},
		{"  ", eth4, true},
		{"tcp", eth4, true},
		{"tcp", eth6, true},
		{"tcp", tagged, false},
		{"vlan and tcp", tagged, true},
		{"vlan 6", tagged, false},
		{"tcp port 80 or 443", eth4, true},
		{"tcp port 81 or 443", eth4, false},
		{"not tcp port 443 and host 1.2.3.4", eth4, true},
		{"host 1.2.3.4", arp, true},
		{"ip host 1.2.3.4", arp, false},
		{"dst net 10", arp, true},
		{"src net 10", arp, false},
		{"host 2001:db8::2 and dst port 80", eth6, true},
		{"src host 2001:db8::2", eth6, false},
		{"ether src 1:2:3:4:5:6", arp, true},
		{"ether dst 1:2:3:4:5:6", arp, false},
		{"tcp[tcpflags] & tcp-syn != 0", eth4, true},
		{"tcp[tcpflags] & tcp-syn != 0", eth6, false},
		{"ip[8] < 5", eth4, false},
		{"ip[8] < 65", eth4, true},
		{"less 54", eth4, true},
		{"less 53", eth4, false},
		{"greater 55", eth4, false},
		{"arp or tcp and ip6", arp, false}, // groups as (arp or tcp) and ip6
		{"arp or (tcp and ip6)", arp, true},
		{"host two.test", eth4, true},
		{"host two.test", eth6, true},
		{"ip6 src host two.test", eth6, true},
		{"ip src host two.test", eth6, false},
		{"arp dst host two.test", arp, false},
		// Reading past the end rejects, also under "not".
		{"not tcp port 443", eth4[:30], false},
		{"not ip", eth4[:10], false},
	} {
		p := mustCompile(t, c.expr, dataplane.LinkEthernet)
		if got := p.Match(c.packet, uint32(len(c.packet))); got != c.matches {
			t.Errorf("%q on % x: %v", c.expr, c.packet, got)
		}
	}
}

// TestDepartures holds the answers where this package knows better than
// libpcap; each is listed in the package comment.
func TestDepartures(t *testing.T) {
	ah := append([]byte{6, 4}, make([]byte, 22)...) // an authentication header of 24 bytes, then TCP
	for _, c := range []struct {
		why     string
		expr    string
		link    dataplane.LinkType
		packet  []byte
		matches bool
	}{
		{"the length of AH", "ip6 protochain 6", dataplane.LinkRaw, ip6(51, append(ah, tcpSyn...)...), true},
		{"AH behind a routing header", "ip6 protochain 6", dataplane.LinkRaw, ip6(43, join([]byte{51, 0, 0, 0, 0, 0, 0, 0}, ah, tcpSyn)...), true},
		{"AH ends the packet", "ip6 protochain 6", dataplane.LinkRaw, ip6(51, 60, 4), false},
		{"AH over IPv4", "protochain 6", dataplane.LinkRaw, ip4(51, append(ah, tcpSyn...)...), true},
		{"AH over IPv4", "ip protochain 17", dataplane.LinkRaw, ip4(51, append(ah, tcpSyn...)...), false},
		{"no chain of options over IPv4", "ip protochain 6", dataplane.LinkRaw, ip4(60, 6, 0, 0, 0, 0, 0, 0, 0), false},
		{"no next header", "ip6 protochain 6", dataplane.LinkRaw, ip6(59, tcpSyn...), false},
		{"an access on the right implies its protocol", "1 + tcp[0] > 0", dataplane.LinkRaw, ip4(17, tcpSyn...), false},
		{"an access on the right implies its protocol", "1 + tcp[0] > 0", dataplane.LinkRaw, ip4(6, tcpSyn...), true},
		{"little-endian family", "tcp", dataplane.LinkNull, join([]byte{2, 0, 0, 0}, ip4(6)), true},
		{"big-endian family", "tcp", dataplane.LinkNull, join([]byte{0, 0, 0, 2}, ip4(6)), true},
		{"PPP with HDLC framing", "tcp dst port 80", dataplane.LinkPPP, join([]byte{0xff, 3, 0, 0x21}, ip4(6, tcpSyn...)), true},
		{"PPP without", "tcp dst port 80", dataplane.LinkPPP, join([]byte{0, 0x21}, ip4(6, tcpSyn...)), true},
		{"PPP without", "ip6", dataplane.LinkPPP, join([]byte{0, 0x21}, ip4(6, tcpSyn...)), false},
		{"VLAN in SLL", "vlan 5 and tcp", dataplane.LinkSLL, join(make([]byte, 14), be16(0x8100), be16(5), be16(0x800), ip4(6)), true},
		{"MPLS in SLL2", "mpls and tcp", dataplane.LinkSLL2, join(be16(0x8847), make([]byte, 18), []byte{0, 0, 1, 64}, ip4(6)), true},
		{"802.2 in SLL2", "stp", dataplane.LinkSLL2, join(be16(4), make([]byte, 18), []byte{0x42, 0x42, 3}), true},
		{"OSI in SLL", "esis", dataplane.LinkSLL, join(make([]byte, 14), be16(4), []byte{0xfe, 0xfe, 3, 0x82}), true},
		{"a net in one number", "net 10/8", dataplane.LinkRaw, ip4(6), true},
		{"hexadecimal ranges", "portrange 0x4f-0x51", dataplane.LinkRaw, ip4(6, tcpSyn...), true},
		{"no error where nothing can match", "arp", dataplane.LinkRaw, ip4(6), false},
		{"only lengths on a link type not known", "greater 20", dataplane.LinkPPI, ip4(6), true},
		{"link bytes on a link type not known", "link[0] = 0x45", dataplane.LinkPPI, ip4(6), true},
		{"raw IP of OpenBSD", "tcp", dataplane.LinkRaw14, ip4(6), true},
	} {
		if got := mustCompile(t, c.expr, c.link).Match(c.packet, uint32(len(c.packet))); got != c.matches {
			t.Errorf("%s: %q on link type %d: %v", c.why, c.expr, c.link, got)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		expr   string
		link   dataplane.LinkType
		column int
		says   string // part of the reason
	}{
		{"tcp prot 80", 1, 5, `"prot" (did you mean "proto"?)`},
		{"tpc port 80", 1, 1, `"tpc" (did you mean "tcp"?)`},
		{"tcp and foo", 1, 9, `unknown word "foo"`},
		{"host 1.2.3.4 10.0.0.1", 1, 14, `join primitives with "and" or "or"`},
		{"1.2.3.4", 1, 1, `put "host", "net" or "port" before it`},
		{"ip 1.2.3.4", 1, 4, `write "ip host"`},
		{"src tcp port 80", 1, 5, `write "tcp src ..."`},
		{"ip proto tcp", 1, 10, `write "\tcp"`},
		{"geneve", 1, 1, `"geneve" is not supported`},
		{"ip and type mgt", 1, 8, `"type" is not supported`},
		{"port not 80", 1, 6, `write "not" before the whole primitive`},
		{"len + 5 % 3 > 1", 1, 5, "use parentheses"},
		{"len % 5 * 3 > 1", 1, 9, "use parentheses"},
		{"net 10.1.2.3/8", 1, 5, "bits set outside its mask 255.0.0.0"},
		{"net fe80::1/10", 1, 5, "/10"},
		{"host 10.0.0.0/8", 1, 14, `write "net" for "host"`},
		{"host 1:2:3:4:5:6", 1, 6, `write "ether host"`},
		{"host nowhere.test", 1, 6, "unknown host"},
		{"arp host nowhere.test", 1, 10, "unknown host"},
		{"port 70000", 1, 6, "above 65535"},
		{"udp port http", 1, 10, "port"},
		{"(tcp", 1, 5, `")" is missing`},
		{"tcp)", 1, 4, `")" without "("`},
		{"tcp[13]", 1, 8, "comparison"},
		{"tcp[13:3] = 1", 1, 8, "1, 2 or 4"},
		{"ip $ 5", 1, 4, `"$" does not belong`},
		{"ether host 1:2:3:4:5:6", 101, 12, "need an Ethernet header"},
		{"vlan", 101, 1, "type field"},
		{"tcp", 127, 1, "not supported on link type 127"},
		{"outbound", 1, 1, "Linux cooked"},
		{"ifindex 1", 113, 1, "version 2"},
		{strings.Repeat("(", 300) + "ip" + strings.Repeat(")", 300), 1, 251, "nested deeper"},
		{strings.Repeat("not ", 300) + "ip", 1, 1001, "nested deeper"},
		{strings.Repeat("-", 300) + "1 = 1", 1, 250, "nested deeper"},
		{strings.Repeat("len+(", 20) + "1" + strings.Repeat(")", 20) + "=1", 1, 1, "too deep"},
		{strings.Repeat("a", maxText+1), 1, maxText + 1, "longer than"},
	} {
		e, err := parse(c.expr, fakeHosts)
		if err == nil {
			_, err = e.Compile(c.link)
		}
		var bad *Error
		if !errors.As(err, &bad) {
			t.Errorf("%.40q: error %v", c.expr, err)
			continue
		}
		if !strings.Contains(bad.Reason, c.says) || c.column != bad.Offset+1 && c.says != "too deep" {
			t.Errorf("%.40q: column %d: %s; want column %d and %q", c.expr, bad.Offset+1, bad.Reason, c.column, c.says)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := Parse("tcp prot 80")
	if got, want := err.Error(), `filter "tcp prot 80", column 5: unknown word "prot" (did you mean "proto"?)`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestLocalHost uses the real resolver for a name that needs no network.
func TestLocalHost(t *testing.T) {
	p, err := Compile("host localhost", dataplane.LinkRaw)
	if err != nil {
		t.Skipf("this machine does not know localhost: %v", err)
	}
	packet := ip4(6)
	copy(packet[12:], []byte{127, 0, 0, 1})
	if !p.Match(packet, 20) {
		t.Error("a packet from 127.0.0.1 does not match")
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	packet := join(macs, be16(0x800), ip4(6, tcpSyn...))
	for _, expr := range []string{"tcp port 80 or 443", "len / 2 + ip[8] * 3 > tcp[12] >> 4", "ip protochain 6"} {
		p := mustCompile(t, expr, dataplane.LinkEthernet)
		if n := testing.AllocsPerRun(100, func() { p.Match(packet, 54) }); n != 0 {
			t.Errorf("%q: %v allocations per packet", expr, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	packet := join(macs, be16(0x800), ip4(6, tcpSyn...))
	for _, expr := range []string{"ip", "tcp port 80", "tcp[13] & 2 != 0", "not (host 10.9.9.9 or udp port 53)", "ip[2:2] - 20 > 5"} {
		p := mustCompile(b, expr, dataplane.LinkEthernet)
		b.Run(expr, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Match(packet, 54)
			}
		})
	}
}

// FuzzFilterParse checks that no text brings the parser down, that programs
// only jump forward, and that parentheses around an expression change nothing.
func FuzzFilterParse(f *testing.F) {
	for _, list := range []string{sameAsLibpcap, onEthernet, onSLL, onSLL2, bothRefuse} {
		for _, expr := range lines(list) {
			f.Add(expr, join(macs, be16(0x800), ip4(6, tcpSyn...)))
		}
	}
	links := []dataplane.LinkType{dataplane.LinkEthernet, dataplane.LinkSLL2, dataplane.LinkRaw, dataplane.LinkPPP, dataplane.LinkPPI}
	f.Fuzz(func(t *testing.T, text string, packet []byte) {
		e, err := parse(text, fakeHosts)
		if err != nil || e.root == nil {
			return
		}
		inParens, err := parse("("+text+")", fakeHosts)
		if err != nil {
			if !strings.Contains(err.Error(), "nested deeper") && len(text) <= maxText-2 {
				t.Fatalf("%q parses, but not in parentheses: %v", text, err)
			}
			return
		}
		for _, link := range links {
			p, err := e.Compile(link)
			q, errQ := inParens.Compile(link)
			if (err == nil) != (errQ == nil) {
				t.Fatalf("%q on link type %d: %v; in parentheses: %v", text, link, err, errQ)
			}
			if err != nil {
				continue
			}
			for pc := pcFirst; int(pc) < len(p.code); pc++ {
				if in := p.code[pc]; in.jt >= pc || in.jf >= pc || in.jt < 0 || in.jf < 0 {
					t.Fatalf("%q: instruction %d leads to %d and %d", text, pc, in.jt, in.jf)
				}
			}
			n := uint32(len(packet))
			if p.Match(packet, n) != q.Match(packet, n) {
				t.Fatalf("%q on link type %d: parentheses change the answer", text, link)
			}
		}
	})
}
