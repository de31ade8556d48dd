package application

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// httpPorts are the ports where a stream that was joined in the middle is
// searched for the next message, and where a request of HTTP/0.9 is believed.
var httpPorts = []uint16{80, 81, 591, 631, 3128, 8000, 8008, 8080, 8081, 8088, 8888}

// HTTP is the Hypertext Transfer Protocol from 0.9 (RFC 1945) to 1.1 (RFC 9110,
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
	v := httpOpening(d)
	if v == dpi.No {
		v = classifySimple(p, d)
	}
	if v == dpi.No && (isHTTPPort(p.SrcPort()) || isHTTPPort(p.DstPort())) {
		v = httpLater(p.Stream)
	}
	return v
}

func isHTTPPort(port uint16) bool { return slices.Contains(httpPorts, port) }

// httpLater judges a segment of a stream that did not start with a message. Only
// a whole start line counts.
func httpLater(d []byte) dpi.Verdict {
	var s httpStart
	if line, _, ok := textLine(d); ok && s.parse(line) {
		return dpi.Yes
	}
	return dpi.More
}
