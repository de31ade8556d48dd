package application

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"mmt/analyzer/proto/prototest"
)

// vec16 puts a length of two bytes before data.
func vec16(data []byte) []byte { return prototest.Bytes(uint16(len(data)), data) }

// vec24 puts a length of three bytes before data.
func vec24(data []byte) []byte {
	return prototest.Bytes(byte(len(data)>>16), uint16(len(data)), data)
}

// extension builds a TLS extension.
func extension(kind uint16, data []byte) []byte { return prototest.Bytes(kind, vec16(data)) }

// sni builds a server_name extension.
func sni(name string) []byte {
	return extension(tlsExtServerName, vec16(prototest.Bytes(0, vec16([]byte(name)))))
}

// alpn builds an application_layer_protocol_negotiation extension.
func alpn(names ...string) []byte {
	var list []byte
	for _, n := range names {
		list = prototest.Bytes(list, len(n), n)
	}
	return extension(tlsExtALPN, vec16(list))
}

// helloBody builds a ClientHello without its message header; cookie is for DTLS.
func helloBody(version uint16, cookie []byte, extensions ...[]byte) []byte {
	var all []byte
	for _, e := range extensions {
		all = append(all, e...)
	}
	random := make([]byte, 32)
	return prototest.Bytes(version, random, 0, cookie, vec16([]byte{0x13, 0x01, 0xc0, 0x2b}), 1, 0, vec16(all))
}

// message builds a handshake message.
func message(kind int, body []byte) []byte { return prototest.Bytes(kind, vec24(body)) }

// clientHello builds the handshake message of a client.
func clientHello(extensions ...[]byte) []byte {
	return message(tlsClientHello, helloBody(0x0303, nil, extensions...))
}

// serverHello builds the handshake message of a server.
func serverHello(extensions ...[]byte) []byte {
	var all []byte
	for _, e := range extensions {
		all = append(all, e...)
	}
	return message(tlsServerHello, prototest.Bytes(uint16(0x0303), make([]byte, 32), 0, uint16(0x1301), 0, vec16(all)))
}

// record builds a TLS record.
func record(kind int, payload []byte) []byte {
	return prototest.Bytes(kind, uint16(0x0303), vec16(payload))
}

// records builds one record a piece of n bytes of payload.
func records(kind, n int, payload []byte) (all []byte) {
	for len(payload) > 0 {
		n = min(n, len(payload))
		all = append(all, record(kind, payload[:n])...)
		payload = payload[n:]
	}
	return all
}

// certificateMessage builds a Certificate message with one certificate.
func certificateMessage(t *testing.T, subject, issuer string, names ...string) []byte {
	t.Helper()
	return message(tlsCertificate, vec24(vec24(certificate(t, subject, issuer, names...))))
}

// certificate makes an X.509 certificate.
func certificate(t *testing.T, subject, issuer string, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	make := func(cn string, names []string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Test"}, CommonName: cn},
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), DNSNames: names,
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, make(subject, names), make(issuer, nil), &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
