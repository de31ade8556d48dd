package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// QUICIETF is QUIC as the IETF has it: version 1 (RFC 9000), version 2 (RFC
// 9369), the drafts before them, and Facebook's mvfst. Its keys of Initial
// packets are known to everybody (RFC 9001 section 5.2), so that the client's
// hello can be read.
var QUICIETF = dpi.Protocol{
	ID:         id.QuicIetf,
	Name:       "quic_ietf",
	Hosted:     true,
	Attributes: quicAttributes(),
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 95, Ports: []uint16{443, 853, 784, 8853}, Classify: classifyQUIC},
		{Parent: id.Udp, Weight: 20, Ports: []uint16{443}, Only: true, Classify: classifyShortQUIC},
	},
	Inspect: func(p *dpi.Packet, d []byte) bool { return inspectQUIC(p, d, id.QuicIetf) },
	Observe: observeQUIC,
	State:   dpi.NewState(freeQUIC),
	Context: func() any { return new(quicContext) },
}

// maxQUICTries is how many Initial packets of a flow are decrypted.
const maxQUICTries = 16

// quicContext is the memory of a handler for QUIC.
type quicContext struct {
	buf [1 << 16]byte // a decrypted packet
	rtt quicRTT
}

// classifyQUIC looks for a long header whose lengths fit the datagram.
func classifyQUIC(p *dpi.Packet, d []byte) dpi.Verdict {
	var h quicHeader
	if len(d) == 0 || d[0]&0x80 == 0 || !h.parse(d) || isLateGQUIC(h.version) {
		return dpi.No
	}
	whole := int(p.Len) <= len(p.Data)
	switch {
	case h.kind != quicVersions && h.kind != quicRetry && h.number+h.length > len(d) && whole:
		return dpi.No
	case isQUICGrease(h.version) && (h.kind != quicInitial || sentLength(p, d) < 1200 || len(h.dcid) < 8):
		return dpi.No // a version of only 16 fixed bits needs more
	}
	return dpi.Yes
}

// classifyShortQUIC recognises a flow whose beginning was not seen on QUIC's
// port: packets have the form of a short header (RFC 9000 section 17.3), whose
// protected bits change, while the connection ID, of which 8 bytes are looked
// at, is that of the direction's first packet.
func classifyShortQUIC(p *dpi.Packet, d []byte) dpi.Verdict {
	const cid, behind, least = 8, 1 + maxQUICConnectionID, 1 + maxQUICConnectionID + 4
	if len(d) == 0 || d[0]&0xc0 != 0x40 {
		return dpi.No
	}
	first, _ := p.First(p.Dir)
	if p.Asked(p.Dir) < 3 || len(d) < least || len(first) < least || d[0] == first[0] ||
		*(*[cid]byte)(d[1:]) != *(*[cid]byte)(first[1:]) || *(*[4]byte)(d[behind:]) == *(*[4]byte)(first[behind:]) {
		return dpi.More
	}
	return dpi.Yes
}

// inspectQUIC decrypts the client's Initial packets until its hello has told
// the server's name. The state belongs to protocol owner.
func inspectQUIC(p *dpi.Packet, d []byte, owner dpi.ProtocolID) (done bool) {
	s := dpi.State[quicState](p, owner)
	c := dpi.Context[quicContext](p.Handler(), owner)
	if s == nil || c == nil {
		return true
	}
	var h quicHeader
	for len(d) > 0 && !s.done && h.parse(d) {
		if h.kind == quicInitial && (s.client == 0 || s.client == 1+uint8(p.Dir)) {
			s.initial(p, c, d, &h)
		}
		d = d[h.end:]
	}
	return s.done || s.tries >= maxQUICTries
}

// initial takes in an Initial packet. Its keys come from the first connection ID
// that the client chose, unless the server has asked for a new one with a Retry
// packet.
func (s *quicState) initial(p *dpi.Packet, c *quicContext, d []byte, h *quicHeader) {
	if s.dcidLen > 0 && s.try(p, c, d, h, s.dcid[:s.dcidLen]) {
		return
	}
	if s.try(p, c, d, h, h.dcid) {
		s.dcidLen = uint8(copy(s.dcid[:], h.dcid))
	}
}

// try decrypts an Initial packet with the keys of dcid and takes in what it
// holds.
func (s *quicState) try(p *dpi.Packet, c *quicContext, d []byte, h *quicHeader, dcid []byte) bool {
	if s.tries >= maxQUICTries {
		return false
	}
	s.tries++
	plain, ok := quicDecrypt(c.buf[:], d, h, dcid, quicGlance)
	if !ok {
		return false
	}
	s.client = 1 + uint8(p.Dir)
	s.take(p, plain, h)
	if !s.done && len(plain) == quicGlance {
		if plain, ok = quicDecrypt(c.buf[:], d, h, dcid, len(c.buf)); ok {
			s.take(p, plain, h)
		}
	}
	return true
}

// quicGlance is how many bytes of a payload are decrypted at first: most often
// they tell the name, and what follows is padding.
const quicGlance = 512

// take takes in the frames of an Initial packet.
func (s *quicState) take(p *dpi.Packet, plain []byte, h *quicHeader) {
	s.frames(p.Handler().Store, plain, isLateGQUIC(h.version), len(plain) == quicGlance)
	s.hello(p)
}

// hello reads the client's hello as far as it has come.
func (s *quicState) hello(p *dpi.Packet) {
	store := p.Handler().Store
	m := store.Bytes(s.data)
	m = m[:min(len(m), s.contiguous())]
	if name := gquicServerName(m); name != nil {
		p.SetHost(name)
		s.done = true
	}
	kind, body, _, whole, ok := tlsMessage(m)
	var h tlsHello
	if ok && kind == tlsClientHello && h.parseClient(body, false) && (whole || len(h.name) > 0) {
		p.SetHost(h.name)
		if inside := alpnProtocol(h.alpn); whole && h.oneALPN && inside != dpi.Unknown {
			p.Push(inside)
		}
		s.done = true
	}
	if s.done {
		store.Free(s.data)
		s.data = 0
	}
}
