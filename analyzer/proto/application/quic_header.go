package application

import "encoding/binary"

// Versions of QUIC, IANA "QUIC Versions" and the wiki of the IETF working group.
const (
	quicNegotiation = 0x00000000
	quicV1          = 0x00000001 // RFC 9000
	quicV2          = 0x6b3343cf // RFC 9369
	quicV2Draft     = 0x709a50c4 // its drafts
	quicV2Draft00   = 0xff020000 // the first of them
	quicQ050        = 0x51303530 // gQUIC with the IETF's header
	quicT050        = 0x54303530 // the same with TLS
	quicT051        = 0x54303531
	mvfst22         = 0xfaceb001 // Facebook's, as draft 22
)

// quicType is what a packet with a long header is for.
type quicType uint8

// In the order of version 1, RFC 9000 table 5.
const (
	quicInitial quicType = iota
	quicZeroRTT
	quicHandshake
	quicRetry
	quicVersions // version negotiation
)

const (
	maxQUICConnectionID = 20
	quicLongHeader      = 7 // first byte, version, and the lengths of two empty connection IDs
)

// quicDraft returns the draft of the IETF that a version of QUIC follows, 34 for
// version 1, 0 if the version is not one with the IETF's long header.
func quicDraft(version uint32) int {
	switch {
	case version == quicV1 || isQUIC2(version):
		return 34
	case version>>8 == 0xff0000:
		return int(version & 0xff)
	case version == mvfst22:
		return 22
	case version>>8 == 0xfaceb0:
		return 27
	case isQUICGrease(version):
		return 34
	case isLateGQUIC(version):
		return 27
	}
	return 0
}

// isQUIC2 tells version 2 and its drafts.
func isQUIC2(version uint32) bool {
	return version == quicV2 || version == quicV2Draft || version == quicV2Draft00
}

// isLateGQUIC tells the versions of gQUIC that have the IETF's header and its
// protection of Initial packets.
func isLateGQUIC(version uint32) bool {
	return version == quicQ050 || version == quicT050 || version == quicT051
}

// isQUICGrease tells versions that are to be refused, RFC 9000 section 15.
func isQUICGrease(version uint32) bool { return version&0x0f0f0f0f == 0x0a0a0a0a }

// quicHeader is a long header of QUIC, RFC 9000 section 17.2. Its slices are
// views.
type quicHeader struct {
	first      byte
	version    uint32
	dcid, scid []byte // connection IDs of destination and source
	token      []byte // of Initial and Retry packets
	kind       quicType
	length     int // of packet number and payload
	number     int // offset of the packet number
	end        int // offset of what follows the packet in the datagram
}

// parse reads the long header at the beginning of d. It returns false if there
// is none of a known version, or if it says more than d can hold.
func (h *quicHeader) parse(d []byte) bool {
	if len(d) < quicLongHeader || d[0]&0x80 == 0 {
		return false
	}
	*h = quicHeader{first: d[0], version: binary.BigEndian.Uint32(d[1:]), end: len(d)}
	r := wireReader{b: d[5:]}
	if !h.connectionIDs(&r) {
		return false
	}
	h.kind = h.typeOf()
	switch h.kind {
	case quicVersions:
		return len(h.scid) >= 8 && quicKnownVersions(r.b)
	case quicRetry:
		h.token = r.b
		return len(r.b) >= 16 // the integrity tag
	case quicInitial:
		h.token = r.take(int(min(r.varint(), 1<<16)))
	}
	n := r.varint()
	if r.bad || n < 17 || n > 1<<16 { // packet number and authentication tag
		return false
	}
	h.length, h.number = int(n), len(d)-len(r.b)
	h.end = min(h.number+h.length, len(d))
	return true
}

// connectionIDs reads the connection IDs; before draft 22 both lengths are in
// one byte.
func (h *quicHeader) connectionIDs(r *wireReader) bool {
	draft := quicDraft(h.version)
	switch {
	case h.version != quicNegotiation && (draft == 0 || h.first&0x40 == 0):
		return false
	case draft > 0 && draft < 22:
		n := int(r.uint(1))
		h.dcid, h.scid = r.take(nibbleLength(n>>4)), r.take(nibbleLength(n&15))
	default:
		h.dcid, h.scid = r.vector(1), r.vector(1)
	}
	return !r.bad && len(h.dcid) <= maxQUICConnectionID && len(h.scid) <= maxQUICConnectionID
}

// nibbleLength decodes the 4-bit length of a connection ID.
func nibbleLength(n int) int {
	if n > 0 {
		n += 3
	}
	return n
}

// typeOf returns what the packet is for. Version 2 has moved the numbers on by
// one (RFC 9369 section 3.2).
func (h *quicHeader) typeOf() quicType {
	bits := h.first >> 4 & 3
	switch h.version {
	case quicNegotiation:
		return quicVersions
	case quicV2, quicV2Draft:
		bits = (bits - 1) & 3
	}
	return quicType(bits)
}

// quicKnownVersions tells whether a list of versions (RFC 9000 section 17.2.1)
// has one that is known. The server answers to a connection ID that a client has
// chosen, which is 8 bytes long at least.
func quicKnownVersions(list []byte) bool {
	if len(list)%4 != 0 {
		return false
	}
	for ; len(list) >= 4; list = list[4:] {
		if v := binary.BigEndian.Uint32(list); quicDraft(v) > 0 && !isQUICGrease(v) || isGQUICVersion(v) {
			return true
		}
	}
	return false
}
