package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SOMEIP is SOME/IP, AUTOSAR PRS_SOMEIPProtocol: message id, length, request id,
// protocol version 1, interface version, message type, return code.
var SOMEIP = dpi.Protocol{
	ID:          id.Someip,
	Name:        "someip",
	Classifiers: over(80, isSOMEIP, []uint16{30490, 30491, 30501}, false, id.Udp, id.Tcp),
}

const someipHeader = 16

// isSOMEIP checks every message of the payload; for TCP the last may go on.
func isSOMEIP(p *dpi.Packet, d []byte) dpi.Verdict {
	messages := 0
	for len(d) >= someipHeader {
		length := be.Uint32(d[4:])
		if length < 8 || length > 1<<20 || d[12] != 1 || !someipType(d[14]) || d[15] > 0x5e {
			return dpi.No
		}
		messages++
		if int(length)+8 > len(d) {
			return someipCut(p, messages)
		}
		d = d[length+8:]
	}
	if len(d) > 0 {
		return someipCut(p, messages)
	}
	return dpi.Yes
}

// someipCut judges a payload whose last message is not whole: over TCP the rest
// may come, over UDP it cannot.
func someipCut(p *dpi.Packet, messages int) dpi.Verdict {
	if p.Flow.L4 == 6 && messages > 1 {
		return dpi.Yes
	}
	return short(p)
}

// someipType tells whether a message type is assigned, with or without the bit
// of a segmented message.
func someipType(t byte) bool {
	return oneOf(t&^0x20, 0x00, 0x01, 0x02, 0x40, 0x41, 0x42, 0x80, 0x81, 0xc0, 0xc1)
}
