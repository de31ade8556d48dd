package steer

import "encoding/binary"

// Lengths of IP headers: RFC 791 section 3.1, RFC 8200 sections 3 and 4.5.
const (
	minIPv4Header  = 20
	ipv6Header     = 40
	fragmentHeader = 8
)

// Numbers of IPv6 extension headers (IANA, "IPv6 Extension Header Types").
const (
	extFragment = 44
	extNone     = 59
)

// maxExtensions bounds the walk over extension headers.
const maxExtensions = 32

// byIPProtocol tells how to read what an IP protocol number announces (IANA,
// "Assigned Internet Protocol Numbers").
var byIPProtocol = [256]kind{
	4: ip4, 17: udp, 41: ip6, 47: gre, 51: ah, 94: ip4, 97: etherIP, 137: mplsInIP,
}

// enter notes an IP layer at an offset and tells whether it is the one that is wanted.
func (w *walk) enter(off int, src, dst address) (wanted bool) {
	w.layerAt = off
	w.addrs = pair{src, dst}
	w.layers++
	return w.layers == w.want
}

func (w *walk) ip4(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < minIPv4Header || b[0]>>4 != 4 {
		return stop, off
	}
	n := int(b[0]&15) * 4
	if n < minIPv4Header || n > len(b) {
		return stop, off
	}
	if w.enter(off, address4(b[12:]), address4(b[16:])) {
		return stop, off
	}
	if total := be16(b[2:]); total >= n {
		w.limit(off + total)
	}
	const more, offset = 0x2000, 0x1fff
	if field := be16(b[6:]); field&(more|offset) != 0 {
		w.isPart(uint64(b[9])<<16|uint64(be16(b[4:])), field&offset != 0)
		if field&offset != 0 {
			return stop, off
		}
	}
	return byIPProtocol[b[9]], off + n
}

func (w *walk) ip6(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < ipv6Header || b[0]>>4 != 6 {
		return stop, off
	}
	if w.enter(off, address16(b[8:]), address16(b[24:])) {
		return stop, off
	}
	if n := be16(b[4:]); n != 0 {
		w.limit(off + ipv6Header + n)
		b = w.bytes(off)
	}
	next, end, fragment := extensions(b)
	if fragment != 0 {
		const more, offset = 0x0001, 0xfff8
		if field := be16(b[fragment+2:]); field&(more|offset) != 0 {
			w.isPart(uint64(binary.BigEndian.Uint32(b[fragment+4:])), field&offset != 0)
			if field&offset != 0 {
				return stop, off
			}
		}
	}
	if next == extNone || end > len(b) {
		return stop, off
	}
	return byIPProtocol[next], off + end
}

// extensions walks the extension headers of an IPv6 packet and returns what
// follows them and where, and where the fragment header is, 0 if there is none.
// It stops at AH, which is read as a header of its own, and behind a fragment
// header that is not of a first fragment.
func extensions(b []byte) (next uint8, off, fragment int) {
	next, off = b[6], ipv6Header
	for range maxExtensions {
		if len(b) < off+8 {
			break
		}
		h := b[off:]
		switch next {
		default:
			return next, off, fragment
		case 0, 43, 60, 135, 139, 140, 253, 254:
			off += 8 + int(h[1])*8
		case extFragment:
			fragment = off
			off += fragmentHeader
			if be16(h[2:])&^7 != 0 {
				return h[0], off, fragment
			}
		}
		next = h[0]
	}
	return next, off, fragment
}

// isPart notes that the layer is a fragment of the datagram that its addresses
// and id tell.
func (w *walk) isPart(id uint64, later bool) {
	if !w.parts || w.nPart == len(w.part) {
		return
	}
	w.part[w.nPart] = datagramKey(&w.addrs, id^w.seed)
	w.nPart++
	w.later = later
}

// ah is RFC 4302. It hides nothing.
func (w *walk) ah(off int) (kind, int) {
	const minimum = 12
	b := w.bytes(off)
	if len(b) < minimum {
		return stop, off
	}
	n := 8 + int(b[1])*4
	if n < minimum || n > len(b) {
		return stop, off
	}
	return byIPProtocol[b[0]], off + n
}

// etherIP is RFC 3378.
func (w *walk) etherIP(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < 2 || b[0] != 0x30 {
		return stop, off
	}
	return ethernet, off + 2
}
