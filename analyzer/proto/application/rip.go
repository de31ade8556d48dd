package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Sizes of RIP and RIPng messages, RFC 2453 section 4 and RFC 2080 section 2.1.
const (
	ripHeader  = 4
	ripEntry   = 20
	ripEntries = 25 // at most, in RIP
	ripMetric  = 16 // "infinity"
)

// RIP is the routing information protocol, version 1 and 2, RFC 2453.
var RIP = dpi.Protocol{
	ID:   id.Rip,
	Name: "rip",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{520}, Only: true, Classify: classifyRIP},
	},
}

// RIPng is RIP for IPv6, RFC 2080.
var RIPng = dpi.Protocol{
	ID:   id.Ripng,
	Name: "ripng",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{521}, Only: true, Classify: classifyRIPng},
	},
}

// isRIPHeader judges what both have: a request or response (or one of the
// commands of demand circuits, RFC 2091), a version, and whole entries.
func isRIPHeader(d []byte, versions byte) bool {
	return len(d) >= ripHeader && (d[0] == 1 || d[0] == 2 || d[0] >= 9 && d[0] <= 11) &&
		d[1] >= 1 && d[1] <= versions && (len(d)-ripHeader)%ripEntry == 0
}

func classifyRIP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if !isRIPHeader(d, 2) || len(d) > ripHeader+ripEntries*ripEntry {
		return dpi.No
	}
	for e := d[ripHeader:]; len(e) >= ripEntry; e = e[ripEntry:] {
		switch be16(e) {
		case 0, 2:
			if be32(e[16:]) > ripMetric {
				return dpi.No
			}
		case 0xffff: // authentication
		default:
			return dpi.No
		}
	}
	return dpi.Yes
}

func classifyRIPng(_ *dpi.Packet, d []byte) dpi.Verdict {
	if !isRIPHeader(d, 1) || d[2] != 0 || d[3] != 0 {
		return dpi.No
	}
	for e := d[ripHeader:]; len(e) >= ripEntry; e = e[ripEntry:] {
		if e[18] > 128 || e[19] > ripMetric && e[19] != 0xff {
			return dpi.No
		}
	}
	return dpi.Yes
}
