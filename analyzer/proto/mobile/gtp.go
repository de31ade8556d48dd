package mobile

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
	"mmt/analyzer/proto/transport"
)

// Lengths and values of GTP headers, 3GPP TS 29.281 section 5.1; version 0 is
// GSM 09.60 section 6.
const (
	gtpHeader     = 8
	gtpLongHeader = 12
	gtpv0Header   = 20
	gtpTPDU       = 255
	gtpOptions    = 0x07 // next extension, sequence number, N-PDU number
	gtpHasNext    = 0x04
	gtpHasNumber  = 0x02
)

// GTP is GTP-U, and GTP-C of versions 0 and 1. User packets carry IP or, in 5G,
// Ethernet.
var GTP = dpi.Protocol{
	ID:   id.Gtp,
	Name: "gtp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: 0, Extract: gtpBits(5, 7)},
		{ID: 2, Name: "proto_type", Type: dpi.U8, Pos: 0, Extract: gtpBits(4, 1)},
		{ID: 3, Name: "reserved", Type: dpi.U8, Pos: 0, Extract: gtpBits(3, 1)},
		{ID: 4, Name: "flag_ext_hdr", Type: dpi.U8, Pos: 0, Extract: gtpBits(2, 1)},
		{ID: 5, Name: "flag_seq_num", Type: dpi.U8, Pos: 0, Extract: gtpBits(1, 1)},
		{ID: 6, Name: "flag_ndpu_num", Type: dpi.U8, Pos: 0, Extract: gtpBits(0, 1)},
		{ID: 7, Name: "flags", Type: dpi.U8, Pos: 0},
		{ID: 8, Name: "msg_type", Type: dpi.U8, Pos: 1},
		{ID: 9, Name: "length", Type: dpi.U16, Pos: 2},
		{ID: 10, Name: "teid", Type: dpi.U32, Pos: 4, Extract: gtpTEID},
		{ID: 11, Name: "seq_num", Type: dpi.U16, Pos: 8, Extract: gtpSequence},
		{ID: 12, Name: "imsi_mmc", Type: dpi.U16, Pos: 13, Extract: imsiCountry},
		{ID: 13, Name: "imsi_mnc", Type: dpi.U16, Pos: 14, Extract: imsiNetwork},
		{ID: 14, Name: "next_hdr_type", Type: dpi.U8, Pos: 0, Extract: gtpNextHeader},
		{ID: 15, Name: "ext_pdu_length", Type: dpi.U16, Pos: 0, Extract: sessionField(dpi.U16, func(e []byte) byte { return e[0] })},
		{ID: 16, Name: "ext_pdu_type", Type: dpi.U8, Pos: 0, Extract: sessionField(dpi.U8, func(e []byte) byte { return e[1] >> 4 })},
		{ID: 17, Name: "ext_pdu_qfi", Type: dpi.U8, Pos: 0, Extract: sessionField(dpi.U8, func(e []byte) byte { return e[2] & 0x3f })},
		{ID: 18, Name: "ext_pdu_next_hdr_type", Type: dpi.U8, Pos: 0, Extract: sessionField(dpi.U8, func(e []byte) byte { return e[len(e)-1] })},
	},
	Next:    nextGTP,
	Observe: observeGTP,
	State:   dpi.NewState[Tunnel](nil),
}

// gtpVersion returns the version of the header at the beginning of b.
func gtpVersion(b []byte) byte { return b[0] >> 5 }

// gtpLength returns the length of a header with its extensions, 0 if it is cut.
func gtpLength(b []byte) int {
	if len(b) < gtpHeader {
		return 0
	}
	if gtpVersion(b) == 0 {
		if len(b) < gtpv0Header {
			return 0
		}
		return gtpv0Header
	}
	return transport.GTPLength(b)
}

func nextGTP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	n := gtpLength(b)
	if n == 0 || b[1] != gtpTPDU || n >= len(b) {
		return dpi.Stop, off
	}
	inner := b[n:]
	switch transport.InnerIP(inner) {
	case 4:
		return id.Ip, off + n
	case 6:
		return id.Ipv6, off + n
	}
	if link.LooksEthernet(inner) {
		return id.Ethernet, off + n
	}
	return dpi.Unknown, off + n
}

func gtpBits(shift uint, mask byte) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) > 0 && v.SetU(dpi.U8, uint64(b[0]>>shift&mask))
	}
}

// gtpv1 returns the bytes of a layer of at least n bytes and of version 1, nil
// if it is not.
func gtpv1(p *dpi.Packet, layer, n int) []byte {
	b := p.LayerBytes(layer)
	if len(b) < n || gtpVersion(b) != 1 {
		return nil
	}
	return b
}

func gtpTEID(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := gtpv1(p, layer, gtpHeader)
	return b != nil && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(b[4:])))
}

func gtpSequence(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := gtpv1(p, layer, gtpLongHeader)
	return b != nil && b[0]&gtpHasNumber != 0 && v.SetU(dpi.U16, uint64(binary.BigEndian.Uint16(b[8:])))
}

func gtpNextHeader(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := gtpv1(p, layer, gtpLongHeader)
	return b != nil && b[0]&gtpHasNext != 0 && v.SetU(dpi.U8, uint64(b[11]))
}

// pduSession is the type of the extension header "PDU Session Container".
const pduSession = 0x85

// sessionContainer returns the extension header of that kind, from its length
// byte to the type of the next one, nil if there is none (TS 38.415 section
// 5.5.2).
func sessionContainer(b []byte) []byte {
	if len(b) < gtpLongHeader || gtpVersion(b) != 1 || b[0]&gtpHasNext == 0 {
		return nil
	}
	kind, b := b[gtpLongHeader-1], b[gtpLongHeader:]
	for kind != 0 && len(b) > 0 {
		n := int(b[0]) * 4
		if n == 0 || n > len(b) {
			return nil
		}
		if kind == pduSession {
			return b[:n]
		}
		kind, b = b[n-1], b[n:]
	}
	return nil
}

// sessionField reads a byte of the PDU session container.
func sessionField(t dpi.DataType, read func(e []byte) byte) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		e := sessionContainer(p.LayerBytes(layer))
		return e != nil && v.SetU(t, uint64(read(e)))
	}
}
