package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// HARTIP is HART-IP, HCF_SPEC-085: version, message type, message id, status,
// sequence number, and the length of the whole.
var HARTIP = dpi.Protocol{
	ID:          id.HartIp,
	Name:        "hart_ip",
	Classifiers: over(50, isHARTIP, []uint16{5094}, true, id.Tcp, id.Udp),
}

func isHARTIP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 || d[0] < 1 || d[0] > 2 || d[2] > 5 && d[2] != 128 {
		return dpi.No
	}
	known := d[1] <= 2 || d[1] == 15
	length := int(be.Uint16(d[6:]))
	return yesIf(known && length >= 8 && length <= len(d))
}
