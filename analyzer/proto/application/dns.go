package application

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DNS is the domain name system, RFC 1035, with the extensions that do not
// change its messages' form (RFC 6891, RFC 8490).
var DNS = dpi.Protocol{
	ID:         id.Dns,
	Name:       "dns",
	Attributes: slices.Concat(dnsAttributes, dnsQuestionAttributes),
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{53}, Classify: classifyDNS},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{53}, Classify: classifyDNSStream},
	},
	Inspect: inspectDNS,
	Observe: observeDNS,
	Context: newDNSBuffer,
	Heralds: []dpi.Herald{
		{L4: ipUDP, Mask: dnsAnswerMask, Value: dnsAnswerBits},
		{L4: ipTCP, Ports: []uint16{53}},
		{L4: ipTCP, At: 2, Mask: dnsAnswerMask, Value: dnsAnswerBits},
	},
}

// The first eight bytes of messages that learnAnswers learns from: responses,
// one question, fewer than 256 answers.
const (
	dnsAnswerMask = 0x0000_8000_ffff_ff00
	dnsAnswerBits = 0x0000_8000_0001_0000
)

// dnscryptCertificate begins the name under which a server of DNSCrypt publishes
// its certificates ("DNSCrypt version 2 protocol specification", section 9).
const dnscryptCertificate = "2.dnscrypt-cert."

// dnsBuffer is where a handler writes the names that it reads.
type dnsBuffer struct{ name [maxDNSName]byte }

func newDNSBuffer() any { return new(dnsBuffer) }

// classifyDNS takes any message with a sensible header on the port of DNS,
// since attacks and tunnels bend the rest, and sound messages on all others.
func classifyDNS(p *dpi.Packet, d []byte) dpi.Verdict {
	ok := len(d) >= dnsHeader && isDNSOn(p, d, sentLength(p, d))
	if !p.HasPort(53) {
		return verdict(ok)
	}
	return onOwnPort(p, ok)
}

// isDNSOn judges a message that was sent with the given length, by the packet's
// ports.
func isDNSOn(p *dpi.Packet, m dnsMessage, length int) bool {
	if !p.HasPort(53) {
		return m.isSound()
	}
	return m.headerOK(length) || m.questions() == 1 && m.plainFlags() || m.opcode() <= dnsStateful && m.nameOK()
}

// classifyDNSStream is classifyDNS over TCP, where two bytes of length are
// before each message (RFC 1035 section 4.2.2).
func classifyDNSStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 2 {
		return dpi.More
	}
	n := be16(d)
	switch m := dnsMessage(d[2:min(len(d), 2+n)]); {
	case n < dnsHeader:
		return dpi.No
	case len(m) == n:
		return verdict(isDNSOn(p, m, n))
	case !p.HasPort(53) && (len(m) < dnsHeader || !m.plainHeader()):
		return moreUnless(len(m) >= dnsHeader)
	case len(m) < dnsHeader:
		return dpi.More
	default:
		_, ok := m.questionOK()
		return yesOrMore(ok && p.HasPort(53))
	}
}

// inspectDNS notes the name of the first question, and learns the answers of
// TCP; those of datagrams are left to observeDNS.
func inspectDNS(p *dpi.Packet, d []byte) (done bool) {
	b := dpi.Context[dnsBuffer](p.Handler(), id.Dns)
	if p.Flow.L4 != ipTCP {
		noteQuestion(p, d, b)
		return p.Flow.Host != 0
	}
	for len(d) >= 2 {
		n := be16(d)
		if 2+n > len(d) {
			return false
		}
		noteQuestion(p, d[2:2+n], b)
		learnAnswers(p, d[2:2+n], b)
		d = d[2+n:]
	}
	return false
}

// noteQuestion makes the name of the message's first question the host name of
// the flow.
func noteQuestion(p *dpi.Packet, m dnsMessage, b *dnsBuffer) {
	if len(m) < dnsHeader || m.questions() == 0 || p.Flow.Host != 0 {
		return
	}
	name := m.name(dnsHeader, &b.name)
	p.SetHost(name)
	if startsWith(name, dnscryptCertificate) == dpi.Yes {
		p.Push(id.Dnscrypt)
	}
}

// observeDNS learns the addresses that an answer gives, for flows that go there
// later.
func observeDNS(p *dpi.Packet, layer int) {
	if p.Flow != nil && p.Flow.L4 != ipTCP {
		learnAnswers(p, p.LayerBytes(layer), dpi.Context[dnsBuffer](p.Handler(), id.Dns))
	}
}

// learnAnswers notes every address among the answers as one of the name that
// was asked for, whatever aliases lie between.
func learnAnswers(p *dpi.Packet, m dnsMessage, b *dnsBuffer) {
	if len(m) < dnsHeader || !m.response() || m.questions() != 1 || m.count(1) == 0 || !p.Handler().Learns() {
		return
	}
	off := m.section(1)
	name := m.name(dnsHeader, &b.name)
	if off < 0 || len(name) == 0 {
		return
	}
	for n := m.count(1); n > 0; n-- {
		end := m.skipRecord(off)
		if end < 0 {
			return
		}
		if addr, ok := m.address(off); ok {
			p.Handler().LearnName(&addr, name)
		}
		off = end
	}
}

// address returns the address that the record at off gives, IPv4 after ::ffff.
func (m dnsMessage) address(off int) (addr [16]byte, ok bool) {
	off = m.skipName(off)
	kind, class := be16(m[off:]), be16(m[off+2:])
	data := m[off+dnsRecord:]
	switch n := be16(m[off+8:]); {
	case class != dnsClassIN:
	case kind == dnsTypeA && n == 4:
		addr[10], addr[11] = 0xff, 0xff
		copy(addr[12:], data[:4])
		return addr, true
	case kind == dnsTypeAAAA && n == 16:
		copy(addr[:], data[:16])
		return addr, true
	}
	return addr, false
}
