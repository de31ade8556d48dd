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

func isKNX(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 {
		return short(p)
	}
	if d[0] != 6 || d[1] != 0x10 || d[2] < 2 || d[2] > 9 || d[3] > 0x3f {
		return dpi.No
	}
	length := int(be.Uint16(d[4:]))
	if length < len(d) {
		return dpi.No
	}
	return verdictAt(p, length == len(d))
}
