package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TeamViewer is the remote control of that name. Its messages start with 0x17
// 0x24 and their length in 16 bits, or, since a later version, with 0x11 0x30
// and their length in 32 bits, both little endian; over UDP a header of eleven
// bytes goes before them.
var TeamViewer = dpi.Protocol{
	ID:      id.Teamviewer,
	Name:    "teamviewer",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{5938}, Classify: classifyTeamViewer},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{5938}, Classify: classifyTeamViewerUDP},
	},
}

// classifyTeamViewer believes a first message that is followed by another one
// or by nothing.
func classifyTeamViewer(p *dpi.Packet, d []byte) dpi.Verdict {
	size := teamViewerMessage(d)
	if size == 0 {
		return moreUnless(d[0] != 0x17 && d[0] != 0x11 || len(d) >= 8)
	}
	if p.HasPort(5938) {
		return dpi.Yes
	}
	if len(d) > size+1 {
		return verdict(d[size] == d[0] && d[size+1] == d[1])
	}
	return yesOrMore(len(d) == size)
}

// teamViewerMessage returns the size of the message that d begins with, 0 if
// there is none.
func teamViewerMessage(d []byte) int {
	switch {
	case len(d) >= 5 && d[0] == 0x17 && d[1] == 0x24:
		return 5 + le16(d[3:])
	case len(d) >= 8 && d[0] == 0x11 && d[1] == 0x30 && le32(d[4:]) < 1<<20:
		return 24 + int(le32(d[4:]))
	}
	return 0
}

func classifyTeamViewerUDP(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= 16 && d[11] == 0x17 && d[12] == 0x24 && isZero(d[:8]) && d[10] == 3)
}
