package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// CNPIP is the tunnelling of component network protocols, CEA-852: the length of
// the packet, version 1, its type, and the size of an extended header.
var CNPIP = dpi.Protocol{
	ID:          id.CnpIp,
	Name:        "cnp_ip",
	Classifiers: over(50, isCNPIP, []uint16{1628, 1629}, true, id.Tcp, id.Udp),
}

func isCNPIP(_ *dpi.Packet, d []byte) dpi.Verdict {
	return yesIf(len(d) >= 20 && int(be.Uint16(d)) == len(d) && d[2] == 1 && d[3] != 0 && int(d[4])*4+20 <= len(d))
}
