package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Monero's nodes speak Levin ("Levin Protocol" of the Monero source): each
// message starts with the same eight bytes, then its length, little endian.
var Monero = dpi.Protocol{
	ID:   id.Monero,
	Name: "monero",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{18080, 28080, 38080}, Classify: func(p *dpi.Packet, d []byte) dpi.Verdict {
		if startsWith(p.Stream, levinMagic) == dpi.Yes {
			return dpi.Yes
		}
		return startsWith(d, levinMagic)
	}}},
}

const levinMagic = "\x01\x21\x01\x01\x01\x01\x01\x01"
