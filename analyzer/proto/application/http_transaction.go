package application

import (
	"encoding/binary"

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
	Lost          bool  // bytes of the response were not seen, or where it ends
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

// httpVerb tells the methods that change how long a response is.
type httpVerb uint8

const (
	httpOtherVerb httpVerb = iota
	httpHead               // its response has no body
	httpConnect            // its response begins a tunnel
)

func httpVerbOf(method []byte) httpVerb {
	switch string(method) {
	case "HEAD":
		return httpHead
	case "CONNECT":
		return httpConnect
	}
	return httpOtherVerb
}

// httpTransaction is a transaction as the state of a flow keeps it.
type httpTransaction struct {
	texts  httpTexts
	number uint32

	length, received     int64
	request, first, last int64
	code                 uint16
	cdn                  uint8
	content              ContentEncoding
	transfer             TransferEncoding
	verb                 httpVerb
	answer, ended        bool // the response has begun, is complete
}

// httpState is what HTTP keeps for a flow: where both directions are, and the
// transactions that are not finished. The current one is the oldest; ended, it
// stays until the next begins. It is as small as it can be: there is one for
// each idle connection.
type httpState struct {
	dirs    [2]httpParser
	current httpTransaction
	first   int64 // time of the first request, ns
	// waiting are the requests behind the current one. What there is to know of
	// them is among their texts (httpAsked).
	waiting [httpPipeline - 1]httpTexts
	skipped uint16 // requests that found no room and whose responses are to come
	count   uint8  // transactions, the current one included
	lost    bool   // bytes of the current one's response are missing
}

// httpAsked is the field of a waiting request that holds its time in 8 bytes
// and its verb in one.
const httpAsked = httpNoField

// freeHTTP gives back what the state of a flow holds.
func freeHTTP(store *dpi.Store, s *httpState) {
	s.current.texts.free(store)
	for i := range s.waiting {
		s.waiting[i].free(store)
	}
	for i := range s.dirs {
		store.Free(s.dirs[i].line)
	}
}

// begin makes room for a transaction and returns its place: 1 for the current
// one, more behind it, 0 if too many are waiting. The time of its request is 0
// if that was not seen.
func (s *httpState) begin(store *dpi.Store, request int64, verb httpVerb) (slot int8) {
	switch {
	case s.count == 0:
		s.start(request, verb)
	case s.count == httpPipeline || !s.wait(store, &s.waiting[s.count-1], request, verb):
		return 0
	}
	s.count++
	return int8(s.count)
}

// start makes a new transaction the current one.
func (s *httpState) start(request int64, verb httpVerb) {
	s.lost = false
	s.current = httpTransaction{
		number: s.current.number + 1, request: request, verb: verb,
		length: -1, content: ContentIdentity, transfer: TransferIdentity,
	}
}

// wait notes a request that waits at place t, and reports whether the store had
// room for it.
func (s *httpState) wait(store *dpi.Store, t *httpTexts, request int64, verb httpVerb) bool {
	var asked [9]byte
	binary.NativeEndian.PutUint64(asked[:], uint64(request))
	asked[8] = byte(verb)
	t.set(store, httpAsked, asked[:])
	return *t != 0
}

// drop forgets the current transaction. The next one that waits takes its place.
func (s *httpState) drop(store *dpi.Store) {
	s.current.texts.free(store)
	s.current.ended = false
	for i := range s.dirs {
		s.dirs[i].slot = max(s.dirs[i].slot-1, 0)
	}
	if s.count--; s.count == 0 {
		return
	}
	texts := s.waiting[0]
	copy(s.waiting[:], s.waiting[1:])
	s.waiting[len(s.waiting)-1] = 0
	asked := texts.get(store, httpAsked)
	s.start(int64(binary.NativeEndian.Uint64(asked)), httpVerb(asked[8]))
	s.current.texts = texts
}

// textsOf returns the texts of the transaction at a place that begin has given.
func (s *httpState) textsOf(slot int8) *httpTexts {
	if slot == 1 {
		return &s.current.texts
	}
	return &s.waiting[slot-2]
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
	return c.fill(h.Store, s)
}

// fill makes info tell of the current transaction, and returns it.
func (c *HTTPContext) fill(store *dpi.Store, s *httpState) *HTTPInfo {
	t := &s.current
	c.info = HTTPInfo{
		Number: t.number, Code: t.code, CDN: t.cdn,
		ContentLength: t.length, Received: t.received, ContentEncoding: t.content, TransferEncoding: t.transfer,
		FirstRequest: s.first, Request: t.request, FirstResponse: t.first, LastResponse: t.last, Ended: t.ended, Lost: s.lost,
	}
	for rest := store.Bytes(dpi.Blob(t.texts)); len(rest) > 0; {
		var text []byte
		var field httpField
		field, text, rest = nextHTTPText(rest)
		if to := c.info.text(field); to != nil {
			*to = text
		}
	}
	return &c.info
}

// text returns where the text of a field is told, nil for fields that are not.
func (t *HTTPInfo) text(field httpField) *[]byte {
	switch field {
	case httpMethod:
		return &t.Method
	case httpURI:
		return &t.URI
	case httpHost:
		return &t.Host
	case httpReferer:
		return &t.Referer
	case httpUserAgent:
		return &t.UserAgent
	case httpContentType:
		return &t.MIMEType
	case httpResponse:
		return &t.Response
	}
	return nil
}
