package application

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

func newHTTP(t *testing.T) *prototest.Net {
	return prototest.New(t, append([]dpi.Protocol{HTTP, TLS}, WebInside...)...)
}

// crlf makes line feeds line ends of HTTP.
func crlf(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r\n")) }

func TestHTTPHost(t *testing.T) {
	tunnel := append(crlf("CONNECT a.example.org:443 HTTP/1.1\nHost: a.example.org:443\n\n"), record(22, clientHello(sni("b.example.org")))...)
	tests := []struct {
		name     string
		up, down []byte
		host     string
		path     string
	}{
		{"GET", crlf("GET / HTTP/1.1\nHost: a.org\n\n"), nil, "a.org", "http"},
		{"HTTP/1.0", crlf("GET /x HTTP/1.0\n\n"), nil, "", "http"},
		{"bare line feeds", []byte("GET / HTTP/1.1\nhost:a.org\n\n"), nil, "a.org", "http"},
		{"empty lines first", crlf("\n\nGET / HTTP/1.1\nHost: a.org\n\n"), nil, "a.org", "http"},
		{"port", crlf("POST /x HTTP/1.1\nhOsT:  a.org:8080 \n\n"), nil, "a.org", "http"},
		{"IPv6", crlf("GET / HTTP/1.1\nHost: [2001:db8::1]:80\n\n"), nil, "2001:db8::1", "http"},
		{"a method nobody knows", crlf("BREW /pot HTTP/1.1\nHost: tea.org\n\n"), nil, "tea.org", "http"},
		{"bad version", crlf("GET /pot HTTP/d.1\nHost: tea.org\n\n"), nil, "tea.org", "http"},
		{"long URI without end", crlf("GET /" + strings.Repeat("a", 100)), nil, "", "http"},
		{"response", nil, crlf("HTTP/1.1 200 OK\nServer: x\n\n"), "", "http"},
		{"proxy", crlf("GET http://user@a.org:80/x HTTP/1.1\nHost: proxy\n\n"), nil, "a.org", "http.http_proxy"},
		{"CONNECT", tunnel, nil, "a.example.org", "http.http_connect.ssl"},
		{"WebSocket", crlf("GET / HTTP/1.1\nUpgrade: websocket\nHost: a.org\n\n"), nil, "a.org", "http.websocket"},
		{"WebSocket, answer only", nil, crlf("HTTP/1.1 101 Switching Protocols\nUpgrade: WebSocket\n\n"), "", "http.websocket"},
		{"upgrade to HTTP/2", crlf("GET / HTTP/1.1\nUpgrade: h2c\nHost: a.org\n\n"), crlf("HTTP/1.1 101 X\nUpgrade: h2c\n\n"), "a.org", "http.http2"},
		{"WebDAV", crlf("PROPFIND /x HTTP/1.1\nHost: a.org\n\n"), nil, "a.org", "http.webdav"},
		{"OCSP", crlf("POST / HTTP/1.1\nHost: a.org\nContent-Type: application/ocsp-request\n\n"), nil, "a.org", "http.ocsp"},
		{"OCSP by GET", crlf("GET /MFEwTzBNMEswSTAJBgUrDgMCGgUABBRZcGfNzjnsIqmLxMBzNhoHMKwSVAQUmn14UICHr HTTP/1.1\nHost: a.org\n\n"), nil, "a.org", "http.ocsp"},
		{"OCSP response", nil, crlf("HTTP/1.1 200 OK\nContent-Type: application/ocsp-response\n\n"), "", "http.ocsp"},
		{"SOAP", crlf("POST /x HTTP/1.1\nSOAPAction: \nHost: a.org\n\n"), nil, "a.org", "http.soap"},
		{"IPP", crlf("POST /x HTTP/1.1\nContent-type: application/ipp\nHost: a.org\n\n"), nil, "a.org", "http.ipp"},
		{"JSON-RPC", crlf("POST /x HTTP/1.1\nHost: a.org\n\n{\"method\":\"x\", \"jsonrpc\": \"2.0\"}"), nil, "a.org", "http.json_rpc"},
		{"MPEG-DASH", crlf("GET /v/seg-1.m4s?x=1 HTTP/1.1\nHost: a.org\n\n"), nil, "a.org", "http.mpeg_dash"},
		{"BitTorrent tracker", crlf("GET /announce?info_hash=%01 HTTP/1.1\nHost: a.org\n\n"), nil, "a.org", "http.bittorrent"},
		{"the client of a service, by address", crlf("GET /x HTTP/1.1\nHost: 10.1.2.3:80\nUser-Agent: Dalvik (MI 3W MIUI/V6.4)\n\n"), nil, "10.1.2.3", "http.xiaomi"},
		{"the same, by name", crlf("GET /x HTTP/1.1\nHost: a.org\nUser-Agent: Dalvik (MI 3W MIUI/V6.4)\n\n"), nil, "a.org", "http"},
		{"RPC over HTTP", crlf("RPC_IN_DATA /rpc/rpcproxy.dll HTTP/1.1\nHost: a.org\n\n"), nil, "a.org", "http.ms_rpch"},
	}
	n := newHTTP(t)
	for _, tt := range tests {
		f := n.TCP(40000, 4000).Up(tt.up).Down(tt.down)
		if f.Host() != tt.host || f.Path() != "ethernet.ip.tcp."+tt.path {
			t.Errorf("%s: host %q, path %s; want %q, %s", tt.name, f.Host(), f.Path(), tt.host, tt.path)
		}
	}
}

func TestHTTPNegative(t *testing.T) {
	n := newHTTP(t)
	for _, text := range []string{
		"OPTIONS rtsp://a.org/x RTSP/1.0\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\n\r\n", "RTSP/1.0 200 OK\r\n\r\n",
		"GET\r\n", "GET /x\r\n", "HTTP/3.0 200 OK\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 2000\r\n", "EHLO a.org\r\n", "PRI * HTTP/2.0\r\n\r\n",
		"get / HTTP/1.1\r\n", "GET  HTTP/1.1\r\n", "GET / HTTP", "GET /\x01" + strings.Repeat("a", 100), "ICY 200 OK\r\n",
	} {
		if got := n.TCP(40000, 4000).Up([]byte(text)).Final(); got != "ethernet.ip.tcp.unknown" {
			t.Errorf("%q: path %s", text, got)
		}
	}
}

// A stream that was joined in the middle is found at the next message.
func TestHTTPMiddle(t *testing.T) {
	n := newHTTP(t)
	f := n.TCPMid(80, 40000).Up([]byte("the rest of a body"), crlf("HTTP/1.1 200 OK\nContent-Length: 0\n\n"))
	f.Down(crlf("GET / HTTP/1.1\nHost: later.org\n\n"))
	if f.Path() != "ethernet.ip.tcp.http" || f.Host() != "later.org" {
		t.Errorf("path %s, host %q", f.Path(), f.Host())
	}
}

func TestHTTPSplit(t *testing.T) {
	request := crlf("GET /index.html HTTP/1.1\nHost: split.example.org\nUser-Agent: test/1.0\n\n")
	n := newHTTP(t)
	n.Register("http.method", "http.uri", "http.host", "http.user_agent")
	for i := 1; i < len(request); i++ {
		f := n.TCP(40000, 4000)
		seen := map[string]string{}
		for _, part := range [][]byte{request[:i], request[i:]} {
			f.Up(part)
			for _, name := range []string{"method", "uri", "host", "user_agent"} {
				seen[name] += n.Value("http." + name)
			}
		}
		if f.Host() != "split.example.org" || f.Path() != "ethernet.ip.tcp.http" {
			t.Fatalf("split at %d: host %q, path %s", i, f.Host(), f.Path())
		}
		want := map[string]string{"method": "GET", "uri": "/index.html", "host": "split.example.org", "user_agent": "test/1.0"}
		if fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Fatalf("split at %d: attributes %v", i, seen)
		}
	}
}

