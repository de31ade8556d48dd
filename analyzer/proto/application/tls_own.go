package application

import (
	"bytes"
	"encoding/binary"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tlsOwnAttributes tell of the hello, the certificate and the heartbeat in a
// packet that begins with a record. What is spread over several packets counts
// as far as the first of them has it; what is encrypted is not there.
var tlsOwnAttributes = []dpi.Attribute{
	{ID: ownAttribute, Name: "hello_type", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: tlsHelloAttribute(dpi.U8,
		func(kind byte, _ uint16) uint64 { return uint64(kind) })},
	{ID: ownAttribute + 1, Name: "hello_version", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: tlsHelloAttribute(dpi.U16,
		func(_ byte, version uint16) uint64 { return uint64(version) })},
	{ID: ownAttribute + 2, Name: "certificate_not_before", Type: dpi.TimeVal, Pos: dpi.PositionNotKnown, Extract: tlsValidity(0)},
	{ID: ownAttribute + 3, Name: "certificate_not_after", Type: dpi.TimeVal, Pos: dpi.PositionNotKnown, Extract: tlsValidity(1)},
	{ID: ownAttribute + 4, Name: "certificate_self_signed", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: tlsSelfSigned},
	ownNumber(ownAttribute+5, "heartbeat_type", dpi.U8, func(d []byte) (uint64, bool) {
		b := tlsHeartbeatOf(d)
		return uint64(b[0]), b[0] != 0
	}),
	ownNumber(ownAttribute+6, "heartbeat_length", dpi.U16, func(d []byte) (uint64, bool) {
		b := tlsHeartbeatOf(d)
		return uint64(binary.BigEndian.Uint16(b[1:])), b[0] != 0
	}),
}

// tlsFind returns the body of the first handshake message of one of two kinds
// in the records that a layer begins with.
func tlsFind(p *dpi.Packet, layer int, a, b byte) (kind byte, body []byte) {
	c := dpi.Context[tlsContext](p.Handler(), id.Ssl)
	if c == nil {
		return 0, nil
	}
	messages, _ := tlsFlatten(c.buf[:], p.LayerBytes(layer))
	for len(messages) > 0 {
		kind, body, rest, _, ok := tlsMessage(messages)
		if !ok {
			return 0, nil
		}
		if kind == a || kind == b {
			return kind, body
		}
		messages = rest
	}
	return 0, nil
}

// tlsHelloAttribute reads the first hello of a packet: which kind it is, 1 or 2,
// and the newest version that a client offers in it or the one that a server
// has chosen.
func tlsHelloAttribute(t dpi.DataType, get func(kind byte, version uint16) uint64) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		if d := p.LayerBytes(layer); isSSL2(d) {
			return v.SetU(t, get(ssl2Hello(d)))
		}
		var h tlsHello
		kind, body := tlsFind(p, layer, tlsClientHello, tlsServerHello)
		ok := kind == tlsClientHello && h.parseClient(body, false) || kind == tlsServerHello && h.parseServer(body)
		return ok && h.version>>8 == 3 && v.SetU(t, get(kind, h.version))
	}
}

// ssl2Hello returns the kind and the version of a hello that isSSL2 accepts.
func ssl2Hello(d []byte) (kind byte, version uint16) {
	if d[2] == 1 {
		return tlsClientHello, binary.BigEndian.Uint16(d[3:])
	}
	return tlsServerHello, binary.BigEndian.Uint16(d[5:])
}

// certFields are the parts of a certificate between its signature algorithm and
// its key, RFC 5280 section 4.1. All slices are views, nil if not there.
type certFields struct {
	issuer, validity, subject []byte
}

// tlsFirstCertificate returns the parts of the first certificate of a packet;
// ok is false if there is none, or its subject is not all there.
func tlsFirstCertificate(p *dpi.Packet, layer int) (f certFields, ok bool) {
	_, body := tlsFind(p, layer, tlsCertificate, tlsCertificate)
	if len(body) < 6 {
		return f, false
	}
	_, certificate, _ := der(body[6:])
	_, tbs, _ := der(certificate)
	tag, _, rest := der(tbs)
	if tag == derContext0 { // version
		_, _, rest = der(rest) // serial number
	}
	_, _, rest = der(rest) // signature algorithm
	_, f.issuer, rest = der(rest)
	_, f.validity, rest = der(rest)
	tag, f.subject, rest = der(rest)
	return f, tag == derSequence && len(rest) > 0
}

// tlsSelfSigned is 1 if a certificate's issuer is its subject, 0 if not.
func tlsSelfSigned(p *dpi.Packet, layer int, v *dpi.Value) bool {
	f, ok := tlsFirstCertificate(p, layer)
	if !ok {
		return false
	}
	if bytes.Equal(f.issuer, f.subject) {
		return v.SetU(dpi.U8, 1)
	}
	return v.SetU(dpi.U8, 0)
}

// tlsValidity reads the beginning (0) or the end (1) of a certificate's
// validity.
func tlsValidity(which int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		f, ok := tlsFirstCertificate(p, layer)
		tag, text, rest := der(f.validity)
		if which == 1 {
			tag, text, _ = der(rest)
		}
		ns, fits := derTime(tag, text)
		return ok && fits && v.SetU(dpi.TimeVal, ns)
	}
}

// Tags of times, X.690 section 8.
const (
	derUTCTime         = 0x17
	derGeneralizedTime = 0x18
)

// derTime reads a time as RFC 5280 section 4.1.2.5 has them, in ns since 1970.
// Times that ns cannot express, before 1970 or after 2262, count as the nearest
// that it can.
func derTime(tag byte, text []byte) (ns uint64, ok bool) {
	var year int
	switch {
	case tag == derUTCTime && len(text) == len("YYMMDDHHMMSSZ"):
		year, text = 1900+decimal(text[:2]), text[2:]
		if year < 1950 {
			year += 100
		}
	case tag == derGeneralizedTime && len(text) == len("YYYYMMDDHHMMSSZ"):
		year, text = min(decimal(text[:4]), 2261), text[4:]
	default:
		return 0, false
	}
	if !isNumber(text[:10]) || text[10] != 'Z' {
		return 0, false
	}
	month, day := time.Month(decimal(text[:2])), decimal(text[2:4])
	at := time.Date(year, month, day, decimal(text[4:6]), decimal(text[6:8]), decimal(text[8:10]), 0, time.UTC)
	return uint64(max(0, at.Unix())) * 1e9, true
}

func decimal(digits []byte) int { return int(number(digits)) }

// tlsHeartbeatOf returns type and length of a heartbeat, RFC 6520 section 4;
// zeros if d does not begin with one, or with one that is encrypted: the types
// are 1 and 2.
func tlsHeartbeatOf(d []byte) (b [3]byte) {
	kind, _, ok := tlsRecord(d)
	if ok && kind == tlsHeartbeat && len(d) >= tlsRecordHeader+3 && d[5] >= 1 && d[5] <= 2 {
		copy(b[:], d[tlsRecordHeader:])
	}
	return b
}
