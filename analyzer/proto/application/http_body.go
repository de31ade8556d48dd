package application

import "bytes"

// onHeader takes in a header line.
func (t *httpTracker) onHeader(line []byte) {
	name, value := httpHeader(line)
	field := httpFieldOf(name)
	t.c.seen.header(line, field, value)
	switch field {
	case httpTransferEncoding:
		t.d.mark(httpChunked, hasSuffixFold(value, "chunked"))
	case httpContentLength:
		n, ok := parseDecimal(value)
		t.d.left = n
		t.d.mark(httpCounted, ok)
	}
	switch {
	case t.d.slot == 0:
	case t.d.request:
		t.requestField(field, value)
	default:
		t.responseField(field, value)
	}
}

// requestField notes a header of a request.
func (t *httpTracker) requestField(field httpField, value []byte) {
	switch field {
	case httpHost, httpReferer, httpUserAgent, httpContentType:
		t.note(field, value)
	}
}

// note keeps a text of the message's transaction.
func (t *httpTracker) note(field httpField, text []byte) {
	t.s.textsOf(t.d.slot).set(t.store(), field, text[:min(len(text), maxHTTPText)])
}

// responseField notes a header of a response.
func (t *httpTracker) responseField(field httpField, value []byte) {
	x := &t.s.current
	switch field {
	case httpContentType:
		t.note(field, value)
	case httpContentLength:
		if t.d.is&httpCounted != 0 {
			x.length = int64(t.d.left)
		}
	case httpXCDN:
		x.cdn = CDNNamed
	case httpCache:
		if x.cdn == CDNNone {
			x.cdn = CDNCache
		}
	case httpContentEncoding:
		x.content = contentEncoding(value)
	case httpTransferEncoding:
		x.transfer = transferEncoding(value)
	}
}

// onHeadersEnd finds how long the body is, RFC 9112 section 6.3.
func (t *httpTracker) onHeadersEnd() {
	d, x := t.d, t.answered()
	t.c.seen.headersEnd = d.messages
	switch {
	case !d.request && (d.code == 101 || d.code/100 == 2 && x != nil && x.verb == httpConnect):
		t.end()
		t.s.dirs[0].phase, t.s.dirs[1].phase = httpTunnel, httpTunnel
	case !d.request && (d.code/100 == 1 || d.code == 204 || d.code == 304 || x != nil && x.verb == httpHead):
		t.end()
	case d.is&httpChunked != 0:
		d.phase = httpChunkSize
	case d.is&httpCounted != 0 && d.left > 0:
		d.phase = httpInBody
	case d.request || d.is&httpCounted != 0:
		t.end()
	default:
		d.phase = httpToEnd
	}
}

// counted takes in bytes of a body or chunk of known length.
func (t *httpTracker) counted() {
	n := int(min(uint64(len(t.b)), t.d.left))
	t.onBody(t.b[:n])
	t.b = t.b[n:]
	if t.d.left -= uint64(n); t.d.left > 0 {
		return
	}
	if t.d.phase == httpInChunk {
		t.d.phase = httpChunkEnd
		return
	}
	t.end()
}

// toEnd takes in bytes of a body that ends with the connection. If it did not,
// a status line begins the response to the next request that waits.
func (t *httpTracker) toEnd() bool {
	if t.s.count > 1 && t.resume() {
		t.end()
		return true
	}
	t.onBody(t.b)
	return false
}

// onChunkSize takes in the line before a chunk: its size in hexadecimal, and
// perhaps extensions (RFC 9112 section 7.1).
func (t *httpTracker) onChunkSize(line []byte) {
	if i := bytes.IndexByte(line, ';'); i >= 0 {
		line = line[:i]
	}
	n, ok := parseHex(bytes.TrimSpace(line))
	switch {
	case !ok:
		t.lose()
	case n == 0:
		t.d.phase = httpInTrailers
	default:
		t.d.left, t.d.phase = n, httpInChunk
	}
}

// onBody takes in a piece of a body.
func (t *httpTracker) onBody(data []byte) {
	if t.c.seen.data == nil {
		t.c.seen.data = data
	}
	x := t.answered()
	if x == nil {
		return
	}
	x.last = t.p.Time
	x.received += int64(len(data))
	if t.c.OnBody != nil {
		t.c.OnBody(t.p, t.c.fill(t.store(), t.s), data)
	}
}

// end ends a message.
func (t *httpTracker) end() {
	d := t.d
	t.c.seen.end = d.messages
	d.phase = httpAtStart
	x := t.answered()
	d.slot = 0
	if x != nil {
		x.last = t.p.Time
		t.close()
	}
}

// close ends the current transaction.
func (t *httpTracker) close() {
	t.s.current.ended = true
	if t.c.OnTransaction != nil {
		t.c.OnTransaction(t.p, t.c.fill(t.store(), t.s))
	}
	if t.s.count > 1 {
		t.leave()
	}
}

// leave lets go of the current transaction because another takes its place.
func (t *httpTracker) leave() {
	if t.c.OnLeave != nil {
		t.c.OnLeave(t.p, t.c.fill(t.store(), t.s))
	}
	t.s.drop(t.store())
}

// contentEncoding reads a Content-Encoding. Several codings one over the other are
// none that is known here.
func contentEncoding(value []byte) ContentEncoding {
	switch {
	case bytes.IndexByte(value, ',') >= 0:
		return ContentOther
	case hasSuffixFold(value, "gzip"):
		return ContentGzip
	case hasSuffixFold(value, "compress"):
		return ContentCompress
	case hasSuffixFold(value, "deflate"):
		return ContentDeflate
	case equalFold(value, "br"):
		return ContentBrotli
	case len(value) == 0 || equalFold(value, "identity"):
		return ContentIdentity
	}
	return ContentOther
}

// transferEncoding reads the last coding of a Transfer-Encoding.
func transferEncoding(value []byte) TransferEncoding {
	switch {
	case hasSuffixFold(value, "chunked"):
		return TransferChunked
	case hasSuffixFold(value, "gzip"):
		return TransferGzip
	case hasSuffixFold(value, "compress"):
		return TransferCompress
	case hasSuffixFold(value, "deflate"):
		return TransferDeflate
	}
	return TransferIdentity
}

// hasSuffixFold tells whether d ends with a text of lower case ASCII letters.
func hasSuffixFold(d []byte, lower string) bool {
	return len(d) >= len(lower) && equalFold(d[len(d)-len(lower):], lower)
}

// parseDecimal reads a number of at most 18 digits.
func parseDecimal(d []byte) (n uint64, ok bool) {
	if len(d) == 0 || len(d) > 18 {
		return 0, false
	}
	for _, c := range d {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// parseHex reads a hexadecimal number of at most 15 digits.
func parseHex(d []byte) (n uint64, ok bool) {
	if len(d) == 0 || len(d) > 15 {
		return 0, false
	}
	for _, c := range d {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		n = n<<4 | uint64(c)
	}
	return n, true
}
