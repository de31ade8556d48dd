package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Lustre is the network of the Lustre file system over TCP (LNet's socket
// driver): the request to connect, the hello, and messages, in the byte order
// of their sender.
var Lustre = dpi.Protocol{
	ID:          id.Lustre,
	Name:        "lustre",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{988}, Classify: classifyLustre}},
}

const (
	lustreConnect   = 0xacce7100
	lustreHello     = 0x45726963
	lustreMessage   = 0xc0 // also 0xc1, with a payload
	lustreProcess   = 12345
	lustreKsock     = 24 // bytes before LNet's header
	lustreMaxType   = 4
	lustreMaxLength = 1 << 20
)

func classifyLustre(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 {
		return dpi.More
	}
	little, big := le32(d), be32(d)
	switch {
	case little == lustreConnect || big == lustreConnect || little == lustreHello || big == lustreHello:
		return isLustreVersion(d)
	case little&^1 == lustreMessage || big&^1 == lustreMessage:
		return isLustreMessage(d, little&^1 == lustreMessage)
	}
	return dpi.No
}

// isLustreVersion judges the version behind a magic number.
func isLustreVersion(d []byte) dpi.Verdict {
	if len(d) < 8 {
		return dpi.More
	}
	if v := min(le32(d[4:]), be32(d[4:])); v == 0 || v > 16 {
		return dpi.No
	}
	return dpi.Yes
}

// isLustreMessage judges a message: nodes, which say that they are on a network
// over TCP or similar, processes, type, and length.
func isLustreMessage(d []byte, little bool) dpi.Verdict {
	if len(d) < lustreKsock+32 {
		return dpi.More
	}
	word := be32
	if little {
		word = le32
	}
	h := d[lustreKsock:]
	if word(h[16:]) != lustreProcess && word(h[20:]) != lustreProcess || word(h[24:]) > lustreMaxType || word(h[28:]) > lustreMaxLength {
		return dpi.No
	}
	return dpi.Yes
}
