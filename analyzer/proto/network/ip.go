package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// minIPHeader is the length of an IPv4 header without options, RFC 791.
const minIPHeader = 20

// The fragmentation field of RFC 791 section 3.1.
const (
	flagReserved  = 0x8000
	flagDont      = 0x4000
	flagMore      = 0x2000
	fragmentUnits = 0x1fff // offset in units of eight bytes
)

// IP is IPv4, RFC 791.
var IP = dpi.Protocol{
	ID:         id.Ip,
	Name:       "ip",
	Attributes: ipAttributes,
	Next:       nextIP,
	Observe:    observeIP,
	State:      dpi.NewState[arrivals](nil),
}

// ipHeader returns the bytes of an IPv4 header, nil if b does not start with
// one.
func ipHeader(b []byte) []byte {
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
	b := ipHeader(p.Bytes(off))
	if b == nil {
		return dpi.Stop, off
	}
	if total := int(binary.BigEndian.Uint16(b[2:])); total >= len(b) {
		p.Limit(off + total) // total is 0 when the sender's card cuts segments
	}
	t := p.AddTuple(b[12:16], b[16:20], b[9])
	field := binary.BigEndian.Uint16(b[6:])
	t.Part = field&(flagMore|fragmentUnits) != 0
	if field&fragmentUnits != 0 {
		t.Fragment = true
		return dpi.Stop, off
	}
	return id.ByIPProtocol(b[9]), off + len(b)
}

func observeIP(p *dpi.Packet, layer int) {
	b := ipHeader(p.LayerBytes(layer))
	if b == nil {
		return
	}
	field := binary.BigEndian.Uint16(b[6:])
	if field&(flagMore|fragmentUnits) != 0 {
		p.CountFragment(layer)
	}
	if field&flagDont != 0 {
		p.CountDontFragment(layer)
	}
}
