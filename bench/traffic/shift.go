package traffic

import "encoding/binary"

const (
	shiftMask   = 0x00ffffff
	shiftSpread = 0x9e3779 // odd, so that different n move by different distances
	maxLabels   = 8
)

// Shift moves the outer IPv4 or IPv6 addresses of an Ethernet frame in place,
// both by the same distance, so that a trace that is replayed in a loop holds
// new flows on every loop while both directions of a flow still match. VLAN
// tags, MPLS labels and a PPPoE header before the IP header are skipped; a
// frame without IP stays as it is.
//
// Of an IPv4 address the low 24 bits move, of an IPv6 address the third group
// of 32 bits, modulo their size: networks stay, and a multicast address stays
// multicast though of another group. Distances add up: Shift(d, a) and then
// Shift(d, b) is Shift(d, a+b), and Shift(d, -n) takes Shift(d, n) back;
// 2^24 different n give different IPv4 addresses, 2^32 different IPv6 ones.
//
// All checksums over the addresses (IPv4 header, TCP, UDP, ICMPv6) become
// wrong, as do addresses in payloads, such as those of DNS answers, tunnelled
// packets or ICMP errors.
func Shift(data []byte, n uint32) {
	if len(data) < 34 {
		return
	}
	if data[12] == 0x08 && data[13] == 0x00 {
		shift4(data[14:], n)
		return
	}
	shiftAt(data, n)
}

// shiftAt finds the IP header behind anything else than plain IPv4.
func shiftAt(data []byte, n uint32) {
	at := 12
	for at+2 <= len(data) {
		switch binary.BigEndian.Uint16(data[at:]) {
		case etherIPv4:
			shift4(data[at+2:], n)
			return
		case etherIPv6:
			shift6(data[at+2:], n)
			return
		case etherVLAN, etherQinQ:
			at += 4
		case etherMPLS:
			shiftVersion(data[skipLabels(data, at+2):], n)
			return
		case etherPPPoE:
			shiftVersion(data[min(at+10, len(data)):], n)
			return
		default:
			return
		}
	}
}

// skipLabels returns where the packet under a stack of MPLS labels begins.
func skipLabels(data []byte, at int) int {
	for range maxLabels {
		if at+4 > len(data) {
			return len(data)
		}
		at += 4
		if data[at-2]&1 != 0 {
			return at
		}
	}
	return len(data)
}

// shiftVersion shifts an IP packet that nothing but its first bits names.
func shiftVersion(ip []byte, n uint32) {
	if len(ip) == 0 {
		return
	}
	switch ip[0] >> 4 {
	case 4:
		shift4(ip, n)
	case 6:
		shift6(ip, n)
	}
}

func shift4(ip []byte, n uint32) {
	if len(ip) < 20 {
		return
	}
	move24(ip[12:16], n*shiftSpread)
	move24(ip[16:20], n*shiftSpread)
}

func move24(word []byte, by uint32) {
	v := binary.BigEndian.Uint32(word)
	binary.BigEndian.PutUint32(word, v&^shiftMask|(v+by)&shiftMask)
}

func shift6(ip []byte, n uint32) {
	if len(ip) < 40 {
		return
	}
	move32(ip[16:20], n*shiftSpread)
	move32(ip[32:36], n*shiftSpread)
}

func move32(word []byte, by uint32) {
	binary.BigEndian.PutUint32(word, binary.BigEndian.Uint32(word)+by)
}
