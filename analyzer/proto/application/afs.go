package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// AFS is the Andrew File System, in the remote calls of Rx ("Rx protocol
// specification", packet header), on its ports.
var AFS = dpi.Protocol{
	ID:          id.Afs,
	Name:        "afs",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 50, Ports: []uint16{7000, 7001, 7002, 7003, 7005, 7007}, Only: true, Classify: classifyAFS}},
}

// rxHeader is the length of epoch, connection, call, sequence, serial, type,
// flags, status, security, check sum, and service.
const rxHeader = 28

func classifyAFS(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < rxHeader {
		return dpi.No
	}
	call, sequence, serial := be32(d[8:]), be32(d[12:]), be32(d[16:])
	kind, flags, status, security, service := d[20], d[21], d[22], d[23], be16(d[26:])
	return verdict(be32(d) != 0 && call < 1<<20 && sequence < 1<<20 && serial < 1<<24 && kind >= 1 && kind <= 13 && flags < 0x40 &&
		status <= 1 && security <= 4 && service <= 0x7fff)
}
