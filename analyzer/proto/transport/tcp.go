package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// minTCPHeader is the length of a TCP header without options, RFC 9293
// section 3.1.
const minTCPHeader = 20

// TCP is RFC 9293. What a packet means to its connection, the session table
// tells.
var TCP = dpi.Protocol{
	ID:         id.Tcp,
	Name:       "tcp",
	Attributes: tcpAttributes,
	Stream:     true,
	Next:       nextTCP,
}

// tcpHeader returns the bytes of a TCP header with its options, nil if b does
// not start with one.
func tcpHeader(b []byte) []byte {
	if len(b) < minTCPHeader {
		return nil
	}
	n := int(b[12]>>4) * 4
	if n < minTCPHeader || n > len(b) {
		return nil
	}
	return b[:n]
}

func nextTCP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < minTCPHeader {
		return dpi.Stop, off
	}
	p.SetPorts(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
	h := tcpHeader(b)
	if h == nil {
		return dpi.Stop, off
	}
	return payloadOrINT(p, off+len(h))
}
