package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RTPS is the wire protocol of DDS, OMG formal/2022-04-01 section 9.4: the word
// RTPS and a protocol version.
var RTPS = dpi.Protocol{
	ID:          id.Rtps,
	Name:        "rtps",
	Classifiers: over(100, isRTPS, []uint16{7400, 7410, 7411}, false, id.Udp, id.Tcp),
}

func isRTPS(_ *dpi.Packet, d []byte) dpi.Verdict {
	return yesIf(len(d) >= 16 && (string(d[:4]) == "RTPS" || string(d[:4]) == "RTPX") && d[4] <= 3)
}
