package application

import "encoding/binary"

// TLS extensions, IANA "TLS ExtensionType Values".
const (
	tlsExtServerName = 0
	tlsExtALPN       = 16
	tlsExtVersions   = 43
)

// tls13 is the version number of TLS 1.3.
const tls13 = 0x0304

// tlsHello is what a ClientHello or ServerHello tells. All slices are views.
type tlsHello struct {
	version uint16 // the newest offered, or the chosen one
	ciphers []byte // cipher suites, two bytes each
	name    []byte // server name, RFC 6066 section 3
	alpn    []byte // the first application protocol, RFC 7301
	oneALPN bool   // there is no other
}

// parseClient reads the body of a ClientHello (RFC 8446 section 4.1.2), the one
// of DTLS with its cookie if dtls is set. It reads as much as there is, and
// returns whether what every hello has is in order.
func (h *tlsHello) parseClient(body []byte, dtls bool) bool {
	r := wireReader{b: body}
	h.version = uint16(r.uint(2))
	r.take(32) // random
	if session := r.vector(1); len(session) > 32 {
		return false
	}
	if dtls {
		r.vector(1) // cookie
	}
	h.ciphers = r.vectorCut(2)
	r.vector(1) // compression methods
	if r.bad || len(h.ciphers)%2 != 0 {
		return false
	}
	h.extensions(r.vectorCut(2))
	return true
}

// parseServer reads the body of a ServerHello, RFC 8446 section 4.1.3.
func (h *tlsHello) parseServer(body []byte) bool {
	r := wireReader{b: body}
	h.version = uint16(r.uint(2))
	r.take(32)
	r.vector(1)
	h.ciphers = r.take(2)
	r.take(1)
	if r.bad {
		return false
	}
	h.extensions(r.vectorCut(2))
	return true
}

// extensions reads a list of extensions that may be cut.
func (h *tlsHello) extensions(list []byte) {
	for r := (wireReader{b: list}); len(r.b) >= 4; {
		kind := r.uint(2)
		data := r.vector(2)
		if r.bad {
			return
		}
		switch kind {
		case tlsExtServerName:
			h.name = tlsServerName(data)
		case tlsExtALPN:
			h.protocols(data)
		case tlsExtVersions:
			h.versions(data)
		}
	}
}

// tlsServerName returns the host name of a server_name extension, nil if there
// is none, or one that has bytes that no name can have.
func tlsServerName(data []byte) []byte {
	r := wireReader{b: data}
	for r.uint(2); len(r.b) >= 3; {
		kind := r.uint(1)
		name := r.vector(2)
		if kind == 0 && isHostName(name) {
			return name
		}
	}
	return nil
}

// isHostName tells whether name could be a host name or an address: what DNS
// carries of printable ASCII characters, at most 255 of them.
func isHostName(name []byte) bool {
	if len(name) == 0 || len(name) > 255 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// protocols reads an application_layer_protocol_negotiation extension.
func (h *tlsHello) protocols(data []byte) {
	r := wireReader{b: data}
	r.uint(2)
	h.alpn = r.vector(1)
	h.oneALPN = !r.bad && len(r.b) == 0
}

// versions reads a supported_versions extension: a list in a ClientHello, the
// chosen one in a ServerHello.
func (h *tlsHello) versions(data []byte) {
	if len(data)%2 == 1 {
		data = data[1:]
	}
	for ; len(data) >= 2; data = data[2:] {
		v := binary.BigEndian.Uint16(data)
		if isGrease(v) {
			continue
		}
		if v>>8 == 0x7f {
			v = tls13 // a draft of TLS 1.3
		}
		h.version = max(h.version, v)
	}
}

// isGrease tells the values that mean nothing and keep servers tolerant, RFC
// 8701.
func isGrease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }
