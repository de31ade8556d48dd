package application

import (
	"bytes"

	"mmt/analyzer/dpi"
)

// httpField identifies what a message's start line and headers tell. The first
// numbers are those of the attributes of the same meaning.
type httpField uint8

const (
	httpNoField httpField = iota
	httpMethod
	httpResponse // status code and reason
	httpHost
	httpURI
	httpReferer
	httpContentType
	httpUserAgent
	httpUpgrade
	httpConnection
	httpAccept
	httpTransferEncoding
	httpContentEncoding
	httpCookie
	httpSessionType
	httpContentLength
	httpServer
	httpXCDN
	httpSOAPAction
	httpCache // Via, X-Cache: a cache has delivered the response
	httpFields
)

// maxHTTPMethod bounds the length of a method.
const maxHTTPMethod = 24

// httpStart is a start line, RFC 9112 sections 3 and 4.
type httpStart struct {
	method []byte // of a request
	target []byte // of a request
	status []byte // of a response: code and reason
	code   int    // of a response
}

func (s *httpStart) isRequest() bool { return s.method != nil }

// textLine splits the first line off d: without its end, which is a line feed with
// or without a carriage return. ok is false if the line has no end yet.
func textLine(d []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(d, '\n')
	if i < 0 {
		return nil, nil, false
	}
	line, rest = d[:i], d[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest, true
}

// skipEmptyLines drops empty lines before a request, which RFC 9112 section 2.2
// asks servers to ignore.
func skipEmptyLines(d []byte) []byte {
	for len(d) > 1 && d[0] == '\r' && d[1] == '\n' {
		d = d[2:]
	}
	return d
}

// parse reads a start line of HTTP 0.9 to 1.1 and reports whether it is one.
func (s *httpStart) parse(line []byte) bool {
	*s = httpStart{}
	if isHTTPVersion(line) {
		return s.parseStatus(line)
	}
	n := httpToken(line)
	if n < 3 || n == len(line) || line[n] != ' ' || len(line) < n+len(" / HTTP/1.1") {
		return false
	}
	at := len(line) - len(" HTTP/1.1")
	if !isHTTPVersion(line[at+1:]) && !(isHTTPTarget(line[n+1:]) && isCommonMethod(line[:n]) && string(line[at+1:at+6]) == "HTTP/") {
		return false // a bad version is forgiven where the rest is beyond doubt
	}
	s.method, s.target = line[:n], trimBlanks(line[n:at+1])
	return line[at] == ' ' && len(s.target) > 0
}

// trimBlanks takes blanks off both ends. Unlike bytes.TrimSpace it leaves an
// empty slice, not nil, of what is there but blank.
func trimBlanks(d []byte) []byte {
	for len(d) > 0 && (d[0] == ' ' || d[0] == '\t') {
		d = d[1:]
	}
	for n := len(d); n > 0 && (d[n-1] == ' ' || d[n-1] == '\t'); n-- {
		d = d[:n-1]
	}
	return d
}

// isHTTPVersion tells whether d starts with a version of HTTP below 2.
func isHTTPVersion(d []byte) bool {
	return len(d) >= 8 && string(d[:5]) == "HTTP/" && (d[5] == '0' || d[5] == '1') && d[6] == '.' && d[7] >= '0' && d[7] <= '9'
}

// parseStatus reads a status line.
func (s *httpStart) parseStatus(line []byte) bool {
	if len(line) < len("HTTP/1.1 200") || line[8] != ' ' {
		return false
	}
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return false
		}
		s.code = s.code*10 + int(c-'0')
	}
	if len(line) > 12 && line[12] != ' ' {
		return false
	}
	s.status = line[9:]
	return true
}

// httpToken returns the length of the method at the beginning of d, or more
// than maxHTTPMethod if that is none.
func httpToken(d []byte) int {
	for i, c := range d {
		if c >= 'A' && c <= 'Z' || i > 0 && (c == '-' || c == '_') {
			if i < maxHTTPMethod {
				continue
			}
			return maxHTTPMethod + 1
		}
		return i
	}
	return len(d)
}

