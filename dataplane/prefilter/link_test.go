package prefilter

import (
	"slices"
	"testing"

	"mmt/bpf"
	"mmt/dataplane"
)

// ip4 and ip6 are packets to port 53.
var (
	ip4 = udp(1000, 53)[14:]
	ip6 = slices.Concat([]byte{0x60, 0, 0, 0, 0, 8, 17, 64}, make([]byte, 15), []byte{1}, make([]byte, 15), []byte{2}, udp(1000, 53)[34:])
)

func TestLinks(t *testing.T) {
	zero := func(n int) []byte { return make([]byte, n) }
	tests := []struct {
		name           string
		link           dataplane.LinkType
		before4        []byte
		before6, other []byte // other announces what is not IP
	}{
		{"Ethernet", dataplane.LinkEthernet, append(zero(12), 8, 0), append(zero(12), 0x86, 0xdd), append(zero(12), 8, 6)},
		{"Ethernet with VLAN", dataplane.LinkEthernet, append(zero(12), 0x81, 0, 0, 5, 8, 0), append(zero(12), 0x81, 0, 0, 5, 0x86, 0xdd), nil},
		{"cooked", dataplane.LinkSLL, append(zero(14), 8, 0), append(zero(14), 0x86, 0xdd), append(zero(14), 8, 6)},
		{"cooked with VLAN", dataplane.LinkSLL, append(zero(14), 0x81, 0, 0, 5, 8, 0), append(zero(14), 0x81, 0, 0, 5, 0x86, 0xdd), nil},
		{"cooked 2", dataplane.LinkSLL2, append([]byte{8, 0}, zero(18)...), append([]byte{0x86, 0xdd}, zero(18)...), append([]byte{8, 6}, zero(18)...)},
		{"raw", dataplane.LinkRaw, []byte{}, []byte{}, nil},
		{"raw IPv4", dataplane.LinkIPv4, []byte{}, nil, nil},
		{"raw IPv6", dataplane.LinkIPv6, nil, []byte{}, nil},
		{"null, little-endian", dataplane.LinkNull, []byte{2, 0, 0, 0}, []byte{10, 0, 0, 0}, []byte{23, 0, 0, 0}},
		{"null, big-endian", dataplane.LinkNull, []byte{0, 0, 0, 2}, []byte{0, 0, 0, 24}, []byte{0, 0, 0, 23}},
		{"loop", dataplane.LinkLoop, []byte{0, 0, 0, 2}, []byte{0, 0, 0, 28}, []byte{0, 0, 0, 23}},
		{"Cisco HDLC", dataplane.LinkCHDLC, []byte{0x0f, 0, 8, 0}, []byte{0x0f, 0, 0x86, 0xdd}, []byte{0x0f, 0, 0x80, 0x35}},
		{"PPP", dataplane.LinkPPP, []byte{0, 0x21}, []byte{0, 0x57}, []byte{0xc0, 0x21}},
		{"PPP compressed", dataplane.LinkPPP, []byte{0x21}, []byte{0x57}, []byte{0x23}},
		{"PPP in HDLC", dataplane.LinkPPPHDLC, []byte{0xff, 3, 0, 0x21}, []byte{0xff, 3, 0, 0x57}, []byte{0xff, 3, 0xc0, 0x21}},
		{"PPPoE", dataplane.LinkPPPoE, []byte{0x11, 0, 0, 1, 0, 30, 0, 0x21}, []byte{0x11, 0, 0, 1, 0, 30, 0, 0x57}, []byte{0x11, 0, 0, 1, 0, 30, 0xc0, 0x21}},
	}
	f := filter(t, bpf.Rules{Ports: []bpf.PortRule{{Action: bpf.Deny, Protocol: 17, First: 53}}, DropNonIP: true})
	for _, tt := range tests {
		check := func(before, packet []byte, want bpf.Reason) {
			t.Helper()
			if before == nil {
				return
			}
			p := dataplane.Packet{Data: slices.Concat(before, packet), Link: tt.link}
			if got := match(f, asIs, &p); got != want {
				t.Errorf("%s: %v, want %v", tt.name, got, want)
			}
		}
		check(tt.before4, ip4, bpf.DropPort)
		check(tt.before6, ip6, bpf.DropPort)
		check(tt.before4, ip4[:10], bpf.PassDamaged)
		check(tt.before6, ip6[:30], bpf.PassDamaged)
		check(tt.other, ip4, bpf.DropNonIP)
		check([]byte{}, nil, bpf.PassDamaged)
	}
}

// Links that cannot be read pass.
func TestUnknownLink(t *testing.T) {
	f := filter(t, bpf.Rules{DropNonIP: true, Protocols: []bpf.ProtocolRule{{Action: bpf.Allow, Protocol: 6}}})
	for _, link := range []dataplane.LinkType{dataplane.Link80211, dataplane.LinkRadiotap, dataplane.LinkPPI, dataplane.Link802154, dataplane.Link802154NoFCS} {
		if got := match(f, asIs, &dataplane.Packet{Data: ip4, Link: link}); got != bpf.PassUndecided {
			t.Errorf("link %d: %v", link, got)
		}
	}
}

// FuzzLinks: whatever the bytes, what is found behind a link's header gets the
// verdict of an Ethernet frame that carries the same.
func FuzzLinks(f *testing.F) {
	for _, link := range []uint16{0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 228, 229, 276} {
		f.Add(link, ip4)
		f.Add(link, slices.Concat([]byte{0xff, 3, 0, 0x21}, ip4))
		f.Add(link, slices.Concat(make([]byte, 14), []byte{8, 0}, ip4))
		f.Add(link, []byte{0, 0})
	}
	rules := filter(f, bpf.Rules{Ports: []bpf.PortRule{{Action: bpf.Deny, First: 53}}, DropNonIP: true, Sample: 2})
	f.Fuzz(func(t *testing.T, link uint16, data []byte) {
		p := dataplane.Packet{Data: data, Link: dataplane.LinkType(link)}
		got := match(rules, asIs, &p)
		etherType, network, known := networkLayer(data, p.Link)
		if !known {
			return
		}
		frame := slices.Concat(make([]byte, 12), []byte{byte(etherType >> 8), byte(etherType)}, network)
		if want := rules.Match(frame); got != want {
			t.Errorf("%v, as a frame %v", got, want)
		}
	})
}
