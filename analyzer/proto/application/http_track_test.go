package application

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

// transactions is what a handler told of transactions.
type transactions struct {
	ended  []string
	bodies map[uint32]string
}

// trackedHTTP returns a Net whose transactions are noted.
func trackedHTTP(t *testing.T) (*prototest.Net, *transactions) {
	n := newHTTP(t)
	n.Handler.TrackProtocol(id.Http)
	seen := &transactions{bodies: map[uint32]string{}}
	c := dpi.Context[HTTPContext](n.Handler, id.Http)
	c.OnTransaction = func(_ *dpi.Packet, x *HTTPInfo) { seen.ended = append(seen.ended, describe(x)) }
	c.OnBody = func(_ *dpi.Packet, x *HTTPInfo, data []byte) { seen.bodies[x.Number] += string(data) }
	return n, seen
}

func describe(x *HTTPInfo) string {
	return fmt.Sprintf("%d %s %s %s %d/%d", x.Number, x.Method, x.URI, x.Response, x.ContentLength, x.Received)
}

// exchange is a conversation over one connection.
var exchange = struct {
	up, down []byte
	ended    []string
	bodies   map[uint32]string
}{
	up: crlf("GET /1 HTTP/1.1\nHost: a.org\n\n" +
		"POST /2 HTTP/1.1\nExpect: 100-continue\nContent-Length: 11\n\nGET / HTTP/" +
		"HEAD /3 HTTP/1.1\n\n" + "GET /4 HTTP/1.1\n\n"),
	down: crlf("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello" +
		"HTTP/1.1 100 Continue\n\n" + "HTTP/1.1 404 Not Found\nTransfer-Encoding: chunked\n\n5;x=y\nhello\nb\n more words\n0\nX-Trailer: 1\n\n" +
		"HTTP/1.1 200 OK\nContent-Length: 500\n\n" + "HTTP/1.1 304 Not Modified\nContent-Length: 9\n\n"),
	ended: []string{
		"1 GET /1 200 OK 5/5", "2 POST /2 404 Not Found -1/16", "3 HEAD /3 200 OK 500/0", "4 GET /4 304 Not Modified 9/0",
	},
	bodies: map[uint32]string{1: "hello", 2: "hello more words"},
}

// All requests come before the first response, in two pieces cut anywhere.
func TestHTTPTransactionsSplit(t *testing.T) {
	n, seen := trackedHTTP(t)
	check := func(where string) {
		t.Helper()
		if !slices.Equal(seen.ended, exchange.ended) || fmt.Sprint(seen.bodies) != fmt.Sprint(exchange.bodies) {
			t.Fatalf("%s: ended %q, bodies %v", where, seen.ended, seen.bodies)
		}
		*seen = transactions{bodies: map[uint32]string{}}
	}
	for i := 1; i < len(exchange.up); i++ {
		n.TCP(40000, 80).Up(exchange.up[:i], exchange.up[i:]).Down(exchange.down)
		check(fmt.Sprintf("requests split at %d", i))
	}
	for i := 1; i < len(exchange.down); i++ {
		n.TCP(40000, 80).Up(exchange.up).Down(exchange.down[:i], exchange.down[i:])
		check(fmt.Sprintf("responses split at %d", i))
	}
	f := n.TCP(40000, 80)
	for _, c := range exchange.up {
		f.Up([]byte{c})
	}
	for _, c := range exchange.down {
		f.Down([]byte{c})
	}
	check("byte by byte")
}

