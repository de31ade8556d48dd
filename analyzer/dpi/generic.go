package dpi

import "encoding/binary"

// Identifiers of the attributes that every protocol has.
const (
	AttrHeader AttributeID = 0x1000 + iota
	AttrData
	AttrPayload
	AttrPacketCount
	AttrDataCount
	AttrPayloadCount
	AttrFragPackets
	AttrFragVolume
	AttrDFPackets
	AttrDFVolume
	AttrSessionCount
	AttrActiveSessions
	AttrTimedOutSessions
	AttrFirstPacketTime
	AttrLastPacketTime
	AttrStats
	AttrSession
	AttrSessionID
)

// genericAttributes are the attributes that every protocol has.
var genericAttributes = []Attribute{
	{AttrHeader, "p_hdr", Pointer, 0, PositionNotKnown, ScopePacket, extractHeader},
	{AttrData, "p_data", Pointer, 0, PositionNotKnown, ScopePacket, extractData},
	{AttrPayload, "p_payload", Pointer, 0, PositionNotKnown, ScopePacket, extractPayload},
	stat(AttrPacketCount, "packet_count", func(s *ProtocolStats) uint64 { return s.Packets }),
	stat(AttrDataCount, "data_count", func(s *ProtocolStats) uint64 { return s.Data }),
	stat(AttrPayloadCount, "payload_count", func(s *ProtocolStats) uint64 { return s.Payload }),
	stat(AttrFragPackets, "ip_frag_packets_count", func(s *ProtocolStats) uint64 { return s.FragPackets }),
	stat(AttrFragVolume, "ip_frag_data_volume", func(s *ProtocolStats) uint64 { return s.FragData }),
	stat(AttrDFPackets, "ip_df_packets_count", func(s *ProtocolStats) uint64 { return s.DFPackets }),
	stat(AttrDFVolume, "ip_df_data_volume", func(s *ProtocolStats) uint64 { return s.DFData }),
	stat(AttrSessionCount, "session_count", func(s *ProtocolStats) uint64 { return s.Sessions }),
	stat(AttrActiveSessions, "a_session_count", (*ProtocolStats).Active),
	stat(AttrTimedOutSessions, "t_session_count", func(s *ProtocolStats) uint64 { return s.TimedOut }),
	statTime(AttrFirstPacketTime, "first_packet_time", func(s *ProtocolStats) int64 { return s.FirstPacket }),
	statTime(AttrLastPacketTime, "last_packet_time", func(s *ProtocolStats) int64 { return s.LastPacket }),
	{AttrStats, "stats", Stats, 0, PositionNotKnown, ScopePacket, extractStats},
	{AttrSession, "session", Pointer, 0, PositionNotKnown, ScopeEvent, extractNewSession},
	{AttrSessionID, "session_id", U64, 0, PositionNotKnown, ScopePacket, extractSessionID},
}

// statsOf returns the statistics of the protocol of a layer.
func statsOf(p *Packet, layer int) *ProtocolStats { return &p.h.stats[p.layers[layer].Proto] }

func stat(id AttributeID, name string, get func(*ProtocolStats) uint64) Attribute {
	return Attribute{id, name, U64, 0, PositionNotKnown, ScopePacket, func(p *Packet, layer int, v *Value) bool {
		return v.SetU(U64, get(statsOf(p, layer)))
	}}
}

func statTime(id AttributeID, name string, get func(*ProtocolStats) int64) Attribute {
	return Attribute{id, name, TimeVal, 0, PositionNotKnown, ScopePacket, func(p *Packet, layer int, v *Value) bool {
		return v.SetU(TimeVal, uint64(get(statsOf(p, layer))))
	}}
}

// nextOffset returns where the layer after the given one starts, or the end of
// the packet if it is the last.
func nextOffset(p *Packet, layer int) int {
	if layer+1 < p.n {
		return int(p.layers[layer+1].Off)
	}
	return p.end
}

// extractHeader reads a layer's own header: up to the next layer.
func extractHeader(p *Packet, layer int, v *Value) bool {
	from, to := int(p.layers[layer].Off), nextOffset(p, layer)
	if from > to || to > len(p.Data) {
		return false
	}
	return v.SetBytes(Pointer, p.Data[from:to])
}

// extractData reads a layer from its header on.
func extractData(p *Packet, layer int, v *Value) bool {
	b := p.LayerBytes(layer)
	return len(b) > 0 && v.SetBytes(Pointer, b)
}

// extractPayload reads what follows a layer's header.
func extractPayload(p *Packet, layer int, v *Value) bool {
	if layer+1 >= p.n {
		return false
	}
	b := p.Bytes(nextOffset(p, layer))
	return len(b) > 0 && v.SetBytes(Pointer, b)
}

func extractStats(p *Packet, layer int, v *Value) bool {
	return v.SetU(Stats, statsOf(p, layer).Packets)
}

// extractNewSession is there on the first packet of a session.
func extractNewSession(p *Packet, _ int, v *Value) bool {
	f := p.Flow
	return f != nil && f.Packets[Up]+f.Packets[Down] == 1 && v.SetU(Pointer, f.ID)
}

func extractSessionID(p *Packet, _ int, v *Value) bool {
	return p.Flow != nil && v.SetU(U64, p.Flow.ID)
}

// extractAt returns the extraction function of an attribute of the given type
// at a fixed position, nil if the type cannot be read that way.
func extractAt(t DataType, size, pos int) ExtractFunc {
	if pos < 0 {
		return nil
	}
	switch {
	case t >= U8 && t <= U64:
		return extractNumber(t, size, pos)
	case t == IP4Addr:
		return func(p *Packet, layer int, v *Value) bool {
			b := field(p, layer, pos, 4)
			return b != nil && v.SetIP4(b)
		}
	case t == MACAddr, t == IP6Addr:
		return func(p *Packet, layer int, v *Value) bool {
			b := field(p, layer, pos, size)
			return b != nil && v.SetBytes(t, b)
		}
	}
	return nil
}

// field returns size bytes at pos of a layer, nil if the packet ends before.
func field(p *Packet, layer, pos, size int) []byte {
	b := p.LayerBytes(layer)
	if len(b) < pos+size {
		return nil
	}
	return b[pos : pos+size]
}

// extractNumber reads a big-endian number of 1, 2, 4 or 8 bytes.
func extractNumber(t DataType, size, pos int) ExtractFunc {
	switch size {
	case 1:
		return func(p *Packet, layer int, v *Value) bool {
			b := field(p, layer, pos, 1)
			return b != nil && v.SetU(t, uint64(b[0]))
		}
	case 2:
		return func(p *Packet, layer int, v *Value) bool {
			b := field(p, layer, pos, 2)
			return b != nil && v.SetU(t, uint64(binary.BigEndian.Uint16(b)))
		}
	case 4:
		return func(p *Packet, layer int, v *Value) bool {
			b := field(p, layer, pos, 4)
			return b != nil && v.SetU(t, uint64(binary.BigEndian.Uint32(b)))
		}
	case 8:
		return func(p *Packet, layer int, v *Value) bool {
			b := field(p, layer, pos, 8)
			return b != nil && v.SetU(t, binary.BigEndian.Uint64(b))
		}
	}
	return nil
}
