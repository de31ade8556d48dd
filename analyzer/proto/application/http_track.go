package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// httpPhase says what the next bytes of a direction are.
type httpPhase uint8

const (
	httpAtStart    httpPhase = iota // a start line
	httpInHeaders                   // a header line
	httpInBody                      // left bytes of body
	httpToEnd                       // body until the connection closes
	httpChunkSize                   // the line before a chunk
	httpInChunk                     // left bytes of a chunk
	httpChunkEnd                    // the line end after a chunk
	httpInTrailers                  // header lines after the last chunk
	httpTunnel                      // another protocol
	httpRaw                         // the answer to a request of HTTP/0.9
	httpLost                        // bytes were missed: the next start line at the beginning of a piece
)

// httpParser is how far one direction of a connection has been read.
type httpParser struct {
	left     uint64
	line     dpi.Blob // the beginning of a line whose end is to come
	messages uint32   // begun so far
	phase    httpPhase
	slot     int8 // the place of the message's transaction, 0 if none; 1 for a response
	request  bool // the message is a request
	is       httpMark
	code     uint16
	heard    uint16 // bytes that had come the other way when the request began, modulo 2^16
}

// httpMark are marks of a message.
type httpMark uint8

const (
	httpChunked httpMark = 1 << iota
	httpCounted          // left was set by a Content-Length
	httpInTurn           // something came the other way between the request before and this one
)

// mark sets or removes a mark.
func (d *httpParser) mark(m httpMark, on bool) {
	d.is &^= m
	if on {
		d.is |= m
	}
}

// httpTracker reads one piece of one direction.
type httpTracker struct {
	p *dpi.Packet
	c *HTTPContext
	s *httpState
	d *httpParser
	b []byte // what is left of the piece
}

// trackHTTP follows the messages of a connection.
func trackHTTP(p *dpi.Packet, d []byte) {
	s := dpi.State[httpState](p, id.Http)
	c := dpi.Context[HTTPContext](p.Handler(), id.Http)
	if s == nil || c == nil {
		return
	}
	t := httpTracker{p: p, c: c, s: s, d: &s.dirs[p.Dir], b: d}
	c.seen.begin(p)
	t.join()
	for len(t.b) > 0 && t.step() {
	}
}

// join finds a place to begin where the stream was joined in the middle, and
// notices holes.
func (t *httpTracker) join() {
	switch {
	case t.d.phase == httpTunnel || t.d.phase == httpRaw:
	case t.d.messages > 0 && t.p.Gap:
		t.skip(uint64(t.p.Lost))
	case t.d.messages == 0 && t.d.line == 0 && httpOpening(t.b) == dpi.No && !new(httpStart).readSimple(t.b):
		if bytes.HasSuffix(t.b, t.p.Stream) {
			t.b = t.p.Stream // what came before was no message
		}
		t.lose()
	}
}

// step reads one thing and reports whether there may be another.
func (t *httpTracker) step() bool {
	switch t.d.phase {
	case httpTunnel:
		return false
	case httpLost:
		return t.resume()
	case httpRaw:
		t.onRaw()
		return true
	case httpToEnd:
		return t.toEnd()
	case httpInBody, httpInChunk:
		t.counted()
		return true
	}
	line, ok := t.nextLine()
	if !ok {
		return false
	}
	t.onLine(line)
	return true
}

// skip goes on behind a hole of n bytes, which are not known if n is 0. Within a
// body it is known how long the rest is.
func (t *httpTracker) skip(n uint64) {
	t.miss()
	switch {
	case t.d.phase == httpToEnd:
	case (t.d.phase == httpInBody || t.d.phase == httpInChunk) && n > 0 && n < t.d.left:
		t.d.left -= n
	default:
		t.lose()
	}
}

// lose gives up the message at hand after a hole in the stream.
func (t *httpTracker) lose() {
	t.store().Free(t.d.line)
	t.d.line = 0
	t.d.phase = httpLost
	t.miss()
	if asked := &t.s.dirs[t.p.Dir^1]; asked.request && asked.is&httpInTurn != 0 {
		t.endTurns()
	}
}

// endTurns closes the transactions before that of the latest request. Whoever asks
// again after some answer has had all of those before: what was lost here, they
// have got.
func (t *httpTracker) endTurns() {
	for t.s.count > 1 {
		t.s.lost = true
		t.close()
	}
	t.s.skipped = 0
}

// miss notes that bytes of a response are missing.
func (t *httpTracker) miss() {
	t.s.lost = t.s.lost || t.answered() != nil
}

// resume goes on at a start line, if the piece begins with one.
func (t *httpTracker) resume() bool {
	var start httpStart
	line, _, ok := textLine(t.b)
	if !ok || !start.parse(line) {
		return false
	}
	t.d.phase = httpAtStart
	return true
}

func (t *httpTracker) store() *dpi.Store { return t.p.Handler().Store }

