package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// EtherSBus is SAIA S-Bus over UDP: the length of the telegram, version,
// protocol, sequence, attribute, and a CRC at the end.
var EtherSBus = dpi.Protocol{
	ID:          id.EtherSBus,
	Name:        "ether_s_bus",
	Classifiers: over(100, isEtherSBus, []uint16{5050}, false, id.Udp),
}

func isEtherSBus(_ *dpi.Packet, d []byte) dpi.Verdict {
	n := len(d)
	if n < 11 || int(be.Uint32(d)) != n || d[4] > 1 || d[5] > 1 || d[8] > 2 {
		return dpi.No
	}
	return yesIf(crc16(d[:n-2], 0x1021, 0) == be.Uint16(d[n-2:]))
}

// EtherSIO is SAIA Ether-S-I/O, which starts with its own name.
var EtherSIO = dpi.Protocol{
	ID:          id.EtherSIo,
	Name:        "ether_s_io",
	Classifiers: over(100, isEtherSIO, []uint16{6060}, false, id.Udp),
}

func isEtherSIO(_ *dpi.Packet, d []byte) dpi.Verdict {
	return yesIf(len(d) > 24 && string(d[:4]) == "ESIO")
}
