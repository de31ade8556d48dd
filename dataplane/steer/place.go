package steer

import "mmt/dataplane"

// Place tells where the IP layer that decides about a packet has its transport.
type Place struct {
	Offset   uint32 // of the transport header in Data; 0: there is none to be seen
	Protocol uint8  // IP protocol number of the transport
	// Part tells that the layer, or with Options.Defragment one outside it, is a
	// fragment: another packet may have the transport, or the rest of the payload.
	Part bool
}

// Places of a burst.
type Places [dataplane.BurstSize]Place

// BurstAt is Burst for who wants to look at the transports, too.
func (s *Steer) BurstAt(b *dataplane.Burst, to *[dataplane.BurstSize]uint8, at *Places) {
	packets := b.Packets[:b.N]
	s.warm(packets)
	for i := range packets {
		to[i], at[i] = s.at(&packets[i])
	}
}

// at returns the analyzer of a packet and where its transport is.
func (s *Steer) at(p *dataplane.Packet) (to uint8, at Place) {
	to = uint8(s.share(s.hash(p)))
	w := &s.walk
	switch {
	case w.plain:
		return to, quickPlace(p.Data)
	case w.layers == 0:
		return to, Place{}
	}
	at = transport(p.Data, w.layerAt)
	at.Part = at.Part || w.nPart > 0
	return to, at
}

// quickPlace is transport for the packets that quick takes.
func quickPlace(d []byte) Place {
	at := uint32(ethernetHeader)
	if be16(d[12:]) == typeVLAN {
		at += vlanTag
	}
	h := d[at:]
	if h[0]>>4 == 6 {
		if isExtension(h[6]) {
			return transport(d, int(at))
		}
		return Place{Offset: at + ipv6Header, Protocol: h[6]}
	}
	const more, offset = 0x2000, 0x1fff
	switch field := be16(h[6:]); {
	case h[9] == protoAH:
		return transport(d, int(at))
	case field&offset != 0:
		return Place{Protocol: h[9], Part: true}
	default:
		return Place{Offset: at + minIPv4Header, Protocol: h[9], Part: field&more != 0}
	}
}

// protoAH is the number of AH, RFC 4302, which stands before a transport without
// hiding it.
const protoAH = 51

// isExtension tells the numbers of headers that may stand between an IPv6 header
// and the transport.
func isExtension(next byte) bool {
	switch next {
	case 0, 43, extFragment, protoAH, extNone, 60, 135, 139, 140, 253, 254:
		return true
	}
	return false
}

// transport finds the transport of the IP layer whose header is at an offset and
// was found good before.
func transport(d []byte, at int) (place Place) {
	b := d[at:]
	end := 0
	if b[0]>>4 == 6 {
		var fragment int
		place.Protocol, end, fragment = extensions(b)
		if fragment != 0 {
			field := be16(b[fragment+2:])
			place.Part = field&^6 != 0
			if field&^7 != 0 {
				return place
			}
		}
	} else {
		const more, offset = 0x2000, 0x1fff
		place.Protocol, end = b[9], int(b[0]&15)*4
		field := be16(b[6:])
		place.Part = field&(more|offset) != 0
		if field&offset != 0 {
			return place
		}
	}
	if place.Protocol == protoAH && end+12 <= len(b) {
		place.Protocol, end = b[end], end+8+int(b[end+1])*4
	}
	if end < len(b) && place.Protocol != extNone {
		place.Offset = uint32(at + end)
	}
	return place
}
