package steer

import (
	"encoding/binary"
	"math/bits"
)

// Lengths of link layer headers: IEEE 802.3 clause 3, IEEE 802.1Q clause 9, RFC
// 2516 section 4, tcpdump.org (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).
const (
	ethernetHeader = 14
	vlanTag        = 4
	pppoeHeader    = 6
	sllHeader      = 16
	sll2Header     = 20
	loopbackHeader = 4
)

// maxLength is up to where the type field of a frame is a length, and LLC
// follows.
const maxLength = 1500

// jumboLLC announces LLC in frames too long for a length field.
const jumboLLC = 0x8870

// byEtherType tells how to read what an EtherType announces (IANA, "IEEE 802
// Numbers").
func byEtherType(t int) kind {
	switch t {
	case 0x0800:
		return ip4
	case 0x86dd:
		return ip6
	case 0x8100, 0x88a8, 0x9100, 0x9200:
		return vlan
	case 0x8847, 0x8848:
		return mpls
	case 0x8863, 0x8864:
		return pppoe
	case 0x880b:
		return ppp
	case 0x6558:
		return ethernet
	case 0x88be, 0x22eb:
		return erspan
	}
	return byRareType(t)
}

// byRareType tells the tags and fabrics of data centres and industry.
func byRareType(t int) kind {
	switch t {
	case 0x8926, 0x892f: // VN-Tag, HSR
		return tag4
	case 0x893f: // E-Tag
		return tag6
	case 0x8909: // Cisco metadata
		return metadata
	case 0x88e7:
		return pbb
	case 0x8903:
		return fabricPath
	case 0x22f3:
		return trill
	case 0x4305:
		return batman
	}
	return stop
}

func (w *walk) ethernet(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < ethernetHeader {
		return stop, off
	}
	return w.etherType(be16(b[12:]), off+12)
}

// etherType tells what the type or length field at offset off announces. A tag
// starts at the field, everything else behind it.
func (w *walk) etherType(t, off int) (kind, int) {
	if t <= maxLength {
		w.limit(off + 2 + t)
		if b := w.bytes(off + 2); len(b) >= 2 && b[0] == 0xff && b[1] == 0xff { // IPX
			return stop, off
		}
		return llc, off + 2
	}
	if t == jumboLLC {
		return llc, off + 2
	}
	k := byEtherType(t)
	if k == vlan {
		return vlan, off
	}
	return k, off + 2
}

func (w *walk) vlan(off int) (kind, int) { return w.tag(off, vlanTag) }

// tag goes on with the type field after n bytes.
func (w *walk) tag(off, n int) (kind, int) {
	b := w.bytes(off)
	if len(b) < n+2 {
		return stop, off
	}
	return w.etherType(be16(b[n:]), off+n)
}

// metadata skips version, length and options, whose length is in words of four
// bytes.
func (w *walk) metadata(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < 2 {
		return stop, off
	}
	return w.tag(off, 2+4*int(b[1]))
}

// enclosed goes on with an Ethernet frame after n bytes.
func (w *walk) enclosed(off, n int) (kind, int) {
	if len(w.bytes(off)) < n+ethernetHeader {
		return stop, off
	}
	return ethernet, off + n
}

// trill is RFC 6325 section 3: a fixed header and options in words of four
// bytes.
func (w *walk) trill(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < 6 {
		return stop, off
	}
	return w.enclosed(off, 6+be16(b)>>6&0x1f*4)
}

// batman is B.A.T.M.A.N. advanced, version 15: only some kinds of packets carry
// frames.
func (w *walk) batman(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < 2 || b[1] != 15 {
		return stop, off
	}
	switch b[0] {
	case 0x01: // broadcast
		return w.enclosed(off, 14)
	case 0x40: // unicast
		return w.enclosed(off, 10)
	case 0x42: // unicast with four addresses
		return w.enclosed(off, 18)
	}
	return stop, off
}

