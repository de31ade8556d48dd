package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ssdpPort is where SSDP is spoken, UPnP Device Architecture section 1.3.
const ssdpPort = 1900

// SSDP is the simple service discovery protocol of the UPnP Device
// Architecture: requests and responses in the form of HTTP, in datagrams.
var SSDP = dpi.Protocol{
	ID:   id.Ssdp,
	Name: "ssdp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{ssdpPort}, Classify: classifySSDP},
	},
}

// classifySSDP knows the two methods by themselves; a response, which may come
// from any port, by a header field that only SSDP has.
func classifySSDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if startsWithAny(d, "M-SEARCH * HTTP/1.", "NOTIFY * HTTP/1.") == dpi.Yes {
		return dpi.Yes
	}
	if startsWith(d, "HTTP/1.") != dpi.Yes {
		return dpi.No
	}
	return verdict(p.HasPort(ssdpPort) || bytes.Contains(d, []byte("\r\nST:")) || containsFold(d, "\r\nusn:"))
}
