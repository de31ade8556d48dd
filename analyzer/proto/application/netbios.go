package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of NetBIOS over UDP, RFC 1001 section 15.
const (
	netbiosNamePort     = 137
	netbiosDatagramPort = 138
)

// netbiosName is the length of a NetBIOS name in the first-level encoding, two
// letters for each of its 16 bytes (RFC 1001 section 14.1).
const netbiosName = 32

// NetBIOS is NetBIOS over TCP/IP (RFC 1002): the name and the datagram service.
// The session service is recognised with SMB, which it is for.
var NetBIOS = dpi.Protocol{
	ID:   id.Netbios,
	Name: "netbios",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{netbiosNamePort}, Only: true, Classify: classifyNameService},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{netbiosDatagramPort}, Only: true, Classify: classifyDatagramService},
	},
	Inspect: inspectNetBIOS,
}

// isNetBIOSName tells whether d begins with an encoded name. Since names are
// what attacks bend, three letters of four in the right range will do.
func isNetBIOSName(d []byte) bool {
	if len(d) < 1+netbiosName || d[0] != netbiosName {
		return false
	}
	good := 0
	for _, c := range d[1 : 1+netbiosName] {
		if c >= 'A' && c <= 'P' {
			good++
		}
	}
	return good >= netbiosName*3/4
}

// classifyNameService judges a message of the name service, which has the form
// of DNS (RFC 1002 section 4.2): a name, or counts that are all 0 or 1.
func classifyNameService(p *dpi.Packet, d []byte) dpi.Verdict { return onOwnPort(p, isNameService(d)) }

func isNameService(d []byte) bool {
	if len(d) < dnsHeader {
		return false
	}
	if isNetBIOSName(d[dnsHeader:]) {
		return true
	}
	m, sum := dnsMessage(d), 0
	for i := range 4 {
		if m.count(i) > 1 {
			return false
		}
		sum += m.count(i)
	}
	return sum > 0 && isNameOperation(m.opcode())
}

// isNameOperation tells whether an operation is one of RFC 1002 section
// 4.2.1.1: query, registration, release, waiting, refresh.
func isNameOperation(op int) bool { return op == 0 || op >= 5 && op <= 9 || op == 15 }

// classifyDatagramService judges a datagram of the datagram service (RFC 1002
// section 4.4): the sender's own address and port, then names.
func classifyDatagramService(p *dpi.Packet, d []byte) dpi.Verdict {
	return onOwnPort(p, isDatagramService(p.Tuple(), d))
}

func isDatagramService(t *dpi.Tuple, d []byte) bool {
	if len(d) < 10 || d[0] < 0x10 || d[0] > 0x16 || d[1] > 0x0f {
		return false
	}
	if be16(d[8:]) == netbiosDatagramPort {
		return true
	}
	return !t.V6 && [4]byte(d[4:8]) == [4]byte(t.Src[12:]) || len(d) > 14 && isNetBIOSName(d[14:])
}

// inspectNetBIOS looks for SMB on top: a transaction behind the names of the
// datagram service, or what a session is for.
func inspectNetBIOS(p *dpi.Packet, d []byte) (done bool) {
	if p.HasPort(nbSessionPort) {
		return inspectNBSession(p, d)
	}
	if p.HasPort(netbiosDatagramPort) && len(d) > 14 && d[0] >= 0x10 && d[0] <= 0x12 {
		m := dnsMessage(d)
		if end := m.skipName(14); end > 0 {
			if end = m.skipName(end); end > 0 && startsWith(d[end:], "\xffSMB") == dpi.Yes {
				p.Push(id.Smb)
			}
		}
	}
	return true
}
