package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Syncthing's devices find each other by datagrams ("Local Discovery Protocol
// v4" and v2) and speak to relays in the clear ("Relay Protocol v1"); what they
// exchange is inside TLS.
var Syncthing = dpi.Protocol{
	ID:   id.Syncthing,
	Name: "syncthing",
	Classifiers: []dpi.Classifier{
		datagramClassifier(func(d []byte) bool {
			return len(d) > 4 && (be32(d) == 0x2ea7d90b || be32(d) == 0x9d79bc39 || be32(d) == 0x9d79bc40)
		}, 21025, 21027),
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{22067}, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			return startsWith(d, "\x9e\x79\xbc\x40\x00\x00\x00") // magic, type, length
		}},
	},
}
