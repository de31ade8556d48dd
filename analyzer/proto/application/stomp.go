package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// STOMP is the Simple Text Oriented Messaging Protocol ("STOMP Protocol
// Specification, Version 1.2"): a command on a line, and headers.
var STOMP = dpi.Protocol{
	ID:          id.Stomp,
	Name:        "stomp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{61613}, Classify: classifySTOMP}},
}

func classifySTOMP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && (d[0] < 'A' || d[0] > 'U') {
		return dpi.No
	}
	command, rest, ok := textLine(d)
	if !ok {
		return moreUnless(len(d) > len("DISCONNECT\r") || !isPrintable(trimCR(d)))
	}
	switch string(command) {
	case "CONNECT", "STOMP", "CONNECTED", "SEND", "SUBSCRIBE", "MESSAGE", "RECEIPT", "ERROR", "ACK", "NACK", "BEGIN", "COMMIT", "ABORT", "UNSUBSCRIBE", "DISCONNECT":
	default:
		return dpi.No
	}
	header, _, ok := textLine(rest)
	if !ok {
		return moreUnless(len(rest) > maxTextLine || !isText(trimCR(rest)))
	}
	name, _, found := bytes.Cut(header, []byte{':'})
	return verdict(found && equalFoldAny(name, "accept-version", "host", "login", "passcode", "heart-beat", "version", "session", "server",
		"destination", "id", "ack", "message-id", "subscription", "receipt-id", "receipt", "message", "content-type", "content-length",
		"transaction", "client-id"))
}
