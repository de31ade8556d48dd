package session

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// ipv6Header is the length of the fixed IPv6 header, RFC 8200 section 3.
const ipv6Header = 40

// maxExtensions is how many extension headers of a packet are looked at.
const maxExtensions = 8

// IPv6 extension headers, RFC 8200 section 4.
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extAH          = 51
	extDestination = 60
)

// fragment is a piece of an IP datagram, as the packet's innermost IP header
// tells.
type fragment struct {
	id    uint32
	off   int    // of data in the datagram's payload, bytes
	more  bool   // it is not the last piece
	data  []byte // as far as captured
	whole bool   // nothing was cut by the capture
	ip    int    // offset in the packet of the IP header
	at    int    // offset in the packet of data
	field int    // offset in the packet of the field with offset and flags
}

// read reads the fragment that the IP layer of a tuple is; false if it is none.
func (f *fragment) read(p *dpi.Packet, tuple *dpi.Tuple) bool {
	f.ip = int(p.Layers()[tuple.Layer].Off)
	b := p.Bytes(f.ip)
	var field uint16
	var length int
	if tuple.V6 {
		at := fragmentHeader(b)
		if at == 0 {
			return false
		}
		f.field, f.at = at+2, at+8
		field = binary.BigEndian.Uint16(b[f.field:])
		f.off, f.more = int(field&^7), field&1 != 0
		f.id = binary.BigEndian.Uint32(b[at+4:])
		length = ipv6Header + int(binary.BigEndian.Uint16(b[4:])) - f.at
	} else {
		if len(b) < 20 || len(b) < int(b[0]&15)*4 {
			return false
		}
		f.field, f.at = 6, int(b[0]&15)*4
		field = binary.BigEndian.Uint16(b[f.field:])
		f.off, f.more = int(field&0x1fff)*8, field&0x2000 != 0
		f.id = uint32(binary.BigEndian.Uint16(b[4:]))
		length = int(binary.BigEndian.Uint16(b[2:])) - f.at
	}
	f.data = b[f.at:]
	f.whole = len(f.data) == length
	f.at, f.field = f.at+f.ip, f.field+f.ip
	return f.off > 0 || f.more
}

// isValid tells whether a fragment may be a part of a datagram: all but the last
// are of multiples of 8 bytes, and none ends beyond the largest datagram.
func (f *fragment) isValid() bool {
	n := len(f.data)
	return n > 0 && (!f.more || n%8 == 0) && f.off+n <= 0xffff-(f.at-f.ip)
}

// fragmentHeader returns where in an IPv6 packet the fragment header is, 0 if
// there is none.
func fragmentHeader(b []byte) int {
	if len(b) < ipv6Header {
		return 0
	}
	next, at := b[6], ipv6Header
	for range maxExtensions {
		if len(b) < at+8 {
			return 0
		}
		unit := 8
		switch next {
		case extFragment:
			return at
		case extHopByHop, extRouting, extDestination:
		case extAH:
			unit = 4
		default:
			return 0
		}
		next, at = b[at], at+8+int(b[at+1])*unit
	}
	return 0
}

// hasPorts tells whether a payload of IP may start with two ports; behind
// extension headers it may.
func hasPorts(proto uint8) bool {
	switch proto {
	case protoTCP, protoUDP, protoDCCP, protoSCTP, protoUDPLite, extHopByHop, extRouting, extDestination:
		return true
	}
	return false
}

// startsWithPorts tells whether a payload of IP starts with two ports.
func startsWithPorts(proto uint8) bool {
	return hasPorts(proto) && proto != extHopByHop && proto != extRouting && proto != extDestination
}
