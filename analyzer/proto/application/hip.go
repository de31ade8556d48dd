package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// hipPort is where HIP control packets go through NAT, RFC 5770 section 4.1.
const hipPort = 10500

// hipHeader is the length of a header, RFC 7401 section 5.1.
const hipHeader = 40

// HIP is the host identity protocol over UDP (RFC 5770): four zeros, then a
// control packet of RFC 7401.
var HIP = dpi.Protocol{
	ID:   id.Hip,
	Name: "hip",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{hipPort}, Classify: classifyHIP},
	},
}

// classifyHIP asks for the header's next protocol (none), its length, a type of
// packet and the version.
func classifyHIP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4+hipHeader || be32(d) != 0 || d[4] != 59 {
		return dpi.No
	}
	d = d[4:]
	return verdict((int(d[1])+1)*8 == len(d) && d[2]&0x80 == 0 && d[3]&0x0f == 1 && d[3]>>4 >= 1 && d[3]>>4 <= 2)
}