func TestHTTPOf(t *testing.T) {
	n, _ := trackedHTTP(t)
	f := n.TCP(40000, 80)
	if HTTPOf(n.Handler, f.Flow()) != nil {
		t.Error("a transaction before the first request")
	}
	f.Up(crlf("GET /x HTTP/1.1\nHost: a.org:80\nReferer: r\nUser-Agent: u\n\n"))
	asked := HTTPOf(n.Handler, f.Flow()).Request
	f.Wait(time.Second).Down(crlf("HTTP/1.1 200 Fine\nContent-Type: text/x; charset=y\nContent-Length: 10\nX-Cache: HIT\nContent-Encoding: gzip\n\nabc"))
	x := HTTPOf(n.Handler, f.Flow())
	got := fmt.Sprintf("%d %s %s %s %s %s %s %d %d %d %d %d %v", x.Number, x.Host, x.URI, x.Referer, x.UserAgent, x.MIMEType, x.Response,
		x.CDN, x.ContentLength, x.Received, x.ContentEncoding, x.TransferEncoding, x.Ended)
	if want := "1 a.org:80 /x r u text/x; charset=y 200 Fine 2 10 3 0 4 false"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if d := x.FirstResponse - asked; asked == 0 || d < int64(time.Second) || d > int64(2*time.Second) {
		t.Errorf("the response came %d ns after the request at %d", d, asked)
	}
	first := x.FirstResponse
	f.Wait(time.Second).Down([]byte("4567890"))
	if x = HTTPOf(n.Handler, f.Flow()); !x.Ended || x.Received != 10 || x.FirstResponse != first || x.LastResponse < first+int64(time.Second) {
		t.Errorf("at the end: %+v", x)
	}
	f.Up(crlf("GET /y HTTP/1.1\n\n"))
	if x = HTTPOf(n.Handler, f.Flow()); x.Number != 2 || x.Ended || string(x.URI) != "/y" || x.Response != nil {
		t.Errorf("the next: %+v", x)
	}
}

func TestHTTPBodies(t *testing.T) {
	tests := []struct {
		name     string
		up, down []string
		ended    string
		body     string
	}{
		{"until the end", []string{"GET / HTTP/1.0\n\n"}, []string{"HTTP/1.0 200 OK\n\nab", "HTTP/1.1 is text"}, "", "abHTTP/1.1 is text"},
		{"the end was missed", []string{"GET /1 HTTP/1.1\n\n", "GET /2 HTTP/1.1\n\n"}, []string{"HTTP/1.1 200 OK\n\nab", "HTTP/1.1 204 No\n\n"},
			"1 GET /1 200 OK -1/2,2 GET /2 204 No -1/0", "ab"},
		{"no content", []string{"GET / HTTP/1.1\n\n"}, []string{"HTTP/1.1 204 No\nContent-Length: 5\n\n"}, "1 GET / 204 No 5/0", ""},
		{"bad length", []string{"GET / HTTP/1.1\n\n"}, []string{"HTTP/1.1 200 OK\nContent-Length: -5\n\nabc"}, "", "abc"},
		{"bad chunk", []string{"GET / HTTP/1.1\n\n"}, []string{"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nxyz\nabc"}, "", ""},
		{"response only", nil, []string{"HTTP/1.1 200 OK\nContent-Length: 1\n\na"}, "1   200 OK 1/1", "a"},
		{"two responses only", nil, []string{"HTTP/1.1 200 OK\nContent-Length: 0\n\nHTTP/1.1 500 No\nContent-Length: 0\n\n"}, "1   200 OK 0/0,2   500 No 0/0", ""},
		{"tunnel", []string{"CONNECT a:443 HTTP/1.1\n\n", "GET / HTTP/1.1\n\n"}, []string{"HTTP/1.1 200 OK\n\nHTTP/1.1 200 OK\n\n"}, "1 CONNECT a:443 200 OK -1/0", ""},
		{"upgrade", []string{"GET / HTTP/1.1\nUpgrade: x\n\n"}, []string{"HTTP/1.1 101 Switching\n\n", "HTTP/1.1 200 OK\n\n"}, "1 GET / 101 Switching -1/0", ""},
	}
	for _, tt := range tests {
		n, seen := trackedHTTP(t)
		f := n.TCP(40000, 80)
		for _, s := range tt.up {
			f.Up(crlf(s))
		}
		for _, s := range tt.down {
			f.Down(crlf(s))
		}
		if got := strings.Join(seen.ended, ","); got != tt.ended || seen.bodies[1] != tt.body {
			t.Errorf("%s: ended %q, body %q; want %q, %q", tt.name, got, seen.bodies[1], tt.ended, tt.body)
		}
	}
}

