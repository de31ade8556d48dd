package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// mediaKind says what is spoken at an announced end.
type mediaKind uint8

// The kinds of media that call and stream control announce.
const (
	mediaNone mediaKind = iota
	mediaRTP            // RTP/AVP, RTP/AVPF
	mediaSRTP           // RTP/SAVP, RTP/SAVPF
	mediaRTCP           // the control of either
	mediaT38            // fax, udptl
	mediaRDT            // RealNetworks' transport
)

// mediaSlots is how many announced ends a handler remembers; a power of two.
const mediaSlots = 1 << 11

// mediaEnd is an address and port, and what is spoken there.
type mediaEnd struct {
	addr [16]byte
	port uint16
	kind mediaKind
}

// mediaTable remembers the ends that SIP, RTSP, MGCP and others announced, for
// as long as no newer one takes the place.
type mediaTable struct {
	ends [mediaSlots]mediaEnd
	used bool
}

// mediaAnswer is what a handler found for the packet that it asked about last.
type mediaAnswer struct {
	packet uint64
	kind   mediaKind
}

// endHash mixes an address and a port to 32 bits.
func endHash(addr *[16]byte, port uint16) uint32 {
	hash := uint32(2166136261)
	for _, c := range addr {
		hash = (hash ^ uint32(c)) * 16777619
	}
	hash = (hash ^ uint32(port)) * 16777619
	return hash ^ hash>>15
}

func (t *mediaTable) at(addr *[16]byte, port uint16) *mediaEnd {
	return &t.ends[endHash(addr, port)&(mediaSlots-1)]
}

// announceMedia notes that kind is going to be spoken at addr and port. Ports of
// zero refuse a stream and are not noted (RFC 3264 section 6). The protocol that
// announces must have Heralds.
func announceMedia(h *dpi.Handler, addr *[16]byte, port uint16, kind mediaKind) {
	t := dpi.Shared[mediaTable](h, id.Rtp)
	if t == nil || port == 0 || !h.Learns() {
		return
	}
	t.used = true
	*t.at(addr, port) = mediaEnd{*addr, port, kind}
}

// announceRTP notes an end of RTP and, at the next port, of RTCP (RFC 3550
// section 11).
func announceRTP(h *dpi.Handler, addr *[16]byte, port uint16, kind mediaKind) {
	announceMedia(h, addr, port, kind)
	if kind == mediaRTP || kind == mediaSRTP {
		announceMedia(h, addr, port+1, mediaRTCP)
	}
}

// announcedMedia returns what was announced for one of the ends of the packet's
// flow, the receiver's first.
func announcedMedia(p *dpi.Packet) mediaKind {
	t := dpi.Shared[mediaTable](p.Handler(), id.Rtp)
	if t == nil || !t.used || p.Flow == nil {
		return mediaNone
	}
	a := dpi.Context[mediaAnswer](p.Handler(), id.Rtp)
	if a.packet != p.Index {
		a.packet, a.kind = p.Index, t.find(p.Flow, p.Dir)
	}
	return a.kind
}

// find looks for the ends of a flow.
func (t *mediaTable) find(f *dpi.Flow, dir dpi.Direction) mediaKind {
	for _, side := range [2]dpi.Direction{dir ^ 1, dir} {
		if e := t.at(&f.Addr[side], f.Port[side]); e.kind != mediaNone && e.port == f.Port[side] && e.addr == f.Addr[side] {
			return e.kind
		}
	}
	return mediaNone
}

// ip4End makes the 16 bytes of an IPv4 address that flows use.
func ip4End(a []byte) (addr [16]byte) {
	addr[10], addr[11] = 0xff, 0xff
	copy(addr[12:], a[:4])
	return addr
}
