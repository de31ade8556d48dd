package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// minIPHeader is the length of an IPv4 header without options, RFC 791.
const minIPHeader = 20

// IP is IPv4, RFC 791.
var IP = dpi.Protocol{
	ID:   id.Ip,
	Name: "ip",
	Next: nextIP,
}

// ipHeader returns the bytes of an IPv4 header at off, nil if there is none.
func ipHeader(p *dpi.Packet, off int) []byte {
	b := p.Bytes(off)
	if len(b) < minIPHeader || b[0]>>4 != 4 {
		return nil
	}
	n := int(b[0]&15) * 4
	if n < minIPHeader || n > len(b) {
		return nil
	}
	return b[:n]
}

func nextIP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := ipHeader(p, off)
	if b == nil {
		return dpi.Stop, off
	}
	if total := int(binary.BigEndian.Uint16(b[2:])); total >= len(b) {
		p.Limit(off + total) // total is 0 when the sender's card cuts segments
	}
	t := p.AddTuple(b[12:16], b[16:20], b[9])
	if binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
		t.Fragment = true
		return dpi.Stop, off
	}
	return id.ByIPProtocol(b[9]), off + len(b)
}
