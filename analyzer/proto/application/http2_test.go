package application

import (
	"bytes"
	"testing"

	"golang.org/x/net/http2/hpack"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// frame builds a frame of HTTP/2.
func frame(kind, flags int, stream uint32, payload []byte) []byte {
	return prototest.Bytes(vec24(payload)[:3], kind, flags, stream, payload)
}

// headerBlock compresses name and value pairs.
func headerBlock(t *testing.T, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		if err := e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func newHTTP2(t *testing.T) *prototest.Net {
	return prototest.New(t, append([]dpi.Protocol{HTTP, HTTP2}, WebInside...)...)
}

func TestHTTP2(t *testing.T) {
	preface := prototest.Bytes(http2Preface, frame(http2Settings, 0, 0, prototest.Bytes(uint16(3), uint32(100))))
	get := headerBlock(t, ":method", "GET", ":authority", "amf.5gc.org:29518", ":path", "/x")
	grpc := headerBlock(t, ":method", "POST", ":authority", "rpc.org", "content-type", "application/grpc+proto")
	padded := prototest.Bytes(3, uint32(0), 16, get, make([]byte, 3))
	tests := []struct {
		name     string
		up, down []byte
		host     string
		path     string
	}{
		{"request", prototest.Bytes(preface, frame(http2Headers, http2EndHeaders, 1, get)), nil, "amf.5gc.org", "http2"},
		{"padded, with priority", prototest.Bytes(preface, frame(http2Headers, http2EndHeaders|http2Padded|http2Priority, 1, padded)), nil, "amf.5gc.org", "http2"},
		{"gRPC", prototest.Bytes(preface, frame(http2Headers, http2EndHeaders, 1, grpc)), nil, "rpc.org", "http2.grpc"},
		{"preface only", preface, nil, "", "http2"},
		{"server's settings", nil, frame(http2Settings, 0, 0, prototest.Bytes(uint16(3), uint32(100))), "", "http2"},
		{"server's empty settings", nil, append(frame(http2Settings, 0, 0, nil), frame(http2WindowUpdate, 0, 0, prototest.Bytes(uint32(9)))...), "", "http2"},
		{"empty settings alone", nil, frame(http2Settings, 0, 0, nil), "", "unknown"},
		{"unknown setting", nil, frame(http2Settings, 0, 0, prototest.Bytes(uint16(99), uint32(100))), "", "unknown"},
		{"settings and noise", nil, append(frame(http2Settings, 0, 0, prototest.Bytes(uint16(3), uint32(1))), "noise from here"...), "", "unknown"},
		{"bad preface", []byte("PRI * HTTP/3.0\r\n\r\n"), nil, "", "unknown"},
	}
	n := newHTTP2(t)
	for _, tt := range tests {
		f := n.TCP(40000, 4000).Up(tt.up).Down(tt.down)
		if f.Host() != tt.host || f.Final() != "ethernet.ip.tcp."+tt.path {
			t.Errorf("%s: host %q, path %s; want %q, %s", tt.name, f.Host(), f.Path(), tt.host, tt.path)
		}
		prototest.Prefixes(tt.up, func(prefix []byte) { n.TCP(40000, 4000).Up(prefix, tt.up[len(prefix):]) })
	}
}

func TestHTTP2Attributes(t *testing.T) {
	n := newHTTP2(t)
	want := map[string]string{
		"type": "4", "header_method": "131", "header_length": "2", "header_stream_id": "3", "payload_stream_id": "5", "payload_length": "4", "payload_data": "61626364",
	}
	for name := range want {
		n.Register("http2." + name)
	}
	n.TCP(40000, 4000).Up(prototest.Bytes(http2Preface, frame(http2Settings, 0, 0, nil),
		frame(http2Headers, http2EndHeaders, 3, []byte{0x83, 0x84}), frame(http2Data, 0, 5, []byte("abcd"))))
	for name, value := range want {
		if got := n.Value("http2." + name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}
