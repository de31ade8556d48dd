package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// HTTP/0.9, RFC 1945 sections 4.1 and 5.1: the request is one line without a
// version, the answer is the content alone and ends with the connection.

// What classification notes of a request of HTTP/0.9 until the answer comes.
const (
	httpSimpleAsked = 1 + iota // only a page in HTML will do
	httpSimplePath             // the target is beyond doubt a path
)

// parseSimple reads a request line without a version and reports whether it is
// one: "GET", a target, and nothing but empty lines in what follows.
func (s *httpStart) parseSimple(line, rest []byte) bool {
	target, ok := bytes.CutPrefix(line, []byte("GET "))
	if !ok || !isHTTPTarget(target) || len(bytes.TrimLeft(rest, "\r\n")) > 0 {
		return false
	}
	for _, c := range target {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	*s = httpStart{method: line[:3], target: target}
	return true
}

// readSimple reads a request of HTTP/0.9 that is all there is in d.
func (s *httpStart) readSimple(d []byte) bool {
	line, rest, ok := textLine(skipEmptyLines(d))
	return ok && s.parseSimple(line, rest)
}

// classifySimple looks for a request of HTTP/0.9. On the ports of HTTP it is
// enough; elsewhere the answer must look like one.
func classifySimple(p *dpi.Packet, d []byte) dpi.Verdict {
	asked, n := p.First(p.Dir ^ 1)
	if n > 0 {
		if asked[0] != 'G' && asked[0] != '\r' {
			return dpi.No
		}
		return judgeSimple(*p.Memo(id.Http), d)
	}
	var s httpStart
	switch {
	case !s.readSimple(d):
		return dpi.No
	case isHTTPPort(p.DstPort()):
		return dpi.Yes
	case isClearPath(s.target):
		*p.Memo(id.Http) = httpSimplePath
	default:
		*p.Memo(id.Http) = httpSimpleAsked
	}
	return dpi.More
}

// isClearPath tells paths from words behind a slash, which other protocols with
// a GET command may use for a key.
func isClearPath(target []byte) bool {
	return len(target) == 1 || bytes.IndexByte(target, '.') >= 0 || bytes.IndexByte(target[1:], '/') >= 0
}

// judgeSimple judges the answer to what classification has noted.
func judgeSimple(asked uint32, d []byte) dpi.Verdict {
	d = bytes.TrimLeft(bytes.TrimPrefix(d, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case asked == 0:
		return dpi.No
	case len(d) < 2:
		return dpi.More
	case d[0] == '<':
		return verdictOf(d[1] == '!' || d[1] == '?' || d[1]|0x20 >= 'a' && d[1]|0x20 <= 'z')
	case asked != httpSimplePath:
		return dpi.No
	case isWebFile(d):
		return dpi.Yes
	}
	return judgePlainText(d)
}

func verdictOf(yes bool) dpi.Verdict {
	if yes {
		return dpi.Yes
	}
	return dpi.No
}

// isWebFile tells content that browsers show or save by how its format begins.
func isWebFile(d []byte) bool {
	for _, magic := range [...]string{"GIF8", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "%PDF-", "PK\x03\x04", "\x1f\x8b\x08"} {
		if len(d) >= len(magic) && string(d[:len(magic)]) == magic {
			return true
		}
	}
	return false
}

// judgePlainText judges an answer that may be a text: two lines at least, or a
// long one, that do not begin as the replies of other text protocols do.
func judgePlainText(d []byte) dpi.Verdict {
	const long = 64
	line, rest := firstLine(d)
	next, _ := firstLine(rest)
	switch {
	case isReplyStart(line) || !isText(line) || !isText(next):
		return dpi.No
	case len(line) < long && len(next) == 0:
		return dpi.More
	}
	return dpi.Yes
}

// firstLine is textLine for a line that may have no end yet.
func firstLine(d []byte) (line, rest []byte) {
	line, rest, ok := textLine(d)
	if !ok {
		line = bytes.TrimSuffix(d, []byte{'\r'})
	}
	return line, rest
}

// isReplyStart tells whether a line begins as replies and greetings of text
// protocols do: with a code, a sign, a word in capitals, or fields between tabs.
func isReplyStart(line []byte) bool {
	if _, _, ok := replyCode(line); ok || bytes.IndexByte(line, '\t') >= 0 {
		return true
	}
	return len(line) > 0 && bytes.IndexByte([]byte("+-$:*%@"), line[0]) >= 0 || httpToken(line) > 1
}

// onSimple ends a request of HTTP/0.9 that has begun. What comes back is raw.
func (t *httpTracker) onSimple() {
	t.c.seen.headersEnd = t.d.messages
	t.end()
	t.d.phase = httpLost // nothing more should come
	if answer := &t.s.dirs[t.p.Dir^1]; answer.line == 0 {
		answer.phase = httpRaw
	}
}

// onRaw begins the answer to a request of HTTP/0.9: content, unless the server
// answers as later versions do.
func (t *httpTracker) onRaw() {
	t.d.phase = httpAtStart
	if startsWith(t.b, "HTTP/") != dpi.No {
		return
	}
	t.d.messages++
	t.d.phase = httpToEnd
	t.c.seen.started, t.c.seen.headersEnd = t.d.messages, t.d.messages
	t.onResponse(&httpStart{})
}
