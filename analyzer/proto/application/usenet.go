package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Usenet is the Network News Transfer Protocol (RFC 3977, RFC 4643), with TLS
// inside after STARTTLS (RFC 4642). It keeps the manual's name.
var Usenet = dpi.Protocol{
	ID:          id.Usenet,
	Name:        "usenet",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{119, 433}, Classify: usenetTalk.classify}},
	Inspect:     inspectUsenet,
}

var usenetTalk = talk{proto: id.Usenet, line: gradeUsenet, port: 119}

// gradeUsenet grades a command or a response.
func gradeUsenet(line []byte) grade {
	if code, text, ok := replyCode(line); ok {
		return gradeUsenetReply(code, text)
	}
	word, rest := textWord(line)
	switch {
	case equalFold(word, "mode") && equalFoldAny(rest, "reader", "stream"):
		return sure
	case equalFold(word, "authinfo") && (hasPrefixFold(rest, "user ") || hasPrefixFold(rest, "pass ") || hasPrefixFold(rest, "sasl ")):
		return sure
	case equalFoldAny(word, "xover", "listgroup", "newgroups", "newnews", "xhdr", "ihave", "takethis", "xzver") && len(rest) > 0:
		return sure
	case equalFold(word, "group") && isGroupName(rest):
		return sure
	case equalFoldAny(word, "article", "body", "head", "stat") && hasPrefixFold(rest, "<"):
		return sure
	case equalFold(word, "list") && equalFoldAny(rest, "active", "newsgroups", "overview.fmt", "active.times", "extensions"):
		return sure
	case equalFoldAny(word, "capabilities", "over", "hdr"):
		return good
	case equalFoldAny(word, "article", "body", "head", "next", "last", "post", "date", "list", "help", "quit", "starttls", "slave"):
		return fits
	}
	return never
}

// isGroupName tells whether name is that of a news group: parts joined by dots.
func isGroupName(name []byte) bool {
	return bytes.IndexByte(name, '.') > 0 && bytes.IndexByte(name, ' ') < 0
}

// gradeUsenetReply grades a response, RFC 3977 section 3.2.
func gradeUsenetReply(code int, text []byte) grade {
	switch {
	case code == 200, code == 201:
		if containsFold(text, "nntp") || containsFold(text, "nnrp") || containsFold(text, "news") || containsFold(text, "posting") {
			return sure
		}
		return hint
	case code == 211 && isGroupReply(text), code == 215 && containsFold(text, "newsgroups"), code == 281, code == 381, code == 480:
		return great
	case code >= 220 && code <= 223 && bytes.IndexByte(text, '<') > 0:
		return sure
	case code == 340, code == 335, code == 240, code == 411, code == 412, code == 420, code == 423, code == 430:
		return good
	case code >= 400 && code < 600, code == 205, code == 101, code == 111, code == 100, code == 202, code == 224, code == 382:
		return fits
	}
	return never
}

// isGroupReply tells whether text is an answer to GROUP: number of articles,
// first, last, name (RFC 3977 section 6.1.1).
func isGroupReply(text []byte) bool {
	for range 3 {
		var word []byte
		if word, text = textWord(text); !isNumber(word) {
			return false
		}
	}
	return len(text) > 0
}

// inspectUsenet waits for STARTTLS.
func inspectUsenet(p *dpi.Packet, d []byte) (done bool) {
	if started, done := inspectStartTLS(p, d); started {
		return done
	}
	return hasLine(d, func(line []byte) bool {
		return hasPrefixFold(line, "group ") || hasPrefixFold(line, "mode ") || hasPrefixFold(line, "authinfo ")
	})
}
