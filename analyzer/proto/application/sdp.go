package application

import (
	"bytes"
	"net/netip"
	"unsafe"

	"mmt/analyzer/dpi"
)

// sdpMedia is one media description of SDP, RFC 8866 section 5.14.
type sdpMedia struct {
	port uint16
	kind mediaKind
	addr [16]byte // ::ffff and the address for IPv4
	ok   bool     // there is an address
}

// announceSDP notes the ends of media that the session description in text
// gives, which is a part of packet p. Text may be a whole message of SIP, RTSP
// or MGCP: lines that are no SDP are passed over.
func announceSDP(p *dpi.Packet, text []byte) {
	if !p.Handler().Learns() {
		return
	}
	var session, media sdpMedia
	inMedia := false
	for len(text) > 0 {
		line, rest, ok := textLine(text)
		if !ok {
			line, rest = text, nil
		}
		text = rest
		line = trimBlanks(line)
		if len(line) < 3 || line[1] != '=' {
			continue
		}
		switch line[0] {
		case 'v': // another description begins
			media.announce(p, &session)
			session, media, inMedia = sdpMedia{}, sdpMedia{}, false
		case 'c':
			if inMedia {
				media.connection(line[2:])
			} else {
				session.connection(line[2:])
			}
		case 'm':
			media.announce(p, &session)
			media, inMedia = parseSDPMedia(line[2:]), true
		}
	}
	media.announce(p, &session)
}

// announce notes the end of a media description; session has the address for
// those without their own. Where a translator of addresses stands in between,
// packets will come from the address that p came from.
func (m *sdpMedia) announce(p *dpi.Packet, session *sdpMedia) {
	if m.kind == mediaNone || p.Flow == nil {
		return
	}
	from := m
	if !m.ok {
		from = session
	}
	if from.ok {
		announceRTP(p.Handler(), &from.addr, m.port, m.kind)
	}
	if sender := &p.Flow.Addr[p.Dir]; !from.ok || foreign(&from.addr, sender) {
		announceRTP(p.Handler(), sender, m.port, m.kind)
	}
}

// connection reads a line "IN IP4 192.0.2.1", RFC 8866 section 5.7. What follows
// a slash is the reach of a multicast address.
func (m *sdpMedia) connection(line []byte) {
	network, rest := textWord(line)
	family, text := textWord(rest)
	if string(network) != "IN" || len(family) != 3 {
		return
	}
	if i := bytes.IndexByte(text, '/'); i >= 0 {
		text = text[:i]
	}
	m.addr, m.ok = parseAddr(text)
}

// parseSDPMedia reads a line "audio 49170 RTP/AVP 0".
func parseSDPMedia(line []byte) (m sdpMedia) {
	_, rest := textWord(line)
	port, rest := textWord(rest)
	proto, _ := textWord(rest)
	n := number(port)
	if digits(port) == 0 || n > 0xffff {
		return m
	}
	m.port, m.kind = uint16(n), sdpKind(proto)
	return m
}

// sdpKind tells what the transport of a media description is (IANA, "SDP
// Parameters", proto).
func sdpKind(proto []byte) mediaKind {
	switch {
	case hasPrefixFold(proto, "rtp/savp"), hasPrefixFold(proto, "udp/tls/rtp/savp"):
		return mediaSRTP
	case hasPrefixFold(proto, "rtp/avp"), equalFold(proto, "udp"):
		return mediaRTP
	case equalFold(proto, "udptl"):
		return mediaT38
	}
	return mediaNone
}

// parseAddr reads an address in text, IPv4 or IPv6.
func parseAddr(text []byte) (addr [16]byte, ok bool) {
	const longest = 45
	if len(text) == 0 || len(text) > longest {
		return addr, false
	}
	// No copy: what keeps the text is the error, and that goes no further.
	a, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	if err != nil {
		return addr, false
	}
	return a.As16(), true
}
