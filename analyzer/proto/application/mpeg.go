package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MPEGTS is a transport stream of MPEG (ISO/IEC 13818-1 section 2.4.3) over
// UDP: packets of 188 bytes, or 204 with error correction, or 192 with a
// timestamp before each.
var MPEGTS = dpi.Protocol{
	ID:   id.MpegTs,
	Name: "mpeg_ts",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Classify: classifyMPEGTS},
		{Parent: id.Tcp, Weight: 80, Classify: classifyMPEGTSStream},
	},
}

// MPEG is a program stream of MPEG (ISO/IEC 13818-1 section 2.5, ISO/IEC
// 11172-1) over TCP.
var MPEG = dpi.Protocol{
	ID:   id.Mpeg,
	Name: "mpeg",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Classify: classifyMPEGPS},
		{Parent: id.Udp, Weight: 80, Classify: classifyMPEGPS},
	},
}

// tsSync is the first byte of each packet of a transport stream.
const tsSync = 0x47

// tsShape is how packets are laid out: bytes before and after those of the
// packet proper.
var tsShapes = [...]struct{ before, size int }{{0, 188}, {0, 204}, {4, 192}}

// tsPackets returns how many packets in one of the shapes fill d, 0 if none do.
func tsPackets(d []byte) int {
	for _, s := range tsShapes {
		if len(d)%s.size == 0 && tsRun(d, s.before, s.size) == len(d)/s.size {
			return len(d) / s.size
		}
	}
	return 0
}

// tsRun counts packets from the beginning of d on: each starts with the sync
// byte, and has a payload or an adaptation field.
func tsRun(d []byte, before, size int) int {
	n := 0
	for len(d) >= before+4 && d[before] == tsSync && d[before+3]&0x30 != 0 {
		n++
		d = d[min(size, len(d)):]
	}
	return n
}

// isTransportStream tells whether d consists of packets of a transport stream.
func isTransportStream(d []byte) bool { return tsPackets(d) > 0 }

// Packets of a transport stream that are enough.
const (
	tsEnough = 4  // 8 bits each, and the length
	tsStream = 10 // where only the distance is known
)

// classifyMPEGTS counts packets, over several datagrams if there are few in
// each.
func classifyMPEGTS(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 188 || d[0] != tsSync && d[4] != tsSync {
		return dpi.No
	}
	n := tsPackets(d)
	if n == 0 {
		return dpi.No
	}
	return yesOrMore(n*p.Asked(p.Dir) >= tsEnough)
}

// classifyMPEGTSStream wants packets at equal distances from the first byte on.
func classifyMPEGTSStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return moreUnless(len(d) > 0 && len(d) < 5 && d[0] != tsSync)
	}
	for _, s := range tsShapes {
		n := tsRun(d, s.before, s.size)
		if n >= tsStream {
			return dpi.Yes
		}
		if n > 0 && n*s.size+s.before >= len(d) {
			return dpi.More
		}
	}
	return dpi.No
}

// classifyMPEGPS looks for a pack header: its start code, and the marker bits
// of version 1 or 2 (ISO/IEC 13818-1 section 2.5.3.4, 11172-1 section 2.4.3.2),
// followed by another start code.
func classifyMPEGPS(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "\x00\x00\x01\xba"); v != dpi.Yes {
		return v
	}
	const head1, head2 = 12, 14
	if len(d) < head2+4 {
		return dpi.More
	}
	switch {
	case d[4]>>4 == 2 && d[4]&1 == 1 && d[6]&1 == 1 && d[8]&1 == 1:
		return verdict(isStartCode(d[head1:]))
	case d[4]>>6 == 1 && d[4]&4 != 0 && d[6]&4 != 0 && d[8]&4 != 0 && d[9]&1 == 1:
		stuffing := int(d[13] & 7)
		if len(d) < head2+stuffing+3 {
			return dpi.More
		}
		return verdict(isStartCode(d[head2+stuffing:]))
	}
	return dpi.No
}

// isStartCode tells whether d begins with the prefix of a start code.
func isStartCode(d []byte) bool { return len(d) >= 3 && d[0] == 0 && d[1] == 0 && d[2] == 1 }
