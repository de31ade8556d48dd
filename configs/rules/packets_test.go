package rules

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"time"

	"mmt/dataplane"
)

// The parts of EtherTypes and IP protocol numbers that the traces use.
const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeIPv6 = 0x86dd

	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
	protoGRE  = 47
	protoSCTP = 132
)

// TCP flags.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
	urg
	ece
	cwr
)

// trace collects the packets of a golden test. Packets get the time at hand,
// which only wait moves.
type trace struct {
	packets []dataplane.Packet
	now     int64 // ns since 1970
}

// newTrace starts at a fixed time, so that traces are the same in every run.
func newTrace() *trace { return &trace{now: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()} }

// wait moves the time of the next packets.
func (t *trace) wait(d time.Duration) *trace {
	t.now += int64(d)
	return t
}

// frame adds an Ethernet frame, filled up to the 60 bytes that a card sees.
func (t *trace) frame(b []byte) *trace {
	if n := len(b); n < 60 {
		b = append(b[:n:n], make([]byte, 60-n)...)
	}
	t.packets = append(t.packets, dataplane.Packet{Data: b, Time: t.now, Len: uint32(len(b)), Link: dataplane.LinkEthernet})
	return t
}

// macOf makes a hardware address from an IP address.
func macOf(a netip.Addr) []byte {
	b := a.As16()
	return []byte{2, 0, b[12], b[13], b[14], b[15]}
}

// ether puts a payload into a frame.
func ether(dst, src []byte, typ uint16, payload []byte) []byte {
	b := append(append([]byte{}, dst...), src...)
	return append(binary.BigEndian.AppendUint16(b, typ), payload...)
}

// network is an IP header that can carry a payload.
type network interface {
	addresses() (src, dst netip.Addr)
	packet(proto byte, payload []byte) []byte
}

// ip adds an IP packet of either version with a payload as it is.
func (t *trace) ip(n network, proto byte, payload []byte) *trace {
	src, dst := n.addresses()
	typ := uint16(typeIPv4)
	if src.Is6() {
		typ = typeIPv6
	}
	return t.frame(ether(macOf(dst), macOf(src), typ, n.packet(proto, payload)))
}

// ip4 is an IPv4 header. What is zero gets a sane value.
type ip4 struct {
	src, dst string
	id       uint16
	ttl      int    // 64; -1: zero
	flags    uint16 // reserved 0x8000, don't fragment 0x4000, more fragments 0x2000
	offset   int    // of a fragment, bytes
	options  []byte // padded with zeros
	tos      byte
	version  byte // 4
	words    byte // length of the header in four bytes, as it is
	total    int  // whole length, as it is
}

func (h ip4) addresses() (src, dst netip.Addr) {
	return netip.MustParseAddr(h.src), netip.MustParseAddr(h.dst)
}

