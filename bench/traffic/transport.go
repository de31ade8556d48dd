package traffic

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// TCP flags.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
	urg
)

// tcpSegment is a TCP header; build works out offset and checksum.
type tcpSegment struct {
	srcPort, dstPort uint16
	seq, ack         uint32
	flags            byte
	window           uint16
	urgent           uint16
	options          []byte // padded to a multiple of 4
}

func (h tcpSegment) build(src, dst netip.Addr, payload []byte) wire {
	options := wire(h.options).align(4)
	n := 20 + len(options)
	w := make(wire, 0, n+len(payload)).
		u16(h.srcPort, h.dstPort).u32(h.seq, h.ack).u8(byte(n/4)<<4, h.flags).
		u16(h.window, 0, h.urgent).raw(options).raw(payload)
	put16(w, 16, transportSum(src, dst, protoTCP, w))
	return w
}

// TCP options.
func tcpMSS(n uint16) wire { return wire{}.u8(2, 4).u16(n) }

func tcpTimestamps(val, echo uint32) wire { return wire{}.u8(1, 1, 8, 10).u32(val, echo) }

func tcpSACK(from, to uint32) wire { return wire{}.u8(1, 1, 5, 10).u32(from, to) }

// tcpSynOptions are those that a present-day host opens with: segment size,
// selective acknowledgement, timestamps, window scale.
func tcpSynOptions(mss uint16, val, echo uint32, scale byte) wire {
	return tcpMSS(mss).u8(4, 2, 8, 10).u32(val, echo).u8(1, 3, 3, scale)
}

// udp builds a datagram with its checksum; a sum of zero is sent as all ones
// (RFC 768).
func udp(src, dst netip.Addr, srcPort, dstPort uint16, payload []byte) wire {
	w := udpNoSum(srcPort, dstPort, payload)
	sum := transportSum(src, dst, protoUDP, w)
	if sum == 0 {
		sum = 0xffff
	}
	put16(w, 6, sum)
	return w
}

// udpNoSum builds a datagram whose sender did not compute a checksum, which
// tunnels over IPv4 may do.
func udpNoSum(srcPort, dstPort uint16, payload []byte) wire {
	return make(wire, 0, 8+len(payload)).
		u16(srcPort, dstPort, uint16(8+len(payload)), 0).raw(payload)
}

// icmp4 builds an ICMP message; rest is the word after the checksum.
func icmp4(typ, code byte, rest uint32, body []byte) wire {
	w := wire{}.u8(typ, code).u16(0).u32(rest).raw(body)
	put16(w, 2, checksum(w))
	return w
}

// icmp6 builds an ICMPv6 message, whose checksum covers a pseudo header.
func icmp6(src, dst netip.Addr, typ, code byte, rest uint32, body []byte) wire {
	w := wire{}.u8(typ, code).u16(0).u32(rest).raw(body)
	put16(w, 2, transportSum(src, dst, protoICMPv6, w))
	return w
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sctpPacket builds an SCTP packet of chunks, with the CRC-32c of RFC 9260
// appendix A, which travels with its low byte first.
func sctpPacket(srcPort, dstPort uint16, tag uint32, chunks ...wire) wire {
	w := wire{}.u16(srcPort, dstPort).u32(tag, 0)
	for _, c := range chunks {
		w = w.raw(c)
	}
	binary.LittleEndian.PutUint32(w[8:], crc32.Checksum(w, castagnoli))
	return w
}

// sctpChunk builds a chunk, padded to 4 bytes outside its length.
func sctpChunk(typ, flags byte, body []byte) wire {
	return wire{}.u8(typ, flags).u16(uint16(4 + len(body))).raw(body).align(4)
}

// gre builds a GRE header (RFC 2784, RFC 2890); a key of zero is left out.
func gre(typ uint16, key uint32, payload []byte) wire {
	if key == 0 {
		return wire{}.u16(0, typ).raw(payload)
	}
	return wire{}.u16(0x2000, typ).u32(key).raw(payload)
}

// vxlan builds a VXLAN header (RFC 7348) before an Ethernet frame.
func vxlan(vni uint32, frame []byte) wire {
	return wire{}.u32(0x08000000, vni<<8).raw(frame)
}

// gtpU builds a GTP-U G-PDU (3GPP TS 29.281 section 5.1) with the PDU session
// container of TS 38.415 that carries the QoS flow identifier.
func gtpU(teid uint32, uplink bool, qfi byte, ip []byte) wire {
	pduType := byte(0)
	if uplink {
		pduType = 1
	}
	ext := wire{}.u16(0).u8(0, 0x85).u8(1, pduType<<4, qfi, 0)
	return wire{}.u8(0x34, 0xff).u16(uint16(len(ext) + len(ip))).u32(teid).raw(ext).raw(ip)
}

// gtpUPlain is a G-PDU without any optional field, as in 4G.
func gtpUPlain(teid uint32, ip []byte) wire {
	return wire{}.u8(0x30, 0xff).u16(uint16(len(ip))).u32(teid).raw(ip)
}
