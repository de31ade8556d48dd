package application

import (
	"bytes"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SIP is the Session Initiation Protocol, RFC 3261, over UDP and TCP. The media
// that its messages announce is recognised at the first packet.
var SIP = dpi.Protocol{
	ID:         id.Sip,
	Name:       "sip",
	Attributes: sipAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 90, Ports: []uint16{5060, 5061}, Classify: classifySIP},
		{Parent: id.Tcp, Weight: 90, Ports: []uint16{5060, 5061}, Classify: classifySIP},
	},
	Track:  trackSIP,
	Always: true,
	Heralds: slices.Concat(
		sipOpenings(ipUDP), sipOpenings(ipTCP),
		[]dpi.Herald{{L4: ipTCP, Ports: []uint16{5060, 5061}}},
	),
}

// sipOpenings describes messages that may carry a session description (RFC 3264,
// 3262, 3311), on any port. Over TCP they must begin a segment.
func sipOpenings(l4 uint8) (list []dpi.Herald) {
	for _, text := range [...]string{"SIP/2.0 ", "INVITE ", "ACK sip", "UPDATE ", "PRACK "} {
		list = append(list, dpi.Opening(l4, text))
	}
	return list
}

// sipPatience is how many packets on SIP's port may pass that are no message:
// some send empty lines, zeros or blanks to keep a translator's binding (RFC
// 5626 section 3.5.1).
const sipPatience = 8

// classifySIP judges the start line of a message.
func classifySIP(p *dpi.Packet, d []byte) dpi.Verdict {
	v := sipStart(skipEmptyLines(d))
	if v == dpi.No && (p.HasPort(5060) || p.HasPort(5061)) {
		return moreUnless(p.Asked(dpi.Up)+p.Asked(dpi.Down) > sipPatience)
	}
	return v
}

// sipStart judges d, which begins with a start line (RFC 3261 section 7.1 and
// 7.2).
func sipStart(d []byte) dpi.Verdict {
	if len(d) == 0 {
		return dpi.More
	}
	if d[0] < 'A' || d[0] > 'Z' {
		return dpi.No
	}
	if v := startsWith(d, "SIP/2.0 "); v != dpi.No {
		return v
	}
	n := upperToken(d)
	switch {
	case n > sipMethodMax:
		return dpi.No
	case n == len(d):
		return dpi.More
	case d[n] != ' ' || n < 3:
		return dpi.No
	}
	return sipTarget(d[n+1:])
}

// sipMethodMax is how long methods are at most.
const sipMethodMax = 16

// upperToken returns how many capital letters and underscores d begins with.
func upperToken(d []byte) int {
	n := 0
	for n < len(d) && (d[n] >= 'A' && d[n] <= 'Z' || d[n] == '_') {
		n++
	}
	return n
}

// sipTarget judges the target of a request: a URI of SIP (RFC 3261 section
// 19.1), or another one with SIP's version behind it.
func sipTarget(d []byte) dpi.Verdict {
	if v := startsWithAny(d, "sip:", "sips:"); v != dpi.No {
		return v
	}
	v := startsWithAny(d, "tel:", "urn:", "im:", "pres:")
	if v != dpi.Yes {
		return v
	}
	line, _, ok := textLine(d)
	if !ok {
		return moreUnless(len(d) > maxTextLine)
	}
	return verdict(bytes.HasSuffix(line, []byte(" SIP/2.0")))
}

// trackSIP notes the media that a message announces in its body.
func trackSIP(p *dpi.Packet, d []byte) {
	if bytes.Contains(d, []byte("\nm=")) {
		announceSDP(p, d)
	}
}
