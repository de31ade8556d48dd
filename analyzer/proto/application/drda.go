package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DRDA is the Distributed Relational Database Architecture of DB2, Derby and
// Informix (The Open Group, "DRDA", volume 3: DDM).
var DRDA = dpi.Protocol{
	ID:          id.Drda,
	Name:        "drda",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{446, 50000, 1527}, Classify: classifyDRDA}},
}

const (
	ddmHeader = 10 // length, magic, format, correlation, length again, code point
	ddmMagic  = 0xd0
)

// classifyDRDA expects a data stream structure: its own length is that of the
// object inside plus six.
func classifyDRDA(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 2 && d[2] != ddmMagic, len(d) > 3 && (d[3]&0x0f == 0 || d[3]&0x0f > 5 || d[3]&0x80 != 0):
		return dpi.No
	case len(d) < ddmHeader:
		return dpi.More
	}
	return verdict(be16(d) >= ddmHeader && be16(d) == be16(d[6:])+6 && isDDMCodePoint(be16(d[8:])))
}

// isDDMCodePoint tells whether a code point is that of a command, a reply or an
// object of data.
func isDDMCodePoint(c int) bool {
	return c >= 0x1000 && c < 0x1300 || c >= 0x1400 && c < 0x1500 || c >= 0x2000 && c < 0x2500
}
