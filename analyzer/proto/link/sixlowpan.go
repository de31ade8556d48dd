package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Sixlowpan is IPv6 over low-power networks, RFC 4944 and RFC 6282. Compressed
// IPv6 and UDP headers are written out, so that the packet goes on as if it had
// come uncompressed; extension headers that are compressed, and fragments after
// the first, end the path. Prefixes that both ends agreed on in advance are
// shown as zeros.
var Sixlowpan = dpi.Protocol{ID: id.Sixlowpan, Name: "sixlowpan", Next: nextSixlowpan}

// Header dispatch values, RFC 4944 section 5.1 and RFC 6282 section 2.
const (
	lowpanIPv6      = 0x41 // the whole byte
	lowpanBroadcast = 0x50 // the whole byte
	lowpanIPHC      = 3    // of the first three bits
	lowpanMesh      = 2    // of the first two bits
	lowpanFirst     = 0x18 // of the first five bits: first fragment
)

// Lengths and numbers of the headers that are written out.
const (
	ip6Header   = 40
	udpHeader   = 8
	protocolUDP = 17
)

func nextSixlowpan(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	start := off
	datagram := 0 // length of the datagram that a first fragment begins
	for len(b) > 0 {
		n := 0
		switch {
		case b[0] == lowpanIPv6:
			return id.Ipv6, off + 1
		case b[0]>>5 == lowpanIPHC:
			return expand(p, start, off, datagram)
		case b[0]>>6 == lowpanMesh:
			n = meshHeader(b[0])
		case b[0] == lowpanBroadcast:
			n = 2
		case b[0]>>3 == lowpanFirst && len(b) >= 4:
			datagram = int(binary.BigEndian.Uint16(b) & 0x7ff)
			n = 4
		}
		if n == 0 || n >= len(b) {
			break
		}
		off += n
		b = b[n:]
	}
	return dpi.Stop, off
}

// meshHeader returns the length of a mesh header: hops left and two addresses
// of two or eight bytes each.
func meshHeader(b byte) int {
	n := 17
	if b&0x20 != 0 {
		n -= 6
	}
	if b&0x10 != 0 {
		n -= 6
	}
	if b&0x0f == 0x0f { // a byte of its own for more hops
		n++
	}
	return n
}

// inflater reads a compressed header and writes the headers it stands for.
type inflater struct {
	in  []byte
	bad bool
	out [ip6Header + udpHeader]byte
}

// zeros stand for bytes that a cut header does not have.
var zeros [16]byte

// take returns the next n bytes in line.
func (x *inflater) take(n int) []byte {
	if n > len(x.in) {
		x.bad = true
		return zeros[:n]
	}
	b := x.in[:n]
	x.in = x.in[n:]
	return b
}

// expand replaces the compressed header at off by the IPv6 header, and UDP
// header if that is compressed as well, that it stands for. frame is where the
// 6LoWPAN layer starts, whose outer header has the link addresses.
func expand(p *dpi.Packet, frame, off, datagram int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 2 {
		return dpi.Stop, off
	}
	var dst, src []byte
	if layers := p.Layers(); len(layers) > 2 && layers[len(layers)-2].Proto == id.Ieee802154 {
		f, _ := parsePAN(p.LayerBytes(len(layers) - 2))
		dst, src = f.dst, f.src
	}
	x := inflater{in: b[2:]}
	n := x.headers(b[0], b[1], src, dst)
	if x.bad || n == 0 {
		return dpi.Stop, off
	}
	length := n - ip6Header + len(x.in)
	if datagram > ip6Header {
		length = datagram - ip6Header
	}
	binary.BigEndian.PutUint16(x.out[4:], uint16(length))
	if n > ip6Header {
		binary.BigEndian.PutUint16(x.out[ip6Header+4:], uint16(length))
	}
	var whole [2048]byte
	size := copy(whole[:], x.out[:n])
	size += copy(whole[size:], x.in)
	at := off + len(b) - len(x.in)
	p.Replace(at, whole[:size])
	return id.Ipv6, at
}

