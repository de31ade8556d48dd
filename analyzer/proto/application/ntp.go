package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Modes and sizes of NTP packets, RFC 5905 section 7.3 and RFC 9327.
const (
	ntpControl = 6
	ntpPrivate = 7
	ntpHeader  = 48
	ntpStratum = 16 // the highest, "unsynchronized"
)

// NTP is the network time protocol, RFC 5905, in its versions 1 to 4, with the
// control messages of RFC 9327 and the private ones of ntpd.
var NTP = dpi.Protocol{
	ID:         id.Ntp,
	Name:       "ntp",
	Attributes: ntpAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 50, Ports: []uint16{123}, Only: true, Classify: classifyNTP},
	},
}

func classifyNTP(p *dpi.Packet, d []byte) dpi.Verdict {
	return onOwnPort(p, isNTP(d, sentLength(p, d)))
}

// isNTP judges a packet that was sent with the given length.
func isNTP(d []byte, length int) bool {
	if len(d) < 8 {
		return false
	}
	version, mode := d[0]>>3&7, d[0]&7
	if version == 0 || version > 4 {
		return false
	}
	switch mode {
	case 0:
		return version == 1 && length == ntpHeader // RFC 1059 appendix B had no modes
	case ntpControl:
		return isNTPControl(d)
	case ntpPrivate:
		return isNTPPrivate(d)
	}
	return length >= ntpHeader && length%4 == 0 && d[1] <= ntpStratum
}

// isNTPControl judges a control message: the length of its data, which is
// padded to four bytes and may be followed by an authenticator (RFC 9327
// section 2).
func isNTPControl(d []byte) bool {
	if len(d) < 12 || d[0]>>6 != 0 {
		return false
	}
	n := be16(d[10:])
	return n <= 468 && 12+n <= len(d) && len(d) <= 12+(n+3)&^3+24
}

// isNTPPrivate judges a private message of ntpd (ntp_request.h): number and
// size of its items. Requests may be padded or lack their empty rest.
func isNTPPrivate(d []byte) bool {
	if d[2] > 3 {
		return false
	}
	count, size := be16(d[4:])&0xfff, be16(d[6:])&0xfff
	if d[0]&0x80 == 0 {
		return count*size <= 500
	}
	return count*size <= len(d)-8
}
