package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SCTPData is a DATA chunk, RFC 9260 section 3.3.1.
var SCTPData = dpi.Protocol{
	ID:   id.SctpData,
	Name: "sctp_data",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "ch_type", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "ch_flags", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "ch_length", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "data_tsn", Type: dpi.U32, Pos: 4},
		{ID: 5, Name: "data_stream", Type: dpi.U16, Pos: 8},
		{ID: 6, Name: "data_ssn", Type: dpi.U16, Pos: 10},
		{ID: 7, Name: "data_ppid", Type: dpi.U32, Pos: 12},
	},
	Next: nextData,
}

func nextData(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < dataHeader {
		return dpi.Stop, off
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < dataHeader {
		return dpi.Stop, off
	}
	p.Limit(off + n)
	return dpi.ByFlow, off + dataHeader
}

// SCTPSack is a selective acknowledgement, RFC 9260 section 3.3.4.
var SCTPSack = dpi.Protocol{
	ID:   id.SctpSack,
	Name: "sctp_sack",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "ch_type", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "ch_flags", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "ch_length", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "sack_cum_tsn", Type: dpi.U32, Pos: 4},
		{ID: 5, Name: "sack_a_rwnd", Type: dpi.U32, Pos: 8},
		{ID: 6, Name: "sack_num_gap_blocks", Type: dpi.U16, Pos: 12},
		{ID: 7, Name: "sack_num_dup_tsn", Type: dpi.U32, Pos: 14, Extract: sackDuplicates},
	},
	Next: nextChunk,
}

// sackDuplicates reads the number of duplicates, a field of 16 bits that the
// attribute table has as one of 32.
func sackDuplicates(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) >= 16 && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint16(b[14:])))
}

// SCTPInit is an INIT or INIT ACK chunk, RFC 9260 sections 3.3.2 and 3.3.3.
var SCTPInit = dpi.Protocol{
	ID:   id.SctpInit,
	Name: "sctp_init",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "ch_type", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "ch_flags", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "ch_length", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "init_ini_tag", Type: dpi.U32, Pos: 4},
		{ID: 5, Name: "init_a_rwnd", Type: dpi.U32, Pos: 8},
		{ID: 6, Name: "init_num_out_streams", Type: dpi.U16, Pos: 12},
		{ID: 7, Name: "init_num_in_streams", Type: dpi.U16, Pos: 14},
		{ID: 8, Name: "init_ini_tsn", Type: dpi.U32, Pos: 16},
	},
	Next: nextChunk,
}

// Chunks of which only the place in the path is told: RFC 9260 section 3.3, RFC
// 4895 (AUTH), RFC 5061 (ASCONF), RFC 6525 (RE-CONFIG).
var (
	SCTPHeartbeat        = dpi.Protocol{ID: id.SctpHeartbeat, Name: "sctp_heartbeat", Next: nextChunk}
	SCTPShutdown         = dpi.Protocol{ID: id.SctpShutdown, Name: "sctp_shutdown", Next: nextChunk}
	SCTPShutdownComplete = dpi.Protocol{ID: id.SctpShutdownComplete, Name: "sctp_shutdown_complete", Next: nextChunk}
	SCTPAbort            = dpi.Protocol{ID: id.SctpAbort, Name: "sctp_abort", Next: nextChunk}
	SCTPError            = dpi.Protocol{ID: id.SctpError, Name: "sctp_error", Next: nextChunk}
	SCTPCookieEcho       = dpi.Protocol{ID: id.SctpCookieEcho, Name: "sctp_cookie_echo", Next: nextChunk}
	SCTPEcne             = dpi.Protocol{ID: id.SctpEcne, Name: "sctp_ecne", Next: nextChunk}
	SCTPCwr              = dpi.Protocol{ID: id.SctpCwr, Name: "sctp_cwr", Next: nextChunk}
	SCTPAuth             = dpi.Protocol{ID: id.SctpAuth, Name: "sctp_auth", Next: nextChunk}
	SCTPAsconf           = dpi.Protocol{ID: id.SctpAsconf, Name: "sctp_asconf", Next: nextChunk}
	SCTPReConfig         = dpi.Protocol{ID: id.SctpReConfig, Name: "sctp_re_config", Next: nextChunk}
)