// or returns v, or what it stands for when it is zero.
func or(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

func (h ip4) packet(proto byte, payload []byte) []byte {
	src, dst := h.addresses()
	n := 20 + (len(h.options)+3)&^3
	b := make([]byte, n, n+len(payload))
	b[0] = byte(or(int(h.version), 4))<<4 | byte(or(int(h.words), n/4))
	b[1] = h.tos
	binary.BigEndian.PutUint16(b[2:], uint16(or(h.total, n+len(payload))))
	binary.BigEndian.PutUint16(b[4:], h.id)
	binary.BigEndian.PutUint16(b[6:], h.flags|uint16(h.offset/8))
	b[8], b[9] = byte(max(or(h.ttl, 64), 0)), proto
	copy(b[12:], src.AsSlice())
	copy(b[16:], dst.AsSlice())
	copy(b[20:], h.options)
	binary.BigEndian.PutUint16(b[10:], checksum(b))
	return append(b, payload...)
}

// ip6 is an IPv6 header, with extension headers before the payload where first
// tells the first of them.
type ip6 struct {
	src, dst   string
	hop        int    // 64; -1: zero
	extensions []byte // whose last next-header field is right
	first      byte
}

func (h ip6) addresses() (src, dst netip.Addr) {
	return netip.MustParseAddr(h.src), netip.MustParseAddr(h.dst)
}

func (h ip6) packet(proto byte, payload []byte) []byte {
	src, dst := h.addresses()
	b := make([]byte, 40)
	b[0] = 6 << 4
	binary.BigEndian.PutUint16(b[4:], uint16(len(h.extensions)+len(payload)))
	b[6], b[7] = proto, byte(max(or(h.hop, 64), 0))
	if len(h.extensions) > 0 {
		b[6] = h.first
	}
	copy(b[8:], src.AsSlice())
	copy(b[24:], dst.AsSlice())
	return append(append(b, h.extensions...), payload...)
}

// checksum is that of RFC 1071 over the parts, of which all but the last have an even
// length.
func checksum(parts ...[]byte) uint16 {
	var sum uint32
	for _, b := range parts {
		for ; len(b) > 1; b = b[2:] {
			sum += uint32(binary.BigEndian.Uint16(b))
		}
		if len(b) == 1 {
			sum += uint32(b[0]) << 8
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// transportSum is the checksum of TCP, UDP and ICMPv6 with their pseudo header.
func transportSum(n network, proto byte, b []byte) uint16 {
	src, dst := n.addresses()
	return checksum(src.AsSlice(), dst.AsSlice(), []byte{0, proto, byte(len(b) >> 8), byte(len(b))}, b)
}

// segment is a TCP segment. What is zero gets a sane value.
type segment struct {
	from, to uint16 // ports
	seq, ack uint32
	flags    byte
	window   uint16 // 64240
	urgent   uint16
	options  []byte // padded with zeros
	data     []byte
}

func (s segment) bytes(n network) []byte {
	header := 20 + (len(s.options)+3)&^3
	b := make([]byte, header, header+len(s.data))
	binary.BigEndian.PutUint16(b, s.from)
	binary.BigEndian.PutUint16(b[2:], s.to)
	binary.BigEndian.PutUint32(b[4:], s.seq)
	binary.BigEndian.PutUint32(b[8:], s.ack)
	b[12], b[13] = byte(header/4)<<4, s.flags
	binary.BigEndian.PutUint16(b[14:], uint16(or(int(s.window), 64240)))
	binary.BigEndian.PutUint16(b[18:], s.urgent)
	copy(b[20:], s.options)
	b = append(b, s.data...)
	binary.BigEndian.PutUint16(b[16:], transportSum(n, protoTCP, b))
	return b
}

// tcp adds a TCP segment.
func (t *trace) tcp(n network, s segment) *trace { return t.ip(n, protoTCP, s.bytes(n)) }

// udpBytes makes a UDP datagram.
func udpBytes(n network, from, to uint16, data []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, from)
	b = binary.BigEndian.AppendUint16(b, to)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(data)))
	b = append(append(b, 0, 0), data...)
	binary.BigEndian.PutUint16(b[6:], transportSum(n, protoUDP, b))
	return b
}

// udp adds a UDP datagram.
func (t *trace) udp(n network, from, to uint16, data []byte) *trace {
	return t.ip(n, protoUDP, udpBytes(n, from, to, data))
}

// icmpBytes makes an ICMP message; rest is the second word of its header.
func icmpBytes(typ, code byte, rest uint32, data []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{typ, code, 0, 0}, rest)
	b = append(b, data...)
	binary.BigEndian.PutUint16(b[2:], checksum(b))
	return b
}

// icmp adds an ICMP message.
func (t *trace) icmp(n network, typ, code byte, rest uint32, data []byte) *trace {
	return t.ip(n, protoICMP, icmpBytes(typ, code, rest, data))
}

// chunk makes an SCTP chunk, padded.
func chunk(typ, flags byte, value []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{typ, flags}, uint16(4+len(value)))
	b = append(b, value...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

// sctp adds an SCTP packet.
func (t *trace) sctp(n network, from, to uint16, tag uint32, chunks ...[]byte) *trace {
	b := binary.BigEndian.AppendUint16(nil, from)
	b = binary.BigEndian.AppendUint16(b, to)
	b = binary.BigEndian.AppendUint32(b, tag)
	b = append(b, 0, 0, 0, 0)
	for _, c := range chunks {
		b = append(b, c...)
	}
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	binary.LittleEndian.PutUint32(b[8:], sum) // RFC 9260 appendix A
	return t.ip(n, protoSCTP, b)
}

// arp is an ARP message between Ethernet hosts.
type arp struct {
	op                   uint16
	senderMAC, targetMAC string // "02:..." or "" for what the address gives
	sender, target       string // IPv4
	broadcast            bool   // of the frame
}

// hardware reads a MAC address, or makes it from an IP address.
func hardware(mac, ip string) []byte {
	if mac == "" {
		return macOf(netip.MustParseAddr(ip))
	}
	b := make([]byte, 6)
	for i := range b {
		b[i] = unhex(mac[3*i])<<4 | unhex(mac[3*i+1])
	}
	return b
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// arp adds an ARP message.
func (t *trace) arp(m arp) *trace {
	sha, tha := hardware(m.senderMAC, m.sender), hardware(m.targetMAC, m.target)
	b := binary.BigEndian.AppendUint16([]byte{0, 1, 8, 0, 6, 4}, m.op)
	b = append(append(b, sha...), netip.MustParseAddr(m.sender).AsSlice()...)
	b = append(append(b, tha...), netip.MustParseAddr(m.target).AsSlice()...)
	to := tha
	if m.broadcast {
		to = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	return t.frame(ether(to, sha, typeARP, b))
}