// headers writes the headers that the bits of an IPHC encoding stand for (RFC
// 6282 section 3.1.1) and returns their length, 0 if it cannot.
func (x *inflater) headers(b0, b1 byte, src, dst []byte) int {
	if b1&0x80 != 0 {
		x.take(1) // which contexts
	}
	x.trafficClass(b0 >> 3 & 3)
	compressed := b0&4 != 0
	if !compressed {
		x.out[6] = x.take(1)[0]
	}
	if hops := b0 & 3; hops == 0 {
		x.out[7] = x.take(1)[0]
	} else {
		x.out[7] = [4]byte{0, 1, 64, 255}[hops]
	}
	x.unicast(x.out[8:24], b1>>6&1 == 1, b1>>4&3, src)
	if b1&8 != 0 {
		x.multicast(x.out[24:40], b1>>2&1 == 1, b1&3)
	} else {
		x.unicast(x.out[24:40], b1>>2&1 == 1, b1&3, dst)
	}
	if !compressed {
		return ip6Header
	}
	return x.udp()
}

// trafficClass writes the first four bytes. In line come congestion bits before
// the service class, in the header after it.
func (x *inflater) trafficClass(mode byte) {
	var class byte
	var label uint32
	switch mode {
	case 0:
		b := x.take(4)
		class, label = b[0]<<2|b[0]>>6, binary.BigEndian.Uint32(b)&0xfffff
	case 1:
		b := x.take(3)
		class, label = b[0]>>6, uint32(b[0]&15)<<16|uint32(b[1])<<8|uint32(b[2])
	case 2:
		b := x.take(1)
		class = b[0]<<2 | b[0]>>6
	}
	binary.BigEndian.PutUint32(x.out[:], 6<<28|uint32(class)<<20|label)
}

// unicast writes an address from what is in line and, for the rest, from the
// link address.
func (x *inflater) unicast(out []byte, context bool, mode byte, link []byte) {
	if context && mode == 0 {
		return // the unspecified address
	}
	if !context {
		out[0], out[1] = 0xfe, 0x80
	}
	switch mode {
	case 0:
		copy(out, x.take(16))
	case 1:
		copy(out[8:], x.take(8))
	case 2:
		out[11], out[12] = 0xff, 0xfe
		copy(out[14:], x.take(2))
	case 3:
		linkIdentifier(out[8:], link)
	}
}

// linkIdentifier makes the interface identifier of a link address, which frames
// have with the lowest byte first.
func linkIdentifier(out, link []byte) {
	switch len(link) {
	case 2:
		out[3], out[4], out[6], out[7] = 0xff, 0xfe, link[1], link[0]
	case 8:
		for i := range link {
			out[i] = link[7-i]
		}
		out[0] ^= 2
	}
}

// multicast writes a group address.
func (x *inflater) multicast(out []byte, context bool, mode byte) {
	out[0] = 0xff
	switch {
	case context: // by prefix, RFC 3306; the prefix is not known
		b := x.take(6)
		out[1], out[2] = b[0], b[1]
		copy(out[12:], b[2:])
	case mode == 0:
		copy(out, x.take(16))
	case mode == 1:
		b := x.take(6)
		out[1] = b[0]
		copy(out[11:], b[1:])
	case mode == 2:
		b := x.take(4)
		out[1] = b[0]
		copy(out[13:], b[1:])
	case mode == 3:
		out[1], out[15] = 2, x.take(1)[0]
	}
}

// udp writes the UDP header that an encoding of RFC 6282 section 4.3 stands for
// and returns the length of both headers, 0 if something else is encoded.
func (x *inflater) udp() int {
	encoding := x.take(1)[0]
	if encoding>>3 != 0x1e {
		return 0
	}
	x.out[6] = protocolUDP
	out := x.out[ip6Header:]
	switch encoding & 3 {
	case 0:
		copy(out, x.take(4))
	case 1:
		b := x.take(3)
		out[0], out[1], out[2], out[3] = b[0], b[1], 0xf0, b[2]
	case 2:
		b := x.take(3)
		out[0], out[1], out[2], out[3] = 0xf0, b[0], b[1], b[2]
	case 3:
		b := x.take(1)
		out[0], out[1], out[2], out[3] = 0xf0, 0xb0|b[0]>>4, 0xf0, 0xb0|b[0]&15
	}
	if encoding&4 == 0 {
		copy(out[6:], x.take(2))
	}
	return ip6Header + udpHeader
}
