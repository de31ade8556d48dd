package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// nestOUI is the vendor part of the identifiers of Nest's devices and services,
// 18-B4-30, which are 64 bits in little endian.
const nestOUI = 0x18b430

// weaveSource is where a Weave message has its source's identifier: behind the
// length, the header and the message's number.
const weaveSource = 8

// NestLogSink is what Nest devices send their logs with: Weave messages over
// TCP (known from the OpenWeave sources).
var NestLogSink = dpi.Protocol{
	ID:   id.NestLogSink,
	Name: "nest_log_sink",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{11095}, Classify: classifyNest},
	},
}

// classifyNest asks for a length, a header with source and destination, and a
// source of Nest.
func classifyNest(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < weaveSource+8 {
		return moreUnless(len(d) > 3 && d[3]&0xf0 != 0x10)
	}
	if d[3]&0xf0 != 0x10 || le16(d) < weaveSource+8 {
		return dpi.No
	}
	return verdict(le64(d[weaveSource:])>>40 == nestOUI)
}
