package rules

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// tlsGoldens are the tests of the rules about TLS. What the server says is
// packet 6 of its trace.
func tlsGoldens() []golden {
	year := func(n int) time.Time { return time.Date(n, 1, 2, 0, 0, 0, 0, time.UTC) }
	certified := func(subject, issuer string, from, to int) func(*trace) {
		return serverSays(tlsRecord(22, tlsHello(2, 0x0303), tlsCertificate(subject, issuer, year(from), year(to))))
	}
	heartbeat := func(length uint16, payload int) func(*trace) {
		return func(t *trace) {
			c := t.dial(client, server, 50000, 443)
			c.write(0, tlsRecord(22, tlsHello(1, 0x0303))).write(1, tlsRecord(22, tlsHello(2, 0x0303)))
			c.write(0, tlsRecord(24, bytesOf(1, length, make([]byte, payload))))
		}
	}
	ssl2 := bytesOf(0x80, 31, 1, uint16(2), uint16(6), uint16(0), uint16(16), make([]byte, 22))
	return []golden{
		only("1150.ssl_2_or_3", "server of SSL 3", 6, serverSays(tlsRecord(22, tlsHello(2, 0x0300)))),
		only("1150.ssl_2_or_3", "client of SSL 2", 4, func(t *trace) { t.dial(client, server, 50000, 443).write(0, ssl2) }),
		none("1150.ssl_2_or_3", "TLS 1.0", serverSays(tlsRecord(22, tlsHello(2, 0x0301)))),
		only("1151.tls_10_or_11", "TLS 1.1", 6, serverSays(tlsRecord(22, tlsHello(2, 0x0302)))),
		none("1151.tls_10_or_11", "TLS 1.2", serverSays(tlsRecord(22, tlsHello(2, 0x0303)))),
		only("1152.tls_certificate_expired", "expired", 6, certified("a.example", "CA", 2022, 2023)),
		only("1152.tls_certificate_expired", "not yet valid", 6, certified("a.example", "CA", 2025, 2060)),
		none("1152.tls_certificate_expired", "valid", certified("a.example", "CA", 2023, 2060)),
		only("1153.tls_self_signed", "self-signed", 6, certified("a.example", "a.example", 2023, 2025)),
		none("1153.tls_self_signed", "by a CA", certified("a.example", "CA", 2023, 2025)),
		only("1155.heartbleed", "16 kB of nothing", 8, heartbeat(16384, 0)),
		none("1155.heartbleed", "sound", heartbeat(16, 32)),
	}
}

// serverSays is a connection where a server answers to a hello.
func serverSays(answer []byte) func(*trace) {
	return func(t *trace) {
		t.dial(client, server, 50000, 443).write(0, tlsRecord(22, tlsHello(1, 0x0303))).write(1, answer)
	}
}

// tlsRecord puts messages into one record, with the version that old clients
// understand.
func tlsRecord(kind int, messages ...[]byte) []byte {
	var b []byte
	for _, m := range messages {
		b = append(b, m...)
	}
	return bytesOf(kind, uint16(0x0301), uint16(len(b)), b)
}

// tlsMessage is a handshake message.
func tlsMessage(kind int, body []byte) []byte {
	return bytesOf(kind, 0, uint16(len(body)), body)
}

// tlsHello is a hello of a client (1) or server (2) without extensions.
func tlsHello(kind int, version uint16) []byte {
	suites := bytesOf(uint16(0xc02f))
	if kind == 1 {
		suites = bytesOf(uint16(4), uint16(0xc02f), uint16(0x002f), 1)
	}
	return tlsMessage(kind, bytesOf(version, make([]byte, 32), 0, suites, 0))
}

// tlsCertificate is a message with a certificate. Keys and numbers are always
// the same, so that traces are.
func tlsCertificate(subject, issuer string, from, to time.Time) []byte {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	named := func(name string) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to}
	}
	der, err := x509.CreateCertificate(nil, named(subject), named(issuer), key.Public(), key)
	if err != nil {
		panic(err)
	}
	list := bytesOf(0, uint16(len(der)), der)
	return tlsMessage(11, bytesOf(0, uint16(len(list)), list))
}
