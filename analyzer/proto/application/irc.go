package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// IRC is Internet Relay Chat, RFC 1459 and RFC 2812, with the negotiation of
// capabilities (IRCv3).
var IRC = dpi.Protocol{
	ID:          id.Irc,
	Name:        "irc",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{6665, 6666, 6667, 6668, 6669, 7000}, Classify: ircTalk.classify}},
}

var ircTalk = talk{proto: id.Irc, line: gradeIRC, port: 6667}

// gradeIRC grades a message: a prefix, which only servers send, a command or a
// number of three digits, parameters.
func gradeIRC(line []byte) grade {
	if len(line) == 0 {
		return fits
	}
	if line[0] != ':' {
		return gradeIRCCommand(line)
	}
	prefix, rest := textWord(line[1:])
	command, rest := textWord(rest)
	switch {
	case len(prefix) == 0 || len(command) == 0:
		return never
	case len(command) == 3 && isNumber(command) && len(rest) > 0:
		return great
	case equalFoldAny(command, "notice", "privmsg", "mode", "nick", "join", "part", "quit", "ping", "pong", "topic", "kick", "cap"):
		return great
	}
	return never
}

// gradeIRCCommand grades what clients send, and servers that have not greeted
// yet.
func gradeIRCCommand(line []byte) grade {
	command, rest := textWord(line)
	switch {
	case equalFold(command, "user") && isIRCUser(rest), equalFold(command, "notice") && hasPrefixFold(rest, "auth :"):
		return sure
	case equalFold(command, "cap") && (hasPrefixFold(rest, "ls") || hasPrefixFold(rest, "req :") || equalFold(rest, "end")):
		return sure
	case equalFoldAny(command, "privmsg", "notice") && bytes.Contains(rest, []byte(" :")):
		return sure
	case equalFold(command, "join") && len(rest) > 1 && (rest[0] == '#' || rest[0] == '&'), equalFold(command, "nick") && isIRCNick(rest):
		return great
	case equalFoldAny(command, "ping", "pong") && len(rest) > 0:
		return good
	case equalFoldAny(command, "userhost", "mode", "who", "whois", "list", "names", "part", "topic", "isupport", "webirc", "ison", "protoctl"):
		return hint
	case equalFoldAny(command, "pass", "quit", "motd", "away", "server", "oper", "error", "authenticate", "lusers", "version"):
		return fits
	}
	return never
}

// isIRCUser tells whether rest has the four parameters of USER, the last one
// behind a colon.
func isIRCUser(rest []byte) bool {
	for range 3 {
		var word []byte
		if word, rest = textWord(rest); len(word) == 0 {
			return false
		}
	}
	return len(rest) > 0 && rest[0] == ':'
}

// isIRCNick tells whether name may be a nickname: one word.
func isIRCNick(name []byte) bool {
	return len(name) > 0 && len(name) <= 32 && bytes.IndexByte(name, ' ') < 0
}
