package pushdown

import (
	"strings"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/security/rule"
)

// scope is what the value of an attribute depends on.
type scope uint8

const (
	packetScope   scope = iota // the packet alone
	flowScope                  // the packets of its flow before it
	fragmentScope              // all IPv6 fragments before it
	protocolScope              // all packets of its protocol before it
	runScope                   // all packets
)

// headers are the protocols whose attributes come from the packet alone, but for
// those of headerScopes and the generic ones.
var headers = map[dpi.ProtocolID]bool{
	id.Meta: true, id.Ethernet: true, id.P8021q: true, id.P8021ad: true, id.Arp: true, id.Ip: true, id.Ipv6: true,
	id.Tcp: true, id.Udp: true, id.Udplite: true, id.Dccp: true, id.Sctp: true, id.Icmp: true, id.Icmpv6: true,
	id.Esp: true, id.Ah: true, id.Gre: true,
}

// headerScopes are attributes of headers that depend on more than the packet.
var headerScopes = map[string]scope{
	"meta.direction": flowScope, "meta.classified": runScope, "meta.proto_hierarchy": runScope,
	"meta.session": runScope, "meta.packet_index": runScope,

	"ip.client_addr": flowScope, "ip.server_addr": flowScope, "ip.client_port": flowScope, "ip.server_port": flowScope,
	"ip.jitter": flowScope, "ip.ip_session_count": protocolScope,
	"ip.ip_frag_packets_count": protocolScope, "ip.ip_frag_data_volume": protocolScope,
	"ip.ip_df_packets_count": protocolScope, "ip.ip_df_data_volume": protocolScope,
	"ip.ip_active_session_count": runScope, "ip.ip_timedout_session_count": runScope,

	"ipv6.client_addr": flowScope, "ipv6.server_addr": flowScope, "ipv6.client_port": flowScope, "ipv6.server_port": flowScope,
	"ipv6.fragment_overlapping": fragmentScope, "ipv6.ip6_outoforder": fragmentScope,
	"ipv6.ip6_frag_packets_count": protocolScope, "ipv6.ip_frag_data_volume": protocolScope,
	"ipv6.ip6_df_packets_count": protocolScope, "ipv6.ip_df_data_volume": protocolScope,
	"ipv6.ip6_session_count": protocolScope, "ipv6.ip6_active_session_count": runScope,
	"ipv6.ip6_timedout_session_count": runScope,

	"tcp.rtt": flowScope, "tcp.syn_received": flowScope, "tcp.retransmission": flowScope, "tcp.outoforder": flowScope,
	"tcp.tcp_session_retransmission": flowScope, "tcp.tcp_session_payload_up_len": flowScope,
	"tcp.tcp_session_payload_up": flowScope, "tcp.tcp_session_payload_down_len": flowScope,
	"tcp.tcp_session_payload_down": flowScope, "tcp.closed": flowScope, "tcp.established": flowScope,
}

// scopeOf returns the scope of an attribute.
func scopeOf(a *rule.Attribute) scope {
	switch a.ID {
	case dpi.AttrHeader, dpi.AttrData, dpi.AttrPayload:
		if headers[a.Protocol] {
			return packetScope
		}
		return protocolScope // of what is told by content
	case dpi.AttrActiveSessions, dpi.AttrTimedOutSessions, dpi.AttrStats, dpi.AttrSession:
		return runScope
	}
	if a.ID == dpi.AttrSessionID && headers[a.Protocol] {
		return flowScope
	}
	if !headers[a.Protocol] || a.ID >= dpi.AttrHeader {
		return counted(a.Protocol)
	}
	return headerScopes[plainName(a)]
}

// counted returns the scope of what depends on all packets of a protocol.
func counted(proto dpi.ProtocolID) scope {
	if everywhere[proto] {
		return runScope
	}
	return protocolScope
}

// plainName returns the name of an attribute without a layer.
func plainName(a *rule.Attribute) string {
	proto, rest, _ := strings.Cut(a.Name, ".")
	return proto + "." + rest[strings.LastIndexByte("."+rest, '.'):]
}

// flagBits are the TCP flags by attribute.
var flagBits = map[string]uint8{
	"tcp.fin": 1, "tcp.syn": 2, "tcp.rst": 4, "tcp.psh": 8, "tcp.ack": 16, "tcp.urg": 32, "tcp.ece": 64, "tcp.cwr": 128,
}

// carrying returns the packets outside of tunnels that may carry an attribute.
func (p *places) carrying(a *rule.Attribute) []box {
	if a.Layer > 1 && headers[a.Protocol] && a.Protocol != id.P8021q && a.Protocol != id.P8021ad {
		return nil // a second one of them is in a tunnel
	}
	list := p.of(a.Protocol)
	name := plainName(a)
	if a.Flag && flagBits[name] != 0 { // absent when it is 0
		return intersect(list, []box{flagBox(flagBits[name], func(v float64) bool { return v == 1 })})
	}
	if name == "ip.opts_type" || name == "ip.options" {
		return intersect(list, []box{{versions: ip4, options: true}})
	}
	return list
}

// flagBox returns the TCP packets with a flag of which ok holds as 0 or 1.
func flagBox(bit uint8, ok func(v float64) bool) box {
	b := protocolBox(numTCP)
	b.flags = bytesWhere(func(flags uint8) bool {
		if flags&bit != 0 {
			return ok(1)
		}
		return ok(0)
	})
	return b
}

// where returns the packets outside of tunnels whose attribute may be a number
// for which ok holds.
func (p *places) where(a *rule.Attribute, ok func(v float64) bool) []box {
	list := p.carrying(a)
	if !headers[a.Protocol] {
		return list
	}
	if b, known := numberBox(plainName(a), ok); known {
		return intersect(list, []box{b})
	}
	return list
}

// numberBox returns the packets outside of tunnels of which ok holds of a header
// field; known is false where the prefilter does not look at it.
func numberBox(name string, ok func(v float64) bool) (b box, known bool) {
	b = anyIP
	value := func(v uint8) bool { return ok(float64(v)) }
	port := func(v uint16) bool { return ok(float64(v)) }
	_, field, _ := strings.Cut(name, ".")
	switch {
	case flagBits[name] != 0:
		return flagBox(flagBits[name], ok), true
	case field == "src_port":
		b.sport = portsWhere(port)
	case field == "dest_port":
		b.dport = portsWhere(port)
	case name == "tcp.flags":
		b.flags = bytesWhere(value)
	case name == "icmp.type" || name == "icmpv6.type":
		b.types = bytesWhere(value)
	case name == "ip.proto_id":
		b.protocols = bytesWhere(value)
	case name == "ip.mf_flag" || name == "ip.frag_offset" || headerScopes[name] == fragmentScope:
		b.fragment = !ok(0)
	case name == "ip.padding_check":
		b.options = !ok(0)
	case name == "ip.header_len":
		b.options = !ok(20)
	case name == "ip.version" && !ok(4), name == "ipv6.version" && !ok(6): // damaged, which passes
		b.versions = 0
	case name == "ethernet.proto":
		b.versions = byEtherType(ok)
	default:
		return b, false
	}
	return b, true
}

// byEtherType returns the IP versions behind EtherTypes of which ok holds.
func byEtherType(ok func(v float64) bool) (versions uint8) {
	if ok(0x0800) {
		versions |= ip4
	}
	if ok(0x86dd) {
		versions |= ip6
	}
	if ok(0x8100) || ok(0x88a8) || ok(0x9100) { // VLAN tags
		versions = ip4 | ip6
	}
	return versions
}
