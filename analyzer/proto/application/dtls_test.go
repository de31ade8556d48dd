package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// dtlsMessage builds a handshake message of DTLS that is not fragmented.
func dtlsMessage(kind int, body []byte) []byte {
	return prototest.Bytes(kind, vec24(body)[:3], uint16(0), vec24(nil), vec24(body))
}

// dtlsRecordOf builds a record of DTLS 1.2.
func dtlsRecordOf(kind int, epoch uint16, payload []byte) []byte {
	return prototest.Bytes(kind, uint16(0xfefd), epoch, make([]byte, 5), 7, vec16(payload))
}

func TestDTLS(t *testing.T) {
	hello := dtlsMessage(tlsClientHello, helloBody(0xfefd, []byte{2, 8, 9}, sni("media.example.org"), extension(14, []byte{0, 2, 0, 1, 0})))
	leaf := dtlsMessage(tlsCertificate, vec24(vec24(certificate(t, "turn.example.net", "CA"))))
	server := dtlsMessage(tlsServerHello, prototest.Bytes(uint16(0xfefd), make([]byte, 40)))
	data := dtlsRecordOf(tlsData, 1, make([]byte, 50))
	old := dtlsRecordOf(tlsHandshake, 0, hello)
	old[1], old[2] = 1, 0
	tests := []struct {
		name     string
		up, down []byte
		host     string
		path     string
	}{
		{"hello", dtlsRecordOf(tlsHandshake, 0, hello), nil, "media.example.org", "dtls"},
		{"before 1.0", old, nil, "media.example.org", "dtls.cisco_vpn"},
		{"verify request", dtlsRecordOf(tlsHandshake, 0, dtlsMessage(dtlsHelloVerify, prototest.Bytes(uint16(0xfeff), 4, uint32(1)))), nil, "", "dtls"},
		{"server's certificate", dtlsRecordOf(tlsHandshake, 0, append(server, leaf...)), nil, "turn.example.net", "dtls"},
		{"data", data, nil, "", "dtls"},
		{"two records", append(data[:len(data):len(data)], data...), nil, "", "dtls"},
		{"change cipher and finished", append(dtlsRecordOf(tlsChangeCipher, 0, []byte{1}), dtlsRecordOf(tlsHandshake, 1, make([]byte, 40))...), nil, "", "dtls"},
		{"alert", dtlsRecordOf(tlsAlert, 0, []byte{2, 40}), nil, "", "dtls"},
		{"data that is cut", data[:len(data)-1], nil, "", "unknown"},
		{"data and more", append(data[:len(data):len(data)], 0), nil, "", "unknown"},
		{"data in the clear", dtlsRecordOf(tlsData, 0, make([]byte, 50)), nil, "", "unknown"},
		{"bad alert", dtlsRecordOf(tlsAlert, 0, []byte{9, 40}), nil, "", "unknown"},
		{"TLS", record(tlsHandshake, clientHello()), nil, "", "unknown"},
	}
	n := prototest.New(t, DTLS)
	for _, tt := range tests {
		f := n.UDP(40000, 4000).Up(tt.up)
		if f.Host() != tt.host || f.Final() != "ethernet.ip.udp."+tt.path {
			t.Errorf("%s: host %q, path %s; want %q, %s", tt.name, f.Host(), f.Path(), tt.host, tt.path)
		}
		prototest.Prefixes(tt.up, func(prefix []byte) { n.UDP(40000, 4000).Up(prefix) })
	}
	if f := n.UDP(40000, 443).Up(dtlsRecordOf(tlsHandshake, 0, dtlsMessage(tlsClientHello, helloBody(0xfefd, []byte{0})))).Down(dtlsRecordOf(tlsHandshake, 0, leaf)); f.Host() != "turn.example.net" {
		t.Errorf("host %q from the server's certificate", f.Host())
	}
}

func TestDTLSAttributes(t *testing.T) {
	n := prototest.New(t, DTLS)
	want := map[string]string{
		"content_length": "22", "version": "65277", "epoch": "0", "sequence_number": "7", "length": "58", "client_hello_cipher_suite": "1301c02b",
	}
	for name := range want {
		n.Register("dtls." + name)
	}
	n.UDP(40000, 4000).Up(dtlsRecordOf(tlsHandshake, 0, dtlsMessage(tlsClientHello, helloBody(0xfefd, []byte{0}))))
	for name, value := range want {
		if got := n.Value("dtls." + name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}

func TestDTLSAllocations(t *testing.T) {
	data, p := dtlsRecordOf(tlsData, 1, make([]byte, 50)), new(dpi.Packet)
	if n := testing.AllocsPerRun(100, func() { _ = classifyDTLS(p, data) == dpi.Yes }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
