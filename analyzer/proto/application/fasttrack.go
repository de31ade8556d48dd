package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// FastTrack is the network of KaZaA and Grokster (giFT-FastTrack, "PROTOCOL"):
// downloads over HTTP by the hash of the content, answers to push requests, and
// the pings between supernodes over UDP.
var FastTrack = dpi.Protocol{
	ID:   id.Fasttrack,
	Name: "fasttrack",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 110, Ports: []uint16{1214}, Classify: classifyFastTrack},
		datagramClassifier(isFastTrackPing, 1214),
	},
}

func classifyFastTrack(p *dpi.Packet, d []byte) dpi.Verdict {
	v := startsWithAny(d, "GET /.hash=", "GET /.supernode ")
	if v == dpi.Yes {
		p.Push(id.Http)
		return v
	}
	return max(v, isFastTrackGive(d))
}

// isFastTrackGive judges d as the answer to a push request, GIVE and a number
// alone on a line.
func isFastTrackGive(d []byte) dpi.Verdict {
	if v := startsWith(d, "GIVE "); v != dpi.Yes {
		return v
	}
	d = d[5:]
	n := digits(d)
	if n > 10 || n == 0 && len(d) > 0 {
		return dpi.No
	}
	return startsWith(d[n:], "\r\n\r\n")
}

// isFastTrackPing tells whether d is a supernode's ping: type 0x27, four bytes,
// 0x80 and the name of the network.
func isFastTrackPing(d []byte) bool {
	return len(d) >= 12 && d[0] == 0x27 && d[5] == 0x80 && bytes.HasPrefix(d[6:], []byte("KaZaA\x00"))
}
