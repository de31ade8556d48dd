package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DNP3 is IEEE 1815: a link header of ten bytes that starts with 05 64 and ends
// with a CRC of its own.
var DNP3 = dpi.Protocol{
	ID:          id.Dnp3,
	Name:        "dnp3",
	Classifiers: over(100, isDNP3, []uint16{20000}, false, id.Tcp, id.Udp),
}

func isDNP3(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 10 {
		return short(p)
	}
	if d[0] != 0x05 || d[1] != 0x64 || d[2] < 5 {
		return dpi.No
	}
	return yesIf(^crc16Reflected(d[:8], 0xa6bc, 0) == le.Uint16(d[8:]))
}
