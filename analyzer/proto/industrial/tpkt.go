package industrial

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TPKT is RFC 1006 section 6: version 3, a reserved byte, and the length of the
// packet. It carries COTP, and COTP carries S7 or MMS.
var TPKT = dpi.Protocol{
	ID:   id.Tpkt,
	Name: "tpkt",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "reserved", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "length", Type: dpi.U16, Pos: 2},
	},
	Classifiers: over(60, isTPKT, []uint16{102}, true, id.Tcp),
	Inspect:     inspectTPKT,
}

const tpktHeader = 4

// cotpOf returns the COTP header and what it carries, of the first packet in d;
// nil if there is none.
func cotpOf(d []byte) (header, user []byte) {
	if len(d) < tpktHeader+2 || d[0] != 3 || d[1] != 0 {
		return nil, nil
	}
	packet := int(be.Uint16(d[2:]))
	d = d[:min(len(d), packet)]
	if len(d) < tpktHeader+2 {
		return nil, nil
	}
	header = d[tpktHeader:]
	n := int(header[0]) + 1
	if n < 2 || n > len(header) {
		return nil, nil
	}
	return header[:n], header[n:]
}

// isTPKT takes connections of port 102 whose first packet is a COTP unit.
func isTPKT(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < tpktHeader+3 {
		return short(p)
	}
	header, _ := cotpOf(d)
	if header == nil {
		return dpi.No
	}
	switch header[1] & 0xf0 {
	case 0xe0, 0xd0, 0x80, 0xf0, 0x10, 0x50, 0x70: // connection, disconnection, data, acknowledgement, ...
		return dpi.Yes
	}
	return dpi.No
}

// inspectTPKT finds what COTP's data units carry.
func inspectTPKT(p *dpi.Packet, d []byte) bool {
	p.Push(id.Cotp)
	for len(d) >= tpktHeader {
		header, user := cotpOf(d)
		if header != nil && header[1]&0xf0 == 0xf0 && len(user) > 1 {
			return pushCOTPUser(p, user)
		}
		n := int(be.Uint16(d[2:]))
		if n < tpktHeader || n > len(d) {
			return false
		}
		d = d[n:]
	}
	return false
}

// pushCOTPUser puts the protocol of COTP's user data on the path.
func pushCOTPUser(p *dpi.Packet, user []byte) bool {
	switch {
	case user[0] == 0x32 && user[1] <= 7:
		p.Push(id.S7comm)
	case user[0] == 0x72 && oneOf(user[1], 1, 2, 3, 0xfe): // versions; the last is of system events
		p.Push(id.S7commPlus)
	case carriesMMS(user):
		p.Push(id.Iso95061Mms)
	}
	return true
}

// mmsObject starts the object identifiers of MMS, 1.0.9506.2 (ISO 9506-2).
var mmsObject = []byte{0x28, 0xca, 0x22, 0x02}

// carriesMMS tells MMS from what else there is in ISO sessions: their connect
// and accept units (X.225 section 8.3) must name it; the data of a session whose
// beginning was not seen follows the units "give tokens" and "data transfer" and
// is in presentation data of type 0x61 (X.226 section 8.2).
func carriesMMS(user []byte) bool {
	if user[0] == 0x0d || user[0] == 0x0e {
		return bytes.Contains(user, mmsObject)
	}
	return len(user) > 12 && be.Uint32(user) == 0x01000100 && user[4] == 0x61
}

// COTP is the ISO connection-oriented transport, X.224, over TPKT.
var COTP = dpi.Protocol{
	ID:   id.Cotp,
	Name: "cotp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "length", Type: dpi.U8, Pos: 0, Extract: cotpByte(0)},
		{ID: 2, Name: "pdu_type", Type: dpi.U8, Pos: 1, Extract: cotpByte(1)},
	},
}

// cotpByte extracts a byte of the COTP header.
func cotpByte(i int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		header, _ := cotpOf(p.LayerBytes(layer))
		return header != nil && v.SetU(dpi.U8, uint64(header[i]))
	}
}

// S7 is Siemens' S7 communication, in COTP data: its identifier is 0x32.
var S7 = dpi.Protocol{
	ID:   id.S7comm,
	Name: "s7comm",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "proto_id", Type: dpi.U8, Pos: 0, Extract: s7Field(0, 1)},
		{ID: 2, Name: "rosctr", Type: dpi.U8, Pos: 1, Extract: s7Field(1, 1)},
		{ID: 3, Name: "reserved", Type: dpi.U16, Pos: 2, Extract: s7Field(2, 2)},
		{ID: 4, Name: "pdur", Type: dpi.U16, Pos: 4, Extract: s7Field(4, 2)},
		{ID: 5, Name: "param_length", Type: dpi.U16, Pos: 6, Extract: s7Field(6, 2)},
		{ID: 6, Name: "data_length", Type: dpi.U16, Pos: 8, Extract: s7Field(8, 2)},
		{ID: 1001, Name: "function", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: s7Function},
	},
}

// s7Field extracts a number of the S7 header, big endian.
func s7Field(pos, size int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		_, user := cotpOf(p.LayerBytes(layer))
		if len(user) < pos+size || user[0] != 0x32 {
			return false
		}
		if size == 1 {
			return v.SetU(dpi.U8, uint64(user[pos]))
		}
		return v.SetU(dpi.U16, uint64(be.Uint16(user[pos:])))
	}
}

// s7Function reads the first parameter of a job (1) or an answer (3), which is
// its function. An answer's header has two bytes more, of errors.
func s7Function(p *dpi.Packet, layer int, v *dpi.Value) bool {
	_, user := cotpOf(p.LayerBytes(layer))
	if len(user) < 2 || user[0] != 0x32 {
		return false
	}
	pos := len(user)
	switch user[1] {
	case 1:
		pos = 10
	case 3:
		pos = 12
	}
	return len(user) > pos && v.SetU(dpi.U8, uint64(user[pos]))
}
