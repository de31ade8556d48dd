package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Oscar is the protocol of AIM and ICQ ("OSCAR Protocol", FLAP): frames of 0x2a,
// channel, sequence number and length.
var Oscar = dpi.Protocol{
	ID:          id.Oscar,
	Name:        "oscar",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 60, Ports: []uint16{5190}, Classify: classifyOscar}},
}

// flapHeader is the length of a frame's header.
const flapHeader = 6

// classifyOscar believes the frame that opens a connection (channel 1, version
// 1), and whole frames whose sequence numbers count up.
func classifyOscar(_ *dpi.Packet, d []byte) dpi.Verdict {
	last := -1
	for len(d) > 0 {
		switch {
		case d[0] != 0x2a || len(d) > 1 && (d[1] == 0 || d[1] > 5):
			return dpi.No
		case len(d) < flapHeader:
			return dpi.More
		}
		size, number := flapHeader+be16(d[4:]), be16(d[2:])
		switch {
		case d[1] == 1 && size >= 10 && len(d) >= 10:
			return verdict(be32(d[6:]) == 1)
		case last >= 0 && number != (last+1)&0xffff:
			return dpi.No
		case len(d) < size:
			return dpi.More
		}
		last = number
		d = d[size:]
	}
	return dpi.Yes
}
