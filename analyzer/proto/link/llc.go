package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Lengths of LLC and SNAP headers, IEEE 802.2 clause 3 and IEEE 802 clause 9.
const (
	llcHeader  = 3 // with a control field of one byte
	snapHeader = 5 // organisation and protocol, after the LLC header
)

// Service access points (IEEE 802.2, list of LSAP addresses).
const (
	sapSTP     = 0x42
	sapSNAP    = 0xaa
	sapIPX     = 0xe0
	sapNetBIOS = 0xf0
	sapOSI     = 0xfe
	sapIP      = 0x06
)

// LLC is IEEE 802.2 logical link control, the SNAP extension included.
var LLC = dpi.Protocol{
	ID:   id.Llc,
	Name: "llc",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "dsap", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "ssap", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "control_field", Type: dpi.U8, Pos: 2},
	},
	Next: nextLLC,
}

// isXID tells whether a control field is that of an exchange identification
// frame, with or without the poll bit.
func isXID(control byte) bool { return control&^0x10 == 0xaf }

func nextLLC(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < llcHeader {
		return dpi.Stop, off
	}
	header := llcHeader
	switch {
	case isXID(b[2]):
		return id.Xid, off + llcHeader
	case b[2]&3 != 3: // information and supervisory frames have two control bytes
		header++
	}
	if b[0] == sapSNAP && b[2] == 3 {
		return nextSNAP(p, off+llcHeader)
	}
	return bySAP(b[0], p.Bytes(off+header)), off + header
}

// bySAP tells the protocol that a destination access point stands for.
func bySAP(sap byte, payload []byte) dpi.ProtocolID {
	switch sap {
	case sapSTP:
		return id.Stp
	case sapIPX:
		return id.Ipx
	case sapNetBIOS:
		return id.Netbios
	case sapIP:
		return id.Ip
	case sapOSI:
		return osi(payload)
	}
	return dpi.Unknown
}

// osi tells the OSI network protocol by its first byte (ISO/IEC TR 9577).
func osi(payload []byte) dpi.ProtocolID {
	if len(payload) == 0 {
		return dpi.Unknown
	}
	switch payload[0] {
	case 0x81:
		return id.Clnp
	case 0x82:
		return id.EsIs
	case 0x83:
		return id.IsIs
	}
	return dpi.Unknown
}

// Organisations whose SNAP protocols are known.
const (
	ouiEtherType = 0x000000
	ouiBridge    = 0x0000f8 // IEEE 802.1H: a type field that bridges must keep
	ouiCisco     = 0x00000c
	ouiAppleTalk = 0x080007
	ouiIEEE8021  = 0x0080c2
)

// nextSNAP tells what a SNAP header at off announces.
func nextSNAP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < snapHeader {
		return dpi.Stop, off
	}
	protocol := binary.BigEndian.Uint16(b[3:])
	switch uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) {
	case ouiEtherType, ouiBridge:
		if protocol > maxLength {
			return nextEtherType(p, protocol, off+3)
		}
	case ouiCisco:
		return byCisco(protocol), off + snapHeader
	case ouiAppleTalk:
		return id.ByEtherType(protocol), off + snapHeader
	case ouiIEEE8021:
		return nextBridged(p, protocol, off+snapHeader)
	}
	return dpi.Unknown, off + snapHeader
}

// byCisco tells the protocol of a SNAP number of Cisco's.
func byCisco(protocol uint16) dpi.ProtocolID {
	switch protocol {
	case 0x0104:
		return id.Pagp
	case 0x010b: // spanning tree per VLAN
		return id.Stp
	case 0x0111:
		return id.Udld
	case 0x2000:
		return id.Cdp
	case 0x2003:
		return id.Vtp
	case 0x2004:
		return id.Dtp
	}
	return dpi.Unknown
}

// nextBridged finds the frame that RFC 2684 section 5.2 puts into SNAP.
func nextBridged(p *dpi.Packet, protocol uint16, off int) (dpi.ProtocolID, int) {
	switch protocol {
	case 1, 7: // Ethernet with and without check sum, after two bytes of padding
		return id.Ethernet, off + 2
	case 14:
		return id.Stp, off
	}
	return dpi.Unknown, off
}
