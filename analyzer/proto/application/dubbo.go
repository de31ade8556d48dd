package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Dubbo is the remote calls of Apache Dubbo ("Dubbo protocol"): magic, flags,
// status, request, and length.
var Dubbo = dpi.Protocol{
	ID:          id.Dubbo,
	Name:        "dubbo",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{20880}, Classify: classifyDubbo}},
}

// dubboRequest is the flag of a request.
const dubboRequest = 0x80

func classifyDubbo(_ *dpi.Packet, d []byte) dpi.Verdict {
	const header = 16
	if v := startsWith(d, "\xda\xbb"); v != dpi.Yes || len(d) < header {
		return min(v, dpi.More)
	}
	length, coding := int(be32(d[12:])), d[2]&0x1f
	switch {
	case length == 0 || length > 8<<20 || coding == 0 || coding > 22, length < len(d)-header && startsWith(d[header+length:], "\xda\xbb") == dpi.No:
		return dpi.No
	case d[2]&dubboRequest != 0:
		return verdict(d[3] == 0)
	}
	return verdict(d[3] >= 20 && d[3] <= 100)
}
