package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Classes of RMCP messages, ASF 2.0 section 3.2.2.2.
const (
	rmcpASF       = 6
	rmcpIPMI      = 7
	rmcpOEM       = 8
	rmcpAck       = 0x80
	asfEnterprise = 4542 // number of the Alerting Specifications Forum
)

// RMCP is the remote management control protocol of ASF, which IPMI uses.
var RMCP = dpi.Protocol{
	ID:   id.Rmcp,
	Name: "rmcp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{623, 664}, Only: true, Classify: classifyRMCP},
	},
}

// classifyRMCP asks for version 6 and, by class, an acknowledgement, the
// enterprise number of ASF, or a session header of IPMI.
func classifyRMCP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 || d[0] != 6 || d[1] != 0 {
		return dpi.No
	}
	switch d[3] {
	case rmcpASF | rmcpAck, rmcpIPMI | rmcpAck, rmcpOEM | rmcpAck:
		return verdict(len(d) == 4)
	case rmcpASF:
		return verdict(len(d) >= 12 && be32(d[4:]) == asfEnterprise)
	case rmcpIPMI:
		return verdict(len(d) >= 14 && d[4] <= 6)
	case rmcpOEM:
		return verdict(len(d) >= 8)
	}
	return dpi.No
}
