package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Tags between Ethernet and its payload that end with a type field of their
// own.
var (
	// VNTag is Cisco's tag of virtual interfaces (EtherType 0x8926).
	VNTag = dpi.Protocol{ID: id.Vntag, Name: "vntag", Next: skipTag(4)}
	// ETag is the port extension tag of IEEE 802.1BR.
	ETag = dpi.Protocol{ID: id.Etag, Name: "etag", Next: skipTag(6)}
	// HSR is the ring redundancy tag of IEC 62439-3.
	HSR = dpi.Protocol{ID: id.Hsr, Name: "hsr", Next: skipTag(4)}
	// CiscoMetadata is Cisco's tag of security groups (EtherType 0x8909).
	CiscoMetadata = dpi.Protocol{ID: id.CiscoMetadata, Name: "cisco_metadata", Next: nextMetadata}
)

// Headers between Ethernet and another Ethernet frame.
var (
	// PBB is the instance tag of provider backbone bridges, IEEE 802.1ah.
	PBB = dpi.Protocol{ID: id.Pbb, Name: "pbb", Next: enclosed(4)}
	// FabricPath is Cisco's switch fabric (EtherType 0x8903): a forwarding tag
	// and the frame.
	FabricPath = dpi.Protocol{ID: id.Fabricpath, Name: "fabricpath", Next: enclosed(2)}
	// TRILL is RFC 6325 section 3.
	TRILL = dpi.Protocol{ID: id.Trill, Name: "trill", Next: nextTRILL}
	// Batman is B.A.T.M.A.N. advanced (EtherType 0x4305), protocol version 15 as
	// the Linux kernel has it.
	Batman = dpi.Protocol{ID: id.Batman, Name: "batman", Next: nextBatman}
)

// skipTag goes on with the type field after n bytes.
func skipTag(n int) func(*dpi.Packet, int) (dpi.ProtocolID, int) {
	return func(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
		b := p.Bytes(off)
		if len(b) < n+2 {
			return dpi.Stop, off
		}
		return nextEtherType(p, binary.BigEndian.Uint16(b[n:]), off+n)
	}
}

// enclosed goes on with an Ethernet frame after n bytes.
func enclosed(n int) func(*dpi.Packet, int) (dpi.ProtocolID, int) {
	return func(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
		if len(p.Bytes(off)) < n+ethernetHeader {
			return dpi.Stop, off
		}
		return id.Ethernet, off + n
	}
}

// nextMetadata skips version, length and options: the length counts units of
// four bytes and does not include the first four.
func nextMetadata(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 2 {
		return dpi.Stop, off
	}
	return skipTag(2+4*int(b[1]))(p, off)
}

// nextTRILL skips the fixed header and its options.
func nextTRILL(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 6 {
		return dpi.Stop, off
	}
	options := int(binary.BigEndian.Uint16(b)>>6&0x1f) * 4
	return enclosed(6+options)(p, off)
}

// Packet types of B.A.T.M.A.N. advanced that carry Ethernet frames, and the
// lengths of their headers.
const (
	batmanVersion      = 15
	batmanBroadcast    = 0x01
	batmanUnicast      = 0x40
	batmanUnicast4Addr = 0x42
)

func nextBatman(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 2 || b[1] != batmanVersion {
		return dpi.Stop, off
	}
	switch b[0] {
	case batmanBroadcast:
		return enclosed(14)(p, off)
	case batmanUnicast:
		return enclosed(10)(p, off)
	case batmanUnicast4Addr:
		return enclosed(18)(p, off)
	}
	return dpi.Stop, off
}