// More requests than are kept may wait; their responses still count.
func TestHTTPPipeline(t *testing.T) {
	n, seen := trackedHTTP(t)
	f := n.TCP(40000, 80)
	for i := range httpPipeline + 2 {
		f.Up(crlf(fmt.Sprintf("GET /%d HTTP/1.1\n\n", i)))
	}
	for range httpPipeline + 2 {
		f.Down(crlf("HTTP/1.1 200 OK\nContent-Length: 0\n\n"))
	}
	f.Up(crlf("GET /last HTTP/1.1\n\n")).Down(crlf("HTTP/1.1 201 OK\nContent-Length: 0\n\n"))
	if len(seen.ended) != httpPipeline+3 || seen.ended[3] != "4 GET /3 200 OK 0/0" || seen.ended[6] != "7 GET /last 201 OK 0/0" {
		t.Errorf("ended %q", seen.ended)
	}
}

// Where bytes are missed within a body, the rest of it is counted; where more is
// missed, the next start line counts.
func TestHTTPGap(t *testing.T) {
	tests := []struct {
		name  string
		lost  int
		rest  string
		ended string
	}{
		{"within a body", 2000, strings.Repeat("x", 997), "1 GET /1 200 OK 3000/1000,2 GET /2 200 OK 1/1"},
		{"the end of a body and more", 3500, "some other body", "1 GET /1 200 OK 3000/3,2 GET /2 200 OK 1/1"},
	}
	for _, tt := range tests {
		n, seen := trackedHTTP(t)
		f := n.TCP(40000, 80).Up(crlf("GET /1 HTTP/1.1\n\n")).Down(crlf("HTTP/1.1 200 OK\nContent-Length: 3000\n\nabc"))
		f.Lose(dpi.Down, tt.lost).Down([]byte(tt.rest))
		f.Up(crlf("GET /2 HTTP/1.1\n\n")).Down(crlf("HTTP/1.1 200 OK\nContent-Length: 1\n\nz"))
		if got := strings.Join(seen.ended, ","); got != tt.ended {
			t.Errorf("%s: ended %q, want %q", tt.name, got, tt.ended)
		}
	}
}

// Answers that are missed wholly or for good do not keep what asks in turn from
// being told apart; requests that did not wait for answers stay open.
func TestHTTPGapsInTurn(t *testing.T) {
	get := func(i int) []byte { return crlf(fmt.Sprintf("GET /%d HTTP/1.1\n\n", i)) }
	n, seen := trackedHTTP(t)
	f := n.TCP(40000, 80).Up(get(1)).Down(crlf("HTTP/1.1 200 OK\nContent-Length: 3000\n\nabc"))
	f.Up(get(2)).Lose(dpi.Down, 9000).Down([]byte("the rest of some answer")).Up(get(3))
	f.Down(crlf("HTTP/1.1 200 OK\nContent-Length: 1\n\nz"))
	if got, want := strings.Join(seen.ended, ","), "1 GET /1 200 OK 3000/3,2 GET /2  -1/0,3 GET /3 200 OK 1/1"; got != want {
		t.Errorf("in turn: ended %q, want %q", got, want)
	}

	n, seen = trackedHTTP(t)
	f = n.TCP(40000, 80).Up(get(1), get(2)).Lose(dpi.Down, 100).Down([]byte("the rest of some answer"))
	f.Down(crlf("HTTP/1.1 200 OK\nContent-Length: 1\n\nz"))
	if got, want := strings.Join(seen.ended, ","), "1 GET /1 200 OK 1/1"; got != want {
		t.Errorf("both at once: ended %q, want %q", got, want)
	}
}

// What the state of a flow holds is given back when the flow ends.
func TestHTTPStateFreed(t *testing.T) {
	n, _ := trackedHTTP(t)
	round := func() int {
		for range 50 {
			f := n.TCP(40000, 80).Up(exchange.up, []byte("GET /unfinished")).Down(exchange.down)
			f.Segment(dpi.Up, prototest.RST, nil)
		}
		n.Sleep(int64(time.Hour))
		n.TCP(1, 2)
		return n.Handler.Store.Used()
	}
	if first := round(); first == 0 {
		t.Error("nothing was stored")
	} else if second := round(); second != first {
		t.Errorf("the store holds %d bytes after one round, %d after two", first, second)
	}
}
