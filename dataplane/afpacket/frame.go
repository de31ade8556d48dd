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

// complete writes before a packet what belongs there and the kernel has told
// beside it. The packet begins in record, which begins with its header, at from,
// and goes up to the end. There is room before it: the kernel aligns the header of
// the network layer, and keeps 16 bytes for that of the link layer at least. What
// it tells of the address, which is not needed any more, may be written over. It
// returns where the packet begins now.
func complete(record []byte, from int, link dataplane.LinkType) int {
	start := from
	if link == dataplane.LinkSLL {
		start -= cookedHeader
		cook(record[start:from], record[packetAddress:])
	}
	if binary.NativeEndian.Uint32(record[packetStatus:])&statusTag != 0 {
		start = restoreTag(record, start, link)
	}
	return start
}

// restoreTag writes the VLAN tag that the kernel took out of a frame back to
// its place: before the type, which ends the Ethernet and the cooked header. It
// returns where the frame begins now.
func restoreTag(record []byte, start int, link dataplane.LinkType) int {
	before := addresses
	switch {
	case link == dataplane.LinkSLL:
		before = cookedHeader - 2
	case link != dataplane.LinkEthernet || len(record)-start < addresses:
		return start
	}
	moved := start - tagSize
	protocol, tci := uint16(tagProtocol), uint16(binary.NativeEndian.Uint32(record[packetTCI:]))
	if binary.NativeEndian.Uint32(record[packetStatus:])&statusTPID != 0 {
		protocol = binary.NativeEndian.Uint16(record[packetTPID:])
	}
	copy(record[moved:], record[start:start+before])
	tag := record[moved+before:][:tagSize]
	binary.BigEndian.PutUint16(tag, protocol)
	binary.BigEndian.PutUint16(tag[2:], tci)
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
