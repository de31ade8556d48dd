package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Lengths of RFC 9260 section 3.
const (
	sctpHeader  = 12
	chunkHeader = 4
	dataHeader  = 16 // of a DATA chunk, before the user's data
)

// SCTP is RFC 9260. The chunks of a packet follow one another in the path, up
// to the first DATA chunk, whose content the flow's classification tells.
var SCTP = dpi.Protocol{
	ID:   id.Sctp,
	Name: "sctp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "src_port", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "dest_port", Type: dpi.U16, Pos: 2},
		{ID: 3, Name: "verif_tag", Type: dpi.U32, Pos: 4},
		{ID: 4, Name: "checksum", Type: dpi.U32, Pos: 8},
		{ID: 5, Name: "ch_type", Type: dpi.U8, Pos: 12},
		{ID: 6, Name: "ch_flags", Type: dpi.U8, Pos: 13},
		{ID: 7, Name: "ch_length", Type: dpi.U16, Pos: 14},
	},
	Next: nextSCTP,
}

func nextSCTP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < sctpHeader {
		return dpi.Stop, off
	}
	p.SetPorts(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
	return chunkAt(p, off+sctpHeader)
}

// chunkAt returns the protocol of the first chunk from off on that has one, and
// where it is. It returns Stop where the packet ends, Unknown where no chunk
// has a protocol.
func chunkAt(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	first, found := off, false
	for {
		b := p.Bytes(off)
		if len(b) < chunkHeader {
			break
		}
		found = true
		if next := chunkProtocol(b[0]); next != dpi.Unknown {
			return next, off
		}
		n := chunkLength(b)
		if n == 0 {
			break
		}
		off += n
	}
	if !found {
		return dpi.Stop, first
	}
	return dpi.Unknown, first
}

// chunkLength returns how far it is to the next chunk, 0 if the length is wrong.
func chunkLength(b []byte) int {
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < chunkHeader {
		return 0
	}
	return (n + 3) &^ 3
}

// chunkProtocol returns the protocol of a chunk type (IANA, "SCTP Parameters").
// A request and its answer share one.
func chunkProtocol(kind byte) dpi.ProtocolID {
	switch kind {
	case 0:
		return id.SctpData
	case 1, 2:
		return id.SctpInit
	case 3:
		return id.SctpSack
	case 4, 5:
		return id.SctpHeartbeat
	case 6:
		return id.SctpAbort
	case 7, 8:
		return id.SctpShutdown
	case 9:
		return id.SctpError
	case 10, 11:
		return id.SctpCookieEcho
	case 12:
		return id.SctpEcne
	case 13:
		return id.SctpCwr
	case 14:
		return id.SctpShutdownComplete
	case 15:
		return id.SctpAuth
	case 0x80, 0xc1:
		return id.SctpAsconf
	case 0x82:
		return id.SctpReConfig
	}
	return dpi.Unknown
}

// nextChunk goes on with the chunk after the one at off.
func nextChunk(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < chunkHeader {
		return dpi.Stop, off
	}
	n := chunkLength(b)
	if n == 0 {
		return dpi.Stop, off
	}
	return chunkAt(p, off+n)
}

// SCTPPayloadProtocol returns the payload protocol identifier of the packet's
// first DATA chunk (IANA, "SCTP Payload Protocol Identifiers") and its user
// data, which is the packet's Payload; nil data if the packet has no such chunk.
func SCTPPayloadProtocol(p *dpi.Packet) (ppid uint32, data []byte) {
	layer := p.Transport()
	if layer == 0 || p.Layers()[layer].Proto != id.SctpData {
		return 0, nil
	}
	b := p.LayerBytes(layer)
	if len(b) < dataHeader {
		return 0, nil
	}
	return binary.BigEndian.Uint32(b[12:]), b[dataHeader:]
}
