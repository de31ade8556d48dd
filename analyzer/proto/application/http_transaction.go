package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// CDN flags of a transaction, as report 100 writes them.
const (
	CDNNone  = 0
	CDNNamed = 1 // an X-CDN header names one
	CDNCache = 2 // Via or X-Cache say that a cache has delivered the response
)

// ContentEncoding is how the body of a message is packed, in the numbers of
// report 301.
type ContentEncoding uint8

// Content codings, RFC 9110 section 8.4.1.
const (
	ContentGzip ContentEncoding = iota
	ContentCompress
	ContentDeflate
	ContentIdentity
	ContentBrotli
	ContentOther
)

// TransferEncoding is how the body of a message is framed, in the numbers of
// report 301.
type TransferEncoding uint8

// Transfer codings, RFC 9112 section 7.
const (
	TransferChunked TransferEncoding = iota
	TransferCompress
	TransferDeflate
	TransferGzip
	TransferIdentity
)

// HTTPInfo is what is known of an HTTP transaction: a request and its response.
// Its slices are views that are valid until the next packet is processed; times
// are in ns since the Unix epoch, 0 for what has not happened.
type HTTPInfo struct {
	Number    uint32 // of the transaction in its connection, from 1
	Method    []byte
	URI       []byte
	Host      []byte
	Referer   []byte
	UserAgent []byte
	MIMEType  []byte // Content-Type of the response, else of the request
	Response  []byte // code and reason, such as "200 OK"
	Code      uint16
	CDN       uint8 // CDNNone, CDNNamed, CDNCache

	ContentLength    int64 // of the response as announced, -1 if it was not
	Received         int64 // bytes of the response's body so far
	ContentEncoding  ContentEncoding
	TransferEncoding TransferEncoding

	FirstRequest  int64 // the first request of the connection began
	Request       int64 // the request began
	FirstResponse int64 // the response began
	LastResponse  int64 // the latest part of the response
	Ended         bool  // the response is complete
}

// HTTPContext is what a handler keeps for HTTP (dpi.Context[HTTPContext](h,
// id.Http)). The functions are called while Handler.TrackProtocol(id.Http) is on;
// what they are given is valid only during the call.
type HTTPContext struct {
	// OnTransaction is called when a response is complete.
	OnTransaction func(p *dpi.Packet, t *HTTPInfo)
	// OnLeave is called with a transaction that is over, or whose response does
	// not pass here, when the next one takes its place.
	OnLeave func(p *dpi.Packet, t *HTTPInfo)
	// OnBody is called with each piece of a response's body, in order, before
	// the OnTransaction of its end. Chunks have been taken out of their framing,
	// content encodings are as they are.
	OnBody func(p *dpi.Packet, t *HTTPInfo, data []byte)

	info HTTPInfo
	seen httpSeen
	line [maxHTTPLine]byte // a line that came in pieces
}

// Limits of what is kept of a transaction, bytes.
const (
	maxHTTPLine = 8 << 10
	maxHTTPURI  = 4 << 10
	maxHTTPText = 1 << 10
)

// httpPipeline is how many requests of a connection may wait for responses.
const httpPipeline = 4

// httpTransaction is a transaction as the state of a flow keeps it.
type httpTransaction struct {
	method, uri, host, referer, agent, mime, response dpi.Blob

	length, received      int64
	request, first, last  int64
	number                uint32
	code                  uint16
	cdn                   uint8
	content               ContentEncoding
	transfer              TransferEncoding
	head, connect, answer bool // HEAD or CONNECT was asked; the response has begun
}

// httpState is what HTTP keeps for a flow: where both directions are, and the
// transactions that are not finished. The oldest one stays, closed, until the
// next begins.
type httpState struct {
	dirs    [2]httpParser
	ring    [httpPipeline]httpTransaction
	oldest  uint8
	count   uint8
	closed  bool
	skipped uint16 // requests that found no room and whose responses are to come
	number  uint32
	first   int64 // time of the first request, ns
}

// freeHTTP gives back what the state of a flow holds.
func freeHTTP(store *dpi.Store, s *httpState) {
	for i := range s.ring {
		s.ring[i].reset(store)
	}
	for i := range s.dirs {
		store.Free(s.dirs[i].line)
	}
}

// reset makes t a new transaction.
func (t *httpTransaction) reset(store *dpi.Store) {
	for _, b := range [...]dpi.Blob{t.method, t.uri, t.host, t.referer, t.agent, t.mime, t.response} {
		store.Free(b)
	}
	*t = httpTransaction{length: -1, content: ContentIdentity, transfer: TransferIdentity}
}

// begin makes room for a transaction and returns its place in the ring, -1 if
// too many are waiting.
func (s *httpState) begin(store *dpi.Store) int {
	if s.count == httpPipeline {
		return -1
	}
	at := int(s.oldest+s.count) % httpPipeline
	s.count++
	s.number++
	s.ring[at].reset(store)
	s.ring[at].number = s.number
	return at
}

// drop forgets the oldest transaction.
func (s *httpState) drop() {
	s.oldest = (s.oldest + 1) % httpPipeline
	s.count--
	s.closed = false
}

// HTTPOf returns the transaction that flow f is in, or the last one if none is
// open; nil if f has none or is not tracked. It is valid until the next packet
// is processed or the function is called again.
func HTTPOf(h *dpi.Handler, f *dpi.Flow) *HTTPInfo {
	c := dpi.Context[HTTPContext](h, id.Http)
	if c == nil {
		return nil
	}
	s := dpi.FlowState[httpState](h, f, id.Http, false)
	if s == nil || s.count == 0 {
		return nil
	}
	c.fill(h.Store, s, &s.ring[s.oldest], s.closed)
	return &c.info
}

// fill makes info tell of t.
func (c *HTTPContext) fill(store *dpi.Store, s *httpState, t *httpTransaction, ended bool) {
	c.info = HTTPInfo{
		Number: t.number, Method: store.Bytes(t.method), URI: store.Bytes(t.uri), Host: store.Bytes(t.host),
		Referer: store.Bytes(t.referer), UserAgent: store.Bytes(t.agent), MIMEType: store.Bytes(t.mime),
		Response: store.Bytes(t.response), Code: t.code, CDN: t.cdn,
		ContentLength: t.length, Received: t.received, ContentEncoding: t.content, TransferEncoding: t.transfer,
		FirstRequest: s.first, Request: t.request, FirstResponse: t.first, LastResponse: t.last, Ended: ended,
	}
}
