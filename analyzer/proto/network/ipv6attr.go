package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ipv6Attributes are the attributes of IPv6.
var ipv6Attributes = []dpi.Attribute{
	{ID: 1, Name: "version", Type: dpi.U8, Pos: 0, Extract: highNibble},
	{ID: 2, Name: "TC", Type: dpi.U8, Pos: 0, Extract: ipv6Number(dpi.U8, 20, 0xff)},
	{ID: 3, Name: "flow_label", Type: dpi.U32, Pos: 0, Extract: ipv6Number(dpi.U32, 0, 0xfffff)},
	{ID: 4, Name: "len", Type: dpi.U16, Pos: 4},
	{ID: 5, Name: "next_hdr", Type: dpi.U8, Pos: 6},
	{ID: 6, Name: "next_proto", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: ipv6Upper},
	{ID: 7, Name: "hop_limit", Type: dpi.U8, Pos: 7},
	{ID: 8, Name: "src", Type: dpi.IP6Addr, Pos: 8},
	{ID: 9, Name: "dst", Type: dpi.IP6Addr, Pos: 24},
	{ID: 11, Name: "client_addr", Type: dpi.IP6Addr, Pos: dpi.PositionNotKnown, Extract: flowIP6(0)},
	{ID: 12, Name: "server_addr", Type: dpi.IP6Addr, Pos: dpi.PositionNotKnown, Extract: flowIP6(1)},
	{ID: 13, Name: "client_port", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: flowPort(0)},
	{ID: 14, Name: "server_port", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: flowPort(1)},
	counter(15, "ip6_frag_packets_count", id.Ipv6, func(s *dpi.ProtocolStats) uint64 { return s.FragPackets }),
	{ID: 16, Name: "ip6_ext_headers_count", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: extensionCount},
	{ID: 17, Name: "redundent_extension_header", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: redundantExtensions},
	{ID: 18, Name: "fragment_overlapping", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: fragmentOverlaps},
	{ID: 19, Name: "ip6_outoforder", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: fragmentOutOfOrder},
	counter(20, "ip_frag_data_volume", id.Ipv6, func(s *dpi.ProtocolStats) uint64 { return s.FragData }),
	counter(21, "ip6_df_packets_count", id.Ipv6, func(s *dpi.ProtocolStats) uint64 { return s.DFPackets }),
	counter(22, "ip_df_data_volume", id.Ipv6, func(s *dpi.ProtocolStats) uint64 { return s.DFData }),
	counter(23, "ip6_session_count", id.Ipv6, func(s *dpi.ProtocolStats) uint64 { return s.Sessions }),
	counter(24, "ip6_active_session_count", id.Ipv6, (*dpi.ProtocolStats).Active),
	counter(25, "ip6_timedout_session_count", id.Ipv6, func(s *dpi.ProtocolStats) uint64 { return s.TimedOut }),
}

// ipv6Number reads bits of the first four bytes.
func ipv6Number(t dpi.DataType, shift uint, mask uint32) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) >= 4 && v.SetU(t, uint64(binary.BigEndian.Uint32(b)>>shift&mask))
	}
}

// ipv6Upper reads the number of the protocol after all extension headers.
func ipv6Upper(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	if len(b) < ipv6Header {
		return false
	}
	x := walkExtensions(b)
	for ok := true; ok; {
		_, ok = x.step()
	}
	return v.SetU(dpi.U8, uint64(x.next))
}

// countExtensions returns how many extension headers an IPv6 packet has and how
// many of them are superfluous: RFC 8200 section 4.1 allows one of each kind,
// two of the destination options.
func countExtensions(b []byte) (all, redundant uint64) {
	var seen [256]uint8
	x := walkExtensions(b)
	for {
		e, ok := x.step()
		if !ok {
			return all, redundant
		}
		all++
		seen[e.kind]++
		if n := seen[e.kind]; n > 2 || n == 2 && e.kind != extDestination {
			redundant++
		}
	}
}

func extensionCount(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	if len(b) < ipv6Header {
		return false
	}
	all, _ := countExtensions(b)
	return v.SetU(dpi.U16, all)
}

func redundantExtensions(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	if len(b) < ipv6Header {
		return false
	}
	_, redundant := countExtensions(b)
	return v.SetU(dpi.U16, redundant)
}
