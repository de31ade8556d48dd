package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// OPCUA is the OPC UA connection protocol, OPC 10000-6 section 7.1: three
// letters, a chunk mark, and the length of the message.
var OPCUA = dpi.Protocol{
	ID:          id.OpcUa,
	Name:        "opc_ua",
	Classifiers: over(100, isOPCUA, []uint16{4840}, false, id.Tcp),
}

func isOPCUA(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return short(p)
	}
	switch string(d[:3]) {
	case "HEL", "ACK", "ERR", "RHE":
		length := le.Uint32(d[4:])
		if d[3] == 'F' && length > uint32(len(d)) && length < 1<<13 {
			return short(p)
		}
		return yesIf(d[3] == 'F' && length >= 16 && length <= uint32(len(d)))
	case "OPN", "CLO", "MSG":
		return yesIf(oneOf(d[3], 'F', 'C', 'A') && le.Uint32(d[4:]) >= 24 && le.Uint32(d[4:]) < 1<<24)
	}
	return dpi.No
}
