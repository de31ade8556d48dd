package application

import (
	"bytes"
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Types of protocol data units of DICOM, PS3.8 section 9.3.
const (
	dicomRequest = 1
	dicomAccept  = 2
	dicomData    = 4
	dicomAbort   = 7
)

// Sizes of DICOM, PS3.8 section 9.3: header of a unit, the fixed part of an
// association's opening, header of a value in a data unit.
const (
	dicomHeader = 6
	dicomOpen   = 68
	dicomPDV    = 6
)

// DICOM is the upper layer protocol of DICOM over TCP (PS3.8) and the commands
// that it carries (PS3.7). Attributes are those of the first unit that starts
// in a packet.
var DICOM = dpi.Protocol{
	ID:         id.Dicom,
	Name:       "dicom",
	Attributes: dicomAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{104, 11112}, Classify: classifyDICOM},
	},
	Track:  trackDICOM,
	Always: true,
	State:  dpi.NewState[dicomState](nil),
}

// classifyDICOM knows the unit that opens an association, or that accepts it:
// version 1, two titles in printable characters, zeros (section 9.3.2).
func classifyDICOM(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != dicomRequest && d[0] != dicomAccept || len(d) > 1 && d[1] != 0 {
		return dpi.No
	}
	if len(d) < dicomHeader+dicomOpen {
		return dpi.More
	}
	n, version := be32(d[2:]), be16(d[6:])
	titles := d[0] == dicomAccept || isPrintable(d[10:42]) && isZero(d[42:74])
	return verdict(n >= dicomOpen && n < 1<<20 && version&1 != 0 && version < 16 && d[8] == 0 && d[9] == 0 && titles)
}

// dicomState is where the units of each direction of a flow start.
type dicomState struct {
	left   [2]uint32 // bytes until the next unit starts
	lost   [2]bool   // nothing is known of where the next one starts
	packet uint64    // number of the latest packet in which a unit starts
	at     uint32    // where, in the packet's payload
}

// trackDICOM follows the lengths of the units of d, what is new in a
// direction.
func trackDICOM(p *dpi.Packet, d []byte) {
	s := dpi.State[dicomState](p, id.Dicom)
	if s == nil {
		return
	}
	if p.Gap {
		s.lost[p.Dir] = true
	}
	if s.lost[p.Dir] && !s.resume(p.Dir, d) {
		return
	}
	for off := uint32(0); ; {
		left := s.left[p.Dir]
		if left >= uint32(len(d))-off {
			s.left[p.Dir] = left - (uint32(len(d)) - off)
			return
		}
		off += left
		if s.packet != p.Index && len(d) == len(p.Payload) {
			s.packet, s.at = p.Index, off
		}
		unit := d[off:]
		if len(unit) < dicomHeader || be32(unit[2:]) > 1<<28 {
			s.left[p.Dir], s.lost[p.Dir] = 0, true
			return
		}
		s.left[p.Dir] = dicomHeader + be32(unit[2:])
	}
}

// resume tells whether, after bytes were lost, a unit starts with d.
func (s *dicomState) resume(dir dpi.Direction, d []byte) bool {
	if len(d) < dicomHeader || d[0] == 0 || d[0] > dicomAbort || d[1] != 0 || be32(d[2:]) > 1<<24 {
		return false
	}
	s.left[dir], s.lost[dir] = 0, false
	return true
}

// dicomUnit returns the first unit that starts in the packet, as far as the
// packet has it; nil if none does.
func dicomUnit(p *dpi.Packet) []byte {
	s := dpi.HasState[dicomState](p, id.Dicom)
	if s == nil || s.packet != p.Index || int(s.at)+dicomHeader > len(p.Payload) {
		return nil
	}
	return p.Payload[s.at:]
}

// dicomValue returns the first value of a data unit from its header on.
func dicomValue(p *dpi.Packet) []byte {
	u := dicomUnit(p)
	if len(u) < dicomHeader+dicomPDV || u[0] != dicomData {
		return nil
	}
	return u[dicomHeader:]
}

// dicomElement returns the value of an element of the command that a data unit
// carries (PS3.7 section 6.3.1: group 0, implicit value representation, little
// endian); nil if it carries none or lacks the element.
func dicomElement(p *dpi.Packet, element uint16) []byte {
	v := dicomValue(p)
	if v == nil || v[5]&1 == 0 {
		return nil
	}
	for d := v[dicomPDV:]; len(d) >= 8 && le16(d) == 0; {
		n := le32(d[4:])
		if uint64(n) > uint64(len(d)-8) {
			return nil
		}
		if binary.LittleEndian.Uint16(d[2:]) == element {
			return d[8 : 8+n]
		}
		d = d[8+n:]
	}
	return nil
}

// Elements of a command, PS3.7 annex E.
const (
	dicomCommandField = 0x0100
	dicomMessageID    = 0x0110
	dicomDataSetType  = 0x0800
	dicomStatus       = 0x0900
)

// dicomAttributes have no numbers in the library's manual; they are in the
// order of the bytes.
var dicomAttributes = []dpi.Attribute{
	dicomNumber(1, "pdu_type", dpi.U8, dicomUnit, 0),
	dicomNumber(2, "pdu_len", dpi.U32, dicomUnit, 2),
	dicomTitle(3, "called_ae_title", 10),
	dicomTitle(4, "calling_ae_title", 26),
	dicomNumber(5, "pdv_length", dpi.U32, dicomValue, 0),
	dicomNumber(6, "pdv_context", dpi.U8, dicomValue, 4),
	dicomNumber(7, "pdv_flags", dpi.U8, dicomValue, 5),
	dicomCommand(8, "command_field", dicomCommandField),
	dicomCommand(9, "message_id", dicomMessageID),
	dicomCommand(10, "data_set_type", dicomDataSetType),
	dicomCommand(11, "status", dicomStatus),
}

// dicomNumber describes a big-endian number at pos of what part returns.
func dicomNumber(number dpi.AttributeID, name string, kind dpi.DataType, part func(*dpi.Packet) []byte, pos int) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: kind, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		r := wireReader{b: part(p)}
		r.take(pos)
		n := r.uint(kind.Size())
		return !r.bad && v.SetU(kind, n)
	}}
}

// dicomTitle describes the title of an application entity in a unit that opens
// an association, without the spaces that fill it.
func dicomTitle(number dpi.AttributeID, name string, pos int) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.String, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		u := dicomUnit(p)
		return len(u) >= pos+16 && u[0] <= dicomAccept && v.SetBytes(dpi.String, bytes.TrimSpace(u[pos:pos+16]))
	}}
}

// dicomCommand describes a 16-bit element of a command.
func dicomCommand(number dpi.AttributeID, name string, element uint16) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		b := dicomElement(p, element)
		return len(b) >= 2 && v.SetU(dpi.U16, uint64(le16(b)))
	}}
}
