package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
)

// overlayHeader is the length of a VXLAN header and of a Geneve header without
// options.
const overlayHeader = 8

// networkIdentifier is the attribute that VXLAN and Geneve have in common.
func networkIdentifier(number dpi.AttributeID) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: "vni", Type: dpi.U32, Pos: 4, Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) >= overlayHeader && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(b[4:])>>8))
	}}
}

// VXLAN is RFC 7348, with or without the group policy extension.
var VXLAN = dpi.Protocol{
	ID:         id.Vxlan,
	Name:       "vxlan",
	Attributes: []dpi.Attribute{{ID: 1, Name: "flags", Type: dpi.U8, Pos: 0}, networkIdentifier(2)},
	Next: func(_ *dpi.Packet, off int) (dpi.ProtocolID, int) {
		return id.Ethernet, off + overlayHeader
	},
}

// isVXLAN expects the flag of a valid identifier, nothing in reserved fields,
// and an Ethernet frame.
func isVXLAN(d []byte, _ int) bool {
	if len(d) < overlayHeader || d[7] != 0 {
		return false
	}
	plain := binary.BigEndian.Uint32(d) == 0x08000000
	policy := d[0] == 0x88 && d[1]&^0x48 == 0
	return (plain || policy) && link.LooksEthernet(d[overlayHeader:])
}

// VXLANGPE is draft-ietf-nvo3-vxlan-gpe: VXLAN that says what it carries.
var VXLANGPE = dpi.Protocol{
	ID:   id.VxlanGpe,
	Name: "vxlan_gpe",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "flags", Type: dpi.U8, Pos: 0},
		networkIdentifier(2),
		{ID: 3, Name: "next_proto", Type: dpi.U8, Pos: 3},
	},
	Next: func(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
		b := p.Bytes(off)
		if len(b) < overlayHeader {
			return dpi.Stop, off
		}
		return gpeProtocol(b[3]), off + overlayHeader
	},
}

// gpeProtocol tells what a next protocol field stands for.
func gpeProtocol(n byte) dpi.ProtocolID {
	switch n {
	case 1:
		return id.Ip
	case 2:
		return id.Ipv6
	case 3:
		return id.Ethernet
	case 5:
		return id.Mpls
	}
	return dpi.Unknown
}

// isVXLANGPE expects the flags of a valid identifier and of a next protocol,
// and one of those that can be checked.
func isVXLANGPE(d []byte, _ int) bool {
	if len(d) < overlayHeader || d[0]&0x0c != 0x0c || d[0]&0xf0 != 0 || d[1] != 0 || d[2] != 0 || d[7] != 0 {
		return false
	}
	return carries(gpeProtocol(d[3]), d[overlayHeader:])
}

// carries tells whether b may be a packet of a protocol that can be checked.
func carries(protocol dpi.ProtocolID, b []byte) bool {
	switch protocol {
	case id.Ip:
		return link.LooksIP4(b)
	case id.Ipv6:
		return link.LooksIP6(b)
	case id.Ethernet:
		return link.LooksEthernet(b)
	}
	return false
}

// Geneve is RFC 8926.
var Geneve = dpi.Protocol{
	ID:   id.Geneve,
	Name: "geneve",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "proto", Type: dpi.U16, Pos: 2},
		networkIdentifier(2),
	},
	Next: func(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
		b := p.Bytes(off)
		if len(b) < overlayHeader {
			return dpi.Stop, off
		}
		return id.ByEtherType(binary.BigEndian.Uint16(b[2:])), off + geneveLength(b)
	},
}

// geneveLength returns the length of a header with its options.
func geneveLength(b []byte) int { return overlayHeader + int(b[0]&0x3f)*4 }

// isGeneve expects version 0, nothing in reserved fields, and a payload of the
// announced protocol.
func isGeneve(d []byte, _ int) bool {
	if len(d) < overlayHeader || d[0]>>6 != 0 || d[1]&0x3f != 0 || d[7] != 0 || len(d) < geneveLength(d) {
		return false
	}
	return carries(id.ByEtherType(binary.BigEndian.Uint16(d[2:])), d[geneveLength(d):])
}

// isGREInUDP expects a GRE header of version 0 without reserved bits (RFC 8086)
// and a payload of the announced protocol.
func isGREInUDP(d []byte, _ int) bool {
	if len(d) < 4 {
		return false
	}
	flags := binary.BigEndian.Uint16(d)
	if flags&0x4fff != 0 {
		return false
	}
	n := 4
	for _, option := range [...]uint16{0x8000, 0x2000, 0x1000} {
		if flags&option != 0 {
			n += 4
		}
	}
	return len(d) > n && carries(id.ByEtherType(binary.BigEndian.Uint16(d[2:])), d[n:])
}

// maxLabels is how many labels of a stack are looked at.
const maxLabels = 8

// isMPLSInUDP expects a short stack of labels with time to live, and IP after
// it (RFC 7510).
func isMPLSInUDP(d []byte, _ int) bool {
	for n := 0; n < maxLabels && len(d) >= 4 && d[3] > 0; n++ {
		bottom := d[2]&1 == 1
		d = d[4:]
		if bottom {
			return link.LooksIP4(d) && int(binary.BigEndian.Uint16(d[2:])) == len(d) ||
				link.LooksIP6(d) && int(binary.BigEndian.Uint16(d[4:]))+40 == len(d)
		}
	}
	return false
}

// TZSP is the TaZmen sniffer protocol: frames mirrored by access points and
// routers.
var TZSP = dpi.Protocol{ID: id.Tzsp, Name: "tzsp", Next: nextTZSP}

// Frames that TZSP carries, and the tags between its header and the frame.
const (
	tzspHeader    = 4
	tzspEthernet  = 1
	tzsp80211     = 0x12
	tzspTagPad    = 0
	tzspTagEnd    = 1
	tzspEthernet1 = 0x0100<<16 | tzspEthernet
	tzsp802111    = 0x0100<<16 | tzsp80211
)

// tzspLength returns the length of header and tags, 0 if they are cut.
func tzspLength(b []byte) int {
	for i := tzspHeader; i < len(b); {
		switch b[i] {
		case tzspTagEnd:
			return i + 1
		case tzspTagPad:
			i++
		default:
			if i+1 >= len(b) {
				return 0
			}
			i += 2 + int(b[i+1])
		}
	}
	return 0
}

func nextTZSP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	n := tzspLength(b)
	if n == 0 {
		return dpi.Stop, off
	}
	if b[3] == tzsp80211 {
		return id.Ieee80211, off + n
	}
	return id.Ethernet, off + n
}

// isTZSP expects a received frame of a kind that can be looked into.
func isTZSP(d []byte, _ int) bool {
	if len(d) < tzspHeader+1 {
		return false
	}
	n := tzspLength(d)
	switch binary.BigEndian.Uint32(d) {
	case tzspEthernet1:
		return n > 0 && link.LooksEthernet(d[n:])
	case tzsp802111:
		return n > 0
	}
	return false
}
