package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NDMP is the Network Data Management Protocol for backups ("NDMP version 4
// protocol", section 2): messages in records as those of RPC.
var NDMP = dpi.Protocol{
	ID:          id.Ndmp,
	Name:        "ndmp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{10000}, Classify: classifyNDMP}},
}

// ndmpHeader is the length of a record mark and a header: sequence, time, type,
// message, sequence of the request, error.
const ndmpHeader = 4 + 6*4

func classifyNDMP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := rpcRecordMark(d); v != dpi.Yes {
		return v
	}
	if len(d) < ndmpHeader {
		return dpi.More
	}
	kind, message, request, failure := be32(d[12:]), be32(d[16:]), be32(d[20:]), be32(d[24:])
	switch {
	case kind > 1 || !isNDMPMessage(message) || failure > 0x30:
		return dpi.No
	case kind == 0 && (request != 0 || failure != 0), kind == 1 && request == 0:
		return dpi.No
	}
	return dpi.Yes
}

// isNDMPMessage tells whether a message opens a session: connections and what
// servers say of themselves.
func isNDMPMessage(message uint32) bool {
	return message >= 0x100 && message <= 0x10d || message >= 0x900 && message <= 0x903 || message == 0x502
}
