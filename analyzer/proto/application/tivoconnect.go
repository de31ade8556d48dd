package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tivoPort is where TiVo's devices look for one another.
const tivoPort = 2190

// tivoBeacon begins every beacon.
const tivoBeacon = "TiVoConnect=1"

// TiVoConnect is the discovery of TiVo's devices ("TiVoConnect automatic machine
// discovery protocol specification"): lines of a name and a value, over TCP
// behind their length.
var TiVoConnect = dpi.Protocol{
	ID:   id.Tivoconnect,
	Name: "tivoconnect",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{tivoPort}, Classify: classifyTiVo},
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{tivoPort}, Classify: classifyTiVoStream},
	},
}

func classifyTiVo(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) > len(tivoBeacon) && startsWith(d, tivoBeacon) == dpi.Yes)
}

func classifyTiVoStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 {
		return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 0))
	}
	if be32(d) > 1<<14 {
		return dpi.No
	}
	return startsWith(d[4:], tivoBeacon)
}
