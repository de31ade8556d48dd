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

// zoomOffset returns where RTP starts behind the kind of media, 0 if the kind is
// not known: sound, images, a shared screen.
func zoomOffset(kind byte) int {
	switch kind {
	case 15:
		return 19
	case 16:
		return 24
	case 13:
		return 27
	case 30:
		return 20
	}
	return 0
}

// zoomStream judges media in a flow that was joined in the middle: packets of
// RTP, at the place where the kind of media says, that follow each other.
func zoomStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if !onZoomPort(p) {
		return dpi.No
	}
	off := zoomOffset(d[zoomMediaAt])
	if off == 0 || len(d) < zoomMediaAt+off+rtpFixed {
		return moreUnless(p.Asked(p.Dir) > 8)
	}
	h, ok := parseRTP(d[zoomMediaAt+off:])
	if !ok || h.kind < 96 {
		return dpi.No
	}
	memo := p.Memo(id.Zoom)
	m := rtpMemo(*memo)
	steps := m.step(&h, p.Dir)
	*memo = uint32(m)
	return yesOrMore(steps > 0)
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
