package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// KNX is KNXnet/IP, EN 13321-2: header length 6, version 1.0, a service, and the
// length of the whole.
var KNX = dpi.Protocol{
	ID:          id.KnxnetIp,
	Name:        "knxnet_ip",
	Classifiers: over(80, isKNX, []uint16{3671}, false, id.Udp, id.Tcp),
}

func isKNX(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 || d[0] != 6 || d[1] != 0x10 || int(be.Uint16(d[4:])) != len(d) {
		return dpi.No
	}
	return yesIf(d[2] >= 2 && d[2] <= 9 && d[3] <= 0x3f)
}
