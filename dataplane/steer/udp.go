package steer

import "encoding/binary"

// udpHeader is the length of a UDP header, RFC 768.
const udpHeader = 8

// udpTunnel is a protocol over UDP that may carry IP.
type udpTunnel struct {
	port  int
	reply bool // the port may be the source as well
	next  kind
	// is tells whether payload d, of which declared bytes were sent, is of the
	// protocol and may lead to IP.
	is func(d []byte, declared int) bool
}

// udpTunnels are asked in this order.
var udpTunnels = [...]udpTunnel{
	{1701, true, l2tp, isL2TP},
	{2152, true, gtp, isGTP},
	{3386, true, gtp, isGTPv0},
	{4754, false, gre, isGREInUDP},
	{4789, false, vxlan, isVXLAN},
	{4790, false, vxlanGPE, isVXLANGPE},
	{6081, false, geneve, isGeneve},
	{6635, false, mpls, isMPLSInUDP},
	{8472, false, vxlan, isVXLAN},
	{37008, false, tzsp, isTZSP},
}

// isTunnelPort tells the ports of udpTunnels.
func isTunnelPort(port int) bool {
	switch port {
	case 1701, 2152, 3386, 4754, 4789, 4790, 6081, 6635, 8472, 37008:
		return true
	}
	return false
}

func (w *walk) udp(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < udpHeader {
		return stop, off
	}
	src, dst := be16(b), be16(b[2:])
	if !isTunnelPort(dst) && !isTunnelPort(src) {
		return stop, off
	}
	n := be16(b[4:])
	if n >= udpHeader {
		w.limit(off + n)
	}
	off += udpHeader
	d := w.bytes(off)
	declared := max(n-udpHeader, len(d))
	for i := range udpTunnels {
		t := &udpTunnels[i]
		if (t.port == dst || t.reply && t.port == src) && t.is(d, declared) {
			return t.next, off
		}
	}
	return stop, off
}

// GTP: 3GPP TS 29.281 section 5.1 (version 1), GSM 09.60 section 6 (version 0).
const (
	gtpHeader     = 8
	gtpLongHeader = 12 // with sequence number, N-PDU number and next extension
	gtpv0Header   = 20
	gtpTPDU       = 255
)

// gtpLength returns the length of a header with its extensions, 0 if it is cut.
func gtpLength(d []byte) int {
	const options, hasNext = 0x07, 0x04
	switch {
	case len(d) < gtpHeader:
		return 0
	case d[0]>>5 == 0:
		return gtpv0Header
	case d[0]&options == 0:
		return gtpHeader
	case len(d) < gtpLongHeader:
		return 0
	case d[0]&hasNext == 0:
		return gtpLongHeader
	}
	n := gtpLongHeader
	for next := d[n-1]; next != 0; next = d[n-1] {
		if n >= len(d) || d[n] == 0 || n+int(d[n])*4 > len(d) {
			return 0
		}
		n += int(d[n]) * 4
	}
	return n
}

// isGTP expects a user packet of version 1.
func isGTP(d []byte, declared int) bool {
	return len(d) >= gtpHeader && d[0]>>3 == 6 && d[1] == gtpTPDU && be16(d[2:]) == declared-gtpHeader && gtpLength(d) > 0
}

// isGTPv0 expects a user packet of version 0.
func isGTPv0(d []byte, declared int) bool {
	return len(d) >= gtpv0Header && d[0]&0xfe == 0x1e && d[1] == gtpTPDU && be16(d[2:]) == declared-gtpv0Header
}

// gtp tells what a user packet carries: IP or, in 5G, Ethernet.
func (w *walk) gtp(off int) (kind, int) {
	b := w.bytes(off)
	n := gtpLength(b)
	if n >= len(b) {
		return stop, off
	}
	inner := b[n:]
	if k := ipAt(inner); k != stop {
		return k, off + n
	}
	if looksEthernet(inner) {
		return ethernet, off + n
	}
	return stop, off
}

// overlayHeader is the length of a VXLAN header and of a Geneve header without
// options.
const overlayHeader = 8

