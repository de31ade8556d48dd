package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// EthernetIP is the encapsulation of EtherNet/IP, "The CIP Networks Library"
// volume 2, section 2-3: 24 bytes, little endian.
var EthernetIP = dpi.Protocol{
	ID:          id.EthernetIp,
	Name:        "ethernet_ip",
	Classifiers: over(80, isEthernetIP, []uint16{44818, 2222}, false, id.Tcp, id.Udp),
}

const encapsulationHeader = 24

// isEthernetIP checks every message of the payload; over TCP the last may go on.
func isEthernetIP(p *dpi.Packet, d []byte) dpi.Verdict {
	for {
		if len(d) < encapsulationHeader {
			return short(p)
		}
		if !encapsulated(p, d) {
			return dpi.No
		}
		n := encapsulationHeader + int(le.Uint16(d[2:]))
		switch {
		case n == len(d):
			return dpi.Yes
		case n > len(d):
			return short(p)
		}
		d = d[n:]
	}
}

// encapsulated tells whether d starts with a header whose command exists, whose
// status is one of those assigned, and whose options are zero. The command "list
// services" is too much like other protocols to be believed on other ports.
func encapsulated(p *dpi.Packet, d []byte) bool {
	switch le.Uint16(d) {
	case 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70, 0x72, 0x73:
	case 0x04:
		if !p.HasPort(44818) && !p.HasPort(2222) {
			return false
		}
	default:
		return false
	}
	return le.Uint32(d[8:]) <= 0x6a && le.Uint32(d[20:]) == 0
}

// CIP is implicit I/O of CIP over UDP: a common packet format with a sequenced
// address item and connected data ("The CIP Networks Library" volume 2, section
// 2-6).
var CIP = dpi.Protocol{
	ID:          id.Cip,
	Name:        "cip",
	Classifiers: over(80, isCIP, []uint16{2222}, false, id.Udp),
}

func isCIP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 18 || le.Uint16(d) != 2 || le.Uint16(d[2:]) != 0x8002 || le.Uint16(d[4:]) != 8 {
		return dpi.No
	}
	return yesIf(le.Uint16(d[14:]) == 0x00b1 && 18+int(le.Uint16(d[16:])) == len(d))
}
