package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SAPRouter is SAP's Network Interface protocol: messages behind their length,
// among them those of the router and of its watch.
var SAPRouter = dpi.Protocol{
	ID:          id.SapRouter,
	Name:        "sap_router",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{3299}, Classify: classifySAPRouter}},
}

func classifySAPRouter(_ *dpi.Packet, d []byte) dpi.Verdict {
	if !isZero(d[:min(len(d), 2)]) {
		return dpi.No
	}
	if len(d) <= 4 {
		return dpi.More
	}
	return startsWithAny(d[4:], "NI_ROUTE\x00", "NI_RTERR\x00", "NI_PING\x00", "NI_PONG\x00", "ROUTER_ADM\x00")
}
