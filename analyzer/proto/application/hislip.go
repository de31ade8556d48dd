package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// HiSLIP is the High-Speed LAN Instrument Protocol (IVI-6.1, section 2.1).
var HiSLIP = dpi.Protocol{
	ID:          id.Hislip,
	Name:        "hislip",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{4880}, Classify: classifyHiSLIP}},
}

// hislipTypes is how many types of messages there are below those of vendors.
const hislipTypes = 41

// classifyHiSLIP expects the prologue, a type, a control code, a parameter, and
// a length of eight bytes.
func classifyHiSLIP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "HS"); v != dpi.Yes {
		return v
	}
	if len(d) < 16 {
		return moreUnless(len(d) > 2 && d[2] >= hislipTypes)
	}
	return verdict(d[2] < hislipTypes && be64(d[8:]) < 1<<32)
}
