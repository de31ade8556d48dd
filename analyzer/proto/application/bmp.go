package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Fields of BMP, RFC 7854 section 4.
const (
	bmpVersion    = 3
	bmpHeader     = 6 // version, length, type
	bmpInitiation = 4
	bmpTypes      = 6
)

// BMP is the BGP monitoring protocol, RFC 7854: a router tells a station what
// its neighbours tell it.
var BMP = dpi.Protocol{
	ID:   id.BgpBmp,
	Name: "bgp_bmp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{11019, 1790}, Classify: classifyBMP},
	},
}

// classifyBMP asks for the initiation that opens a session, with elements that
// fill it; what joined later is known by the BGP message that it carries.
func classifyBMP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != bmpVersion {
		return dpi.No
	}
	if len(d) < bmpHeader+4 {
		return dpi.More
	}
	n := be32(d[1:])
	if n < bmpHeader || n > 1<<16 || d[5] > bmpTypes {
		return dpi.No
	}
	if len(d) < int(n) {
		return dpi.More
	}
	body := d[bmpHeader:n]
	if d[5] == bmpInitiation {
		elements, whole := tlvShape{tag: 2, size: 2}.chain(body)
		return verdict(whole && elements >= 2 && be16(body) <= 2)
	}
	return verdict(len(body) > 42+bgpHeader && classifyBGP(nil, body[42:]) == dpi.Yes)
}
