package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DNP3 is IEEE 1815: a link header of ten bytes that starts with 05 64 and ends
// with a CRC of its own.
var DNP3 = dpi.Protocol{
	ID:   id.Dnp3,
	Name: "dnp3",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "destination", Type: dpi.U16, Pos: 4, Extract: dnp3Address(4)},
		{ID: 2, Name: "source", Type: dpi.U16, Pos: 6, Extract: dnp3Address(6)},
		{ID: 3, Name: "function_code", Type: dpi.U8, Pos: 12, Extract: dnp3Function},
	},
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

// dnp3Address reads an address of the link header, little endian.
func dnp3Address(pos int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		d := p.LayerBytes(layer)
		return isDNP3Link(d) && v.SetU(dpi.U16, uint64(le.Uint16(d[pos:])))
	}
}

// dnp3Function reads the function behind the transport header, which says that
// a fragment begins here, and the application's control byte.
func dnp3Function(p *dpi.Packet, layer int, v *dpi.Value) bool {
	const begins = 0x40
	d := p.LayerBytes(layer)
	return isDNP3Link(d) && len(d) > 12 && d[2] >= 8 && d[10]&begins != 0 && v.SetU(dpi.U8, uint64(d[12]))
}

// isDNP3Link tells whether d starts with a link header.
func isDNP3Link(d []byte) bool { return len(d) >= 10 && d[0] == 0x05 && d[1] == 0x64 }
