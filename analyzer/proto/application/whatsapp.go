package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// WhatsApp is the messenger's own transport: "WA" and two version bytes, then
// frames of a length in three bytes; in front of it, where the client knows which
// server it wants, "ED", two version bytes and a frame that tells it.
var WhatsApp = dpi.Protocol{
	ID:          id.Whatsapp,
	Name:        "whatsapp",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 90, Ports: []uint16{5222, 5223}, Classify: classifyWhatsApp}},
}

func classifyWhatsApp(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "ED\x00\x01"); v != dpi.No {
		return v
	}
	v := startsWith(d, "WA")
	switch {
	case v != dpi.Yes:
		return v
	case len(d) > 3 && (d[2] == 0 || d[2] > 9 || d[3] > 9), len(d) > 4 && d[4] != 0:
		return dpi.No
	case len(d) < 8:
		return dpi.More
	}
	return verdict(d[7] == 0x12 || d[7] == 0xf8) // a handshake's field of bytes, or a list in the older encoding
}
