package report

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
)

// Protocol numbers of IP whose messages have types in place of ports.
const (
	protoICMP   = 1
	protoICMPv6 = 58
)

// Ends are the two ends of a flow as its first packet shows them.
type Ends struct {
	Proto            uint8 // IP protocol number
	Source, Dest     netip.Addr
	SrcPort, DstPort uint16 // of ICMP, type and code of the first message
}

// AppendCommunityID appends the Community ID (version 1) of a flow: the same for
// both directions, and for whatever else reports the flow with the same seed. It
// is the base64 form of the SHA-1 over seed, addresses, protocol number, a zero
// byte and, where the protocol has them, ports, all big endian, the smaller end
// first. Without addresses nothing is appended.
func AppendCommunityID(dst []byte, seed uint16, e *Ends) []byte {
	if !e.Source.IsValid() || !e.Dest.IsValid() {
		return dst
	}
	var buf [2 + 16 + 16 + 2 + 4]byte
	b := binary.BigEndian.AppendUint16(buf[:0], seed)
	src, dest, from, to := e.Source, e.Dest, e.SrcPort, e.DstPort
	oneWay := false
	if e.Proto == protoICMP || e.Proto == protoICMPv6 {
		from, to, oneWay = messagePorts(e.Proto, from, to)
	}
	if order := src.Compare(dest); !oneWay && (order > 0 || order == 0 && from > to) {
		src, dest, from, to = dest, src, to, from
	}
	b = appendRawAddr(appendRawAddr(b, src), dest)
	b = append(b, e.Proto, 0)
	if identifiesPorts(e.Proto) {
		b = binary.BigEndian.AppendUint16(b, from)
		b = binary.BigEndian.AppendUint16(b, to)
	}
	sum := sha1.Sum(b)
	return base64.StdEncoding.AppendEncode(append(dst, "1:"...), sum[:])
}

// identifiesPorts tells whether the ports of a protocol are part of a Community ID:
// those of ICMP, TCP, UDP and SCTP.
func identifiesPorts(proto uint8) bool {
	return isICMP(proto) || proto == 6 || proto == 17 || proto == 132
}

func appendRawAddr(dst []byte, a netip.Addr) []byte {
	if a.Is4() {
		v4 := a.As4()
		return append(dst, v4[:]...)
	}
	v6 := a.As16()
	return append(dst, v6[:]...)
}

// Pairs of types of messages, request and reply, each in both orders: RFC 792,
// 950, 1256; RFC 4443, 4861, 2710, 4620, 6275.
var (
	pairsICMP   = []byte{8, 0, 13, 14, 15, 16, 10, 9, 17, 18}
	pairsICMPv6 = []byte{128, 129, 133, 134, 135, 136, 130, 131, 144, 145, 139, 140}
)

// messagePorts returns what stands for the ports of an ICMP flow: the types of
// the message and of its answer. What has no answer goes one way, with type and
// code.
func messagePorts(proto uint8, kind, code uint16) (from, to uint16, oneWay bool) {
	pairs := pairsICMP
	if proto == protoICMPv6 {
		pairs = pairsICMPv6
	}
	i := bytes.IndexByte(pairs, byte(kind))
	if i < 0 {
		return kind, code, true
	}
	return kind, uint16(pairs[i^1]), false
}
