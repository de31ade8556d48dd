package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SMPP is the Short Message Peer-to-Peer protocol (SMPP 3.4 and 5.0).
var SMPP = dpi.Protocol{
	ID:          id.Smpp,
	Name:        "smpp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{2775}, Classify: classifySMPP}},
}

const (
	smppHeader   = 16
	smppMax      = 64 << 10
	smppResponse = 1 << 31
	smppStatuses = 0x600 // statuses are below this, SMPP 5.0 section 4.7.6
)

// classifySMPP expects a header: length, command, status, which requests do not
// have, and a sequence number.
func classifySMPP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 0 || len(d) > 7 && (d[5] != 0 || d[6] > 1 || d[4]&0x7f != 0) {
		return dpi.No
	}
	if len(d) < smppHeader {
		return dpi.More
	}
	length, command, status, sequence := be32(d), be32(d[4:]), be32(d[8:]), be32(d[12:])
	switch {
	case length < smppHeader || length > smppMax || !isSMPPCommand(command&^smppResponse) || sequence == 0 || sequence >= 1<<31:
		return dpi.No
	case command&smppResponse == 0:
		return verdict(status == 0)
	}
	return verdict(status < smppStatuses)
}

// isSMPPCommand tells whether a request is defined, SMPP 5.0 section 4.7.5.
func isSMPPCommand(c uint32) bool {
	switch c {
	case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0b, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112, 0x113:
		return true
	}
	return false
}
