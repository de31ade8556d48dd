package traffic

import "net/netip"

// IP protocol numbers and IPv6 extension headers.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIGMP     = 2
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoICMPv6   = 58
	protoNoNext   = 59
	protoDestOpts = 60
	protoSCTP     = 132
)

// Bits of the IPv4 fragment word.
const (
	dontFragment  = 0x4000
	moreFragments = 0x2000
)

// ip4 is an IPv4 header; build works out lengths and checksum.
type ip4 struct {
	src, dst   netip.Addr
	proto, ttl byte
	tos        byte
	id         uint16
	frag       uint16 // flags, and the offset in units of 8 bytes
	options    []byte // padded with end-of-options to a multiple of 4
}

func (h ip4) build(payload []byte) wire {
	options := wire(h.options).align(4)
	n := 20 + len(options)
	w := make(wire, 0, n+len(payload)).
		u8(0x40|byte(n/4), h.tos).u16(uint16(n+len(payload)), h.id, h.frag).
		u8(h.ttl, h.proto).u16(0).raw(h.src.AsSlice()).raw(h.dst.AsSlice()).raw(options)
	put16(w, 10, checksum(w))
	return w.raw(payload)
}

// ext6 is an IPv6 extension header: its own number and all that follows its
// first two bytes. build pads it to a multiple of 8.
type ext6 struct {
	kind byte
	body []byte
}

// ip6 is an IPv6 header with its extension headers in order.
type ip6 struct {
	src, dst  netip.Addr
	proto     byte // of the payload, after all extension headers
	hopLimit  byte
	class     byte
	flowLabel uint32
	ext       []ext6
}

func (h ip6) build(payload []byte) wire {
	next, chain := h.chain()
	w := make(wire, 0, 40+len(chain)+len(payload)).
		u32(6<<28|uint32(h.class)<<20|h.flowLabel&0xfffff).
		u16(uint16(len(chain)+len(payload))).u8(next, h.hopLimit).
		raw(h.src.AsSlice()).raw(h.dst.AsSlice())
	return w.raw(chain).raw(payload)
}

// chain links the extension headers from the last to the first.
func (h ip6) chain() (next byte, chain wire) {
	next = h.proto
	for i := len(h.ext) - 1; i >= 0; i-- {
		e := h.ext[i]
		header := wire{}.u8(next, 0).raw(e.body).align(8)
		if e.kind != protoFragment {
			header[1] = byte(len(header)/8 - 1)
		}
		chain = header.raw(chain)
		next = e.kind
	}
	return next, chain
}

// fragment4 cuts an IPv4 packet into fragments that carry at most size bytes,
// a multiple of 8.
func fragment4(packet []byte, size int) []wire {
	var out []wire
	n := len(packet) - int(packet[0]&15)*4
	for at := 0; at < n; at += size {
		out = append(out, piece4(packet, at, min(at+size, n)))
	}
	return out
}

// piece4 is the fragment that carries the bytes from..to of the payload of an
// IPv4 packet, whose options it repeats.
func piece4(packet []byte, from, to int) wire {
	n := int(packet[0]&15) * 4
	frag := uint16(from / 8)
	if n+to < len(packet) {
		frag |= moreFragments
	}
	w := make(wire, 0, n+to-from).raw(packet[:n]).raw(packet[n+from : n+to])
	put16(w, 2, uint16(len(w)))
	put16(w, 6, frag)
	put16(w, 10, 0)
	put16(w, 10, checksum(w[:n]))
	return w
}

// fragment6 cuts a payload into IPv6 packets with fragment headers behind the
// other extension headers (RFC 8200 section 4.5).
func fragment6(h ip6, id uint32, payload []byte, size int) []wire {
	var out []wire
	ext := h.ext
	for at := 0; at < len(payload); at += size {
		end := min(at+size, len(payload))
		word := uint16(at)
		if end < len(payload) {
			word |= 1
		}
		h.ext = append(ext[:len(ext):len(ext)], ext6{protoFragment, wire{}.u16(word).u32(id)})
		out = append(out, h.build(payload[at:end]))
	}
	return out
}
