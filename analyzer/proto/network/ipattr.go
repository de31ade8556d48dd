package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ipAttributes are the attributes of IPv4. The l4s_ ones are measured by
// in-band telemetry and absent without it.
var ipAttributes = []dpi.Attribute{
	{ID: 1, Name: "version", Type: dpi.U8, Pos: 0, Extract: highNibble},
	{ID: 2, Name: "header_len", Type: dpi.U8, Pos: 0, Extract: ipNumber(dpi.U8, func(b []byte) uint64 { return uint64(len(b)) })},
	{ID: 3, Name: "proto_tos", Type: dpi.U8, Pos: 1},
	{ID: 4, Name: "tot_len", Type: dpi.U16, Pos: 2},
	{ID: 5, Name: "identification", Type: dpi.U16, Pos: 4},
	{ID: 6, Name: "rf_flag", Type: dpi.U8, Pos: 6, Extract: ipFlag(flagReserved)},
	{ID: 7, Name: "df_flag", Type: dpi.U8, Pos: 6, Extract: ipFlag(flagDont)},
	{ID: 8, Name: "mf_flag", Type: dpi.U8, Pos: 6, Extract: ipFlag(flagMore)},
	{ID: 9, Name: "frag_offset", Type: dpi.U16, Pos: 6, Extract: ipNumber(dpi.U16, fragmentOffset)},
	{ID: 10, Name: "proto_ttl", Type: dpi.U8, Pos: 8},
	{ID: 11, Name: "proto_id", Type: dpi.U8, Pos: 9},
	{ID: 12, Name: "checksum", Type: dpi.U16, Pos: 10},
	{ID: 13, Name: "src", Type: dpi.IP4Addr, Pos: 12},
	{ID: 14, Name: "dst", Type: dpi.IP4Addr, Pos: 16},
	{ID: 15, Name: "options", Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Extract: ipOptions},
	{ID: 16, Name: "opts_type", Type: dpi.U8, Pos: 20, Extract: ipOptionType},
	{ID: 17, Name: "padding_check", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: ipNumber(dpi.U8, badPadding)},
	{ID: 19, Name: "client_addr", Type: dpi.IP4Addr, Pos: dpi.PositionNotKnown, Extract: flowIP4(0)},
	{ID: 20, Name: "server_addr", Type: dpi.IP4Addr, Pos: dpi.PositionNotKnown, Extract: flowIP4(1)},
	{ID: 21, Name: "client_port", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: flowPort(0)},
	{ID: 22, Name: "server_port", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: flowPort(1)},
	counter(23, "ip_frag_packets_count", id.Ip, func(s *dpi.ProtocolStats) uint64 { return s.FragPackets }),
	counter(24, "ip_frag_data_volume", id.Ip, func(s *dpi.ProtocolStats) uint64 { return s.FragData }),
	counter(25, "ip_df_packets_count", id.Ip, func(s *dpi.ProtocolStats) uint64 { return s.DFPackets }),
	counter(26, "ip_df_data_volume", id.Ip, func(s *dpi.ProtocolStats) uint64 { return s.DFData }),
	counter(27, "ip_session_count", id.Ip, func(s *dpi.ProtocolStats) uint64 { return s.Sessions }),
	counter(28, "ip_active_session_count", id.Ip, (*dpi.ProtocolStats).Active),
	counter(29, "ip_timedout_session_count", id.Ip, func(s *dpi.ProtocolStats) uint64 { return s.TimedOut }),
	{ID: 30, Name: "ecn", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: ipNumber(dpi.U8, func(b []byte) uint64 { return uint64(b[1] & 3) })},
	{ID: 31, Name: "jitter", Type: dpi.TimeVal, Pos: dpi.PositionNotKnown, Extract: ipJitter},
	{ID: 32, Name: "l4s_marked", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: notMeasured},
	{ID: 33, Name: "l4s_queue_delay", Type: dpi.Float, Pos: dpi.PositionNotKnown, Extract: notMeasured},
	{ID: 34, Name: "l4s_nb_drops", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: notMeasured},
}

// notMeasured is the extraction of what only in-band telemetry could tell.
func notMeasured(*dpi.Packet, int, *dpi.Value) bool { return false }

// highNibble reads the upper half of a layer's first byte.
func highNibble(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) > 0 && v.SetU(dpi.U8, uint64(b[0]>>4))
}

// ipNumber reads a number from a whole IPv4 header.
func ipNumber(t dpi.DataType, read func(header []byte) uint64) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := ipHeader(p.LayerBytes(layer))
		return b != nil && v.SetU(t, read(b))
	}
}

// ipFlag reads a bit of the fragmentation field as 0 or 1.
func ipFlag(mask uint16) dpi.ExtractFunc {
	return ipNumber(dpi.U8, func(b []byte) uint64 {
		if binary.BigEndian.Uint16(b[6:])&mask != 0 {
			return 1
		}
		return 0
	})
}

// fragmentOffset returns where a fragment belongs, in bytes.
func fragmentOffset(b []byte) uint64 {
	return uint64(binary.BigEndian.Uint16(b[6:])&fragmentUnits) * 8
}

// ipOptions reads the options as they are in the header, if there are any.
func ipOptions(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := ipHeader(p.LayerBytes(layer))
	return len(b) > minIPHeader && v.SetBytes(dpi.Pointer, b[minIPHeader:])
}

// ipOptionType reads the type of the first option.
func ipOptionType(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := ipHeader(p.LayerBytes(layer))
	return len(b) > minIPHeader && v.SetU(dpi.U8, uint64(b[minIPHeader]))
}

// badPadding returns 1 if something other than zeros follows the end of the
// options (RFC 791 section 3.1, "Padding"), else 0.
func badPadding(b []byte) uint64 {
	for i := minIPHeader; i < len(b); {
		switch {
		case b[i] == 0: // end of options
			return nonZero(b[i+1:])
		case b[i] == 1: // no operation
			i++
		case i+1 >= len(b) || b[i+1] < 2:
			return 0
		default:
			i += int(b[i+1])
		}
	}
	return 0
}

// nonZero returns 1 if a byte of b is not zero, else 0.
func nonZero(b []byte) uint64 {
	for _, c := range b {
		if c != 0 {
			return 1
		}
	}
	return 0
}

// counter makes an attribute that reads the running statistics of a protocol.
func counter(number dpi.AttributeID, name string, protocol dpi.ProtocolID, read func(*dpi.ProtocolStats) uint64) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.U64, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
			s := p.Handler().Stats(protocol)
			return v.SetU(dpi.U64, read(&s))
		}}
}
