package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NDN is Named Data Networking, "NDN Packet Format Specification" 0.3 with the
// selectors of 0.1 and 0.2 and NDNLPv2 around it. It goes directly over Ethernet
// (type 0x8624), and over UDP and TCP, on port 6363 mostly.
var NDN = dpi.Protocol{
	ID:         id.Ndn,
	Name:       "ndn",
	Attributes: ndnAttributes(id.Ndn),
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 70, Ports: ndnPorts, Classify: classifyNDN},
		{Parent: id.Tcp, Weight: 70, Ports: ndnPorts, Classify: classifyNDNStream},
	},
	Next:    nextNDN,
	Context: newNDNTexts,
}

// ndnPorts are that of forwarders, and that of their group address.
var ndnPorts = []uint16{6363, 56363}

// maxNDNPacket is how long packets are in practice at most (the forwarder's
// MAX_NDN_PACKET_SIZE), with room for what NDNLPv2 adds.
const maxNDNPacket = 8800 + 200

func isNDNPort(p *dpi.Packet) bool { return p.HasPort(ndnPorts[0]) || p.HasPort(ndnPorts[1]) }

// mayBeNDN tells by the first byte.
func mayBeNDN(d []byte) bool {
	return len(d) > 0 && (d[0] == ndnInterest || d[0] == ndnData || d[0] == ndnLinkPacket)
}

// classifyNDN expects one packet that fills the datagram.
func classifyNDN(p *dpi.Packet, d []byte) dpi.Verdict {
	var q ndnPacket
	if !mayBeNDN(d) {
		return dpi.No
	}
	rest, ok := q.parse(d)
	return verdict(ok && len(rest) == 0 && q.isSound(!isNDNPort(p)))
}

// classifyNDNStream waits for the first packet of a stream.
func classifyNDNStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if !mayBeNDN(d) {
		return dpi.No
	}
	if size, n := ndnVar(d[1:]); n != 0 && size > maxNDNPacket {
		return dpi.No
	}
	if _, _, _, whole := ndnElement(d); !whole {
		return moreUnless(len(d) > maxNDNPacket)
	}
	var q ndnPacket
	_, ok := q.parse(d)
	return verdict(ok && q.isSound(!isNDNPort(p)))
}

// nextNDN finds a message of HTTP in the name of the packet.
func nextNDN(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	var q ndnPacket
	if _, ok := q.parse(p.Bytes(off)); !ok {
		return dpi.Stop, off
	}
	if h := httpOfName(q.name()); h.method == nil {
		return dpi.Stop, off
	}
	return id.NdnHttp, off
}
