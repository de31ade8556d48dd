package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// EGD is Ethernet Global Data, GE GFK-2224: type 13, version 1, 32 bytes of
// header that end with a reserved word.
var EGD = dpi.Protocol{
	ID:          id.EthernetGlobalData,
	Name:        "ethernet_global_data",
	Classifiers: over(50, isEGD, []uint16{18246, 7937}, true, id.Udp),
}

func isEGD(_ *dpi.Packet, d []byte) dpi.Verdict {
	return yesIf(len(d) >= 32 && d[0] == 13 && d[1] == 1 && be.Uint32(d[28:]) == 0)
}
