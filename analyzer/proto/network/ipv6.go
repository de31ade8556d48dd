package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ipv6Header is the length of the fixed IPv6 header, RFC 8200 section 3.
const ipv6Header = 40

// Numbers of extension headers (IANA, "IPv6 Extension Header Types").
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extESP         = 50
	extAH          = 51
	extNone        = 59
	extDestination = 60
	extMobility    = 135
	extHIP         = 139
	extShim6       = 140
	extTest1       = 253
	extTest2       = 254
)

// fragmentHeader is the length of a fragment header.
const fragmentHeader = 8

// maxExtensions bounds the walk over extension headers.
const maxExtensions = 32

// IPv6 is RFC 8200. Its extension headers are part of it, but for AH and ESP,
// which are protocols of their own.
var IPv6 = dpi.Protocol{
	ID:         id.Ipv6,
	Name:       "ipv6",
	Attributes: ipv6Attributes,
	Next:       nextIPv6,
	Observe:    observeIPv6,
	Context:    func() any { return new(fragments) },
}

// extension is one extension header of a packet.
type extension struct {
	kind   uint8
	off    int // from the start of the IPv6 header
	length int
}

// extensions walks the extension headers of an IPv6 packet (RFC 8200 section
// 4). It stops behind a fragment header that is not of the first fragment.
type extensions struct {
	b    []byte // from the IPv6 header on
	next uint8  // kind of the header at off
	off  int
	end  bool // nothing that can be read follows
	left int
}

func walkExtensions(b []byte) extensions {
	return extensions{b: b, next: b[6], off: ipv6Header, left: maxExtensions}
}

// step returns the next extension header; ok is false when what follows is none
// or is not there.
func (x *extensions) step() (e extension, ok bool) {
	if x.end || x.left == 0 || len(x.b) < x.off+8 {
		return e, false
	}
	n := 0
	switch h := x.b[x.off:]; x.next {
	case extHopByHop, extRouting, extDestination, extMobility, extHIP, extShim6, extTest1, extTest2:
		n = 8 + int(h[1])*8
	case extAH:
		n = 8 + int(h[1])*4
	case extFragment:
		n = fragmentHeader
		x.end = binary.BigEndian.Uint16(h[2:])&^7 != 0
	default:
		return e, false
	}
	e = extension{x.next, x.off, n}
	x.next = x.b[x.off]
	x.off += n
	x.left--
	return e, true
}

// upper returns what follows the extension headers that are part of IPv6 and
// where, and the fragment header's offset in b, 0 if there is none.
func upper(b []byte) (next uint8, off, fragment int) {
	x := walkExtensions(b)
	for x.next != extAH {
		e, ok := x.step()
		if !ok {
			break
		}
		if e.kind == extFragment {
			fragment = e.off
		}
	}
	return x.next, x.off, fragment
}

func nextIPv6(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < ipv6Header || b[0]>>4 != 6 {
		return dpi.Stop, off
	}
	if n := int(binary.BigEndian.Uint16(b[4:])); n != 0 {
		p.Limit(off + ipv6Header + n)
		b = p.Bytes(off)
	}
	next, end, fragment := upper(b)
	t := p.AddTuple(b[8:24], b[24:40], next)
	if fragment != 0 {
		field := binary.BigEndian.Uint16(b[fragment+2:])
		t.Part = field&^6 != 0
		t.Fragment = field&^7 != 0
	}
	if t.Fragment || next == extNone || end > len(b) {
		return dpi.Stop, off
	}
	return id.ByIPProtocol(next), off + end
}
