package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// googleCall is the number that the table of applications gives calls of
// Google's services.
const googleCall dpi.ProtocolID = 2005

// stunEnds is how many ends a handler remembers the service of; a power of two.
const stunEnds = 1 << 11

// stunContext is what is known of ends by STUN: the service that an end was seen
// with. An end talks to servers that tell which service they are of, and then
// with peers that do not.
type stunContext struct {
	ends [stunEnds]stunEnd
}

type stunEnd struct {
	addr [16]byte
	port uint16
	app  dpi.ProtocolID
}

func (c *stunContext) at(addr *[16]byte, port uint16) *stunEnd {
	return &c.ends[endHash(addr, port)&(stunEnds-1)]
}

// of returns the service that an end was seen with, Unknown if with none.
func (c *stunContext) of(addr *[16]byte, port uint16) dpi.ProtocolID {
	if e := c.at(addr, port); e.app != 0 && e.port == port && e.addr == *addr {
		return e.app
	}
	return dpi.Unknown
}

// note remembers the service of an end that a message tells of, unless others may
// use the end as well: the port of a server.
func (c *stunContext) note(h *dpi.Handler, addr *[16]byte, port uint16, app dpi.ProtocolID) {
	if port < 1024 || !h.Learns() {
		return
	}
	for _, server := range stunPorts {
		if port == server {
			return
		}
	}
	*c.at(addr, port) = stunEnd{*addr, port, app}
}

// inspectSTUN looks at what passes in a flow of STUN: messages, what a TURN
// server relays, and what shares the flow.
func inspectSTUN(p *dpi.Packet, d []byte) (done bool) {
	c := dpi.Shared[stunContext](p.Handler(), id.Stun)
	if c == nil || p.Flow == nil {
		return true
	}
	if p.Flow.L4 == protoTCP {
		return c.stream(p, d)
	}
	media := c.datagram(p, d)
	return media && c.known(p)
}

// stream looks at the messages of the beginning of a stream.
func (c *stunContext) stream(p *dpi.Packet, d []byte) (done bool) {
	for len(d) > 0 {
		message, n := stunFrame(d)
		if n == 0 {
			break
		}
		done = c.datagram(p, message) || done
		d = d[n:]
	}
	return done && c.known(p)
}

// datagram looks at one message or at what shares the flow with them, by the
// first byte (RFC 7983 section 7). It returns whether there is media.
func (c *stunContext) datagram(p *dpi.Packet, d []byte) (media bool) {
	if inner, relayed := stunRelayed(d); relayed {
		if m, ok := parseSTUN(d); ok && d[0]&0xc0 == 0 {
			c.message(p, &m)
		}
		d = inner
	}
	switch {
	case len(d) < 8:
		return false
	case d[0] < 0x40 && be32(d[4:]) == stunCookie || d[0] < 2:
		if m, ok := parseSTUN(d); ok {
			c.message(p, &m)
		}
	case d[0] >= 20 && d[0] < 64 && d[1] == 0xfe && d[2] >= 0xfc:
		p.Push(id.Dtls)
	case d[0]>>6 == 2:
		return c.media(p, d)
	}
	return false
}

// media puts SRTP on top of the path when two packets of one stream followed
// each other: media of calls that use ICE is encrypted, unless the announcement
// says otherwise.
func (c *stunContext) media(p *dpi.Packet, d []byte) bool {
	h, ok := parseRTP(d)
	if !ok {
		return p.Flow.Is(id.Srtp)
	}
	memo := p.Memo(id.Rtp)
	m := rtpMemo(*memo)
	steps := m.step(&h, p.Dir)
	*memo = uint32(m)
	if steps == 0 {
		return false
	}
	if announcedMedia(p) == mediaRTP {
		p.Push(id.Rtp)
	} else {
		p.Push(id.Srtp)
	}
	return true
}

// known looks for the service of the flow by its ends, and returns whether it
// is known.
func (c *stunContext) known(p *dpi.Packet) bool {
	f := p.Flow
	app := c.app(p)
	for side := range f.Addr {
		if app == dpi.Unknown {
			app = c.of(&f.Addr[side], f.Port[side])
		}
		if app == dpi.Unknown {
			app = stunServer(&f.Addr[side])
		}
	}
	if app == dpi.Unknown {
		return false
	}
	p.Push(app)
	return true
}

// app returns the service that is on top of the flow's path.
func (*stunContext) app(p *dpi.Packet) dpi.ProtocolID {
	switch top := p.Flow.Top(); top {
	case id.Stun, id.Dtls, id.Srtp, id.Rtp, id.MpegTs, dpi.Unknown:
		return dpi.Unknown
	default:
		return top
	}
}

// message learns from a message: the service by its attributes, else by those
// who are named in it.
func (c *stunContext) message(p *dpi.Packet, m *stunMessage) {
	var ends [4]stunEnd
	n := 0
	app := c.app(p)
	for d := m.attrs; len(d) > 0; {
		kind, value, rest, ok := m.next(d)
		if !ok {
			break
		}
		if app == dpi.Unknown {
			app = stunApp(kind, value)
		}
		switch kind {
		case stunRealm:
			setRealm(p, value)
		case stunMetaDTLS:
			if IsDTLS(value) {
				p.Push(id.Dtls)
			}
		case stunXORPeer, stunXORRelayed, stunXORMapped:
			if addr, port, ok := m.address(value); ok && n < len(ends) {
				ends[n] = stunEnd{addr: addr, port: port}
				n++
			}
		}
		d = rest
	}
	c.relate(p, app, ends[:n])
}

// relate connects the ends named in a message with the service of the flow.
func (c *stunContext) relate(p *dpi.Packet, app dpi.ProtocolID, ends []stunEnd) {
	for i := range ends {
		if app == dpi.Unknown {
			app = c.of(&ends[i].addr, ends[i].port)
		}
	}
	if app == dpi.Unknown {
		if c.known(p) {
			app = c.app(p)
		}
	} else {
		p.Push(app)
	}
	if app == dpi.Unknown {
		return
	}
	h, f := p.Handler(), p.Flow
	for side := range f.Addr {
		c.note(h, &f.Addr[side], f.Port[side], app)
	}
	for i := range ends {
		c.note(h, &ends[i].addr, ends[i].port, app)
	}
}

// setRealm notes the realm of a server, which mostly is its name or its
// operator's domain.
func setRealm(p *dpi.Packet, realm []byte) {
	if isDNSName(realm) && bytes.IndexByte(realm, '.') > 0 {
		p.SetHost(realm)
	}
}
