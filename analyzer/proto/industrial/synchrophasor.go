package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Synchrophasor is IEEE C37.118.2: a sync byte 0xAA, frame type and version, the
// frame's size, and a CRC-CCITT at its end.
var Synchrophasor = dpi.Protocol{
	ID:          id.IeeeC37118,
	Name:        "ieee_c37118",
	Classifiers: over(100, isSynchrophasor, []uint16{4712, 4713}, false, id.Tcp, id.Udp),
}

func isSynchrophasor(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 16 {
		return short(p)
	}
	if d[0] != 0xaa || d[1]&0x80 != 0 || d[1]>>4 > 5 || d[1]&15 == 0 || d[1]&15 > 3 {
		return dpi.No
	}
	size := int(be.Uint16(d[2:]))
	if size < 16 {
		return dpi.No
	}
	if size > len(d) {
		return short(p)
	}
	return yesIf(crc16(d[:size-2], 0x1021, 0xffff) == be.Uint16(d[size-2:]))
}
