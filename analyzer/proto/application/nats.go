package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NATS is the client protocol of NATS ("NATS Protocol"): lines, the first of
// which are objects of JSON.
var NATS = dpi.Protocol{
	ID:          id.Nats,
	Name:        "nats",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{4222}, Classify: natsTalk.classify}},
}

var natsTalk = talk{proto: id.Nats, line: gradeNATS, port: 4222}

// gradeNATS grades an operation.
func gradeNATS(line []byte) grade {
	word, rest := textWord(line)
	switch {
	case equalFold(word, "info") && bytes.HasPrefix(rest, []byte("{")) && (bytes.Contains(rest, []byte(`"server_id"`)) || bytes.Contains(rest, []byte(`"max_payload"`))):
		return sure
	case equalFold(word, "connect") && bytes.HasPrefix(rest, []byte("{")):
		return sure
	case isNATSMessage(word) && bytes.IndexByte(rest, ' ') > 0 && isNumber(lastWord(rest)):
		return sure // what is published comes on the next line
	case (string(word) == "SUB" || string(word) == "UNSUB") && len(rest) > 0:
		return good
	case equalFoldAny(line, "ping", "pong", "+ok"):
		return hint
	case hasPrefixFold(line, "-err '"):
		return great
	}
	return never
}

// isNATSMessage tells whether an operation carries a message.
func isNATSMessage(word []byte) bool {
	switch string(word) {
	case "PUB", "HPUB", "MSG", "HMSG":
		return true
	}
	return false
}

// lastWord returns what follows the last blank of a line.
func lastWord(line []byte) []byte { return line[bytes.LastIndexByte(line, ' ')+1:] }
