package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TriStation is the protocol of Triconex safety controllers over UDP: type,
// length of the data, data, and a CRC-16 over all.
var TriStation = dpi.Protocol{
	ID:          id.Tristation,
	Name:        "tristation",
	Classifiers: over(100, isTriStation, []uint16{1502}, true, id.Udp),
}

func isTriStation(_ *dpi.Packet, d []byte) dpi.Verdict {
	n := len(d)
	if n < 6 || d[1] != 0 || d[0] == 0 || d[0] > 14 || int(le.Uint16(d[2:])) != n-6 {
		return dpi.No
	}
	return yesIf(crc16Reflected(d[:n-2], 0xa001, 0) == le.Uint16(d[n-2:]))
}
