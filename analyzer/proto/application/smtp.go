package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SMTP is the Simple Mail Transfer Protocol (RFC 5321), and LMTP (RFC 2033),
// with TLS inside after STARTTLS (RFC 3207). The server's name in its greeting
// is the host name of the flow.
var SMTP = dpi.Protocol{
	ID:          id.Smtp,
	Name:        "smtp",
	Hosted:      true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{25, 587, 2525}, Classify: smtpTalk.classify}},
	Inspect:     inspectSMTP,
}

// SMTPS is SMTP inside TLS from the first byte on (RFC 8314). TLS recognises
// it.
var SMTPS = dpi.Protocol{ID: id.Smtps, Name: "smtps", Hosted: true}

var smtpTalk = talk{proto: id.Smtp, line: gradeSMTP, port: 25}

// gradeSMTP grades a command or a reply.
func gradeSMTP(line []byte) grade {
	if code, text, ok := replyCode(line); ok {
		return gradeSMTPReply(code, text)
	}
	word, rest := textWord(line)
	switch {
	case equalFoldAny(word, "ehlo", "helo", "lhlo") && len(rest) > 0:
		return sure
	case equalFold(word, "mail") && hasPrefixFold(rest, "from:"), equalFold(word, "rcpt") && hasPrefixFold(rest, "to:"):
		return sure
	case equalFoldAny(word, "starttls", "rset", "vrfy", "expn", "etrn", "bdat", "xclient", "xforward"):
		return good
	case equalFoldAny(word, "auth", "data", "quit", "noop", "help"):
		return fits
	case smtpExtension(line), isBase64(line):
		return fits // an answer to AUTH
	}
	return never
}

// gradeSMTPReply grades a reply by its code and text.
func gradeSMTPReply(code int, text []byte) grade {
	switch {
	case code == 220 && containsFold(text, "ftp"):
		return never
	case code == 220 && containsFold(text, "smtp"), code == 220 && containsFold(text, "lmtp"):
		return sure
	case code == 250 && smtpExtension(text):
		return sure
	case code == 220 && len(text) > 0, code == 554, code == 421:
		return hint
	case code == 354, code == 334, code == 235:
		return great
	case code == 250, code == 251, code == 550, code == 553, code == 503, code == 221:
		return hint
	case code == 500, code == 501, code == 502, code == 530, code == 535, code >= 450 && code <= 455, code == 551, code == 552:
		return fits
	}
	return never
}

// smtpExtension tells whether text is a keyword of a server's answer to EHLO
// (IANA "SMTP Service Extensions").
func smtpExtension(text []byte) bool {
	word, _ := textWord(text)
	return equalFoldAny(word, "pipelining", "8bitmime", "enhancedstatuscodes", "starttls", "chunking", "dsn", "etrn",
		"smtputf8", "binarymime", "xclient", "xforward", "deliverby", "size", "requiretls", "checkpoint", "x-exps")
}

// isBase64 tells whether b is one run of base64, RFC 4648 section 4.
func isBase64(b []byte) bool {
	if len(b) == 0 || len(b)%4 != 0 {
		return false
	}
	for _, c := range bytes.TrimRight(b, "=") {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// inspectSMTP learns the server's name and waits for STARTTLS.
func inspectSMTP(p *dpi.Packet, d []byte) (done bool) {
	if started, done := inspectStartTLS(p, d); started {
		return done
	}
	for len(d) > 0 {
		line, rest, ok := textLine(d)
		if !ok {
			return false
		}
		if code, text, ok := replyCode(line); ok && code == 220 {
			smtpHost(p, text)
		}
		// A mail in the clear: there will be no TLS.
		if hasPrefixFold(line, "mail from:") || hasPrefixFold(line, "354 ") {
			return true
		}
		d = rest
	}
	return false
}

// smtpHost takes the server's name from its greeting, RFC 5321 section 4.2.
func smtpHost(p *dpi.Packet, text []byte) {
	name, _ := textWord(text)
	if bytes.IndexByte(name, '.') > 0 && isDNSName(name) {
		p.SetHost(name)
	}
}

// isDNSName tells whether name holds only what names of hosts do: letters,
// digits, hyphens, dots.
func isDNSName(name []byte) bool {
	for _, c := range name {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 255
}