// nextLine takes a line from the piece, joined with what came of it before. A
// line that does not end is kept for the next piece, up to a limit.
func (t *httpTracker) nextLine() ([]byte, bool) {
	line, rest, ok := textLine(t.b)
	store := t.store()
	if !ok {
		kept := len(store.Bytes(t.d.line))
		t.d.line, _ = store.Append(t.d.line, t.b[:min(len(t.b), maxHTTPLine-kept)])
		return nil, false
	}
	t.b = rest
	if t.d.line == 0 {
		return line, true
	}
	n := copy(t.c.line[:], store.Bytes(t.d.line))
	n += copy(t.c.line[n:], line)
	store.Free(t.d.line)
	t.d.line = 0
	return bytes.TrimSuffix(t.c.line[:n], []byte{'\r'}), true
}

// onLine takes in a line.
func (t *httpTracker) onLine(line []byte) {
	switch t.d.phase {
	case httpAtStart:
		if len(line) > 0 {
			t.onStart(line)
		}
	case httpInHeaders:
		if len(line) == 0 {
			t.onHeadersEnd()
			return
		}
		t.onHeader(line)
	case httpChunkSize:
		t.onChunkSize(line)
	case httpChunkEnd:
		t.d.phase = httpChunkSize
	case httpInTrailers:
		if len(line) == 0 {
			t.end()
		}
	}
}

// onStart takes in a start line. One of HTTP/0.9 counts only where a connection
// begins.
func (t *httpTracker) onStart(line []byte) {
	var start httpStart
	switch {
	case start.parse(line):
		t.begin(&start)
	case t.s.dirs[0].messages+t.s.dirs[1].messages == 0 && start.parseSimple(line, t.b):
		t.begin(&start)
		t.onSimple()
	default:
		t.lose()
	}
}

// begin begins a message.
func (t *httpTracker) begin(start *httpStart) {
	d := t.d
	d.messages++
	d.phase, d.slot, d.left, d.is = httpInHeaders, 0, 0, 0
	d.request, d.code = start.isRequest(), uint16(start.code)
	t.c.seen.start(start, d.messages)
	if d.request {
		t.onRequest(start)
	} else {
		t.onResponse(start)
	}
}

// onRequest begins a transaction.
func (t *httpTracker) onRequest(start *httpStart) {
	heard := uint16(t.p.Flow.Data[t.p.Dir^1])
	t.d.mark(httpInTurn, t.s.count > 0 && heard != t.d.heard)
	t.d.heard = heard
	t.endMissed()
	if t.s.current.ended || t.s.count > 0 && t.p.Flow.Packets[t.p.Dir^1] == 0 {
		t.leave() // complete, or its response takes another way
	}
	if t.s.current.number == 0 {
		t.s.first = t.p.Time
	}
	if t.s.skipped == 0 {
		t.d.slot = t.s.begin(t.store(), t.p.Time, httpVerbOf(start.method))
	}
	if t.d.slot == 0 {
		t.s.skipped++
		return
	}
	t.note(httpMethod, start.method)
	t.s.textsOf(t.d.slot).set(t.store(), httpURI, start.target[:min(len(start.target), maxHTTPURI)])
}

// endMissed closes the transaction before a new request if the end of its
// response cannot be told: bytes were lost, or the response was to last until
// the end of the connection, which goes on.
func (t *httpTracker) endMissed() {
	answer := &t.s.dirs[t.p.Dir^1]
	if t.d.is&httpInTurn != 0 && answer.phase == httpLost {
		t.endTurns()
	}
	if t.s.count == 1 && !t.s.current.ended && (answer.phase == httpLost || answer.phase == httpToEnd) {
		answer.slot, answer.phase = 0, httpLost
		t.close()
	}
}

// onResponse finds the transaction that a response belongs to: the oldest that
// has none. Interim responses (RFC 9110 section 15.2) belong to none.
func (t *httpTracker) onResponse(start *httpStart) {
	if start.code/100 == 1 && start.code != 101 {
		return
	}
	x := &t.s.current
	if t.s.count > 0 && !x.ended && x.answer {
		t.s.lost = true
		t.close() // the end of the response before was missed
	}
	if t.s.count == 0 || x.ended {
		if t.s.skipped > 0 {
			t.s.skipped--
		}
		if x.ended {
			t.leave()
		}
		t.s.begin(t.store(), 0, httpOtherVerb)
	}
	t.d.slot = 1
	if !x.answer {
		x.first = t.p.Time
	}
	x.answer, x.last, x.code = true, t.p.Time, uint16(start.code)
	t.note(httpResponse, start.status)
}

// answered returns the transaction that the message is the response of, nil if
// it is a request or a response to none.
func (t *httpTracker) answered() *httpTransaction {
	if t.d.slot == 0 || t.d.request {
		return nil
	}
	return &t.s.current
}
