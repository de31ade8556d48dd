package application

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TestHTTPTextsAgainstMap sets fields at random and compares with a map.
func TestHTTPTextsAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	store := dpi.NewStore(1 << 20)
	var texts httpTexts
	want := map[httpField][]byte{}
	for i := range 3000 {
		field := httpField(rng.IntN(int(httpFields)))
		text := bytes.Repeat([]byte{byte(i)}, rng.IntN(4)*rng.IntN(300))
		texts.set(store, field, text)
		want[field] = text
		for f := range httpFields {
			if got := texts.get(store, f); !bytes.Equal(got, want[f]) {
				t.Fatalf("step %d: field %d has %d bytes, want %d", i, f, len(got), len(want[f]))
			}
		}
	}
	if texts.free(store); texts != 0 {
		t.Error("texts after free")
	}
}

// A full store costs texts, not transactions.
func TestHTTPStoreFull(t *testing.T) {
	n, seen := trackedHTTP(t)
	*n.Handler.Store = *dpi.NewStore(0)
	n.TCP(40000, 80).Up(crlf("HEAD /1 HTTP/1.1\n\n"), crlf("GET /2 HTTP/1.1\n\n")).
		Down(crlf("HTTP/1.1 200 OK\nContent-Length: 9\n\nHTTP/1.1 201 OK\nContent-Length: 2\n\nab"))
	if got := strings.Join(seen.ended, ","); got != "1    9/0,2    2/2" {
		t.Errorf("ended %q", got)
	}
}

// The last of several headers counts, and many of them take no more room.
func TestHTTPRepeatedHeaders(t *testing.T) {
	n, _ := trackedHTTP(t)
	f := n.TCP(40000, 80).Up(crlf("GET / HTTP/1.1\nReferer: r\n"))
	for i := range 200 {
		f.Up(crlf(fmt.Sprintf("Host: %d.%s\n", i, strings.Repeat("x", 1000))))
	}
	f.Up(crlf("Host: last.org\nUser-Agent: u\n\n"))
	x := HTTPOf(n.Handler, f.Flow())
	if string(x.Host) != "last.org" || string(x.Referer) != "r" || string(x.UserAgent) != "u" || string(x.URI) != "/" {
		t.Errorf("host %q, referer %q, agent %q, URI %q", x.Host, x.Referer, x.UserAgent, x.URI)
	}
	s := dpi.FlowState[httpState](n.Handler, f.Flow(), id.Http, false)
	if size := len(n.Handler.Store.Bytes(dpi.Blob(s.current.texts))); size > 64 {
		t.Errorf("the texts take %d bytes", size)
	}
}

// An idle connection must stay cheap.
func TestHTTPStateSize(t *testing.T) {
	if size := unsafe.Sizeof(httpState{}); size > 128 {
		t.Errorf("the state of a flow takes %d bytes, want two cache lines", size)
	}
}
