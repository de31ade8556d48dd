package industrial

import (
	"hash/crc32"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TRDP is the train real-time data protocol, IEC 61375-2-3 annex A: sequence,
// version 1, a message type of two letters, and a CRC over the header.
var TRDP = dpi.Protocol{
	ID:          id.Trdp,
	Name:        "trdp",
	Classifiers: over(100, isTRDP, []uint16{17224, 17225}, false, id.Udp, id.Tcp),
}

func isTRDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 40 {
		return short(p)
	}
	if d[4] != 1 {
		return dpi.No
	}
	size := 0 // bytes before the header's check sequence
	switch string(d[6:8]) {
	case "Pr", "Pp", "Pd", "Pe":
		size = 36
	case "Mr", "Mp", "Mq", "Mc", "Mn", "Me":
		size = 112
	}
	if size == 0 {
		return dpi.No
	}
	if len(d) < size+4 {
		return short(p)
	}
	return yesIf(crc32.ChecksumIEEE(d[:size]) == le.Uint32(d[size:]))
}
