package application

import (
	"fmt"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

const simplePage = "<html>\n<body>hello</body>\n</html>\n"

func TestHTTPSimple(t *testing.T) {
	long := "GET http://long.org/" + strings.Repeat("a", 80) + "\r\n"
	tests := []struct {
		name     string
		port     uint16
		up, down string
		host     string
		path     string
	}{
		{"usual port", 80, "GET /x\r\n", "", "", "http"},
		{"bare line feed", 8080, "GET /x\n", "", "", "http"},
		{"an empty line behind", 80, "GET /\r\n\r\n", "", "", "http"},
		{"proxy", 3128, "GET http://a.org/x\r\n", "", "a.org", "http.http_proxy"},
		{"more behind", 80, "GET /x\r\nmore", "", "", "unknown"},
		{"headers behind", 80, "GET /x\r\nHost: a.org\r\n\r\n", "", "", "unknown"},
		{"no path", 80, "GET x\r\n", "", "", "unknown"},
		{"two words", 80, "GET /x y\r\n", "", "", "unknown"},
		{"control character", 80, "GET /x\x01\r\n", "", "", "unknown"},
		{"other method", 80, "PUT /x\r\n", "", "", "unknown"},
		{"no line end", 80, "GET /x", "", "", "unknown"},

		{"other port, no answer", 4000, "GET /x.html\r\n", "", "", "unknown"},
		{"page", 4000, "GET /x\r\n", simplePage, "", "http"},
		{"page after a byte order mark", 4000, "GET /x\r\n", "\xef\xbb\xbf\n<!DOCTYPE html>", "", "http"},
		{"page of a proxy", 4000, "GET http://a.org/x\r\n", simplePage, "a.org", "http.http_proxy"},
		{"page of a proxy, long request", 4000, long, simplePage, "", "http"},
		{"text of a file", 4000, "GET /x.txt\r\n", "first line\r\nsecond line\r\n", "", "http"},
		{"long line", 4000, "GET /x.txt\r\n", strings.Repeat("long ", 20), "", "http"},
		{"picture", 4000, "GET /x.gif\r\n", "GIF89a\x01\x02\x03", "", "http"},
		{"status line", 4000, "GET /x\r\n", "HTTP/1.0 400 Bad Request\r\n\r\n", "", "http"},
		{"text for what may be a key", 4000, "GET /key\r\n", "first line\r\nsecond line\r\n", "", "unknown"},
		{"one short line", 4000, "GET /x.txt\r\n", "what?\r\n", "", "unknown"},
		{"no tag", 4000, "GET /x\r\n", "<34>1 message", "", "unknown"},
		{"code", 4000, "GET /x.txt\r\n", "500 unknown command\r\nsecond line\r\n", "", "unknown"},
		{"RESP", 4000, "GET /x.txt\r\n", "$12\r\nhello hello!\r\n", "", "unknown"},
		{"error in capitals", 4000, "GET /x.txt\r\n", "ERROR\r\nERROR\r\n", "", "unknown"},
		{"echo", 4000, "GET /x.txt\r\n", "GET /x.txt\r\n", "", "unknown"},
		{"Gopher", 4000, "GET /x.txt\r\n", "3no such file\tfake\t(NULL)\t0\r\n.\r\n", "", "unknown"},
		{"alert of TLS", 4000, "GET /x.txt\r\n", "\x15\x03\x01\x00\x02\x02\x16", "", "unknown"},
		{"binary", 4000, "GET /x.txt\r\n", "ab\x00\x01" + strings.Repeat("z", 100), "", "unknown"},
	}
	n := newHTTP(t)
	for _, tt := range tests {
		f := n.TCP(40000, tt.port).Up([]byte(tt.up))
		if tt.down != "" {
			f.Down([]byte(tt.down))
		}
		if f.Host() != tt.host || f.Final() != "ethernet.ip.tcp."+tt.path {
			t.Errorf("%s: host %q, path %s; want %q, %s", tt.name, f.Host(), f.Path(), tt.host, tt.path)
		}
	}
}

// On the usual ports it is the client that asks.
func TestHTTPSimpleFromServer(t *testing.T) {
	n := newHTTP(t)
	if got := n.TCP(80, 40000).Up([]byte("GET /x\r\n")).Final(); got != "ethernet.ip.tcp.unknown" {
		t.Errorf("path %s", got)
	}
	if got := n.TCP(40000, 4000).Down([]byte("GET /x\r\n")).Up([]byte(simplePage)).Final(); got != "ethernet.ip.tcp.http" {
		t.Errorf("asked by the other end: path %s", got)
	}
}

// Request and answer are cut anywhere, on a usual port and on another.
func TestHTTPSimpleTransaction(t *testing.T) {
	request := "GET /dir/x.html\r\n"
	n, seen := trackedHTTP(t)
	check := func(f *prototest.Flow, where string) {
		t.Helper()
		x := HTTPOf(n.Handler, f.Flow())
		if x == nil || string(x.Method) != "GET" || string(x.URI) != "/dir/x.html" || x.Response != nil || x.Code != 0 ||
			x.ContentLength != -1 || x.Received != int64(len(simplePage)) || x.Ended || x.FirstResponse == 0 || seen.bodies[1] != simplePage {
			t.Fatalf("%s: %+v, body %q", where, x, seen.bodies[1])
		}
		*seen = transactions{bodies: map[uint32]string{}}
	}
	for _, port := range []uint16{80, 4000} {
		for i := 1; i < len(request); i++ {
			check(n.TCP(40000, port).Up([]byte(request[:i]), []byte(request[i:])).Down([]byte(simplePage)), fmt.Sprintf("port %d, request split at %d", port, i))
		}
		for i := 1; i < len(simplePage); i++ {
			check(n.TCP(40000, port).Up([]byte(request)).Down([]byte(simplePage[:i]), []byte(simplePage[i:])), fmt.Sprintf("port %d, page split at %d", port, i))
		}
	}
	f := n.TCP(40000, 4000)
	for i := 0; i < len(request); i += 2 {
		f.Up([]byte(request[i:min(i+2, len(request))]))
	}
	check(f.Down([]byte(simplePage)), "request in small pieces")
	if len(seen.ended) > 0 {
		t.Errorf("ended %q", seen.ended)
	}
}

// A hole in the answer is a hole in the content.
func TestHTTPSimpleGap(t *testing.T) {
	n, _ := trackedHTTP(t)
	f := n.TCP(40000, 80).Up([]byte("GET /x\r\n")).Down([]byte("<html>")).Lose(dpi.Down, 1000).Down([]byte("</html>"))
	for range 200 { // what was lost is not waited for any longer
		f.Down([]byte(strings.Repeat("z", 1400)))
	}
	if x := HTTPOf(n.Handler, f.Flow()); x == nil || x.Received != 6+7+200*1400 {
		t.Errorf("%+v", x)
	}
}

// A server may answer in a later version.
func TestHTTPSimpleAnsweredLater(t *testing.T) {
	n, seen := trackedHTTP(t)
	f := n.TCP(40000, 80).Up([]byte("GET /x\r\n")).Down([]byte("HT"), crlf("TP/1.0 400 Bad\nContent-Length: 2\n\nno"))
	f.Up(crlf("GET /y HTTP/1.1\n\n")).Down(crlf("HTTP/1.1 200 OK\nContent-Length: 1\n\n."))
	if got := strings.Join(seen.ended, ","); got != "1 GET /x 400 Bad 2/2,2 GET /y 200 OK 1/1" {
		t.Errorf("ended %q", got)
	}
}

func TestHTTPSimpleAttributes(t *testing.T) {
	for _, p := range []dpi.Protocol{HTTP, untracked()} {
		n := prototest.New(t, p)
		n.Register("http.method", "http.uri", "http.msg_start", "http.response", "http.data")
		f := n.TCP(40000, 80).Up([]byte("GET /x\r\n"))
		if m, u, s := n.Value("http.method"), n.Value("http.uri"), n.Value("http.msg_start"); m != "GET" || u != "/x" || s != "1" {
			t.Errorf("method %q, uri %q, msg_start %q", m, u, s)
		}
		f.Down([]byte(simplePage))
		if m, r := n.Value("http.method"), n.Value("http.response"); m != "" || r != "" {
			t.Errorf("answer: method %q, response %q", m, r)
		}
		if p.Track != nil && n.Value("http.data") != simplePage {
			t.Errorf("data %q", n.Value("http.data"))
		}
	}
}

func TestHTTPSimpleAllocations(t *testing.T) {
	n, _ := trackedHTTP(t)
	request, page := []byte("GET /x.txt\r\n"), []byte("first line\r\nsecond line\r\n")
	if allocs := testing.AllocsPerRun(100, func() {
		var s httpStart
		if !s.readSimple(request) || judgeSimple(httpSimplePath, page) != dpi.Yes {
			t.Fatal("not recognised")
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	prototest.Prefixes(append(request, page...), func(prefix []byte) {
		n.TCP(40000, 80).Up(prefix).Down(prefix).Final()
		n.TCP(40000, 4000).Up(request).Down(prefix).Final()
	})
}
