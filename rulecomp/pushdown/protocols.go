package pushdown

import (
	"strings"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// IP protocol numbers.
const (
	numICMP    = 1
	numTCP     = 6
	numUDP     = 17
	numDCCP    = 33
	numICMP6   = 58
	numSCTP    = 132
	numUDPLite = 136
)

// tunnelProtocols are the IP protocols that carry other packets, and those that
// the prefilter does not look behind though the dissection does: 253 and 254 are
// extension headers of IPv6 for experiments.
var tunnelProtocols = []uint8{4, 41, 47, 51, 94, 97, 115, 137, 253, 254}

// tunnelPorts are the UDP ports of protocols that carry other packets, by which
// the dissection knows them at either end.
var tunnelPorts = []uint16{1701, 2123, 2152, 3386, 4754, 4789, 4790, 6000, 6081, 6635, 8472, 32766, 37008}

// tunnels are the packets that may carry others.
func tunnels() []box {
	to, from := protocolBox(numUDP), protocolBox(numUDP)
	to.dport, from.sport = portsOf(tunnelPorts...), portsOf(tunnelPorts...)
	return []box{protocolBox(tunnelProtocols...), to, from}
}

// carriers are the IP protocols that flows with a payload run on.
var carriers = []uint8{numTCP, numUDP, numDCCP, numSCTP, numUDPLite}

// everywhere are protocols of headers that any IP packet may have.
var everywhere = map[dpi.ProtocolID]bool{
	id.Meta: true, id.Ethernet: true, id.P8021q: true, id.P8021ad: true,
}

// inside are protocols that are no part of an IP packet outside of tunnels, or
// are tunnels themselves, which always pass.
var inside = map[dpi.ProtocolID]bool{
	id.Arp: true, id.Rarp: true, id.Lldp: true, id.Lacp: true, id.Eapol: true, id.Goose: true, id.Sv: true,
	id.ProfinetDcp: true, id.Gtp: true, id.Gtpv2: true, id.GtpPrime: true, id.L2tp: true, id.L2tpv3: true,
	id.Vxlan: true, id.VxlanGpe: true, id.Geneve: true, id.Tzsp: true, id.Erspan: true, id.Gre: true,
	id.Mpls: true, id.Ppp: true, id.Pppoe: true,
}

// onDatagrams are protocols with classifiers over TCP alone that QUIC may carry as
// well.
var onDatagrams = map[dpi.ProtocolID]bool{id.Smb: true, id.Mqtt: true, id.Irc: true, id.Jabber: true}

// announced are protocols whose flows are told by what flows of other transports
// say.
var announced = map[dpi.ProtocolID]bool{id.Rtp: true, id.Rtcp: true, id.Srtp: true, id.MpegTs: true}

// places tells what packets protocols may be in.
type places struct {
	registry *dpi.Registry
	numbers  map[dpi.ProtocolID][]uint8 // of what IP headers name, or classifiers look for
}

func newPlaces(reg *dpi.Registry) *places {
	p := &places{registry: reg, numbers: map[dpi.ProtocolID][]uint8{}}
	for n := range 256 {
		if proto := id.ByIPProtocol(uint8(n)); proto != dpi.Unknown {
			p.numbers[proto] = append(p.numbers[proto], uint8(n))
		}
	}
	reg.Protocols(func(proto *dpi.Protocol) bool {
		p.addClassifiers(proto)
		return true
	})
	return p
}

// addClassifiers notes over what a protocol is looked for.
func (p *places) addClassifiers(proto *dpi.Protocol) {
	for _, c := range proto.Classifiers {
		of := proto.ID
		if c.As != 0 {
			of = c.As
		}
		switch c.Parent {
		case id.Tcp:
			p.numbers[of] = append(p.numbers[of], numTCP)
		case id.Udp:
			p.numbers[of] = append(p.numbers[of], numUDP)
		case id.SctpData:
			p.numbers[of] = append(p.numbers[of], numSCTP)
		default:
			p.numbers[of] = append(p.numbers[of], carriers...)
		}
	}
}

// of returns the packets outside of tunnels that may have a protocol.
func (p *places) of(proto dpi.ProtocolID) []box {
	switch {
	case everywhere[proto]:
		return []box{anyIP}
	case inside[proto]:
		return nil
	case proto == id.Ip:
		return []box{{versions: ip4}}
	case proto == id.Ipv6:
		return []box{{versions: ip6}}
	case strings.HasPrefix(p.registry.Name(proto), "sctp_"):
		return []box{protocolBox(numSCTP)}
	}
	numbers := p.numbers[proto]
	switch {
	case len(numbers) == 0 || announced[proto] || p.isService(proto):
		return []box{protocolBox(carriers...)}
	case onDatagrams[proto]:
		return []box{protocolBox(append([]uint8{numUDP}, numbers...)...)}
	}
	return []box{protocolBox(numbers...)}
}

// onTCP tells whether a protocol is TCP or runs on nothing else.
func (p *places) onTCP(proto dpi.ProtocolID) bool {
	if proto == id.Tcp {
		return true
	}
	list := p.of(proto)
	return len(list) == 1 && list[0].protocols != nil && *list[0].protocols == *bytesOf(numTCP)
}

// isService tells whether a protocol is a service, told by names and addresses.
func (p *places) isService(proto dpi.ProtocolID) (yes bool) {
	p.registry.Protocols(func(q *dpi.Protocol) bool {
		yes = q.ID == proto && q.Service
		return q.ID != proto
	})
	return yes
}
