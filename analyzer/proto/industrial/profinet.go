package industrial

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Profinet is PROFINET IO over UDP: connectionless DCE/RPC with one of
// PROFINET's interfaces, DEA00001 to DEA00004-6C97-11D1-8271-00A02442DF7D (IEC
// 61158-6-10).
var Profinet = dpi.Protocol{
	ID:          id.ProfinetIo,
	Name:        "profinet_io",
	Classifiers: over(100, isProfinet, []uint16{34964}, false, id.Udp),
}

// profinetNode are the bytes that its interface identifiers have in common
// whatever the byte order.
var profinetNode = []byte{0x82, 0x71, 0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d}

func isProfinet(_ *dpi.Packet, d []byte) dpi.Verdict {
	return yesIf(len(d) >= 80 && d[0] == 4 && d[1] <= 10 && bytes.Equal(d[32:40], profinetNode))
}
