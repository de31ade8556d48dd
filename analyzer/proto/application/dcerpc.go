package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DCERPC is the remote calls of the Distributed Computing Environment (The Open
// Group, C706, chapter 12; MS-RPCE): over connections and in datagrams.
var DCERPC = dpi.Protocol{
	ID:   id.Dcerpc,
	Name: "dcerpc",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{135}, Classify: classifyDCERPC},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{135, 34964}, Classify: classifyDCERPCDatagram},
	},
}

const (
	dcerpcHeader   = 16
	dcerpcDatagram = 80
	dcerpcMaxType  = 19 // PDU types, C706 section 12.6.4 and MS-RPCE
	dcerpcMaxDG    = 10
)

// classifyDCERPC expects the header that all PDUs over connections share.
func classifyDCERPC(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 0 && d[0] != 5, len(d) > 1 && d[1] > 1, len(d) > 2 && d[2] > dcerpcMaxType:
		return dpi.No
	case len(d) < dcerpcHeader:
		return dpi.More
	case d[4] != 0x10 && d[4] != 0 || d[5] > 3 || d[6] != 0 || d[7] != 0:
		return dpi.No
	}
	length, auth := le16(d[8:]), le16(d[10:])
	if d[4] == 0 {
		length, auth = be16(d[8:]), be16(d[10:])
	}
	// The first packet of a connection fits a segment.
	return verdict(length >= dcerpcHeader && auth+dcerpcHeader <= length && (length <= len(d) || length <= 5840))
}

// classifyDCERPCDatagram expects the header of a datagram, whose last length is
// that of what follows it.
func classifyDCERPCDatagram(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < dcerpcDatagram || d[0] != 4 || d[1] > dcerpcMaxDG || d[3] > 7 || d[4] != 0x10 && d[4] != 0 || d[5] > 3 || d[6] != 0 || d[7] != 0 {
		return dpi.No
	}
	length := le16(d[74:])
	if d[4] == 0 {
		length = be16(d[74:])
	}
	return verdict(length <= len(d)-dcerpcDatagram && d[78] <= 16)
}
