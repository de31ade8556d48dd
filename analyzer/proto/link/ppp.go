package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// PPP is RFC 1661, with or without the address and control bytes of RFC 1662.
var PPP = dpi.Protocol{ID: id.Ppp, Name: "ppp", Next: nextPPP}

// pppProtocols are the protocols of IANA's "PPP DLL Protocol Numbers".
var pppProtocols = map[uint16]dpi.ProtocolID{
	0x0021: id.Ip, 0x0023: id.Clnp, 0x002b: id.Ipx, 0x0057: id.Ipv6, 0x0281: id.Mpls, 0x0283: id.Mpls,
	0x0207: id.Cdp, 0x8021: id.Ipcp, 0x8057: id.Ipv6cp, 0x80fd: id.Ccp, 0xc021: id.Lcp, 0xc023: id.Pap, 0xc223: id.Chap,
}

func nextPPP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	if b := p.Bytes(off); len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		off += 2
	}
	b := p.Bytes(off)
	switch {
	case len(b) > 0 && b[0]&1 == 1: // protocol field compressed to one byte
		return pppProtocols[uint16(b[0])], off + 1
	case len(b) >= 2:
		return pppProtocols[binary.BigEndian.Uint16(b)], off + 2
	}
	return dpi.Stop, off
}

// LooksPPP tells whether b may be a PPP frame of a known protocol.
func LooksPPP(b []byte) bool {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		b = b[2:]
	}
	switch {
	case len(b) > 0 && b[0]&1 == 1:
		return pppProtocols[uint16(b[0])] != dpi.Unknown
	case len(b) >= 2:
		return pppProtocols[binary.BigEndian.Uint16(b)] != dpi.Unknown
	}
	return false
}

// RootPPP tells PPP and Cisco HDLC apart, which captures of serial lines mix.
func RootPPP(p *dpi.Packet) (dpi.ProtocolID, int) {
	if b := p.Data; len(b) >= 2 && (b[0] == chdlcUnicast || b[0] == chdlcMulticast) && b[1] == 0 {
		return id.Chdlc, 0
	}
	return id.Ppp, 0
}

// pppoeHeader is the length of a PPPoE header, RFC 2516 section 4.
const pppoeHeader = 6

// PPPoE is RFC 2516: discovery, and sessions that carry PPP.
var PPPoE = dpi.Protocol{ID: id.Pppoe, Name: "pppoe", Next: nextPPPoE}

func nextPPPoE(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < pppoeHeader || b[0] != 0x11 || b[1] != 0 {
		return dpi.Stop, off
	}
	p.Limit(off + pppoeHeader + int(binary.BigEndian.Uint16(b[4:])))
	return id.Ppp, off + pppoeHeader
}
