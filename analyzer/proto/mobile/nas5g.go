package mobile

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Values of TS 24.501 section 9 and TS 24.007 section 11.2.3.1.1A.
const (
	mobility5G      = 0x7e // extended protocol discriminators
	session5G       = 0x2e
	nas5GProtection = 7 // octets before the message that is protected
	uplinkNAS       = 0x67
	downlinkNAS     = 0x68
	containsSession = 1 // payload container type
)

// NAS5G is the non-access stratum of 5G, TS 24.501, inside NGAP. Of protected
// messages the inner one is read too, which is possible where the network does
// not cipher.
var NAS5G = dpi.Protocol{
	ID:   id.Nas5g,
	Name: "nas_5g",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "protocol_discriminator", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: nas5GFirst},
		{ID: 2, Name: "message_type", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: nas5GMessageType},
		{ID: 3, Name: "security_type", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: nas5GSecurity},
		{ID: 4, Name: "procedure_transaction_id", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: nas5GTransaction},
		{ID: 5, Name: "message_authentication_code", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: nas5GCode},
		{ID: 6, Name: "sequence_number", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: nas5GSequence},
	},
}

// looksNAS5G tells whether b starts with a header of a known kind.
func looksNAS5G(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	return b[0] == session5G && len(b) >= 4 || b[0] == mobility5G && b[1] <= 4
}

// nas5GBytes returns the bytes of the message of a layer, without what follows it
// in the message that carries it.
func nas5GBytes(p *dpi.Packet, layer int) []byte {
	if layer > 0 && p.Layers()[layer-1].Proto == id.Ngap {
		if m, ok := apOf(p, layer-1); ok {
			return ngapNASOf(&m)
		}
	}
	return p.LayerBytes(layer)
}

// isProtected tells whether b is a mobility message in a security header.
func isProtected(b []byte) bool {
	return len(b) >= nas5GProtection && b[0] == mobility5G && b[1]&15 != 0
}

// plain5G returns the message inside the security header, or the message
// itself; nil if it is ciphered.
func plain5G(b []byte) []byte {
	if len(b) < 3 || b[0] == mobility5G && b[1]&15 == 0 {
		return b
	}
	if !isProtected(b) {
		return b
	}
	inner := b[nas5GProtection:]
	if len(inner) >= 3 && inner[0] == mobility5G && inner[1] == 0 && inner[2] >= 0x41 && inner[2] <= 0x68 {
		return inner
	}
	if len(inner) >= 4 && inner[0] == session5G && inner[3] >= 0xc1 && inner[3] <= 0xd6 {
		return inner
	}
	return nil
}

// session5GOf returns the session message that b is or carries: transports of
// NAS have the kind of their container, and its length in two octets.
func session5GOf(b []byte) []byte {
	b = plain5G(b)
	if len(b) >= 6 && b[0] == mobility5G && (b[2] == uplinkNAS || b[2] == downlinkNAS) && b[3]&15 == containsSession {
		n := int(binary.BigEndian.Uint16(b[4:]))
		b = b[6:][:min(n, len(b)-6)]
	}
	if len(b) < 4 || b[0] != session5G {
		return nil
	}
	return b
}

func nas5GFirst(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := nas5GBytes(p, layer)
	return len(b) > 0 && v.SetU(dpi.U8, uint64(b[0]))
}

func nas5GMessageType(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := plain5G(nas5GBytes(p, layer))
	switch {
	case len(b) >= 4 && b[0] == session5G:
		return v.SetU(dpi.U8, uint64(b[3]))
	case len(b) >= 3 && b[0] == mobility5G:
		return v.SetU(dpi.U8, uint64(b[2]))
	}
	return false
}

// nas5GSecurity reads the security header type, 0 for plain messages.
func nas5GSecurity(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := nas5GBytes(p, layer)
	return len(b) >= 2 && b[0] == mobility5G && v.SetU(dpi.U8, uint64(b[1]&15))
}

func nas5GTransaction(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := session5GOf(nas5GBytes(p, layer))
	return b != nil && v.SetU(dpi.U8, uint64(b[2]))
}

func nas5GCode(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := nas5GBytes(p, layer)
	return isProtected(b) && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(b[2:])))
}

func nas5GSequence(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := nas5GBytes(p, layer)
	return isProtected(b) && v.SetU(dpi.U8, uint64(b[6]))
}
