package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RTMP is Adobe's Real Time Messaging Protocol 1.0, and its encrypted variety.
var RTMP = dpi.Protocol{
	ID:   id.Rtmp,
	Name: "rtmp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 60, Ports: []uint16{1935}, Classify: classifyRTMP},
	},
}

// The handshake, section 5.2: a version, then 1536 bytes that begin with a time
// and four bytes that are zero, or with the version of a player.
const (
	rtmpPlain     = 3
	rtmpEncrypted = 6
	rtmpOpening   = 1 + 1536
)

// classifyRTMP judges the opening of one direction, and of both together.
func classifyRTMP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != rtmpPlain && (d[0] != rtmpEncrypted && d[0] != 8 || !p.HasPort(1935)) {
		return dpi.No
	}
	if len(d) < 9 {
		return dpi.More
	}
	if isRTMPConnect(d) {
		return dpi.Yes
	}
	first, n := p.First(p.Dir ^ 1)
	answered := n > 0 && first[0] == d[0]
	switch {
	case n > 0 && !answered:
		return dpi.No
	case len(d) < rtmpOpening:
		return moreUnless(d[0] == tpktVersion && d[1] == 0 && be16(d[2:]) == len(d))
	case isZero(d[5:9]), answered, p.HasPort(1935):
		return dpi.Yes
	}
	return moreUnless(p.Asked(p.Dir) > 4)
}

// isRTMPConnect recognises a stream without its handshake by the first command
// (section 7.2.1.1): a chunk's header on stream 3, and the name in AMF.
func isRTMPConnect(d []byte) bool {
	const name = "\x02\x00\x07connect\x00"
	return len(d) >= 12+len(name) && d[7] == 20 && bytes.HasPrefix(d[12:], []byte(name))
}
