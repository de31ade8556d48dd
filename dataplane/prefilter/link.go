package prefilter

import (
	"encoding/binary"

	"mmt/bpf"
	"mmt/dataplane"
)

// EtherTypes of what other links carry.
const (
	typeIP4   = 0x0800
	typeIP6   = 0x86dd
	typeOther = 0xffff // reserved: it stands for what has no EtherType
)

// match returns what becomes of a packet.
func match(f *bpf.Filter, view View, p *dataplane.Packet) bpf.Reason {
	data, link := view(p)
	if link == dataplane.LinkEthernet {
		return f.Match(data)
	}
	etherType, network, known := networkLayer(data, link)
	if !known {
		return bpf.PassUndecided
	}
	return f.MatchNetwork(etherType, network)
}

// networkLayer returns what a packet carries and where that begins; known is
// whether the link type can be read. Of a header that is cut, nothing is left.
func networkLayer(b []byte, link dataplane.LinkType) (etherType uint16, network []byte, known bool) {
	switch link {
	case dataplane.LinkRaw, dataplane.LinkRaw12, dataplane.LinkRaw14, dataplane.LinkIPv4, dataplane.LinkIPv6:
		return version(b), b, true
	case dataplane.LinkSLL:
		return field(b, 14), after(b, 16), true
	case dataplane.LinkSLL2:
		return field(b, 0), after(b, 20), true
	case dataplane.LinkCHDLC:
		return field(b, 2), after(b, 4), true
	case dataplane.LinkNull, dataplane.LinkLoop:
		return family(b), after(b, 4), true
	case dataplane.LinkPPP, dataplane.LinkPPPHDLC:
		etherType, network = ppp(b)
		return etherType, network, true
	case dataplane.LinkPPPoE: // RFC 2516 section 4: six bytes before PPP
		etherType, network = ppp(after(b, 6))
		return etherType, network, true
	}
	return 0, nil, false
}

// after returns what is left of b behind its first n bytes.
func after(b []byte, n int) []byte { return b[min(n, len(b)):] }

// field reads an EtherType. Of a header that is cut it is that of IP, of which
// then nothing is left: the packet is damaged.
func field(b []byte, at int) uint16 {
	if len(b) < at+2 {
		return typeIP4
	}
	return binary.BigEndian.Uint16(b[at:])
}

// version tells IPv4 and IPv6 by their first bits; what is neither is damaged.
func version(b []byte) uint16 {
	if len(b) > 0 && b[0]>>4 == 6 {
		return typeIP6
	}
	return typeIP4
}

// family reads the address family before packets of a BSD loopback, which is in
// the byte order of the host or, on OpenBSD, of the network. IPv6 has the number
// 10 on Linux, 24, 28 or 30 elsewhere.
func family(b []byte) uint16 {
	if len(b) < 4 {
		return typeIP4
	}
	n := binary.BigEndian.Uint32(b)
	if n > 0xffff {
		n = binary.LittleEndian.Uint32(b)
	}
	switch n {
	case 2:
		return typeIP4
	case 10, 24, 28, 30:
		return typeIP6
	}
	return typeOther
}

// ppp reads a PPP header: RFC 1662 section 3.1 with address and control, or
// without; RFC 1661 section 2 for protocol numbers, which may be compressed to
// one byte.
func ppp(b []byte) (etherType uint16, network []byte) {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	number, size := uint16(0), 2
	switch {
	case len(b) > 0 && b[0]&1 == 1:
		number, size = uint16(b[0]), 1
	case len(b) >= 2:
		number = binary.BigEndian.Uint16(b)
	default:
		return typeIP4, nil
	}
	switch number {
	case 0x0021:
		return typeIP4, b[size:]
	case 0x0057:
		return typeIP6, b[size:]
	}
	return typeOther, b[size:]
}
