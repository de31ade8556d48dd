package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// glbpHeader is the length of a GLBP header: version, a reserved byte, group
// (two bytes), two reserved bytes, and the sender's link address.
const glbpHeader = 12

// GLBP is Cisco's gateway load balancing protocol. It is not published; the
// form is that of captures.
var GLBP = dpi.Protocol{
	ID:   id.Glbp,
	Name: "glbp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{3222}, Only: true, Classify: classifyGLBP},
	},
}

// classifyGLBP asks for version 1 and elements (hello, request and response,
// authentication) that fill the message.
func classifyGLBP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) <= glbpHeader || d[0] != 1 || d[4] != 0 || d[5] != 0 {
		return dpi.No
	}
	n, whole := tlvShape{tag: 1, size: 1, whole: true}.chain(d[glbpHeader:])
	return verdict(n > 0 && whole && d[glbpHeader] <= 4)
}
