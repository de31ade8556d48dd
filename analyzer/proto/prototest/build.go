package prototest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// Bytes joins parts to a message: byte, uint16, uint32 and uint64 in network
// byte order, int as one byte, []byte and string as they are.
func Bytes(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case byte:
			b = append(b, v)
		case int:
			b = append(b, byte(v))
		case uint16:
			b = binary.BigEndian.AppendUint16(b, v)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, v)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, v)
		case []byte:
			b = append(b, v...)
		case string:
			b = append(b, v...)
		default:
			panic(fmt.Sprintf("prototest: cannot make bytes of a %T", part))
		}
	}
	return b
}

// Hex returns the bytes of a hexadecimal text; white space is ignored.
func Hex(text string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		panic("prototest: " + err.Error())
	}
	return b
}

// The link addresses of built frames.
var (
	clientMAC = []byte{2, 0, 0, 0, 0, 1}
	serverMAC = []byte{2, 0, 0, 0, 0, 2}
)

// Frame builds an Ethernet frame from the client's to the server's address.
func Frame(etherType uint16, payload []byte) []byte {
	return Bytes(serverMAC, clientMAC, etherType, payload)
}

// IPPacket builds an Ethernet frame with an IPv4 or IPv6 packet, as the
// addresses are, that carries payload as protocol proto.
func IPPacket(proto uint8, src, dst netip.Addr, payload []byte) []byte {
	if src.Is4() {
		return Frame(0x0800, IP4(proto, src, dst, payload))
	}
	return Frame(0x86dd, IP6(proto, src, dst, payload))
}

// IP4 builds an IPv4 packet without options.
func IP4(proto uint8, src, dst netip.Addr, payload []byte) []byte {
	b := Bytes(byte(0x45), byte(0), uint16(20+len(payload)), uint16(1), uint16(0), byte(64), proto, uint16(0),
		src.AsSlice(), dst.AsSlice())
	binary.BigEndian.PutUint16(b[10:], Checksum(b, 0))
	return append(b, payload...)
}

// IP6 builds an IPv6 packet without extension headers.
func IP6(next uint8, src, dst netip.Addr, payload []byte) []byte {
	return Bytes(uint32(6<<28), uint16(len(payload)), next, byte(64), src.AsSlice(), dst.AsSlice(), payload)
}

// Checksum returns the Internet checksum of b (RFC 1071), start added.
func Checksum(b []byte, start uint32) uint16 {
	sum := start
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// UDPDatagram builds a UDP datagram without checksum.
func UDPDatagram(src, dst uint16, payload []byte) []byte {
	return Bytes(src, dst, uint16(8+len(payload)), uint16(0), payload)
}

// TCP flags of Segment.
const (
	FIN byte = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// TCPSegment builds a TCP segment without options and without checksum.
func TCPSegment(src, dst uint16, seq, ack uint32, flags byte, payload []byte) []byte {
	return Bytes(src, dst, seq, ack, byte(5<<4), flags, uint16(65535), uint16(0), uint16(0), payload)
}
