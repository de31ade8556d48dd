package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// dlepPort is where DLEP is spoken, RFC 8175 section 13.14.
const dlepPort = 854

// dlepMessages is the highest type of a message, RFC 8175 section 13.4.
const dlepMessages = 16

// DLEP is the dynamic link exchange protocol, RFC 8175: signals in datagrams,
// messages over TCP.
var DLEP = dpi.Protocol{
	ID:   id.Dlep,
	Name: "dlep",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{dlepPort}, Classify: classifyDLEP},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{dlepPort}, Only: true, Classify: classifyDLEPStream},
	},
}

// dlepTLV is how data items are written, RFC 8175 section 11.3.
var dlepTLV = tlvShape{tag: 2, size: 2}

// classifyDLEP asks for a signal's magic.
func classifyDLEP(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= 8 && startsWith(d, "DLEP") == dpi.Yes && be16(d[6:]) <= len(d)-8)
}

// classifyDLEPStream asks for a message that data items fill.
func classifyDLEPStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 {
		return dpi.More
	}
	kind, n := be16(d), be16(d[2:])
	if kind == 0 || kind > dlepMessages {
		return dpi.No
	}
	if len(d) < 4+n {
		return dpi.More
	}
	_, whole := dlepTLV.chain(d[4 : 4+n])
	return verdict(whole)
}
