package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// IMAP is the Internet Message Access Protocol (RFC 9051, RFC 3501), with TLS
// inside after STARTTLS.
var IMAP = dpi.Protocol{
	ID:          id.Imap,
	Name:        "imap",
	Hosted:      true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{143, 220}, Classify: imapTalk.classify}},
	Inspect:     inspectIMAP,
}

// IMAPS is IMAP inside TLS from the first byte on (RFC 8314). TLS recognises it.
var IMAPS = dpi.Protocol{ID: id.Imaps, Name: "imaps", Hosted: true}

var imapTalk = talk{proto: id.Imap, line: gradeIMAP, port: 143}

// gradeIMAP grades a command, which starts with a tag of the client's choice,
// or a response, which starts with the same tag, "*" or "+".
func gradeIMAP(line []byte) grade {
	tag, rest := textWord(line)
	if len(tag) == 0 || len(tag) > 32 || len(rest) == 0 {
		return never
	}
	word, arguments := textWord(rest)
	if string(tag) == "*" {
		return gradeIMAPUntagged(word, arguments)
	}
	if string(tag) == "+" {
		return fits
	}
	g := gradeIMAPTagged(word, arguments)
	if g > hint && !isIMAPTag(tag) {
		return hint // it might be a sentence
	}
	return g
}

// isIMAPTag tells whether a tag is like those that clients choose: with a
// number, or a mark instead of a word.
func isIMAPTag(tag []byte) bool {
	letters := 0
	for _, c := range tag {
		if isDigit(c) {
			return true
		}
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			letters++
		}
	}
	return letters == 0
}

// gradeIMAPUntagged grades a response without tag, RFC 9051 section 7.
func gradeIMAPUntagged(word, rest []byte) grade {
	switch {
	case equalFold(word, "capability") && containsFold(rest, "imap4"):
		return sure
	case equalFoldAny(word, "ok", "preauth", "bye", "no", "bad"):
		if containsFold(rest, "imap") || hasPrefixFold(rest, "[") || containsFold(rest, "dovecot") {
			return sure
		}
		return great
	case equalFoldAny(word, "list", "lsub", "flags", "status", "search", "namespace", "id", "enabled") && len(rest) > 0:
		return great
	case isNumber(word) && (equalFoldAny(rest, "exists", "recent", "expunge") || hasPrefixFold(rest, "fetch (")):
		return sure
	}
	return never
}

// gradeIMAPTagged grades a command, or a response with its tag.
func gradeIMAPTagged(word, rest []byte) grade {
	switch {
	case equalFoldAny(word, "capability", "starttls", "namespace", "idle", "lsub", "unselect") && len(rest) == 0:
		return sure
	case equalFoldAny(word, "login", "authenticate", "select", "examine", "uid", "fetch", "enable", "getquotaroot") && len(rest) > 0:
		return sure
	case equalFold(word, "id") && (hasPrefixFold(rest, "(") || equalFold(rest, "nil")):
		return sure
	case equalFoldAny(word, "noop", "logout", "check", "close", "expunge", "compress"):
		return great
	case equalFoldAny(word, "ok", "no", "bad") && len(rest) > 0:
		return good
	case equalFoldAny(word, "list", "lsub", "status", "search", "store", "copy", "append", "create"):
		return good
	}
	return never
}

// inspectIMAP waits for STARTTLS.
func inspectIMAP(p *dpi.Packet, d []byte) (done bool) {
	if started, done := inspectStartTLS(p, d); started {
		return done
	}
	// Who gives a password in the clear does not start TLS.
	return hasLine(d, func(line []byte) bool {
		_, rest := textWord(line)
		return hasPrefixFold(rest, "login ") || hasPrefixFold(rest, "authenticate ")
	})
}