// httpOpening judges the beginning of a stream. A request line that is not
// complete is believed if its method is a common one and it has come to the
// version, or is 64 bytes long.
func httpOpening(d []byte) dpi.Verdict {
	d = skipEmptyLines(d)
	if len(d) == 0 || d[0] < 'A' || d[0] > 'Z' {
		return dpi.No
	}
	n := httpToken(d)
	if n > maxHTTPMethod {
		return dpi.No
	}
	if line, _, ok := textLine(d); ok {
		var s httpStart
		if s.parse(line) {
			return dpi.Yes
		}
		return dpi.No
	}
	return httpPartial(d, n)
}

// httpPartial judges a first line without end that starts with a token of n
// bytes.
func httpPartial(d []byte, n int) dpi.Verdict {
	if n == len(d) {
		return dpi.More
	}
	switch {
	case string(d[:n]) == "HTTP":
		if len(d) >= 12 && !isHTTPVersion(d) {
			return dpi.No
		}
		return dpi.More
	case d[n] != ' ' || n < 3 || !isPlainText(bytes.TrimSuffix(d[n:], []byte{'\r'})):
		return dpi.No
	case !isCommonMethod(d[:n]) || !isHTTPTarget(d[n+1:]):
		return dpi.More
	case len(d) >= 64 || bytes.Contains(d, []byte(" HTTP/1")):
		return dpi.Yes
	}
	return dpi.More
}

// isCommonMethod tells methods whose request lines are recognised before they
// are complete.
func isCommonMethod(method []byte) bool {
	switch string(method) {
	case "GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "REPORT":
		return true
	}
	return false
}

// isHTTPTarget tells whether a request target starts as a path or a URL of the
// web does.
func isHTTPTarget(d []byte) bool {
	return len(d) > 0 && d[0] == '/' || len(d) > 8 && (string(d[:7]) == "http://" || string(d[:8]) == "https://")
}

// isPlainText tells whether d has no control characters.
func isPlainText(d []byte) bool {
	for _, c := range d {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// httpHeader splits a header line into name and value, RFC 9112 section 5.
func httpHeader(line []byte) (name, value []byte) {
	i := bytes.IndexByte(line, ':')
	if i < 0 {
		return nil, nil
	}
	return trimBlanks(line[:i]), trimBlanks(line[i+1:])
}

// httpFieldOf returns which field a header name is, in any case of letters.
func httpFieldOf(name []byte) httpField {
	if len(name) > len(httpLongest) {
		return httpNoField
	}
	for _, h := range httpByLength[len(name)] {
		if equalFold(name, h.name) {
			return h.field
		}
	}
	return httpNoField
}

type httpName struct {
	name  string // lower case
	field httpField
}

const httpLongest = "transfer-encoding"

// httpByLength lists the header names that mean something here by length.
var httpByLength = [len(httpLongest) + 1][]httpName{
	3:  {{"via", httpCache}},
	4:  {{"host", httpHost}},
	5:  {{"x-cdn", httpXCDN}},
	6:  {{"accept", httpAccept}, {"cookie", httpCookie}, {"server", httpServer}},
	7:  {{"referer", httpReferer}, {"upgrade", httpUpgrade}, {"x-cache", httpCache}},
	10: {{"user-agent", httpUserAgent}, {"connection", httpConnection}, {"soapaction", httpSOAPAction}},
	12: {{"content-type", httpContentType}},
	14: {{"content-length", httpContentLength}, {"x-session-type", httpSessionType}},
	16: {{"content-encoding", httpContentEncoding}},
	17: {{"transfer-encoding", httpTransferEncoding}},
}

// equalFold compares d with a text of lower case ASCII letters.
func equalFold(d []byte, lower string) bool {
	if len(d) != len(lower) {
		return false
	}
	for i, c := range d {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// hasPrefixFold tells whether d starts with a text of lower case ASCII letters.
func hasPrefixFold(d []byte, lower string) bool {
	return len(d) >= len(lower) && equalFold(d[:len(lower)], lower)
}

// containsFold tells whether d contains a text of lower case ASCII letters.
func containsFold(d []byte, lower string) bool {
	for i := 0; i+len(lower) <= len(d); i++ {
		if equalFold(d[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}
