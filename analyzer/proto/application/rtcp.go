package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RTCP is the control protocol of RTP, RFC 3550 section 6, with the packets of
// RFC 4585 (feedback) and RFC 3611 (extended reports).
var RTCP = dpi.Protocol{
	ID:     id.Rtcp,
	Name:   "rtcp",
	Hosted: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 61, Classify: classifyRTCP},
	},
	Inspect: inspectRTCP,
}

// Types of RTCP packets, IANA "RTCP Control Packet Types".
const (
	rtcpSender   = 200
	rtcpReceiver = 201
	rtcpFirst    = 192
	rtcpLast     = 213
)

// rtcpPacket splits the first RTCP packet off d. ok is false if its length is
// not within d.
func rtcpPacket(d []byte) (kind byte, count int, body, rest []byte, ok bool) {
	if len(d) < 4 || d[0]>>6 != 2 || d[1] < rtcpFirst || d[1] > rtcpLast {
		return 0, 0, nil, nil, false
	}
	n := 4 + 4*be16(d[2:])
	if n > len(d) {
		return 0, 0, nil, nil, false
	}
	return d[1], int(d[0] & 0x1f), d[4:n], d[n:], true
}

// isRTCPReport tells whether d starts with a sender's or receiver's report
// whose length is that of its blocks, and which is not padded: what every
// compound packet must start with (RFC 3550 appendix A.2).
func isRTCPReport(d []byte) bool {
	kind, count, body, _, ok := rtcpPacket(d)
	if !ok || d[0]&0x20 != 0 {
		return false
	}
	switch kind {
	case rtcpSender:
		return len(body) == 24+24*count
	case rtcpReceiver:
		return len(body) == 4+24*count
	}
	return false
}

// isRTCP tells whether d is a compound packet in the clear: a report, and
// packets that fill the rest.
func isRTCP(d []byte) bool {
	if !isRTCPReport(d) {
		return false
	}
	for len(d) > 0 {
		var ok bool
		if _, _, _, d, ok = rtcpPacket(d); !ok {
			return false
		}
	}
	return true
}

// srtcpTrailer is what encryption adds to a packet at least: an index and an
// authentication tag of 32 bits each (RFC 3711 section 3.4).
const srtcpTrailer = 8

// isSRTCP tells whether d may be an encrypted compound packet: its header and
// its sender are in the clear.
func isSRTCP(d []byte) bool {
	return len(d) >= 8+srtcpTrailer && d[0]>>6 == 2 && d[0]&0x20 == 0 &&
		(d[1] == rtcpSender || d[1] == rtcpReceiver || d[1] == 205 || d[1] == 206) && 4+4*be16(d[2:]) <= len(d)-srtcpTrailer
}

// srtcpWant is how many encrypted packets of one sender are enough.
const srtcpWant = 4

// classifyRTCP recognises a compound packet, or several encrypted ones of one
// sender.
func classifyRTCP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 || d[0]>>6 != 2 || d[1] < rtcpFirst || d[1] > rtcpLast {
		return dpi.No
	}
	if isRTCP(d) || p.Asked(p.Dir) == 1 && announcedMedia(p) == mediaRTCP {
		return dpi.Yes
	}
	first, n := p.First(p.Dir)
	if !isSRTCP(d) || n < 8 || string(first[4:8]) != string(d[4:8]) {
		return dpi.No
	}
	return yesOrMore(p.Asked(p.Dir) >= srtcpWant)
}

// rtcpLook is how many packets of a flow of RTCP are looked at for media that
// shares its ports (RFC 5761).
const rtcpLook = 12

// inspectRTCP changes its mind when media follows in the same flow.
func inspectRTCP(p *dpi.Packet, d []byte) (done bool) {
	h, ok := parseRTP(d)
	if !ok || !isRTPType(h.kind) {
		return p.Asked(dpi.Up)+p.Asked(dpi.Down) >= rtcpLook
	}
	memo := p.Memo(id.Rtp)
	m := rtpMemo(*memo)
	steps := m.step(&h, p.Dir)
	*memo = uint32(m)
	if steps == 0 {
		return false
	}
	p.Become(id.Rtp)
	return true
}
