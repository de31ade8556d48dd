package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// toldByDatagram returns a protocol over UDP that a single datagram of either
// direction tells, wherever in the flow it comes. Ports only say where to look
// first. Flows whose first datagrams are something else are watched for as long
// as some other protocol still wants more of them.
func toldByDatagram(number dpi.ProtocolID, name string, is func(d []byte) bool, ports ...uint16) dpi.Protocol {
	return dpi.Protocol{
		ID:          number,
		Name:        name,
		Classifiers: []dpi.Classifier{datagramClassifier(is, ports...)},
	}
}

// datagramClassifier is the classifier of toldByDatagram.
func datagramClassifier(is func(d []byte) bool, ports ...uint16) dpi.Classifier {
	return dpi.Classifier{Parent: id.Udp, Weight: 90, Ports: ports, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
		return verdict(is(d))
	}}
}

// isSaid tells whether the first payloads of both directions are there, and
// judges them: client is the beginning (64 bytes at most) of what the flow's
// client sent first, server of what the other end did; the lengths are those of
// the whole payloads.
func isSaid(p *dpi.Packet, judge func(client []byte, clientLen int, server []byte, serverLen int) bool) dpi.Verdict {
	client, clientLen := p.First(dpi.Up)
	server, serverLen := p.First(dpi.Down)
	if clientLen == 0 || serverLen == 0 {
		return dpi.More
	}
	return verdict(judge(client, clientLen, server, serverLen))
}

// service marks a protocol as a service that is also known by its hosts.
func service(p dpi.Protocol) dpi.Protocol {
	p.Service = true
	return p
}
