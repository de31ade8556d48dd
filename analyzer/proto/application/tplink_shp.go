package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tplinkPort is where smart home devices of TP-Link listen.
const tplinkPort = 9999

// tplinkKey starts the autokey cipher that hides the JSON: each byte is xored
// with the encrypted one before it, the first with this.
const tplinkKey = 0xab

// TPLinkSHP is the smart home protocol of TP-Link (known from L. Stroetmann and
// T. Esser, "Reverse engineering the TP-Link HS110"): JSON, hidden, over TCP
// behind its length.
var TPLinkSHP = dpi.Protocol{
	ID:   id.TplinkShp,
	Name: "tplink_shp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{tplinkPort}, Classify: classifyTPLink},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{tplinkPort}, Classify: classifyTPLinkStream},
	},
}

func classifyTPLink(p *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(isTPLink(d) && (len(d) >= 16 || p.HasPort(tplinkPort)))
}

func classifyTPLinkStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 {
		return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 0))
	}
	n := be32(d)
	if n < 2 || n > 1<<16 || d[4] != '{'^tplinkKey {
		return dpi.No
	}
	if len(d) < 4+16 && len(d) < 4+int(n) {
		return dpi.More
	}
	return classifyTPLink(p, d[4:])
}

// isTPLink tells whether d deciphers to JSON: an object, printable as far as is
// looked at.
func isTPLink(d []byte) bool {
	if len(d) < 2 || d[0] != '{'^tplinkKey {
		return false
	}
	if second := d[1] ^ d[0]; second != '"' && second != '}' && second != ' ' && second != '\n' {
		return false
	}
	for i := 1; i < min(len(d), 64); i++ {
		if c := d[i] ^ d[i-1]; !isTextByte(c) && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
