package application

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DTLS is Datagram TLS 1.0 (RFC 4347), 1.2 (RFC 6347), 1.3 (RFC 9147), and what
// OpenSSL spoke before the first of them.
var DTLS = dpi.Protocol{
	ID:     id.Dtls,
	Name:   "dtls",
	Hosted: true,
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "content_length", Type: dpi.U8, Pos: 0, Extract: dtlsField(0, 1, dpi.U8)}, // the content type, by its old name
		{ID: 2, Name: "version", Type: dpi.U16, Pos: 0, Extract: dtlsField(1, 2, dpi.U16)},
		{ID: 3, Name: "epoch", Type: dpi.U16, Pos: 0, Extract: dtlsField(3, 2, dpi.U16)},
		{ID: 4, Name: "sequence_number", Type: dpi.U64, Pos: 0, Extract: dtlsField(5, 6, dpi.U64)},
		{ID: 5, Name: "length", Type: dpi.U16, Pos: 0, Extract: dtlsField(11, 2, dpi.U16)},
		{ID: 6, Name: "client_hello_cipher_suite", Type: dpi.U16Array, Pos: 0, Extract: dtlsCipherSuites},
	},
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 92, Ports: []uint16{443, 684, 853, 4433, 5061, 5349, 5684}, Classify: classifyDTLS}},
	Inspect:     InspectDTLS,
}

const (
	dtlsRecordHeader    = 13
	dtlsHandshakeHeader = 12
	dtlsConnectionID    = 25 // content type of records with a connection ID, RFC 9146
	dtlsHelloVerify     = 3
	dtlsBefore1         = 0x0100 // version that only Cisco AnyConnect still speaks
)

// dtlsRecord reads the header of the record at the beginning of d: content type
// and the length of what follows the header. ok is false if there is none.
func dtlsRecord(d []byte) (kind byte, epoch uint16, length int, ok bool) {
	if len(d) < dtlsRecordHeader || d[0] < tlsChangeCipher || d[0] > dtlsConnectionID {
		return 0, 0, 0, false
	}
	switch binary.BigEndian.Uint16(d[1:]) {
	case 0xfeff, 0xfefd, 0xfefc, dtlsBefore1:
	default:
		return 0, 0, 0, false
	}
	epoch, length = binary.BigEndian.Uint16(d[3:]), int(binary.BigEndian.Uint16(d[11:]))
	return d[0], epoch, length, length > 0 && length <= tlsMaxRecord
}

// IsDTLS tells whether datagram d is of DTLS: a hello, or records that fill it
// exactly. Protocols that share their ports with DTLS (STUN, RFC 7983) push
// id.Dtls when it is and hand the datagrams on to InspectDTLS until that returns
// true.
func IsDTLS(d []byte) bool { return isDTLSOf(d, len(d)) }

// isDTLSOf is IsDTLS for a datagram of size bytes whose beginning is d.
func isDTLSOf(d []byte, size int) bool {
	kind, epoch, n, ok := dtlsRecord(d)
	if !ok {
		return false
	}
	if kind == tlsHandshake && epoch == 0 && isDTLSHello(d[dtlsRecordHeader:], n) {
		return true
	}
	return epoch < 64 && isDTLSChain(d, size)
}

// isDTLSHello tells whether a record of n bytes starts with a hello whose
// fragment fits (RFC 6347 section 4.2.2).
func isDTLSHello(m []byte, n int) bool {
	if len(m) < dtlsHandshakeHeader {
		return false
	}
	switch m[0] {
	case tlsClientHello, tlsServerHello, dtlsHelloVerify:
	default:
		return false
	}
	r := wireReader{b: m[1:dtlsHandshakeHeader]}
	whole := r.uint(3)
	r.take(2) // sequence
	off, size := r.uint(3), r.uint(3)
	return whole > 0 && size > 0 && off+size <= whole && int(size)+dtlsHandshakeHeader <= n
}

