package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Gnutella is the file sharing network ("RFC-Gnutella 0.6"), its successor
// Gnutella2 over UDP ("Gnutella2 specification", reliability layer), its
// downloads over HTTP, and its connections over TLS without certificates, for
// which its programs offer nothing but anonymous Diffie-Hellman.
var Gnutella = dpi.Protocol{
	ID:   id.Gnutella,
	Name: "gnutella",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 110, Ports: []uint16{6346, 6347}, Classify: classifyGnutella},
		datagramClassifier(isGnutellaDatagram, 6346, 6347),
	},
}

func classifyGnutella(p *dpi.Packet, d []byte) dpi.Verdict {
	if isAnonymousHello(p.Stream) {
		p.Push(id.Ssl)
		return dpi.Yes
	}
	if d[0] == 0 && len(d) == 1 {
		return dpi.More
	}
	v := startsWithAny(d, "GET /uri-res/N2R?urn:sha1:", "HEAD /uri-res/N2R?urn:sha1:")
	if v == dpi.Yes {
		p.Push(id.Http)
		return v
	}
	return max(v, startsWithAny(d, "GNUTELLA CONNECT/", "GNUTELLA/0.", "GNUTELLA/1.", "LIME\n\n"), isGiv(d))
}

// isGiv judges d as the answer to a push request: GIV, the number of a file, a
// colon, and the server's identifier in 32 hexadecimal digits before a slash.
func isGiv(d []byte) dpi.Verdict {
	if v := startsWith(d, "GIV "); v != dpi.Yes {
		return v
	}
	d = d[4:]
	n := digits(d)
	switch {
	case n > 10 || n == 0 && len(d) > 0:
		return dpi.No
	case len(d) < n+34:
		return dpi.More
	}
	return verdict(d[n] == ':' && isHex(d[n+1:n+33]) && d[n+33] == '/')
}

// isHex tells whether d holds nothing but hexadecimal digits.
func isHex(d []byte) bool {
	for _, c := range d {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// isAnonymousHello tells whether a segment is a TLS ClientHello whose only
// cipher suite is TLS_DH_anon_WITH_AES_128_CBC_SHA (RFC 5246 appendix A.5).
func isAnonymousHello(d []byte) bool {
	const session = 5 + 4 + 2 + 32 // record, handshake, version, random
	if len(d) < session+5 || d[0] != 0x16 || d[1] != 3 || d[5] != 1 || d[9] != 3 {
		return false
	}
	suites := session + 1 + int(d[session])
	return len(d) >= suites+4 && be32(d[suites:]) == 0x00020034
}

// gnutellaHeader is the length of a message's header: identifier of 16 bytes,
// type, time to live, hops, and the length of what follows, little endian.
const gnutellaHeader = 23

// isGnutellaDatagram tells whether d is one message of Gnutella, or a packet of
// Gnutella2: "GND", flags, sequence, part and number of parts.
func isGnutellaDatagram(d []byte) bool {
	if len(d) >= 8 && d[0] == 'G' && d[1] == 'N' && d[2] == 'D' {
		return d[3] < 4 && d[6] > 0 && (d[7] == 0 && len(d) == 8 || d[6] <= d[7])
	}
	if len(d) < gnutellaHeader || int64(le32(d[19:])) != int64(len(d)-gnutellaHeader) {
		return false
	}
	switch d[16] {
	case 0x00, 0x01, 0x02, 0x31, 0x32, 0x40, 0x80, 0x81: // ping, pong, bye, vendor messages, push, query, hit
		return d[17]+d[18] < 16 && d[17] < 16 && !isZero(d[:16])
	}
	return false
}
