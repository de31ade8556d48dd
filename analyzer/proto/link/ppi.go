package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/dataplane"
)

// Parts of a per-packet information header (CACE PPI, version 1.0.10): the
// header itself, then fields of a type and a length each.
const (
	ppiHeader     = 8
	ppiField      = 4
	ppi80211      = 2 // field 802.11-Common: time (8), flags (2), ...
	ppi80211Flags = 8
)

// RootPPI skips the per-packet information before a frame and tells what the
// frame is of.
func RootPPI(p *dpi.Packet) (dpi.ProtocolID, int) {
	b := p.Data
	if len(b) < ppiHeader {
		return dpi.Unknown, 0
	}
	n, link := int(binary.LittleEndian.Uint16(b[2:])), binary.LittleEndian.Uint32(b[4:])
	if n < ppiHeader || n > len(b) {
		return dpi.Unknown, 0
	}
	switch dataplane.LinkType(min(link, 0xffff)) {
	case dataplane.LinkEthernet:
		return id.Ethernet, n
	case dataplane.LinkSLL:
		return id.Sll, n
	case dataplane.LinkNull, dataplane.LinkLoop:
		return id.Loopback, n
	case dataplane.LinkRadiotap:
		return id.Radiotap, n
	case dataplane.Link80211:
		if ppiFCS(b[ppiHeader:n]) {
			p.Limit(len(b) - 4)
		}
		return id.Ieee80211, n
	}
	return dpi.Unknown, n
}

// ppiFCS tells whether the field 802.11-Common says that a check sum ends the
// frame.
func ppiFCS(b []byte) bool {
	return len(b) >= ppiField+ppi80211Flags+2 && binary.LittleEndian.Uint16(b) == ppi80211 && b[ppiField+ppi80211Flags]&1 != 0
}
