package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// VNC is the Remote Framebuffer protocol (RFC 6143), told by the version that
// both sides open with.
var VNC = dpi.Protocol{
	ID:          id.Vnc,
	Name:        "vnc",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{5900, 5901}, Classify: classifyVNC}},
}

// classifyVNC expects "RFB 003.008\n", RFC 6143 section 7.1.1.
func classifyVNC(_ *dpi.Packet, d []byte) dpi.Verdict {
	const pattern = "RFB ###.###\n"
	for i := range min(len(d), len(pattern)) {
		if c := pattern[i]; c != d[i] && (c != '#' || !isDigit(d[i])) {
			return dpi.No
		}
	}
	if len(d) < len(pattern) {
		return dpi.More
	}
	return dpi.Yes
}
