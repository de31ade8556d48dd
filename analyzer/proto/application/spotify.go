package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Spotify is the service, what its players say on the local network ("SpotUdp"
// and a digit), and its own protocol over TCP (known from the librespot
// project).
var Spotify = dpi.Protocol{
	ID:      id.Spotify,
	Name:    "spotify",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{57621}, Classify: classifySpotifyLAN},
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{4070}, Classify: classifySpotify},
	},
}

func classifySpotifyLAN(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= 16 && startsWith(d, "SpotUdp") == dpi.Yes)
}

// spotifyHello begins the client's hello behind its length: field 10, and in it
// field 10, a product, in the encoding of protocol buffers.
const (
	spotifyHello   = 0x52
	spotifyProduct = 0x50
)

// classifySpotify asks for the client's hello: version 4, the length of all of
// it, and its first fields.
func classifySpotify(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 9 {
		return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 4))
	}
	if d[0] != 0 || d[1] != 4 || d[2] != 0 || d[3] != 0 {
		return dpi.No
	}
	n := int(be32(d[2:]))
	return verdict(n >= len(d) && n < 1<<12 && d[6] == spotifyHello && d[7] < 0x20 && d[8] == spotifyProduct)
}
