package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// HARTIP is HART-IP, HCF_SPEC-085: version, message type, message id, status,
// sequence number, and the length of the whole.
var HARTIP = dpi.Protocol{
	ID:   id.HartIp,
	Name: "hart_ip",
	Classifiers: append(
		over(50, isHARTIP, []uint16{hartPort}, true, id.Tcp, id.Udp),
		over(30, isHARTPair, nil, false, id.Udp)...),
}

const (
	hartPort   = 5094
	hartHeader = 8
)

// hartMessage tells whether d starts with a whole message.
func hartMessage(d []byte) bool {
	if len(d) < hartHeader || d[0] < 1 || d[0] > 2 || d[2] > 5 && d[2] != 128 {
		return false
	}
	length := int(be.Uint16(d[6:]))
	return (d[1] <= 2 || d[1] == 15) && length >= hartHeader && length <= len(d)
}

func isHARTIP(p *dpi.Packet, d []byte) dpi.Verdict {
	if hartMessage(d) {
		return dpi.Yes
	}
	if len(d) < hartHeader || int(be.Uint16(d[6:])) > len(d) && d[0] <= 2 {
		return short(p)
	}
	return dpi.No
}

// isHARTPair takes datagrams of any port, because a server answers an opening
// of a session from a port of its own: a request must be followed by a response
// (type 1) to the same message id and sequence number.
func isHARTPair(p *dpi.Packet, d []byte) dpi.Verdict {
	if !hartMessage(d) || int(be.Uint16(d[6:])) != len(d) || d[1] > 1 || d[2] > 3 {
		return dpi.No
	}
	memo := p.Memo(id.HartIp)
	request := 1<<31 | uint32(d[2])<<16 | uint32(be.Uint16(d[4:]))
	if d[1] == 0 {
		*memo = request
	} else if *memo == request {
		return dpi.Yes
	}
	return dpi.More
}
