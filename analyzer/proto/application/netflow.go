package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NetFlow is Cisco's export of flow records, version 1 to 9 (version 9: RFC
// 3954), and IPFIX (RFC 7011), which is its version 10.
var NetFlow = dpi.Protocol{
	ID:   id.Netflow,
	Name: "netflow",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{2055, 2056, 4739, 9995, 9996, 6343}, Classify: classifyNetFlow},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{4739}, Classify: classifyIPFIXStream},
	},
}

// The sizes of header and records of the versions whose records are fixed
// ("NetFlow Export Datagram Format", Cisco).
const (
	netflowHeader1, netflowRecord1 = 16, 52
	netflowHeader5, netflowRecord5 = 24, 48
	netflowHeader7, netflowRecord7 = 24, 52
	netflowHeader8                 = 28
	netflowHeader9                 = 20
	ipfixHeader                    = 16
)

// netflowTime bounds the seconds since 1970 that an exporter may have: until
// 2100. Those whose clock was never set start at 0.
const netflowTime = 4102444800

// flowSets is how version 9 and IPFIX write their sets.
var flowSets = tlvShape{tag: 2, size: 2, whole: true}

func classifyNetFlow(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < netflowHeader1 || d[0] != 0 || d[1] == 0 || d[1] > 10 {
		return dpi.No
	}
	return verdict(isNetFlow(d[1], d))
}

func isNetFlow(version byte, d []byte) bool {
	switch version {
	case 1:
		return hasRecords(d, netflowHeader1, netflowRecord1)
	case 5, 6:
		return hasRecords(d, netflowHeader5, netflowRecord5) || version == 6 && hasRecords(d, netflowHeader5, netflowRecord7)
	case 7:
		return hasRecords(d, netflowHeader7, netflowRecord7)
	case 8:
		count := be16(d[2:])
		return len(d) > netflowHeader8 && count > 0 && (len(d)-netflowHeader8)%count == 0 && d[22] <= 14 && d[23] == 2
	case 9:
		return isNetFlow9(d)
	case 10:
		return be16(d[2:]) == len(d) && be32(d[4:]) < netflowTime && isFlowSet(d[ipfixHeader:], 2, 3)
	}
	return false
}

// hasRecords tells whether as many records as the header says fill the
// datagram.
func hasRecords(d []byte, header, record int) bool {
	count := be16(d[2:])
	return count > 0 && len(d) == header+count*record
}

// isNetFlow9 judges a datagram of RFC 3954 section 5.1: at least as many
// records as sets, and sets of templates, options, or data.
func isNetFlow9(d []byte) bool {
	if len(d) < netflowHeader9+4 || be32(d[8:]) >= netflowTime {
		return false
	}
	count := be16(d[2:])
	return count > 0 && count <= len(d)/4 && isFlowSet(d[netflowHeader9:], 0, 1)
}

// isFlowSet tells whether d begins with a set of templates or options, whose
// numbers are given, or of data, which starts with 256. What follows the set
// must start one as well.
func isFlowSet(d []byte, templates, options int) bool {
	for n := 0; n < 2 && len(d) > 0; n++ {
		kind, value, rest, ok := flowSets.next(d)
		if !ok || kind != templates && kind != options && kind < 256 {
			return false
		}
		if kind < 256 && len(value) >= 2 && value[0] == 0 { // templates count from 256 on
			return false
		}
		d = rest
	}
	return true
}

// classifyIPFIXStream is for IPFIX over TCP (RFC 7011 section 10.4), where
// messages follow one another.
func classifyIPFIXStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < ipfixHeader+4 {
		return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 10))
	}
	n := be16(d[2:])
	if d[0] != 0 || d[1] != 10 || n < ipfixHeader+4 {
		return dpi.No
	}
	if len(d) < n {
		return dpi.More
	}
	return verdict(isNetFlow(10, d[:n]))
}
