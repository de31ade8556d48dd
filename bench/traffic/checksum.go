package traffic

import (
	"encoding/binary"
	"net/netip"
)

// sum16 adds the 16-bit words of b to acc, an odd last byte padded with zero
// (RFC 1071). Packets are too short for acc to overflow.
func sum16(acc uint32, b []byte) uint32 {
	for ; len(b) > 1; b = b[2:] {
		acc += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		acc += uint32(b[0]) << 8
	}
	return acc
}

// fold ends a sum with carries and complement.
func fold(acc uint32) uint16 {
	for acc > 0xffff {
		acc = acc>>16 + acc&0xffff
	}
	return ^uint16(acc)
}

func checksum(b []byte) uint16 { return fold(sum16(0, b)) }

// pseudoSum is the sum of the IPv4 or IPv6 pseudo header (RFC 9293 section
// 3.1, RFC 8200 section 8.1).
func pseudoSum(src, dst netip.Addr, proto byte, n int) uint32 {
	acc := sum16(0, src.AsSlice())
	acc = sum16(acc, dst.AsSlice())
	return acc + uint32(proto) + uint32(n)
}

// transportSum is the checksum of a segment whose checksum field is zero.
func transportSum(src, dst netip.Addr, proto byte, segment []byte) uint16 {
	return fold(sum16(pseudoSum(src, dst, proto, len(segment)), segment))
}

func put16(b []byte, at int, v uint16) { binary.BigEndian.PutUint16(b[at:], v) }
