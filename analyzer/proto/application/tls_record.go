package application

import "encoding/binary"

// Content types of TLS records, RFC 8446 section 5.1 and RFC 6520.
const (
	tlsChangeCipher = 20
	tlsAlert        = 21
	tlsHandshake    = 22
	tlsData         = 23
	tlsHeartbeat    = 24
)

// Handshake message types, RFC 8446 section 4 and RFC 5246 section 7.4.
const (
	tlsClientHello = 1
	tlsServerHello = 2
	tlsCertificate = 11
)

const (
	tlsRecordHeader = 5
	// tlsMaxRecord is the longest ciphertext of TLS 1.2, RFC 5246 section 6.2.3.
	tlsMaxRecord       = 1<<14 + 2048
	tlsHandshakeHeader = 4
)

// tlsRecord reads the header of the record at the beginning of d: its content
// type and the length of what follows the header. ok is false if there is no
// header of SSL 3.0 to TLS 1.3.
func tlsRecord(d []byte) (kind byte, length int, ok bool) {
	if len(d) < tlsRecordHeader || d[0] < tlsChangeCipher || d[0] > tlsHeartbeat || d[1] != 3 || d[2] > 4 {
		return 0, 0, false
	}
	length = int(binary.BigEndian.Uint16(d[3:]))
	return d[0], length, length > 0 && length <= tlsMaxRecord
}

// tlsChain follows the records from the beginning of d on. It returns how many
// headers it found and how many bytes of the last record are missing; broken
// tells that something follows that is no record.
func tlsChain(d []byte) (headers, missing int, broken bool) {
	for len(d) >= tlsRecordHeader {
		_, n, ok := tlsRecord(d)
		if !ok {
			return headers, 0, true
		}
		headers++
		if n += tlsRecordHeader; n >= len(d) {
			return headers, n - len(d), false
		}
		d = d[n:]
	}
	return headers, 0, false
}

// tlsFlatten joins the handshake messages that the records at the beginning of
// d carry into one run of bytes, in buf if there is more than one record, and
// then no more than fits. It stops at the first record that is of another type, for what follows it is
// encrypted. closed tells that there was such a record.
func tlsFlatten(buf, d []byte) (messages []byte, closed bool) {
	kind, n, ok := tlsRecord(d)
	if !ok || kind != tlsHandshake {
		return nil, len(d) >= tlsRecordHeader
	}
	first := d[tlsRecordHeader:]
	if len(first) <= n {
		return first, false
	}
	messages = append(buf[:0], first[:min(n, cap(buf))]...)
	if n > cap(buf) {
		return messages, false
	}
	d = first[n:]
	for {
		if kind, n, ok = tlsRecord(d); !ok || kind != tlsHandshake {
			return messages, len(d) >= tlsRecordHeader
		}
		d = d[tlsRecordHeader:]
		m := d[:min(n, len(d), cap(messages)-len(messages))]
		messages = append(messages, m...)
		if len(d) <= n || len(m) < n {
			return messages, false
		}
		d = d[n:]
	}
}

// tlsMessage splits the first handshake message off: its type, its body, of
// which the end is missing unless whole is set, and what follows.
func tlsMessage(m []byte) (kind byte, body, rest []byte, whole, ok bool) {
	if len(m) < tlsHandshakeHeader {
		return 0, nil, nil, false, false
	}
	n := int(m[1])<<16 | int(m[2])<<8 | int(m[3])
	kind, m = m[0], m[tlsHandshakeHeader:]
	if n > len(m) {
		return kind, m, nil, false, true
	}
	return kind, m[:n], m[n:], true, true
}
