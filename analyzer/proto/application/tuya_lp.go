package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Marks that begin and end a frame of Tuya, up to version 3.4 and from 3.5 on.
const (
	tuyaBegin   = 0x000055aa
	tuyaEnd     = 0x0000aa55
	tuyaBegin35 = 0x00006699
	tuyaEnd35   = 0x00009966
)

// Headers of a frame: mark, number, command, length; version 3.5 has two bytes
// more behind the mark.
const (
	tuyaHeader   = 16
	tuyaHeader35 = 18
)

// TuyaLP is the local protocol of Tuya's smart home devices (not published;
// known from the tinytuya project's documentation): broadcasts on UDP, control
// over TCP.
var TuyaLP = dpi.Protocol{
	ID:   id.TuyaLp,
	Name: "tuya_lp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{6666, 6667, 7000}, Classify: classifyTuya},
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{6668}, Classify: classifyTuya},
	},
}

func classifyTuya(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < tuyaHeader35 {
		return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 0))
	}
	var end int
	var mark uint32
	switch be32(d) {
	case tuyaBegin:
		end, mark = tuyaHeader+int(be32(d[12:])), tuyaEnd
	case tuyaBegin35:
		end, mark = tuyaHeader35+int(be32(d[14:]))+4, tuyaEnd35
	default:
		return dpi.No
	}
	if end < tuyaHeader+8 || end > 1<<16 {
		return dpi.No
	}
	if len(d) < end {
		return dpi.More
	}
	return verdict(be32(d[end-4:]) == mark)
}
