package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// httpPorts are the ports where a stream that was joined in the middle is
// searched for the next message.
var httpPorts = []uint16{80, 81, 591, 631, 3128, 8000, 8008, 8080, 8081, 8088, 8888}

// HTTP is the Hypertext Transfer Protocol 0.9 headers on, up to 1.1 (RFC 9110,
// RFC 9112), with its extensions that add methods (WebDAV, UPnP and others).
var HTTP = dpi.Protocol{
	ID:         id.Http,
	Name:       "http",
	Hosted:     true,
	Attributes: httpAttributes(),
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 95, Ports: httpPorts, Classify: classifyHTTP},
	},
	Inspect: inspectHTTP,
	Track:   trackHTTP,
	State:   dpi.NewState(freeHTTP),
	Context: func() any { return new(HTTPContext) },
}

// classifyHTTP looks for a start line at the beginning of the stream, or, where
// HTTP is expected, of a later segment.
func classifyHTTP(p *dpi.Packet, d []byte) dpi.Verdict {
	if v := httpOpening(d); v != dpi.No {
		return v
	}
	for _, port := range httpPorts {
		if p.HasPort(port) {
			return httpLater(p.Stream)
		}
	}
	return dpi.No
}

// httpLater judges a segment of a stream that did not start with a message. Only
// a whole start line counts.
func httpLater(d []byte) dpi.Verdict {
	var s httpStart
	if line, _, ok := textLine(d); ok && s.parse(line) {
		return dpi.Yes
	}
	return dpi.More
}
