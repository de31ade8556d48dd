package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Threema is the messenger's own transport ("Cryptography Whitepaper", chat
// protocol handshake): 48 bytes from the client, 80 from the server, the client's
// login of at least 144 bytes, all of them random to see, then messages with
// their length, little endian, in front. It is told where these lengths fit on
// its ports.
var Threema = dpi.Protocol{
	ID:          id.Threema,
	Name:        "threema",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 20, Ports: []uint16{5222, 443}, Only: true, Classify: classifyThreema}},
}

// Lengths of the handshake, bytes.
const (
	threemaClient = 48
	threemaServer = 80
	threemaLogin  = 144
	threemaReply  = 32
)

// classifyThreema recognises the first message of either end behind the
// handshake by its length.
func classifyThreema(p *dpi.Packet, d []byte) dpi.Verdict {
	client, clientLen := p.First(dpi.Up)
	server, serverLen := p.First(dpi.Down)
	switch {
	case clientLen != threemaClient || serverLen != 0 && serverLen != threemaServer:
		return dpi.No
	case !isRandom(client) || !isRandom(server):
		return dpi.No
	case serverLen == 0 || len(d) == clientLen || len(d) == serverLen:
		return dpi.More
	case p.Dir == dpi.Down:
		return threemaFrame(d[threemaServer:], threemaReply)
	case p.Asked(dpi.Up) == 2:
		return moreUnless(len(p.Stream) < threemaLogin)
	}
	return threemaFrame(p.Stream, 0)
}

// threemaFrame judges d as whole messages behind skip bytes. What is no such
// thing may still be a part of the handshake.
func threemaFrame(d []byte, skip int) dpi.Verdict {
	if len(d) <= skip+2 {
		return dpi.More
	}
	for d = d[skip:]; len(d) > 2; d = d[2+le16(d):] {
		if size := le16(d); size < 20 || len(d) < 2+size {
			return dpi.No
		}
	}
	return verdict(len(d) == 0)
}
