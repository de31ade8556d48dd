package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// roughtimeTags bounds the tags of a message.
const roughtimeTags = 16

// roughtimeFrame is the length of "ROUGHTIM" and the message's length, which
// the IETF's version has before it.
const roughtimeFrame = 12

// Roughtime is the protocol for rough time synchronisation, of Google and the
// IETF (draft-ietf-ntp-roughtime).
var Roughtime = dpi.Protocol{
	ID:   id.Roughtime,
	Name: "roughtime",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{2002, 2003}, Classify: classifyRoughtime},
	},
}

func classifyRoughtime(p *dpi.Packet, d []byte) dpi.Verdict {
	if startsWith(d, "ROUGHTIM") == dpi.Yes && len(d) >= roughtimeFrame {
		return verdict(int(le32(d[8:])) == sentLength(p, d)-roughtimeFrame)
	}
	return verdict(len(d) >= 16 && d[0] > 0 && d[0] <= roughtimeTags && d[1]|d[2]|d[3] == 0 && isRoughtime(d, sentLength(p, d)))
}

// isRoughtime judges a message that was sent with the given length (draft section
// 5): the number of tags, where the values of all but the first start, then the
// tags, which ascend and of which a known one comes first. All numbers are
// little endian.
func isRoughtime(d []byte, length int) bool {
	n := int(d[0])
	head := 4 * 2 * n
	if len(d) < head {
		return false
	}
	last := uint32(0)
	for off := 4; off < 4*n; off += 4 {
		at := le32(d[off:])
		if at%4 != 0 || at < last || int(at) > length-head {
			return false
		}
		last = at
	}
	return isRoughtimeTag(d[4*n:])
}

// isRoughtimeTag tells whether d begins with a tag that may be a message's
// first.
func isRoughtimeTag(d []byte) bool {
	switch string(d[:4]) {
	case "NONC", "SIG\x00", "VER\x00", "SRV\x00", "PAD\xff", "ZZZZ":
		return true
	}
	return false
}
