package bpf

import "encoding/binary"

// Lengths and numbers as in c/packet.h, where the sources of kernel code are.
const (
	etherHeader   = 14
	vlanTag       = 4
	vlanTags      = 2
	ip4Header     = 20
	ip6Header     = 40
	ip6Extensions = 8
	tcpHeader     = 20
	tcpFlags      = 13
	udpHeader     = 8

	typeIP4     = 0x0800
	typeIP6     = 0x86dd
	typeVLAN    = 0x8100
	typeQinQ    = 0x88a8
	typeQinQOld = 0x9100

	protoHopByHop = 0
	protoICMP     = 1
	protoTCP      = 6
	protoUDP      = 17
	protoDCCP     = 33
	protoRouting  = 43
	protoFragment = 44
	protoAuth     = 51
	protoICMP6    = 58
	protoDest     = 60
	protoSCTP     = 132
	protoMobility = 135
	protoUDPLite  = 136
	protoHIP      = 139
	protoShim6    = 140
)

// kind is what a frame turns out to be.
type kind uint8

const (
	kindIP kind = iota
	kindNonIP
	kindDamaged
)

// header is what the prefilter reads of a frame.
type header struct {
	src, dst     number
	sport, dport uint16
	protocol     uint8
	ip6          bool
	undecided    bool // the protocol has ports but they cannot be known
	shape        prefilterShape
	flags        uint8 // of TCP
	icmp         uint8 // type of an ICMP message
	looked       bool  // flags or icmp have been read
}

// classes of protocols whose header starts with two ports.
const classes = 4

// classOf returns the class of a protocol, 1 to classes, or 0.
func classOf(protocol uint8) int {
	switch protocol {
	case protoTCP:
		return 1
	case protoUDP:
		return 2
	case protoSCTP:
		return 3
	case protoDCCP, protoUDPLite:
		return 4
	}
	return 0
}

func isVLAN(t uint16) bool { return t == typeVLAN || t == typeQinQ || t == typeQinQOld }

// isExtension says whether a next header value is an extension header that can
// be passed over, RFC 8200 section 4 and the registry it refers to.
func isExtension(next uint8) bool {
	switch next {
	case protoHopByHop, protoRouting, protoFragment, protoAuth, protoDest, protoMobility, protoHIP, protoShim6:
		return true
	}
	return false
}

// decode reads a frame from Ethernet to ports.
func (h *header) decode(b []byte) kind {
	if len(b) < etherHeader {
		return kindDamaged
	}
	return h.network(binary.BigEndian.Uint16(b[12:]), b[etherHeader:])
}

// network reads what an EtherType announces.
func (h *header) network(t uint16, b []byte) kind {
	for range vlanTags {
		if !isVLAN(t) {
			break
		}
		if len(b) < vlanTag {
			return kindDamaged
		}
		t = binary.BigEndian.Uint16(b[2:])
		b = b[vlanTag:]
	}
	switch {
	case t == typeIP4:
		return h.decode4(b)
	case t == typeIP6:
		return h.decode6(b)
	case isVLAN(t):
		return kindDamaged
	}
	return kindNonIP
}

func (h *header) decode4(b []byte) kind {
	if len(b) < ip4Header || b[0]>>4 != 4 {
		return kindDamaged
	}
	size := int(b[0]&15) * 4
	if size < ip4Header || size > len(b) {
		return kindDamaged
	}
	h.src = number{0, 0xffff<<32 | uint64(binary.BigEndian.Uint32(b[12:]))}
	h.dst = number{0, 0xffff<<32 | uint64(binary.BigEndian.Uint32(b[16:]))}
	h.protocol = b[9]
	if size > ip4Header {
		h.shape |= prefilterShapeHAS_OPTIONS
	}
	if binary.BigEndian.Uint16(b[6:])&0x3fff != 0 { // more fragments, or an offset
		h.shape |= prefilterShapeIS_FRAGMENT
		h.undecided = true
		return kindIP
	}
	h.ports(b[size:])
	return kindIP
}

func (h *header) decode6(b []byte) kind {
	if len(b) < ip6Header || b[0]>>4 != 6 {
		return kindDamaged
	}
	h.ip6 = true
	h.shape = prefilterShapeIS_IP6
	h.src = number{binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])}
	h.dst = number{binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[32:])}
	return h.extensions(b[6], b[ip6Header:])
}

// extensions goes through extension headers to the transport header.
func (h *header) extensions(next uint8, b []byte) kind {
	for range ip6Extensions {
		if !isExtension(next) {
			break
		}
		if len(b) < 8 {
			return kindDamaged
		}
		if next == protoFragment && binary.BigEndian.Uint16(b[2:])&0xfff9 != 0 {
			h.shape |= prefilterShapeIS_FRAGMENT
			h.protocol, h.undecided = b[0], true
			return kindIP
		}
		size := extensionLen(next, b[1])
		next = b[0]
		b = b[min(size, len(b)):]
	}
	if isExtension(next) {
		return kindDamaged
	}
	h.protocol = next
	h.ports(b)
	return kindIP
}

// extensionLen returns the length of an extension header from its length field.
func extensionLen(kind, units uint8) int {
	switch kind {
	case protoFragment:
		return 8
	case protoAuth: // in words of 32 bits, RFC 4302 section 2.2
		return (int(units) + 2) * 4
	}
	return (int(units) + 1) * 8
}

// ports reads the ports of a transport header, and TCP flags.
func (h *header) ports(b []byte) {
	switch {
	case classOf(h.protocol) == 0:
		h.message(b)
		return
	case len(b) < 4:
		h.undecided = true
		return
	}
	h.sport, h.dport = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if h.protocol == protoTCP && len(b) > tcpFlags {
		h.flags, h.looked = b[tcpFlags], true
	}
}

// message reads the type of an ICMP message.
func (h *header) message(b []byte) {
	if (h.protocol == protoICMP || h.protocol == protoICMP6) && len(b) > 0 {
		h.icmp, h.looked = b[0], true
	}
}
