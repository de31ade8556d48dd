package application

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tlsPorts are the ports where TLS is expected from the first byte on (IANA
// service names ending in "s"), and where a stream that was joined in the
// middle is looked at for longer.
var tlsPorts = []uint16{443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 3269, 5061, 5223, 5228, 5349, 6697, 8443, 8883}

// TLS is Transport Layer Security 1.0 to 1.3 (RFC 2246, 4346, 5246, 8446) and
// SSL 2.0 and 3.0 (RFC 6101). It keeps the manual's name.
var TLS = dpi.Protocol{
	ID:     id.Ssl,
	Name:   "ssl",
	Hosted: true,
	Attributes: append([]dpi.Attribute{
		{ID: 1, Name: "server_name", Type: dpi.HeaderLine, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeOther, Extract: tlsServerNameOf},
		{ID: 2, Name: "tls_number_record", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: tlsRecordCount},
		{ID: 3, Name: "tls_content_type", Type: dpi.U8, Pos: 0, Extract: tlsField(0, 1, dpi.U8)},
		{ID: 4, Name: "tls_version", Type: dpi.U16, Pos: 1, Extract: tlsField(1, 2, dpi.U16)},
		{ID: 5, Name: "tls_length", Type: dpi.U16, Pos: 3, Extract: tlsField(3, 2, dpi.U16)},
	}, tlsOwnAttributes...),
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: tlsPorts, Classify: classifyTLS}},
	Inspect:     InspectTLS,
	Context:     func() any { return new(tlsContext) },
}

// tlsContext is the memory of a handler for TLS.
type tlsContext struct {
	buf   [16 << 10]byte // handshake messages joined
	named uint64         // packet that told the server's name
}

// classifyTLS looks for a hello, for an alert, and for what encrypted streams
// that were joined in the middle look like: records one after another.
func classifyTLS(p *dpi.Packet, d []byte) dpi.Verdict {
	if v := tlsOpening(d); v != dpi.No {
		return v
	}
	if isSSL2(d) {
		return dpi.Yes
	}
	return tlsMiddle(p)
}

// IsTLS tells whether d is the beginning of a TLS or SSL stream in either
// direction, for protocols that start TLS within their stream. More means that
// d is too short to tell.
func IsTLS(d []byte) dpi.Verdict {
	if isSSL2(d) {
		return dpi.Yes
	}
	return tlsOpening(d)
}

// tlsOpening recognises the first record of a stream: a handshake record with a
// hello or a certificate, or an alert in the clear.
func tlsOpening(d []byte) dpi.Verdict {
	if len(d) < tlsRecordHeader {
		return tlsPrefix(d)
	}
	kind, n, ok := tlsRecord(d)
	switch {
	case !ok:
		return dpi.No
	case kind == tlsAlert && n == 2:
		return tlsAlertRecord(d)
	case kind != tlsHandshake:
		return dpi.No
	}
	return tlsFirstMessage(d)
}

// tlsPrefix judges less than a record header.
func tlsPrefix(d []byte) dpi.Verdict {
	if len(d) == 0 || d[0] < tlsChangeCipher || d[0] > tlsHeartbeat || len(d) > 1 && d[1] != 3 || len(d) > 2 && d[2] > 4 {
		return dpi.No
	}
	return dpi.More
}

// tlsAlertRecord judges an alert record of two bytes: level and description,
// RFC 8446 section 6.
func tlsAlertRecord(d []byte) dpi.Verdict {
	if len(d) < tlsRecordHeader+2 {
		return dpi.More
	}
	if level := d[5]; level != 1 && level != 2 || d[6] > 121 {
		return dpi.No
	}
	return dpi.Yes
}

// tlsFirstMessage judges the first handshake message, whose first bytes may be
// spread over several records.
func tlsFirstMessage(d []byte) dpi.Verdict {
	var scratch [16]byte
	m, closed := tlsFlatten(scratch[:], d)
	if len(m) < 6 {
		if closed {
			return dpi.No
		}
		return dpi.More
	}
	n := int(m[1])<<16 | int(m[2])<<8 | int(m[3])
	switch m[0] {
	case tlsClientHello, tlsServerHello:
		// version, random, session, suites: 38 bytes at least
		if m[4] == 3 && m[5] <= 4 && n >= 38 && n < 1<<17 {
			return dpi.Yes
		}
	case tlsCertificate:
		// The list fills the message.
		if n >= 6 && m[4] == byte((n-3)>>16) && m[5] == byte((n-3)>>8) {
			return dpi.Yes
		}
	}
	return dpi.No
}

// tlsMiddle recognises a stream by records that follow each other exactly. A
// record may take several segments, so where the next header must be is noted
// between packets, by direction in 16 bits each: the distance from the end of
// what was seen, plus one.
func tlsMiddle(p *dpi.Packet) dpi.Verdict {
	s := p.Stream
	if _, _, ok := tlsRecord(s); !ok && p.Asked(p.Dir) <= 1 {
		return tlsElsewhere(p) // without taking the place for a note
	}
	memo := p.Memo(id.Ssl)
	shift := 16 * uint(p.Dir)
	if missing := int(*memo >> shift & 0xffff); missing > 0 && !p.Gap {
		if missing--; missing > len(s) {
			*memo -= uint32(len(s)) << shift
			return dpi.More
		}
		// That the record ends with a segment is as telling as that another
		// one follows it.
		if _, _, ok := tlsRecord(s[missing:]); ok || missing == len(s) {
			return dpi.Yes
		}
	}
	headers, missing, broken := tlsChain(p.Stream)
	*memo &^= 0xffff << shift
	switch {
	case broken || headers == 0:
		return tlsElsewhere(p)
	case headers > 1 || missing == 0:
		return dpi.Yes
	}
	*memo |= uint32(missing+1) << shift
	return dpi.More
}

// tlsElsewhere judges a segment that does not start with a record: where TLS is
// expected, a later one may.
func tlsElsewhere(p *dpi.Packet) dpi.Verdict {
	for _, port := range tlsPorts {
		if p.HasPort(port) {
			return dpi.More
		}
	}
	return dpi.No
}

// isSSL2 recognises the hello messages of SSL 2.0 (RFC 6101 appendix E), with
// which old clients offer newer versions too.
func isSSL2(d []byte) bool {
	if len(d) < 11 || d[0]&0x80 == 0 {
		return false
	}
	n := int(binary.BigEndian.Uint16(d) & 0x7fff)
	u16 := func(off int) int { return int(binary.BigEndian.Uint16(d[off:])) }
	switch {
	case d[2] == 1: // client: version, lengths of suites, session, challenge
		v, suites, session, challenge := u16(3), u16(5), u16(7), u16(9)
		return (v == 2 || v>>8 == 3 && v&0xff <= 4) && suites > 0 && suites%3 == 0 &&
			(session == 0 || session == 16) && challenge >= 16 && challenge <= 32 && n == 9+suites+session+challenge
	case d[2] == 4 && len(d) >= 13: // server: hit, type, version, lengths of certificate, suites, connection
		return d[3] <= 1 && d[4] <= 1 && u16(5) == 2 && u16(9)%3 == 0 && n == 11+u16(7)+u16(9)+u16(11)
	}
	return false
}
