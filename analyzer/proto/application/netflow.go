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
	netflowHeader7, netflowRecord7 = 24, 52 // version 6 as well
	netflowHeader8                 = 28
	netflowHeader9                 = 20
	ipfixHeader                    = 16
)

// netflowTime bounds the seconds since 1970 that an exporter may have: until
// 2100. Those whose clock was never set start at 0.
const netflowTime = 4102444800

func classifyNetFlow(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < netflowHeader1 || d[0] != 0 || d[1] == 0 || d[1] > 10 {
		return dpi.No
	}
	return verdict(isNetFlow(d, sentLength(p, d)))
}

// isNetFlow judges a datagram that was sent with the given length.
func isNetFlow(d []byte, length int) bool {
	count := be16(d[2:])
	switch d[1] {
	case 1:
		return hasRecords(count, length, netflowHeader1, netflowRecord1)
	case 5:
		return hasRecords(count, length, netflowHeader5, netflowRecord5)
	case 6, 7:
		return hasRecords(count, length, netflowHeader7, netflowRecord7)
	case 8:
		return len(d) > netflowHeader8 && count > 0 && (length-netflowHeader8)%count == 0 && d[22] <= 14 && d[23] == 2
	case 9:
		return isNetFlow9(d, length)
	case 10:
		return count == length && be32(d[4:]) < netflowTime && isFlowSet(d[ipfixHeader:], length-ipfixHeader, 2, 3)
	}
	return false
}

// hasRecords tells whether count records fill a datagram of the given length.
func hasRecords(count, length, header, record int) bool {
	return count > 0 && length == header+count*record
}

// isNetFlow9 judges a datagram of RFC 3954 section 5.1: at least as many
// records as sets, and sets of templates, options, or data.
func isNetFlow9(d []byte, length int) bool {
	if len(d) < netflowHeader9+4 || be32(d[8:]) >= netflowTime {
		return false
	}
	count := be16(d[2:])
	return count > 0 && count <= length/4 && isFlowSet(d[netflowHeader9:], length-netflowHeader9, 0, 1)
}

// isFlowSet tells whether d, the beginning of length bytes, starts with a set of
// templates or options, whose numbers are given, or of data, which count from
// 256. What follows the set must start one as well.
func isFlowSet(d []byte, length, templates, options int) bool {
	for n := 0; n < 2 && len(d) >= 4; n++ {
		kind, size := be16(d), be16(d[2:])
		if size < 4 || size > length || kind != templates && kind != options && kind < 256 {
			return false
		}
		if kind < 256 && len(d) > 4 && d[4] == 0 { // templates count from 256 on
			return false
		}
		d, length = d[min(size, len(d)):], length-size
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
	return verdict(isNetFlow(d[:n], n))
}
