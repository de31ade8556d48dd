package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DirectConnect is the file sharing of hubs, in its old form (Neo-Modus Direct
// Connect, "NMDC protocol") and its new one (ADC 1.0 section 3).
var DirectConnect = dpi.Protocol{
	ID:   id.Directconnect,
	Name: "directconnect",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{411, 412}, Classify: classifyDirectConnect},
		datagramClassifier(isDirectConnectDatagram, 411, 412),
	},
}

func classifyDirectConnect(_ *dpi.Packet, d []byte) dpi.Verdict {
	return startsWithAny(d, "$Lock ", "$MyNick ", "$Supports ", "$ValidateNick ", "$HubName ", "HSUP AD", "CSUP AD", "ISUP AD")
}

// isDirectConnectDatagram tells whether d is a search result, in the old form
// with fields separated by the character 5, or in the new form with the
// sender's identifier of 39 base32 digits.
func isDirectConnectDatagram(d []byte) bool {
	switch {
	case bytes.HasPrefix(d, []byte("$SR ")):
		return bytes.IndexByte(d, 5) > 0 && d[len(d)-1] == '|'
	case bytes.HasPrefix(d, []byte("URES ")), bytes.HasPrefix(d, []byte("USCH ")):
		return len(d) > 45 && isBase32(d[5:44]) && d[44] == ' '
	}
	return false
}

// isBase32 tells whether d holds nothing but digits of RFC 4648 section 6.
func isBase32(d []byte) bool {
	for _, c := range d {
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}