func TestHTTPAttributes(t *testing.T) {
	request := crlf("POST /a?b HTTP/1.1\nHost: h\nReferer: r\nContent-Type: c\nUser-Agent: u\nUpgrade: up\nConnection: co\n" +
		"Accept: a\nCookie: ck\nX-Session-Type: x\nContent-Length: 4\n\nbody")
	response := crlf("HTTP/1.1 200 OK\nServer: s\nContent-Encoding: ce\nTransfer-Encoding: te\nX-CDN: cdn\n\nmore")
	wantRequest := map[string]string{
		"method": "POST", "response": "", "host": "h", "uri": "/a?b", "referer": "r", "content_type": "c", "user_agent": "u",
		"upgrade": "up", "connection": "co", "accept": "a", "cookie": "ck", "x_session_type": "x", "content_len": "4",
		"server": "", "xcdn_seen": "", "msg_start": "1", "header": "Host: h", "headers_end": "1", "data": "body",
	}
	wantResponse := map[string]string{
		"method": "", "response": "200 OK", "server": "s", "content_encoding": "ce", "transfer_encoding": "te", "xcdn_seen": "1",
		"msg_start": "1", "header": "Server: s", "headers_end": "1", "data": "more",
	}
	for _, tracked := range []bool{false, true} {
		n := newHTTP(t)
		for name := range wantRequest {
			n.Register("http." + name)
		}
		for name := range wantResponse {
			n.Register("http." + name)
		}
		if !tracked { // Register has turned tracking on
			n = prototest.New(t, untracked())
			for name := range wantRequest {
				n.Register("http." + name)
			}
			for name := range wantResponse {
				n.Register("http." + name)
			}
		}
		f := n.TCP(40000, 80)
		for _, step := range []struct {
			send func(...[]byte) *prototest.Flow
			data []byte
			want map[string]string
		}{{f.Up, request, wantRequest}, {f.Down, response, wantResponse}} {
			step.send(step.data)
			for name, want := range step.want {
				if got := n.Value("http." + name); got != want {
					t.Errorf("tracked %v: %s = %q, want %q", tracked, name, got, want)
				}
			}
		}
	}
}

// untracked is HTTP that nobody tracks.
func untracked() dpi.Protocol {
	p := HTTP
	p.Track = nil
	return p
}

func TestHTTPTruncated(t *testing.T) {
	n := newHTTP(t)
	n.Handler.TrackProtocol(id.Http)
	for _, text := range []string{
		"GET http://a.org/x HTTP/1.1\nHost: a\nContent-Length: 3\n\nabc", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",
	} {
		prototest.Prefixes(crlf(text), func(prefix []byte) {
			n.TCP(40000, 80).Up(prefix).Final()
			n.TCP(40000, 80).Up(prefix, bytes.Repeat([]byte{0xff}, 100)).Final()
		})
	}
}

func TestHTTPAllocations(t *testing.T) {
	request := crlf("GET /index.html HTTP/1.1\nHost: a.org\nContent-Type: application/ipp\n\n")
	var m httpMessage
	if n := testing.AllocsPerRun(100, func() {
		httpOpening(request)
		m = httpMessage{}
		m.read(request)
		httpInside(&m)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
