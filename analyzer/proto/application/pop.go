package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// POP is the Post Office Protocol version 3 (RFC 1939), with TLS inside after
// STLS (RFC 2595).
var POP = dpi.Protocol{
	ID:          id.Pop,
	Name:        "pop",
	Hosted:      true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{110}, Classify: popTalk.classify}},
	Inspect:     inspectPOP,
}

// POPS is POP inside TLS from the first byte on (RFC 8314). TLS recognises it.
var POPS = dpi.Protocol{ID: id.Pops, Name: "pops", Hosted: true}

var popTalk = talk{proto: id.Pop, line: gradePOP, port: 110}

// gradePOP grades a command or a reply.
func gradePOP(line []byte) grade {
	word, rest := textWord(line)
	switch string(word) {
	case "+OK":
		return gradePOPGreeting(rest)
	case "-ERR":
		return good
	case "+": // the server wants more of an AUTH exchange
		return fits
	}
	switch {
	case equalFold(word, "apop") && len(rest) > 33:
		return sure
	case equalFoldAny(word, "capa", "stls", "uidl"):
		return great
	case equalFold(word, "user") && len(rest) > 0, equalFold(word, "dele") && isNumber(rest), equalFold(word, "retr") && isNumber(rest):
		return good
	case equalFold(word, "pass"), equalFold(word, "stat") && len(rest) == 0:
		return hint
	case equalFoldAny(word, "auth", "list", "top", "noop", "rset", "quit", "last"):
		return fits
	case popCapability(line):
		return good
	case isBase64(line), string(line) == ".", isPOPListing(line):
		return fits
	}
	return never
}

// gradePOPGreeting grades the text of a positive reply: servers greet with their
// kind, or with a time stamp for APOP (RFC 1939 section 4).
func gradePOPGreeting(text []byte) grade {
	if i := bytes.IndexByte(text, '<'); i >= 0 && text[len(text)-1] == '>' && bytes.IndexByte(text[i:], '@') > 0 {
		return sure
	}
	if containsFold(text, "pop") || hasPrefixFold(text, "capability list") || containsFold(text, "dovecot") {
		return sure
	}
	return good
}

// popCapability tells whether line is a capability (IANA "POP3 Capabilities").
func popCapability(line []byte) bool {
	word, _ := textWord(line)
	return equalFoldAny(word, "top", "uidl", "resp-codes", "pipelining", "sasl", "user", "expire", "implementation",
		"login-delay", "stls", "auth-resp-code", "utf8", "lang")
}

// isPOPListing tells whether line is a part of an answer to LIST or UIDL: a
// number, and a size or a name.
func isPOPListing(line []byte) bool {
	word, rest := textWord(line)
	return isNumber(word) && len(rest) > 0 && bytes.IndexByte(rest, ' ') < 0
}

// inspectPOP waits for STLS.
func inspectPOP(p *dpi.Packet, d []byte) (done bool) {
	if started, done := inspectStartTLS(p, d); started {
		return done
	}
	// Who gives a password in the clear does not start TLS.
	return hasLine(d, func(line []byte) bool {
		return hasPrefixFold(line, "pass ") || hasPrefixFold(line, "apop ")
	})
}

// hasLine tells whether one of the complete lines of d is as asked for.
func hasLine(d []byte, is func(line []byte) bool) bool {
	for len(d) > 0 {
		line, rest, ok := textLine(d)
		if !ok {
			return false
		}
		if is(line) {
			return true
		}
		d = rest
	}
	return false
}
