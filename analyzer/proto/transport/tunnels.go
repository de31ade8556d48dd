package transport

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// udpTunnel is a protocol over UDP whose packets are told one by one, by port
// and content, because flows of their own are inside or because a flow mixes
// kinds of packets.
type udpTunnel struct {
	port  uint16
	reply bool // the port may be the source as well
	next  dpi.ProtocolID
	// is tells whether payload d, of which declared bytes were sent, is of the
	// protocol.
	is func(d []byte, declared int) bool
}

// udpTunnels are the tunnels by port, each port's in the order of asking. What
// is known by its flow as a whole, such as Teredo, is a Classifier instead.
var udpTunnels = []udpTunnel{
	{1701, true, id.L2tp, isL2TP2},
	{1701, true, id.L2tpv3, isL2TP3},
	{2123, true, id.Gtpv2, isGTPv2},
	{2123, true, id.Gtp, isGTPControl},
	{2152, true, id.Gtp, isGTPUser},
	{3386, true, id.GtpPrime, isGTPPrime},
	{3386, true, id.Gtp, isGTPv0},
	{4754, false, id.Gre, isGREInUDP},
	{4789, false, id.Vxlan, isVXLAN},
	{4790, false, id.VxlanGpe, isVXLANGPE},
	{6081, false, id.Geneve, isGeneve},
	{6635, false, id.Mpls, isMPLSInUDP},
	{8472, false, id.Vxlan, isVXLAN},
	{37008, false, id.Tzsp, isTZSP},
}

// tunnelPorts has a bit for each port of udpTunnels, so that other flows pay
// two look-ups.
var tunnelPorts = func() (bits [65536 / 64]uint64) {
	for _, t := range udpTunnels {
		bits[t.port>>6] |= 1 << (t.port & 63)
	}
	return bits
}()

// IsTunnelPort tells whether datagrams of the port may be tunnels.
func IsTunnelPort(port uint16) bool { return tunnelPorts[port>>6]&(1<<(port&63)) != 0 }

// tunnelled returns the protocol of a datagram that is told by itself, Unknown
// if its flow must tell.
func tunnelled(src, dst uint16, d []byte, declared int) dpi.ProtocolID {
	for i := range udpTunnels {
		t := &udpTunnels[i]
		if (t.port == dst || t.reply && t.port == src) && t.is(d, declared) {
			return t.next
		}
	}
	return dpi.Unknown
}
