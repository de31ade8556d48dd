package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ptpHeader is the length of a header, IEEE 1588-2008 section 13.3.
const ptpHeader = 34

// PTP is the precision time protocol, version 2 (IEEE 1588-2008 and 2019), over
// UDP: events on port 319, general messages on port 320.
var PTP = dpi.Protocol{
	ID:   id.Ptpv2,
	Name: "ptpv2",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{319, 320}, Only: true, Classify: classifyPTP},
	},
}

// classifyPTP asks for version 2, a type of message that exists, and the
// message's length, behind which the datagram may be padded.
func classifyPTP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 || d[1]&15 != 2 {
		return dpi.No
	}
	kind, n := d[0]&15, be16(d[2:])
	return verdict((kind <= 3 || kind >= 8 && kind <= 13) && n >= ptpHeader && n <= sentLength(p, d))
}
