package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// bfdHeader is the length of the mandatory section of a control packet, RFC
// 5880 section 4.1.
const bfdHeader = 24

// bfdEchoPort is where a system sends what its neighbour is to send back.
const bfdEchoPort = 3785

// BFD is bidirectional forwarding detection, RFC 5880: single hop (RFC 5881),
// multihop (RFC 5883), on link aggregation groups (RFC 7130), seamless (RFC
// 7881).
var BFD = dpi.Protocol{
	ID:   id.Bfd,
	Name: "bfd",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{3784, 4784, 6784, 7784}, Only: true, Classify: classifyBFD},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{bfdEchoPort}, Only: true, Classify: classifyBFDEcho},
	},
}

// classifyBFD asks for version 0 or 1, a diagnostic that is assigned, and the
// length of the datagram.
func classifyBFD(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= bfdHeader && d[0]>>5 <= 1 && d[0]&31 <= 9 && d[2] > 0 && int(d[3]) == len(d))
}

// classifyBFDEcho knows an echo, whose content is the sender's own affair, by
// its addresses: it is sent to be routed back, from the sender to itself (RFC
// 5881 section 4).
func classifyBFDEcho(p *dpi.Packet, _ []byte) dpi.Verdict {
	t := p.Tuple()
	return verdict(t.DstPort == bfdEchoPort && t.Src == t.Dst)
}
