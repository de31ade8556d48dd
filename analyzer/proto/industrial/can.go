package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// CAN is CAN over Ethernet: datagrams that start with the name of the standard,
// ISO11898.
var CAN = dpi.Protocol{
	ID:          id.Can,
	Name:        "can",
	Classifiers: over(100, isCAN, []uint16{11898}, false, id.Udp),
}

func isCAN(_ *dpi.Packet, d []byte) dpi.Verdict {
	return yesIf(len(d) >= 14 && string(d[:8]) == "ISO11898")
}
