package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// iperfCookie is the length of what the client of iperf3 sends first on each
// connection: 36 characters and a zero.
const iperfCookie = 37

// Version 2 has headers of different lengths, behind which it fills its blocks;
// so many bytes of the filling are looked at.
const (
	iperfHeaders = 120
	iperfFilled  = iperfHeaders + 40
)

// Numbers that open a UDP stream of iperf3, in the sender's byte order, which
// is little endian nearly everywhere: client and server of today and of before
// version 3.1.
const (
	iperfConnect    = 0x36373839
	iperfReply      = 0x39383736
	iperfOldConnect = 123456789
	iperfOldReply   = 987654321
)

// Iperf is the protocol of the bandwidth measurement tools iperf, version 2 and
// 3 (their sources are the specification).
var Iperf = dpi.Protocol{
	ID:   id.Iperf,
	Name: "iperf",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{5001, 5201}, Classify: classifyIperf},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{5001, 5201}, Classify: classifyIperfUDP},
	},
}

// classifyIperf knows the cookie of version 3 and the filling of version 2.
func classifyIperf(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0]&0x7f == 0 { // the flags of version 2
		if len(d) < iperfFilled {
			return dpi.More
		}
		return verdict(isIperfFilling(d))
	}
	for _, c := range d[:min(len(d), iperfCookie-1)] {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return dpi.No
		}
	}
	if len(d) < iperfCookie {
		return dpi.More
	}
	return verdict(d[iperfCookie-1] == 0)
}

func classifyIperfUDP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 4 {
		switch le32(d) {
		case iperfConnect, iperfReply, iperfOldConnect, iperfOldReply:
			return dpi.Yes
		}
		return dpi.No
	}
	return verdict(isIperfFilling(d))
}

// isIperfFilling recognises what version 2 fills its blocks with behind their
// header, the digits 0 to 9 over and over.
func isIperfFilling(d []byte) bool {
	if len(d) < iperfFilled {
		return false
	}
	for i := iperfHeaders; i < iperfFilled-1; i++ {
		if !isDigit(d[i]) || (d[i]-'0'+1)%10 != d[i+1]-'0' {
			return false
		}
	}
	return true
}
