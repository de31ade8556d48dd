package analyzer

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/dataplane"
	"mmt/dataplane/steer"
)

// Heralds recognises the packets that tell of sessions between other hosts: the
// answers of DNS, what announces media, messages of STUN; dpi.Protocol.Heralds of
// each protocol says which. All workers must listen to them, whosever they are,
// and whether there is one worker or more: what is known of other hosts then
// depends on nothing but the packets. Any number of threads may share it.
//
// They are recognised before anything is known of their flow, by ports and the
// first bytes of their payload. What does not show there tells nothing: over TCP
// on another port than the protocol's, a message that does not begin a segment;
// messages with empty lines or a length of another form before them; calls
// announced in the payload of another protocol (WebSocket, an HTTP tunnel); and
// whatever is encrypted.
type Heralds struct {
	set        *dpi.Heralds
	defragment bool
}

// NewHeralds returns the heralds of a frozen registry's protocols; defragment is as
// in Options.
func NewHeralds(reg *dpi.Registry, defragment bool) *Heralds {
	return &Heralds{reg.Heralds(), defragment}
}

// Mark returns a bit for each packet of a burst that is a herald, the lowest for
// the first; at says where the transports are.
func (h *Heralds) Mark(b *dataplane.Burst, at *steer.Places) (marks uint64) {
	for i := range b.Packets[:b.N] {
		if h.Is(&b.Packets[i], &at[i]) {
			marks |= 1 << i
		}
	}
	return marks
}

// Is tells whether a packet whose transport is at a place is a herald. Fragments
// that are going to be put together may all be of one.
func (h *Heralds) Is(p *dataplane.Packet, at *steer.Place) bool {
	if at.Part && h.defragment {
		return true
	}
	if at.Offset == 0 || !h.set.Of(at.Protocol) {
		return false
	}
	src, dst, payload := ends(p.Data[at.Offset:], at.Protocol)
	return h.set.Is(at.Protocol, src, dst, payload)
}

// IP protocol numbers and lengths of headers, RFC 9293 and RFC 768.
const (
	protoTCP     = 6
	minTCPHeader = 20
	udpHeader    = 8
)

// ends returns the ports in the header of a transport and what follows it. A
// transport that is not TCP has a header as long as that of UDP.
func ends(d []byte, proto uint8) (src, dst uint16, payload []byte) {
	header := udpHeader
	if proto == protoTCP && len(d) >= minTCPHeader {
		header = int(d[12]>>4) * 4
	}
	if len(d) < udpHeader || header < udpHeader {
		return 0, 0, nil
	}
	return binary.BigEndian.Uint16(d), binary.BigEndian.Uint16(d[2:]), d[min(header, len(d)):]
}