// llc is IEEE 802.2: IP by its own access point, or by SNAP.
func (w *walk) llc(off int) (kind, int) {
	const xid, poll, sapIP, sapSNAP = 0xaf, 0x10, 0x06, 0xaa
	b := w.bytes(off)
	if len(b) < 3 || b[2]&^poll == xid {
		return stop, off
	}
	if b[0] == sapSNAP && b[2] == 3 {
		return w.snap(off + 3)
	}
	if b[0] != sapIP {
		return stop, off
	}
	if b[2]&3 != 3 { // information and supervisory frames have two control bytes
		return ip4, off + 4
	}
	return ip4, off + 3
}

// snap is the SNAP extension (IEEE 802 clause 9): organisation and protocol.
func (w *walk) snap(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < 5 {
		return stop, off
	}
	protocol := be16(b[3:])
	switch uint32(b[0])<<16 | uint32(be16(b[1:])) {
	case 0, 0x0000f8: // an EtherType
		if protocol > maxLength {
			return w.etherType(protocol, off+3)
		}
	case 0x080007: // AppleTalk
		return byEtherType(protocol), off + 5
	case 0x0080c2: // bridged Ethernet, RFC 2684 section 5.2
		if protocol == 1 || protocol == 7 {
			return ethernet, off + 5 + 2
		}
	}
	return stop, off
}

// ppp is RFC 1661, with or without the address and control bytes of RFC 1662.
func (w *walk) ppp(off int) (kind, int) {
	if b := w.bytes(off); len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		off += 2
	}
	protocol, n := pppProtocol(w.bytes(off))
	return byPPP(protocol), off + n
}

// pppProtocol reads the protocol field, which may be compressed to one byte.
func pppProtocol(b []byte) (protocol, length int) {
	switch {
	case len(b) > 0 && b[0]&1 == 1:
		return int(b[0]), 1
	case len(b) >= 2:
		return be16(b), 2
	}
	return 0, 0
}

// byPPP tells what a protocol number announces (IANA, "PPP DLL Protocol
// Numbers").
func byPPP(protocol int) kind {
	switch protocol {
	case 0x0021:
		return ip4
	case 0x0057:
		return ip6
	case 0x0281, 0x0283:
		return mpls
	}
	return stop
}

func (w *walk) pppoe(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < pppoeHeader || b[0] != 0x11 || b[1] != 0 {
		return stop, off
	}
	w.limit(off + pppoeHeader + be16(b[4:]))
	return ppp, off + pppoeHeader
}

// chdlc is Cisco HDLC: address, control, EtherType.
func (w *walk) chdlc(off int) (kind, int) {
	const keepAlive, discovery, osi = 0x8035, 0x2000, 0xfefe
	b := w.bytes(off)
	if len(b) < 4 {
		return stop, off
	}
	switch t := be16(b[2:]); t {
	case keepAlive, discovery, osi:
		return stop, off
	default:
		return w.etherType(t, off+2)
	}
}

func (w *walk) sll(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < sllHeader {
		return stop, off
	}
	return w.cooked(be16(b[2:]), be16(b[14:]), off+sllHeader)
}

func (w *walk) sll2(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < sll2Header {
		return stop, off
	}
	return w.cooked(be16(b[8:]), be16(b), off+sll2Header)
}

// cooked tells what a cooked header announces that ends at off.
func (w *walk) cooked(hardware, protocol, off int) (kind, int) {
	const netlink, radiotap, wlan, frame8022 = 824, 803, 801, 4
	switch hardware {
	case netlink, radiotap, wlan:
		return stop, off
	}
	switch {
	case protocol == frame8022:
		return llc, off
	case protocol <= maxLength:
		return stop, off
	}
	return w.etherType(protocol, off-2)
}

// loopback is the address family of the system that captured, in its byte
// order or in network order.
func (w *walk) loopback(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < loopbackHeader {
		return stop, off
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = bits.ReverseBytes32(family)
	}
	off += loopbackHeader
	switch family {
	case 2:
		return ip4, off
	case 10, 23, 24, 26, 28, 30: // Linux, Windows, and the BSDs
		return ip6, off
	}
	if family > maxLength && family <= 0xffff { // some systems put an EtherType
		return byEtherType(int(family)), off
	}
	return stop, off
}
