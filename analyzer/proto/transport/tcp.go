package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// minTCPHeader is the length of a TCP header without options, RFC 9293
// section 3.1.
const minTCPHeader = 20

// TCP is RFC 9293.
var TCP = dpi.Protocol{
	ID:     id.Tcp,
	Name:   "tcp",
	Stream: true,
	Next:   nextTCP,
}

func nextTCP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < minTCPHeader {
		return dpi.Stop, off
	}
	p.SetPorts(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
	n := int(b[12]>>4) * 4
	if n < minTCPHeader || n > len(b) {
		return dpi.Stop, off
	}
	return dpi.ByFlow, off + n
}
