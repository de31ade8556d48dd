package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Types of parts of the collectd binary protocol (collectd wiki, "Binary
// protocol").
const (
	collectdHost      = 0x0000
	collectdInterval  = 0x0009
	collectdMessage   = 0x0100
	collectdSeverity  = 0x0101
	collectdSigned    = 0x0200
	collectdEncrypted = 0x0210
)

// collectdTLV is how its parts are written: the length counts the whole part.
var collectdTLV = tlvShape{tag: 2, size: 2, whole: true}

// Collectd is the network protocol of the collectd daemon.
var Collectd = dpi.Protocol{
	ID:   id.Collectd,
	Name: "collectd",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{25826}, Classify: classifyCollectd},
	},
}

// classifyCollectd asks for a host name, an encrypted or a signed part first,
// then known parts to the end.
func classifyCollectd(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 || d[0] != 0 && d[0] != 2 {
		return dpi.No
	}
	kind, value, rest, ok := collectdTLV.next(d)
	if !ok || len(value) == 0 {
		return dpi.No
	}
	switch kind {
	case collectdHost:
		return verdict(value[len(value)-1] == 0 && isPrintable(value[:len(value)-1]) && isCollectdParts(rest))
	case collectdEncrypted: // user name with its length, then initial vector and digest
		n := be16(value)
		return verdict(len(rest) == 0 && 2+n+16+20 <= len(value) && n > 0 && isText(value[2:2+n]))
	case collectdSigned:
		return verdict(len(value) > 32 && isText(value[32:]) && isCollectdParts(rest))
	}
	return verdict(p.HasPort(25826) && kind <= collectdInterval && isCollectdParts(rest))
}

// isCollectdParts tells whether d is nothing but parts, at least one.
func isCollectdParts(d []byte) bool {
	n := 0
	for ; len(d) > 0; n++ {
		kind, value, rest, ok := collectdTLV.next(d)
		if !ok || len(value) == 0 || kind > collectdInterval && kind != collectdMessage && kind != collectdSeverity {
			return false
		}
		d = rest
	}
	return n > 0
}
