package steer

import (
	"encoding/binary"

	"mmt/dataplane"
)

// Limits that the dissection library has as well.
const (
	maxHeaders  = 15 // protocols of a path
	maxLayersIP = 4  // IP layers that are told apart; the innermost is the last
)

// kind says how a header is to be read.
type kind uint8

const (
	stop kind = iota // nothing that can lead to an IP layer
	ethernet
	vlan
	tag4
	tag6
	metadata
	pbb
	fabricPath
	trill
	batman
	llc
	mpls
	mplsInIP
	ppp
	pppoe
	chdlc
	sll
	sll2
	loopback
	ip4
	ip6
	ah
	etherIP
	gre
	erspan
	udp
	vxlan
	vxlanGPE
	geneve
	gtp
	l2tp
	tzsp
	kinds
)

// readers tell what follows a header at an offset, and where.
var readers = [kinds]func(w *walk, off int) (kind, int){
	ethernet:   (*walk).ethernet,
	vlan:       (*walk).vlan,
	tag4:       func(w *walk, off int) (kind, int) { return w.tag(off, 4) },
	tag6:       func(w *walk, off int) (kind, int) { return w.tag(off, 6) },
	metadata:   (*walk).metadata,
	pbb:        func(w *walk, off int) (kind, int) { return w.enclosed(off, 4) },
	fabricPath: func(w *walk, off int) (kind, int) { return w.enclosed(off, 2) },
	trill:      (*walk).trill,
	batman:     (*walk).batman,
	llc:        (*walk).llc,
	mpls:       (*walk).mpls,
	mplsInIP:   func(_ *walk, off int) (kind, int) { return mpls, off },
	ppp:        (*walk).ppp,
	pppoe:      (*walk).pppoe,
	chdlc:      (*walk).chdlc,
	sll:        (*walk).sll,
	sll2:       (*walk).sll2,
	loopback:   (*walk).loopback,
	ip4:        (*walk).ip4,
	ip6:        (*walk).ip6,
	ah:         (*walk).ah,
	etherIP:    (*walk).etherIP,
	gre:        (*walk).gre,
	erspan:     (*walk).erspan,
	udp:        (*walk).udp,
	vxlan:      func(_ *walk, off int) (kind, int) { return ethernet, off + overlayHeader },
	vxlanGPE:   (*walk).vxlanGPE,
	geneve:     (*walk).geneve,
	gtp:        (*walk).gtp,
	l2tp:       (*walk).l2tp,
	tzsp:       (*walk).tzsp,
}

// walk follows the headers of a packet to the IP layer that is wanted.
type walk struct {
	want  int  // number of the IP layer, 0 for the last
	parts bool // fragments are to be noted
	seed  uint64

	data    []byte // up to the end of the innermost payload
	layers  int    // IP layers so far
	layerAt int    // offset of the innermost of them
	addrs   pair
	part    [maxLayersIP]uint64 // identities of the datagrams that layers are fragments of
	nPart   int
	later   bool // the innermost of them is not a first fragment
	plain   bool // quick has taken the packet, the walk was not run
}

// run reads a packet: afterwards layers, addrs and part are known.
func (w *walk) run(p *dataplane.Packet) {
	w.data, w.layers, w.nPart, w.later = p.Data, 0, 0, false
	k, off := root(p), 0
	for n := 0; k != stop && n < maxHeaders; n++ {
		k, off = readers[k](w, off)
	}
}

// bytes returns what follows offset off within the innermost payload.
func (w *walk) bytes(off int) []byte {
	if uint(off) > uint(len(w.data)) {
		return nil
	}
	return w.data[off:]
}

// limit cuts the innermost payload to end at offset end.
func (w *walk) limit(end int) {
	if end >= 0 && end < len(w.data) {
		w.data = w.data[:end]
	}
}

// root tells how a packet starts.
func root(p *dataplane.Packet) kind {
	switch p.Link {
	case dataplane.LinkEthernet:
		return ethernet
	case dataplane.LinkRaw, dataplane.LinkRaw12, dataplane.LinkRaw14:
		return rawIP(p.Data)
	case dataplane.LinkIPv4:
		return ip4
	case dataplane.LinkIPv6:
		return ip6
	case dataplane.LinkNull, dataplane.LinkLoop:
		return loopback
	case dataplane.LinkSLL:
		return sll
	case dataplane.LinkSLL2:
		return sll2
	case dataplane.LinkCHDLC:
		return chdlc
	case dataplane.LinkPPPoE:
		return pppoe
	case dataplane.LinkPPP, dataplane.LinkPPPHDLC:
		return serial(p.Data)
	}
	return stop
}

// rawIP tells IPv4 and IPv6 apart by the version.
func rawIP(b []byte) kind {
	switch {
	case len(b) == 0:
		return stop
	case b[0]>>4 == 4:
		return ip4
	case b[0]>>4 == 6:
		return ip6
	}
	return stop
}

// serial tells PPP and Cisco HDLC apart.
func serial(b []byte) kind {
	if len(b) >= 2 && (b[0] == 0x0f || b[0] == 0x8f) && b[1] == 0 {
		return chdlc
	}
	return ppp
}

func be16(b []byte) int { return int(binary.BigEndian.Uint16(b)) }