// isVXLAN expects the header of RFC 7348, with or without the group policy
// extension, and a frame.
func isVXLAN(d []byte, _ int) bool {
	if len(d) < overlayHeader || d[7] != 0 {
		return false
	}
	plain := binary.BigEndian.Uint32(d) == 0x08000000
	policy := d[0] == 0x88 && d[1]&^0x48 == 0
	return (plain || policy) && looksEthernet(d[overlayHeader:])
}

// carries tells whether b may be a packet of kind k, for those that can be
// checked.
func carries(k kind, b []byte) bool {
	switch k {
	case ip4:
		return looksIP4(b)
	case ip6:
		return looksIP6(b)
	case ethernet:
		return looksEthernet(b)
	}
	return false
}

// byGPE tells what the next protocol field of VXLAN-GPE stands for
// (draft-ietf-nvo3-vxlan-gpe), as far as it can be checked.
func byGPE(n byte) kind {
	switch n {
	case 1:
		return ip4
	case 2:
		return ip6
	case 3:
		return ethernet
	}
	return stop
}

func isVXLANGPE(d []byte, _ int) bool {
	if len(d) < overlayHeader || d[0]&0xfc != 0x0c || d[1] != 0 || d[2] != 0 || d[7] != 0 {
		return false
	}
	return carries(byGPE(d[3]), d[overlayHeader:])
}

func (w *walk) vxlanGPE(off int) (kind, int) {
	return byGPE(w.data[off+3]), off + overlayHeader
}

// geneveLength returns the length of a header of RFC 8926 with its options.
func geneveLength(b []byte) int { return overlayHeader + int(b[0]&0x3f)*4 }

func isGeneve(d []byte, _ int) bool {
	if len(d) < overlayHeader || d[0]>>6 != 0 || d[1]&0x3f != 0 || d[7] != 0 || len(d) < geneveLength(d) {
		return false
	}
	return carries(byEtherType(be16(d[2:])), d[geneveLength(d):])
}

func (w *walk) geneve(off int) (kind, int) {
	b := w.data[off:]
	return byEtherType(be16(b[2:])), off + geneveLength(b)
}

// isGREInUDP expects version 0 without reserved bits (RFC 8086) and a payload of
// the announced protocol.
func isGREInUDP(d []byte, _ int) bool {
	const others = 0xffff &^ (greChecksum | greKey | greSequence)
	if len(d) < 4 || be16(d)&others != 0 {
		return false
	}
	n := greLength(d)
	return n > 0 && n < len(d) && carries(byEtherType(be16(d[2:])), d[n:])
}

// maxLabels is how many labels of a stack over UDP are looked at.
const maxLabels = 8

// isMPLSInUDP expects a short stack of labels with time to live, and IP of the
// right length after it (RFC 7510).
func isMPLSInUDP(d []byte, _ int) bool {
	for n := 0; n < maxLabels && len(d) >= 4 && d[3] > 0; n++ {
		bottom := d[2]&1 == 1
		d = d[4:]
		if bottom {
			return looksIP4(d) && be16(d[2:]) == len(d) || looksIP6(d) && be16(d[4:])+ipv6Header == len(d)
		}
	}
	return false
}

// tzspLength returns the length of a TaZmen sniffer header with its tags, 0 if
// they are cut.
func tzspLength(b []byte) int {
	const padding, end = 0, 1
	for i := 4; i < len(b); {
		switch b[i] {
		case end:
			return i + 1
		case padding:
			i++
		default:
			if i+1 >= len(b) {
				return 0
			}
			i += 2 + int(b[i+1])
		}
	}
	return 0
}

// isTZSP expects a received Ethernet frame.
func isTZSP(d []byte, _ int) bool {
	const received = 0x01000001
	if len(d) < 5 || binary.BigEndian.Uint32(d) != received {
		return false
	}
	n := tzspLength(d)
	return n > 0 && looksEthernet(d[n:])
}

func (w *walk) tzsp(off int) (kind, int) { return ethernet, off + tzspLength(w.bytes(off)) }
