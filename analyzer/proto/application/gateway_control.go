package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MGCP is the Media Gateway Control Protocol, RFC 3435.
var MGCP = dpi.Protocol{
	ID:   id.Mgcp,
	Name: "mgcp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 85, Ports: []uint16{2427, 2727}, Classify: classifyMGCP},
	},
	Track:  trackSIP, // session descriptions are announced alike
	Always: true,
	Heralds: []dpi.Herald{
		{L4: ipUDP, Ports: []uint16{2427, 2727}},
		dpi.Opening(ipUDP, "CRCX "), dpi.Opening(ipUDP, "MDCX "),
	},
}

// classifyMGCP judges a command line, which names the protocol, and on MGCP's
// ports a response line: a code, the number of the transaction, a comment (RFC
// 3435 section 3.2.1 and 3.3).
func classifyMGCP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 || d[3] != ' ' && d[4] != ' ' {
		return dpi.No
	}
	line, _, ok := textLine(d)
	if !ok {
		line = d
	}
	word, rest := textWord(line)
	n := digits(rest)
	switch {
	case n == 0 || n > 9 || !isText(line):
		return dpi.No
	case upperToken(word) == 4 && len(word) == 4:
		return verdict(bytes.Contains(rest, []byte(" MGCP 1.")))
	case len(word) != 3 || !isNumber(word) || !p.HasPort(2427) && !p.HasPort(2727):
		return dpi.No
	}
	return verdict(n == len(rest) || rest[n] == ' ')
}

// Megaco is the Gateway Control Protocol, H.248.1, in text (annex B) and in
// binary (annex A), over UDP and TCP.
var Megaco = dpi.Protocol{
	ID:   id.Megaco,
	Name: "megaco",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 85, Ports: megacoPorts, Classify: classifyMegaco},
		{Parent: id.Tcp, Weight: 85, Ports: megacoPorts, Classify: classifyMegacoStream},
	},
	Track:  trackSIP,
	Always: true,
	Heralds: []dpi.Herald{
		{L4: ipUDP, Ports: megacoPorts}, dpi.Opening(ipUDP, "MEGACO/"),
		{L4: ipTCP, Ports: megacoPorts}, dpi.Opening(ipTCP, "MEGACO/"),
	},
}

var megacoPorts = []uint16{2944, 2945}

// classifyMegaco judges a message in either form.
func classifyMegaco(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] == berSequence {
		return megacoBinary(d)
	}
	v := megacoText(d)
	if v == dpi.More { // a datagram is whole
		return dpi.No
	}
	return v
}

// classifyMegacoStream judges messages in the frames of TPKT (RFC 1006), as
// H.248.1 annex D.2 has them.
func classifyMegacoStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != tpktVersion {
		return megacoText(d)
	}
	if len(d) < 8 {
		return moreUnless(len(d) > 1 && d[1] != 0)
	}
	if d[1] != 0 {
		return dpi.No
	}
	if d[4] == berSequence {
		return megacoBinary(d[4:])
	}
	return megacoText(d[4:])
}

// megacoText judges the beginning of a message in text: an authentication
// header may come first; then the name of the protocol or its short form, the
// version, and who speaks, in brackets.
func megacoText(d []byte) dpi.Verdict {
	v := startsWithAny(d, "MEGACO/", "!/")
	if v != dpi.Yes {
		return v
	}
	rest := d[bytes.IndexByte(d, '/')+1:]
	n := digits(rest)
	if n > 2 || n == 0 && len(rest) > 0 {
		return dpi.No
	}
	for rest = rest[n:]; len(rest) > 0 && oneOf(rest[0], " \t\r\n"); {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return dpi.More
	}
	if rest[0] == '[' || rest[0] == '<' {
		return dpi.Yes
	}
	return verdict(d[0] == 'M' && isPrintable(rest[:1]))
}

// megacoBinary judges the beginning of a message in the Basic Encoding Rules:
// MegacoMessage { mess [1] { version [0], mId [1] ... } }.
func megacoBinary(d []byte) dpi.Verdict {
	message, ok := ber(d)
	if !ok || message.tag != berSequence || message.length < len(message.value) || !message.whole {
		return dpi.No
	}
	inner, ok := ber(message.value)
	if !ok || inner.tag != 0xa1 {
		return dpi.No
	}
	version, ok := ber(inner.value)
	if !ok || version.tag != 0x80 || version.length != 1 || !version.whole || version.value[0] == 0 || version.value[0] > 4 {
		return dpi.No
	}
	sender, ok := ber(version.rest)
	return verdict(ok && sender.tag == 0xa1)
}
