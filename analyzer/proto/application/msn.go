package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MSN is the Microsoft Notification Protocol of MSN Messenger ("MSNP"): lines of
// a command, a transaction number and parameters.
var MSN = dpi.Protocol{
	ID:          id.Msn,
	Name:        "msn",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{1863}, Classify: classifyMSN}},
}

// classifyMSN recognises the choice of a version, and a client that joins a
// conversation with its address and a key.
func classifyMSN(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWithAny(d, "VER ", "ANS ", "USR "); v != dpi.Yes {
		return v
	}
	line, _, whole := textLine(d)
	if !whole {
		return moreUnless(len(d) > 512 || !isPrintable(trimCR(d)))
	}
	number, rest := textWord(line[4:])
	if !isNumber(number) {
		return dpi.No
	}
	if d[0] == 'V' {
		return verdict(bytes.HasPrefix(rest, []byte("MSNP")))
	}
	return verdict(bytes.IndexByte(rest, '@') > 0 && bytes.IndexByte(rest, ' ') > 0 || bytes.HasPrefix(rest, []byte("TWN I ")))
}
