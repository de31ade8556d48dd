package application

import (
	"bytes"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

func newTLS(t *testing.T) *prototest.Net {
	return prototest.New(t, append([]dpi.Protocol{TLS}, WebInside...)...)
}

func TestTLSHost(t *testing.T) {
	leaf := certificateMessage(t, "*.example.com", "Test CA", "www.example.com")
	tests := []struct {
		name     string
		up, down []byte
		host     string
		port     uint16
		path     string
	}{
		{"server name", record(22, clientHello(sni("a.example.org"))), nil, "a.example.org", 4000, "ssl"},
		{"final dot", record(22, clientHello(sni("a.example.org."))), nil, "a.example.org", 443, "ssl"},
		{"after other extensions", record(22, clientHello(extension(0x0a0a, nil), extension(21, make([]byte, 3000)), sni("b.org"))), nil, "b.org", 443, "ssl"},
		{"one byte a record", records(22, 1, clientHello(sni("c.org"))), nil, "c.org", 443, "ssl"},
		{"huge", records(22, 1<<13, clientHello(extension(51, make([]byte, 12000)), sni("d.org"))), nil, "d.org", 443, "ssl"},
		{"name with a space", record(22, clientHello(sni("a b"))), nil, "", 443, "ssl"},
		{"certificate", record(22, clientHello()), record(22, append(serverHello(), leaf...)), "example.com", 443, "ssl"},
		{"certificate in many records", record(22, clientHello()), records(22, 100, append(serverHello(), leaf...)), "example.com", 443, "ssl"},
		{"certificate without client", nil, record(22, append(serverHello(), leaf...)), "example.com", 443, "ssl"},
		{"alternative name", record(22, clientHello()), record(22, certificateMessage(t, "Router", "CA", "r.example.net")), "r.example.net", 443, "ssl"},
		{"no name at all", record(22, clientHello()), record(22, certificateMessage(t, "Router", "CA")), "", 443, "ssl"},
		{"TLS 1.3 without name", record(22, clientHello()), record(22, serverHello(extension(43, []byte{3, 4}))), "", 443, "ssl"},
		{"alert", record(21, []byte{2, 40}), nil, "", 443, "ssl"},
		{"DNS inside, by ALPN", record(22, clientHello(sni("dns.org"), alpn("dot"))), nil, "dns.org", 443, "ssl.dot"},
		{"an offer only", record(22, clientHello(sni("dns.org"), alpn("dot", "h2"))), nil, "dns.org", 443, "ssl"},
		{"the choice", record(22, clientHello(alpn("dot", "h2"))), record(22, serverHello(alpn("dot"))), "", 443, "ssl.dot"},
		{"mail, by port", record(22, clientHello(sni("mail.org"))), nil, "mail.org", 993, "ssl.imaps"},
		{"AnyDesk", record(22, append(clientHello(), certificateMessage(t, "AnyDesk Client", "AnyDesk Client")...)), nil, "", 443, "ssl.anydesk"},
		{"Tor", record(22, clientHello(sni("www.abcdefgh.com"))),
			record(22, certificateMessage(t, "www.zyxwvuts.net", "www.qwertasd.com")), "www.abcdefgh.com", 9001, "ssl.tor"},
	}
	n := newTLS(t)
	for _, tt := range tests {
		f := n.TCP(40000, tt.port).Up(tt.up).Down(tt.down)
		if f.Host() != tt.host || f.Path() != "ethernet.ip.tcp."+tt.path {
			t.Errorf("%s: host %q, path %s; want %q, %s", tt.name, f.Host(), f.Path(), tt.host, tt.path)
		}
	}
}

// The client's certificate names the client, not the host.
func TestTLSClientCertificate(t *testing.T) {
	f := newTLS(t).TCP(40000, 443).Up(record(22, clientHello()))
	f.Up(record(22, certificateMessage(t, "laptop.example.org", "CA")))
	if f.Host() != "" {
		t.Errorf("host %q, want none", f.Host())
	}
}

func TestTLSSplit(t *testing.T) {
	hello := record(22, clientHello(sni("split.example.org")))
	n := newTLS(t)
	for i := 1; i < len(hello); i++ {
		f := n.TCP(40000, 8000).Up(hello[:i], hello[i:])
		if f.Host() != "split.example.org" || f.Path() != "ethernet.ip.tcp.ssl" {
			t.Fatalf("split at %d: host %q, path %s", i, f.Host(), f.Path())
		}
	}
}

func TestTLSMiddle(t *testing.T) {
	data := record(23, make([]byte, 3000))
	tests := []struct {
		name     string
		port     uint16
		segments [][]byte
		want     string
	}{
		{"two records", 4000, [][]byte{append(data[:len(data):len(data)], data[:100]...)}, "ssl"},
		{"one whole record", 4000, [][]byte{data}, "ssl"},
		{"one record in three segments", 4000, [][]byte{data[:1000], data[1000:2000], data[2000:]}, "ssl"},
		{"a record across segments and another", 4000, [][]byte{data[:1400], append(data[1400:len(data):len(data)], data[:50]...)}, "ssl"},
		{"the end of a record, then one", 443, [][]byte{data[2500:], data}, "ssl"},
		{"the same where TLS is not expected", 4000, [][]byte{data[2500:], data}, "unknown"},
		{"a header and nothing that fits", 4000, [][]byte{data[:1000], make([]byte, 5000)}, "unknown"},
		{"empty record", 4000, [][]byte{{23, 3, 3, 0, 0}}, "unknown"},
		{"version 4.0", 4000, [][]byte{{23, 4, 0, 0, 1, 9}}, "unknown"},
	}
	n := newTLS(t)
	for _, tt := range tests {
		if got := n.TCPMid(tt.port, 40000).Up(tt.segments...).Final(); got != "ethernet.ip.tcp."+tt.want {
			t.Errorf("%s: path %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSSL2(t *testing.T) {
	client := prototest.Bytes(uint16(0x8000|9+6+16), 1, uint16(0x0301), uint16(6), uint16(0), uint16(16), make([]byte, 22))
	server := prototest.Bytes(uint16(0x8000|11+5+3+16), 4, 0, 1, uint16(2), uint16(5), uint16(3), uint16(16), make([]byte, 24))
	for name, d := range map[string][]byte{"client": client, "server": server} {
		if got := newTLS(t).TCP(40000, 443).Up(d).Path(); got != "ethernet.ip.tcp.ssl" {
			t.Errorf("%s: path %s", name, got)
		}
		d[1]++ // the length no longer fits
		if got := newTLS(t).TCP(40000, 4000).Up(d).Final(); got != "ethernet.ip.tcp.unknown" {
			t.Errorf("%s with a bad length: path %s", name, got)
		}
	}
}

func TestTLSNegative(t *testing.T) {
	for name, d := range map[string][]byte{
		"text":             []byte("\x16 is no record"),
		"handshake type":   record(22, message(99, make([]byte, 60))),
		"hello too short":  record(22, message(1, make([]byte, 20))),
		"hello of no TLS":  record(22, message(1, bytes.Repeat([]byte{9}, 60))),
		"bad alert level":  record(21, []byte{7, 0}),
		"record too long":  {22, 3, 1, 0xff, 0xff, 1, 0, 0, 60, 3, 3},
		"nothing but zero": make([]byte, 100),
	} {
		if got := newTLS(t).TCP(40000, 4000).Up(d[:len(d)-1]).Final(); got != "ethernet.ip.tcp.unknown" {
			t.Errorf("%s: path %s", name, got)
		}
	}
}

func TestTLSTruncated(t *testing.T) {
	leaf := certificateMessage(t, "a.example.com", "CA", "b.example.com")
	n := newTLS(t)
	for _, d := range [][]byte{record(22, clientHello(sni("x.org"), alpn("h2"))), record(22, append(serverHello(), leaf...))} {
		prototest.Prefixes(d, func(prefix []byte) {
			n.TCP(40000, 443).Up(prefix).Final()
			if len(prefix) < 11 && IsTLS(prefix) == dpi.Yes {
				t.Errorf("%d bytes are enough for IsTLS", len(prefix))
			}
		})
	}
	certificate := certificate(t, "a.example.com", "CA", "b.example.com")
	prototest.Prefixes(certificate, func(prefix []byte) {
		var names certNames
		names.parse(prefix)
		if h := names.host(); h != nil && !bytes.HasPrefix([]byte("a.example.com"), h) && !bytes.HasPrefix([]byte("b.example.com"), h) {
			t.Errorf("%d bytes of a certificate name %q", len(prefix), h)
		}
	})
}

func TestTLSAttributes(t *testing.T) {
	n := newTLS(t)
	n.Register("ssl.server_name", "ssl.tls_number_record", "ssl.tls_content_type", "ssl.tls_version", "ssl.tls_length")
	hello := record(22, clientHello(sni("a.org")))
	f := n.TCP(40000, 443)
	check := func(when, name, records, kind, version string) {
		t.Helper()
		for attribute, want := range map[string]string{
			"ssl.server_name": name, "ssl.tls_number_record": records, "ssl.tls_content_type": kind, "ssl.tls_version": version,
		} {
			if got := n.Value(attribute); got != want {
				t.Errorf("%s: %s = %q, want %q", when, attribute, got, want)
			}
		}
	}
	f.Up(hello[:60])
	check("half a hello", "", "1", "22", "771")
	f.Up(hello[60:])
	check("the other half", "a.org", "", "", "")
	f.Up(append(record(20, []byte{1}), record(23, make([]byte, 40))...))
	check("two records", "", "2", "20", "771")
	if n.Value("ssl.tls_length") != "1" {
		t.Errorf("tls_length = %s", n.Value("ssl.tls_length"))
	}
}

// talkTLS is a protocol that starts TLS after a line of its own.
var talkTLS = dpi.Protocol{
	ID: id.Smtp, Name: "smtp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 99, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
		if bytes.HasPrefix(d, []byte("STARTTLS\n")) {
			return dpi.Yes
		}
		return dpi.No
	}}},
	Inspect: func(p *dpi.Packet, d []byte) bool {
		rest := d[len("STARTTLS\n"):]
		if IsTLS(rest) != dpi.Yes {
			return false
		}
		p.Push(id.Ssl)
		return InspectTLS(p, rest)
	},
}

func TestTLSWithinProtocol(t *testing.T) {
	n := prototest.New(t, TLS, talkTLS)
	f := n.TCP(40000, 25).Up([]byte("STARTTLS\n"), record(22, clientHello(sni("mx.example.org"))))
	if f.Host() != "mx.example.org" || f.Path() != "ethernet.ip.tcp.smtp.ssl" {
		t.Errorf("host %q, path %s", f.Host(), f.Path())
	}
}

func TestTLSAllocations(t *testing.T) {
	hello, data := record(22, clientHello(sni("a.org"))), record(23, make([]byte, 1000))
	if n := testing.AllocsPerRun(100, func() {
		tlsOpening(hello)
		tlsOpening(data)
		tlsChain(data)
		isSSL2(data)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
