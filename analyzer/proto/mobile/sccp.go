package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SCCP is the signalling connection control part, ITU-T Q.713.
var SCCP = dpi.Protocol{
	ID:   id.Sccp,
	Name: "sccp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "message_type", Type: dpi.U8, Pos: 0},
	},
	Next: nextSCCP,
}

// sccpUnits says of the messages that carry data where the pointer to the
// called party's address is, and the pointer to the data (Q.713 sections 4.2 to
// 4.25). Pointers count from themselves.
var sccpUnits = [...]struct{ called, data int }{
	6:  {0, 5}, // DT1: destination reference, segmenting
	9:  {2, 4}, // UDT: class
	10: {2, 4}, // UDTS: reason
	17: {3, 5}, // XUDT: class, hop counter
	18: {3, 5}, // XUDTS
}

// nextSCCP tells the user of the data: by the called party's subsystem, else by
// how the data looks.
func nextSCCP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	if len(d) == 0 || int(d[0]) >= len(sccpUnits) || sccpUnits[d[0]].data == 0 {
		return dpi.Stop, off
	}
	unit := sccpUnits[d[0]]
	from, data := variablePart(d, unit.data)
	if data == nil {
		return dpi.Stop, off
	}
	if user := subsystemUser(d, unit.called); user != dpi.Stop {
		return user, off + from
	}
	return dataUser(data), off + from
}

// variablePart returns a variable part and where it starts: its pointer is at
// at, and its length in its first octet.
func variablePart(d []byte, at int) (from int, part []byte) {
	if at >= len(d) {
		return 0, nil
	}
	from = at + int(d[at])
	if from >= len(d) || from+1+int(d[from]) > len(d) || d[from] == 0 {
		return 0, nil
	}
	return from + 1, d[from+1 : from+1+int(d[from])]
}

// subsystemUser tells the protocol of the subsystem that an address names (TS
// 23.003 section 8.2). An address starts with an octet that says whether it has
// a point code and a subsystem number.
func subsystemUser(d []byte, at int) dpi.ProtocolID {
	if at == 0 {
		return dpi.Stop
	}
	_, address := variablePart(d, at)
	if len(address) < 2 || address[0]&2 == 0 {
		return dpi.Stop
	}
	number := 1
	if address[0]&1 != 0 {
		number += 2
	}
	if number >= len(address) {
		return dpi.Stop
	}
	switch address[number] {
	case 5, 6, 7, 8, 9, 10, 145, 146, 147, 148, 149, 150, 232, 241, 248, 249, 252, 253: // mobile application part, CAMEL, INAP
		return id.Tcap
	case 142:
		return id.Ranap
	case 254:
		return id.Bssap
	}
	return dpi.Stop
}

// dataUser tells RANAP and BSSAP (TS 48.006 section 9.3: a discrimination bit,
// for direct transfer a link, and the length) by how they look.
func dataUser(data []byte) dpi.ProtocolID {
	n := len(data)
	switch {
	case looksAP(data, false):
		return id.Ranap
	case n > 2 && data[0] == 0 && int(data[1]) == n-2, n > 3 && data[0] == 1 && int(data[2]) == n-3:
		return id.Bssap
	}
	return dpi.Stop
}
