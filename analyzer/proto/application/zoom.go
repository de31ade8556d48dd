package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Zoom is what the clients of Zoom speak with its media servers and with each
// other (known from traces and from Michel et al., "Enabling Passive Measurement
// of Zoom Performance in Production Networks", 2022).
var Zoom = dpi.Protocol{
	ID:      id.Zoom,
	Name:    "zoom",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 85, Ports: zoomPorts, Classify: classifyZoom},
	},
}

var zoomPorts = []uint16{8801, 8802, 8803, 8804, 8805, 8806, 8807, 8808, 8809, 8810}

// Parts of messages with a server: kind 1 greets, kind 2 answers, both are
// followed by 0 and 3 and by 16 bytes that name the connection; kind 5 carries
// media behind 8 bytes.
const (
	zoomHello    = 1
	zoomAnswer   = 2
	zoomMedia    = 5
	zoomName     = 16
	zoomMediaAt  = 8
	zoomPeerText = 24 // of a message between clients: length and text of an address
	zoomGUID     = 36
)

// classifyZoom judges a datagram by its first byte.
func classifyZoom(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < zoomPeerText {
		return dpi.No
	}
	switch d[0] {
	case zoomHello, zoomAnswer:
		return zoomGreeting(p, d)
	case zoomMedia:
		return zoomStream(p, d)
	case 0x1f:
		return verdict(d[1] == 2 && isZoomPeer(d))
	}
	return dpi.No
}

// zoomGreeting judges a greeting: on its ports it is enough, elsewhere both
// directions must name the same connection.
func zoomGreeting(p *dpi.Packet, d []byte) dpi.Verdict {
	if d[1] != 0 || d[2] != 3 {
		return dpi.No
	}
	if onZoomPort(p) {
		return dpi.Yes
	}
	first, n := p.First(p.Dir ^ 1)
	if n == 0 {
		return dpi.More
	}
	return verdict(n > 3+zoomName && first[0]^d[0] == zoomHello^zoomAnswer && string(first[1:3+zoomName]) == string(d[1:3+zoomName]))
}

func onZoomPort(p *dpi.Packet) bool {
	for _, port := range zoomPorts {
		if p.HasPort(port) {
			return true
		}
	}
	return false
}

// zoomStream judges media in a flow that was joined in the middle: packets of
// one connection and direction that count up.
func zoomStream(p *dpi.Packet, d []byte) dpi.Verdict {
	const constant, direction = 3, 7 // where what does not change begins and ends
	if !onZoomPort(p) || d[direction] != 0 && d[direction] != 4 {
		return dpi.No
	}
	if p.Asked(p.Dir) <= 1 {
		return dpi.More
	}
	first, n := p.First(p.Dir)
	if n <= zoomMediaAt || first[0] != zoomMedia || string(first[constant:zoomMediaAt]) != string(d[constant:zoomMediaAt]) {
		return dpi.No
	}
	ahead := be16(d[1:]) - be16(first[1:])
	return yesOrMore(ahead > 0 && ahead < 32)
}

// isZoomPeer tells whether d, a message between clients, has an address in text
// and a name of the form of a GUID, each behind its length.
func isZoomPeer(d []byte) bool {
	r := wireReader{b: d[zoomPeerText:]}
	addr := r.vector(4)
	name := r.vector(4)
	_, ok := parseAddr(addr)
	return ok && !r.bad && len(name) == zoomGUID && name[8] == '-' && name[13] == '-'
}
