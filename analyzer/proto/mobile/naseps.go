package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Values of TS 24.301 section 9 and TS 24.007 section 11.2.3.1.1.
const (
	mobilityEPS      = 7 // protocol discriminators, the lower half of the first octet
	sessionEPS       = 2
	epsProtection    = 6 // octets before the message that is protected
	attachRequest    = 0x41
	attachAccept     = 0x42
	detachRequest    = 0x45
	detachAccept     = 0x46
	trackingRequest  = 0x48
	identityResponse = 0x56
	activateDefault  = 0xc1 // default bearer context activation request
	elementGUTI      = 0x50 // also the command that assigns a new one
)

// NASEPS is the non-access stratum of 4G, TS 24.301, inside S1AP.
var NASEPS = dpi.Protocol{
	ID:   id.NasEps,
	Name: "nas_eps",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "protocol_discriminator", Type: dpi.U8, Pos: 0, Extract: epsNibble(0)},
		{ID: 2, Name: "security_type", Type: dpi.U8, Pos: 0, Extract: epsNibble(4)},
		{ID: 3, Name: "message_type", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: epsMessageType},
	},
}

// epsNAS is a message of the non-access stratum, out of its security header.
type epsNAS []byte

// plainEPS returns the message inside the security header, or the message
// itself; nil if it is ciphered, or is not a message.
func plainEPS(b []byte) epsNAS {
	if len(b) < 2 {
		return nil
	}
	if b[0]&15 == mobilityEPS && b[0]>>4 >= 1 && b[0]>>4 <= 4 {
		if len(b) < epsProtection+2 {
			return nil
		}
		if b = b[epsProtection:]; b[0] != mobilityEPS && b[0]&15 != sessionEPS {
			return nil
		}
	}
	if b[0] == mobilityEPS || b[0]&15 == sessionEPS && len(b) >= 3 {
		return b
	}
	return nil
}

// looksEPS tells whether b starts with a header of a known kind: plain,
// protected, or one of the short service requests (type 12 on).
func looksEPS(b []byte) bool {
	return len(b) >= 2 && (b[0]&15 == mobilityEPS && (b[0]>>4 <= 4 || b[0]>>4 >= 12) || b[0]&15 == sessionEPS && len(b) >= 3)
}

// kind returns the message type.
func (m epsNAS) kind() byte {
	switch {
	case len(m) >= 3 && m[0]&15 == sessionEPS:
		return m[2]
	case len(m) >= 2 && m[0] == mobilityEPS:
		return m[1]
	}
	return 0
}

// valueAt returns the value that follows a length of one octet at pos, and what
// comes after it; nil if the message ends before.
func (m epsNAS) valueAt(pos int) (value, rest []byte) {
	if len(m) <= pos || len(m) <= pos+int(m[pos]) {
		return nil, nil
	}
	end := pos + 1 + int(m[pos])
	return m[pos+1 : end], m[end:]
}

// identity returns the mobile identity (TS 24.301 section 9.9.3.12) of messages
// that have one.
func (m epsNAS) identity() (identity []byte) {
	switch m.kind() {
	case attachRequest, detachRequest, trackingRequest:
		identity, _ = m.valueAt(3)
	case identityResponse, elementGUTI:
		identity, _ = m.valueAt(2)
	case attachAccept:
		_, rest := m.container()
		if len(rest) >= 2 && rest[0] == elementGUTI {
			identity, _ = epsNAS(rest).valueAt(1)
		}
	}
	return identity
}

// container returns the session message in an acceptance of attachment, and
// what follows it. Before it are the result, a timer, and the tracking areas.
func (m epsNAS) container() (session epsNAS, rest []byte) {
	if m.kind() != attachAccept {
		return nil, nil
	}
	areas, after := m.valueAt(4)
	if areas == nil || len(after) < 2 {
		return nil, nil
	}
	n := int(be.Uint16(after))
	if n > len(after)-2 {
		return nil, nil
	}
	return after[2 : 2+n], after[2+n:]
}

// address returns the IPv4 address that the network gives to a subscriber, nil
// if the message gives none: it follows quality of service and network name.
func (m epsNAS) address() []byte {
	if session, _ := m.container(); session != nil {
		m = session
	}
	if len(m) < 3 || m[0]&15 != sessionEPS || m[2] != activateDefault {
		return nil
	}
	_, rest := m.valueAt(3)
	_, rest = epsNAS(rest).valueAt(0)
	value, _ := epsNAS(rest).valueAt(0)
	switch {
	case len(value) == 5 && value[0]&7 == 1: // IPv4
		return value[1:5]
	case len(value) == 13 && value[0]&7 == 3: // an interface identifier of IPv6 comes first
		return value[9:13]
	}
	return nil
}

// Kinds of identity, the lower three bits of the first octet.
const (
	identityIMSI = 1
	identityGUTI = 6
)

// temporary returns the number that the network knows a subscriber by (M-TMSI).
func temporary(identity []byte) (uint32, bool) {
	if len(identity) != 11 || identity[0]&7 != identityGUTI {
		return 0, false
	}
	return be.Uint32(identity[7:]), true
}

// appendDigits appends the digits of an identity from half octet first on.
func appendDigits(dst, identity []byte, first int) []byte {
	for n := first; n < len(identity)*2; n++ {
		d := digit(identity, n)
		if d > 9 {
			break
		}
		dst = append(dst, '0'+byte(d))
	}
	return dst
}

func epsNibble(shift uint) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) > 0 && v.SetU(dpi.U8, uint64(b[0]>>shift&15))
	}
}

func epsMessageType(p *dpi.Packet, layer int, v *dpi.Value) bool {
	m := plainEPS(epsBytes(p, layer))
	return m != nil && v.SetU(dpi.U8, uint64(m.kind()))
}

// epsBytes returns the bytes of the message of a layer, without what follows it
// in the message that carries it.
func epsBytes(p *dpi.Packet, layer int) []byte {
	if layer > 0 && p.Layers()[layer-1].Proto == id.S1ap {
		if m, ok := apOf(p, layer-1); ok {
			return s1apNASOf(&m)
		}
	}
	return p.LayerBytes(layer)
}
