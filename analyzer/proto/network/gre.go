package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// The first 16 bits of GRE: RFC 2784, RFC 2890, and RFC 2637 section 4.1 for
// version 1.
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080 // version 1
	greVersion  = 7
	greHeader   = 4
)

// EtherTypes that GRE uses in a way of its own.
const (
	typePPP     = 0x880b
	typeWCCP    = 0x883e
	typeERSPAN  = 0x88be // types I and II
	typeERSPAN3 = 0x22eb
	typeVLAN    = 0x8100
)

// GRE is RFC 2784 with the extensions of RFC 2890, the version of PPTP (RFC
// 2637), NVGRE (RFC 7637) and ERSPAN on top. The sequence attributes follow a
// tunnel, whatever flows are inside.
var GRE = dpi.Protocol{
	ID:   id.Gre,
	Name: "gre",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "proto", Type: dpi.U16, Pos: 2},
		{ID: 2, Name: "flags", Type: dpi.U16, Pos: 0},
		{ID: 3, Name: "checksum", Type: dpi.U16, Pos: 4, Extract: greSum},
		{ID: 4, Name: "key", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: greField(greKey)},
		{ID: 5, Name: "seqnb", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: greField(greSequence)},
		{ID: 6, Name: "cflag", Type: dpi.U16, Pos: 0, Extract: greBits(15, 1)},
		{ID: 7, Name: "kflag", Type: dpi.U16, Pos: 0, Extract: greBits(13, 1)},
		{ID: 8, Name: "sflag", Type: dpi.U16, Pos: 0, Extract: greBits(12, 1)},
		{ID: 9, Name: "version", Type: dpi.U16, Pos: 0, Extract: greBits(0, greVersion)},
		greTunnel(10, "seq_out", func(t *tunnel) (uint32, bool) { return t.last[0], t.seen[0] }),
		greTunnel(11, "seq_in", func(t *tunnel) (uint32, bool) { return t.last[1], t.seen[1] }),
		greTunnel(12, "seq_gap", func(t *tunnel) (uint32, bool) { return t.gap, true }),
		greTunnel(13, "loss", func(t *tunnel) (uint32, bool) { return t.loss, true }),
	},
	Next:    nextGRE,
	Observe: observeGRE,
	Context: func() any { return new(tunnels) },
}

// greFields are the optional fields of a header; offsets are from its start, 0
// for what it does not have.
type greFields struct {
	flags         uint16
	key, sequence int
	length        int
}

// parseGRE reads a header; ok is false if it is cut or of a version or kind
// that cannot be read.
func parseGRE(b []byte) (g greFields, ok bool) {
	if len(b) < greHeader {
		return g, false
	}
	g.flags, g.length = binary.BigEndian.Uint16(b), greHeader
	if g.flags&greRouting != 0 || g.flags&greVersion > 1 {
		return g, false
	}
	if g.flags&greChecksum != 0 {
		g.length += 4
	}
	if g.flags&greKey != 0 {
		g.key = g.length
		g.length += 4
	}
	if g.flags&greSequence != 0 {
		g.sequence = g.length
		g.length += 4
	}
	if g.flags&greVersion == 1 && g.flags&greAck != 0 {
		g.length += 4
	}
	return g, len(b) >= g.length
}

func nextGRE(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	g, ok := parseGRE(b)
	if !ok {
		return dpi.Stop, off
	}
	protocol := binary.BigEndian.Uint16(b[2:])
	if g.flags&greVersion == 1 {
		return nextPPTP(p, off, protocol, g)
	}
	off += g.length
	switch protocol {
	case typeERSPAN, typeERSPAN3:
		return nextERSPAN(p, off, protocol, g)
	case typeVLAN:
		return id.P8021q, off - 2 // the tag starts where its type would be
	case typeWCCP: // RFC 3040: IP, after a redirect header in version 2
		if b := p.Bytes(off); len(b) > 0 && b[0]>>4 != 4 {
			off += 4
		}
		return id.Ip, off
	}
	return id.ByEtherType(protocol), off
}

// nextPPTP finds the PPP frame of a version 1 packet, which may be a mere
// acknowledgement.
func nextPPTP(p *dpi.Packet, off int, protocol uint16, g greFields) (dpi.ProtocolID, int) {
	if protocol != typePPP || g.key == 0 || g.sequence == 0 {
		return dpi.Stop, off
	}
	b := p.Bytes(off)
	p.Limit(off + g.length + int(binary.BigEndian.Uint16(b[g.key:])))
	return id.Ppp, off + g.length
}

// nextERSPAN tells where the mirrored frame of an ERSPAN packet starts: type I
// has no header and no sequence number, the others have both
// (draft-foschiano-erspan section 4).
func nextERSPAN(p *dpi.Packet, off int, protocol uint16, g greFields) (dpi.ProtocolID, int) {
	if protocol == typeERSPAN && g.sequence == 0 {
		return id.Ethernet, off
	}
	return id.Erspan, off
}

// ERSPAN is Cisco's remote mirroring, types II and III.
var ERSPAN = dpi.Protocol{ID: id.Erspan, Name: "erspan", Next: nextMirrored}

func nextMirrored(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 12 {
		return dpi.Stop, off
	}
	switch n := 12; b[0] >> 4 {
	case 1:
		return id.Ethernet, off + 8
	case 2:
		if b[11]&1 != 0 { // a platform specific header follows
			n += 8
		}
		return id.Ethernet, off + n
	}
	return dpi.Stop, off
}

func greBits(shift uint, mask uint16) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) >= greHeader && v.SetU(dpi.U16, uint64(binary.BigEndian.Uint16(b)>>shift&mask))
	}
}

func greSum(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	g, ok := parseGRE(b)
	return ok && g.flags&greChecksum != 0 && v.SetU(dpi.U16, uint64(binary.BigEndian.Uint16(b[greHeader:])))
}

// greField reads the key or the sequence number.
func greField(flag uint16) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		g, ok := parseGRE(b)
		at := g.key
		if flag == greSequence {
			at = g.sequence
		}
		return ok && at != 0 && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(b[at:])))
	}
}
