package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// AFP is the Apple Filing Protocol over TCP, in the Data Stream Interface
// (Apple, "Apple Filing Protocol Reference", DSI header).
var AFP = dpi.Protocol{
	ID:          id.Afp,
	Name:        "afp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{afpPort}, Classify: classifyAFP}},
}

const (
	afpPort   = 548
	dsiHeader = 16
)

// DSI commands that are told without knowing the port: they open sessions.
const (
	dsiClose     = 1
	dsiCommand   = 2
	dsiStatus    = 3
	dsiOpen      = 4
	dsiTickle    = 5
	dsiWrite     = 6
	dsiAttention = 8
)

// classifyAFP expects a header: request or reply, command, identifier, error or
// offset, length of what follows, and four zeros.
func classifyAFP(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 0 && d[0] > 1, len(d) > 1 && (d[1] < dsiClose || d[1] > dsiAttention):
		return dpi.No
	case len(d) < dsiHeader:
		return dpi.More
	}
	request, command, length := d[0] == 0, d[1], int(be32(d[8:]))
	if be32(d[12:]) != 0 || length > 1<<20 || length > 0 && length < len(d)-dsiHeader {
		return dpi.No
	}
	switch command {
	case dsiStatus, dsiOpen:
		// A request has no offset; an answer has no error, or a negative one.
		if e := int32(be32(d[4:])); e != 0 && (request || e > 0 || e < -6000) {
			return dpi.No
		}
		return afpOption(d, command, length)
	case dsiCommand, dsiWrite, dsiTickle, dsiClose:
		if p.HasPort(afpPort) {
			return yesOrMore(length == len(d)-dsiHeader)
		}
	}
	return dpi.No
}

// afpOption judges what follows the header of an opening: options with a type
// and a length, or a description of the server.
func afpOption(d []byte, command byte, length int) dpi.Verdict {
	switch {
	case command == dsiStatus && d[0] == 0 && (length == 0 || length == 2), command == dsiStatus && d[0] == 1 && length >= 20:
		return dpi.Yes
	case command == dsiOpen && length == 0:
		return dpi.Yes
	case command == dsiOpen && len(d) < dsiHeader+2:
		return dpi.More
	case command == dsiOpen && length >= 2 && d[dsiHeader] <= 2 && int(d[dsiHeader+1])+2 <= length:
		return dpi.Yes
	}
	return dpi.No
}
