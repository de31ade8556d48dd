package afpacket

import (
	"encoding/binary"

	"mmt/dataplane"
)

// Sizes of what is written in front of packets, bytes.
const (
	addresses    = 12 // both addresses of an Ethernet header
	tagSize      = 4
	cookedHeader = 16
)

// tagProtocol is what a tag is whose protocol the kernel does not tell: IEEE
// 802.1Q.
const tagProtocol = 0x8100

// fill makes a packet of what next returned.
func (r *ring) fill(p *dataplane.Packet, head []byte, from, to int, link dataplane.LinkType) {
	wire := binary.NativeEndian.Uint32(head[packetLen:])
	start := from
	if link == dataplane.LinkSLL {
		start -= cookedHeader
		cook(r.mem[start:from], head[packetAddress:])
	}
	if binary.NativeEndian.Uint32(head[packetStatus:])&statusTag != 0 {
		start = r.restoreTag(start, to, head, link)
	}
	// Release finds the block by the place of the bytes, which a slice without
	// capacity would not have.
	p.Data = r.mem[start:to:max(to, start+1)]
	p.Len = wire + uint32(from-start)
	p.Time = int64(binary.NativeEndian.Uint32(head[packetSec:]))*1e9 + int64(binary.NativeEndian.Uint32(head[packetNsec:]))
	p.Link = link
}

// restoreTag writes the VLAN tag that the kernel took out of a frame back to
// its place: before the type, which ends the Ethernet and the cooked header. It
// returns where the frame begins now.
func (r *ring) restoreTag(start, to int, head []byte, link dataplane.LinkType) int {
	before := addresses
	switch {
	case link == dataplane.LinkSLL:
		before = cookedHeader - 2
	case link != dataplane.LinkEthernet || to-start < addresses:
		return start
	}
	moved := start - tagSize
	copy(r.mem[moved:], r.mem[start:start+before])
	protocol := uint16(tagProtocol)
	if binary.NativeEndian.Uint32(head[packetStatus:])&statusTPID != 0 {
		protocol = binary.NativeEndian.Uint16(head[packetTPID:])
	}
	tag := r.mem[moved+before : moved+before+tagSize]
	binary.BigEndian.PutUint16(tag, protocol)
	binary.BigEndian.PutUint16(tag[2:], uint16(binary.NativeEndian.Uint32(head[packetTCI:])))
	return moved
}

// Where things are in the address that the kernel tells of a packet (struct
// sockaddr_ll).
const (
	addressProtocol = 2 // network byte order
	addressHardware = 8
	addressKind     = 10
	addressLength   = 11
	addressBytes    = 12
)

// cook writes the header of a Linux cooked packet (LINKTYPE_LINUX_SLL).
func cook(dst, address []byte) {
	binary.BigEndian.PutUint16(dst, uint16(address[addressKind]))
	binary.BigEndian.PutUint16(dst[2:], binary.NativeEndian.Uint16(address[addressHardware:]))
	binary.BigEndian.PutUint16(dst[4:], uint16(address[addressLength]))
	copy(dst[6:14], address[addressBytes:addressBytes+8])
	copy(dst[14:], address[addressProtocol:addressProtocol+2])
}
