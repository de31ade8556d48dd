package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Namespaces of the two versions of WS-Discovery.
var (
	wsdDraft    = []byte("schemas.xmlsoap.org/ws/2005/04/discovery")
	wsdStandard = []byte("docs.oasis-open.org/ws-dd/ns/discovery")
)

// WSD is web services dynamic discovery over UDP (OASIS WS-Discovery 1.1 and
// the draft of 2005): SOAP messages in datagrams.
var WSD = dpi.Protocol{
	ID:   id.Wsd,
	Name: "wsd",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{3702}, Classify: classifyWSD},
	},
}

func classifyWSD(p *dpi.Packet, d []byte) dpi.Verdict {
	for len(d) > 0 && (d[0] <= ' ' || d[0] == 0xef || d[0] == 0xbb || d[0] == 0xbf) {
		d = d[1:] // white space and the mark of UTF-8
	}
	if len(d) < 32 || d[0] != '<' {
		return dpi.No
	}
	if bytes.Contains(d, wsdDraft) || bytes.Contains(d, wsdStandard) {
		return dpi.Yes
	}
	return verdict(p.HasPort(3702) && containsFold(d[:min(len(d), 256)], ":envelope"))
}