// isDTLSChain tells whether records of the one version fill size bytes, of which
// d is what was captured. A record in the clear must be what its type says.
func isDTLSChain(d []byte, size int) bool {
	version, cut := binary.BigEndian.Uint16(d[1:]), size > len(d)
	for size > 0 {
		if cut && len(d) < dtlsRecordHeader {
			return true // behind a record that was whole
		}
		kind, epoch, n, ok := dtlsRecord(d)
		if !ok || binary.BigEndian.Uint16(d[1:]) != version || n > size-dtlsRecordHeader {
			return false
		}
		end := min(dtlsRecordHeader+n, len(d))
		if epoch == 0 && (end == dtlsRecordHeader || !isDTLSPlain(kind, d[dtlsRecordHeader:end])) {
			return false
		}
		if d, size = d[end:], size-dtlsRecordHeader-n; cut && len(d) == 0 {
			return size == 0 // nothing but its length speaks for a record that is cut
		}
	}
	return len(d) == 0
}

// isDTLSPlain judges the content of a record that is not encrypted.
func isDTLSPlain(kind byte, m []byte) bool {
	switch kind {
	case tlsChangeCipher:
		return m[0] == 1 // some versions add a sequence number
	case tlsAlert:
		return len(m) == 2 && (m[0] == 1 || m[0] == 2)
	case tlsHandshake:
		return len(m) >= dtlsHandshakeHeader && m[0] <= 24
	}
	return false
}

func classifyDTLS(p *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(isDTLSOf(d, sentLength(p, d)))
}

// InspectDTLS learns from datagram d what the handshake tells, as InspectTLS
// does of streams.
func InspectDTLS(p *dpi.Packet, d []byte) (done bool) {
	for {
		kind, epoch, n, ok := dtlsRecord(d)
		if !ok {
			return false
		}
		if be16(d[1:]) == dtlsBefore1 {
			p.Push(id.CiscoVpn)
		}
		if epoch > 0 {
			return true
		}
		d = d[dtlsRecordHeader:]
		record := d[:min(n, len(d))]
		if d = d[len(record):]; kind == tlsHandshake && inspectDTLSRecord(p, record) {
			return true
		}
	}
}

// inspectDTLSRecord looks at the handshake messages of a record. Of a message in
// fragments the first is looked at.
func inspectDTLSRecord(p *dpi.Packet, m []byte) (done bool) {
	for len(m) >= dtlsHandshakeHeader {
		r := wireReader{b: m[6:dtlsHandshakeHeader]}
		off, size := r.uint(3), int(r.uint(3))
		kind := m[0]
		m = m[dtlsHandshakeHeader:]
		body := m[:min(size, len(m))]
		m = m[len(body):]
		if off == 0 && inspectDTLSMessage(p, kind, body) {
			return true
		}
	}
	return false
}

func inspectDTLSMessage(p *dpi.Packet, kind byte, body []byte) (done bool) {
	switch kind {
	case tlsClientHello:
		var h tlsHello
		if h.parseClient(body, true) {
			p.SetHost(h.name)
		}
		return len(h.name) > 0
	case tlsCertificate:
		r := wireReader{b: body}
		r.uint(3)
		var names certNames
		if first, _ := p.First(p.Dir); names.parse(r.vectorCut(3)) && !dtlsIsClient(first) {
			p.SetHost(names.host())
		}
		return true
	}
	return false
}

// dtlsIsClient tells whether a direction that starts with d is the client's.
func dtlsIsClient(d []byte) bool {
	return len(d) > dtlsRecordHeader && d[0] == tlsHandshake && d[dtlsRecordHeader] == tlsClientHello
}

// dtlsField reads a field of the first record's header.
func dtlsField(pos, size int, t dpi.DataType) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		d := p.LayerBytes(layer)
		if _, _, _, ok := dtlsRecord(d); !ok {
			return false
		}
		r := wireReader{b: d[pos:]}
		return v.SetU(t, r.uint(size))
	}
}

// dtlsCipherSuites gives the cipher suites of a ClientHello that the packet
// begins with.
func dtlsCipherSuites(p *dpi.Packet, layer int, v *dpi.Value) bool {
	d := p.LayerBytes(layer)
	kind, epoch, _, ok := dtlsRecord(d)
	if !ok || kind != tlsHandshake || epoch != 0 || !dtlsIsClient(d) || len(d) < dtlsRecordHeader+dtlsHandshakeHeader {
		return false
	}
	var h tlsHello
	return h.parseClient(d[dtlsRecordHeader+dtlsHandshakeHeader:], true) && len(h.ciphers) > 0 && v.SetBytes(dpi.U16Array, h.ciphers)
}
