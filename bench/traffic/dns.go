package traffic

import (
	"fmt"
	"net/netip"
	"strings"
)

const portDNS = 53

// dns is the scenario of RFC 1035.
func dns(g *Gen) {
	for range 6 {
		g.lookup(pick(g, sites))
	}
	for _, conversation := range []func(*Gen){
		(*Gen).dnsAlias, (*Gen).dnsMail, (*Gen).dnsText, (*Gen).dnsMissing, (*Gen).dnsReverse,
		(*Gen).dnsService, (*Gen).dnsTruncation, (*Gen).dnsLostAnswer,
	} {
		conversation(g)
	}
}

// resolver is a talk with the resolver of the client's network or a public one.
func (g *Gen) resolver() *talk {
	p := g.local()
	if g.chance(50) {
		p = g.to("dns.google")
	}
	t := g.talk(p, portDNS)
	t.rtt = int64(g.between(1, 30)) * millisecond
	return t
}

// query asks one question, with EDNS in most cases.
func (g *Gen) query(name string, typ uint16) dnsMessage {
	m := dnsMessage{id: g.u16(), flags: dnsWanted, questions: []dnsQuestion{{name: name, typ: typ}}}
	if g.chance(70) {
		m.additional = []dnsRecord{recordOPT(1232, g.bytes(8))}
	}
	return m
}

// reply answers a query with records and a response code.
func (m dnsMessage) reply(code uint16, answers ...dnsRecord) dnsMessage {
	m.flags |= dnsResponse | dnsAvailable | code
	m.answers = answers
	return m
}

func (t *talk) dns(q, r dnsMessage) { t.exchange(q.build(), r.build()) }

// lookup asks for both addresses of a name, as resolvers of hosts do.
func (g *Gen) lookup(name string) {
	t := g.resolver()
	a, aaaa := g.query(name, dnsA), g.query(name, dnsAAAA)
	t.ask(a.build())
	t.ask(aaaa.build())
	t.answer(a.reply(0, recordAddr(name, server(name))).build())
	t.answer(aaaa.reply(0, recordAddr(name, server6(name))).build())
}

// lookupOne asks for the IPv4 address only.
func (g *Gen) lookupOne(name string) {
	q := g.query(name, dnsA)
	g.resolver().dns(q, q.reply(0, recordAddr(name, server(name))))
}

// dnsAlias finds a site behind two aliases of a delivery network.
func (g *Gen) dnsAlias() {
	name := pick(g, sites)
	edge, node := name+".edgekey.example.net", "e4711.a.example.net"
	q := g.query(name, dnsA)
	g.resolver().dns(q, q.reply(0, recordName(name, dnsCNAME, edge), recordName(edge, dnsCNAME, node),
		recordAddr(node, server(name)), recordAddr(node, server(node))))
}

func (g *Gen) dnsMail() {
	q := g.query("gmail.com", dnsMX)
	r := q.reply(0, recordMX("gmail.com", 5, "gmail-smtp-in.l.google.com"), recordMX("gmail.com", 10, "alt1.gmail-smtp-in.l.google.com"))
	r.additional = append(r.additional, recordAddr("gmail-smtp-in.l.google.com", server("gmail-smtp-in.l.google.com")))
	g.resolver().dns(q, r)
}

func (g *Gen) dnsText() {
	q := g.query("example.com", dnsTXT)
	g.resolver().dns(q, q.reply(0, recordTXT("example.com", "v=spf1 include:_spf.example.com -all"),
		recordTXT("example.com", "verification="+g.token(), "second string")))
}

// dnsMissing asks for a name that does not exist.
func (g *Gen) dnsMissing() {
	q := g.query("nosuchhost-"+strings.ToLower(g.token()[:6])+".example.org", dnsA)
	r := q.reply(dnsNoName)
	r.authority = []dnsRecord{recordSOA("example.org")}
	g.resolver().dns(q, r)
}

func (g *Gen) dnsReverse() {
	name := reverseName(server("github.com"))
	q := g.query(name, dnsPTR)
	g.resolver().dns(q, q.reply(0, recordName(name, dnsPTR, "lb-140-82-121-4-fra.github.com")))
}

// reverseName is the name of an IPv4 address under in-addr.arpa.
func reverseName(a netip.Addr) string {
	b := a.As4()
	return fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", b[3], b[2], b[1], b[0])
}

func (g *Gen) dnsService() {
	name := "_sip._udp.example.com"
	q := g.query(name, dnsSRV)
	g.resolver().dns(q, q.reply(0, recordSRV(name, 5060, "sip.example.com")))
	https := g.query("www.cloudflare.com", dnsHTTPS)
	data := wire{}.u16(1).raw(dnsName("")).u16(1).len16(wire{}.len8([]byte("h3")).len8([]byte("h2")))
	g.resolver().dns(https, https.reply(0, dnsRecord{name: "www.cloudflare.com", typ: dnsHTTPS, ttl: 300, data: data}))
}

// dnsTruncation gets a truncated answer and asks again over TCP (RFC 7766).
func (g *Gen) dnsTruncation() {
	name := "big.example.com"
	t := g.resolver()
	q := g.query(name, dnsTXT)
	t.dns(q, q.reply(dnsTruncated))
	full := q.reply(0)
	for range 9 {
		full.answers = append(full.answers, recordTXT(name, g.text(200)))
	}
	c := g.dial(t.path, portDNS)
	c.request(wire{}.len16(q.build()))
	c.reply(wire{}.len16(full.build()))
	c.close()
}

// dnsLostAnswer repeats a question that was not answered in time.
func (g *Gen) dnsLostAnswer() {
	t := g.resolver()
	q := g.query("www.example.net", dnsA)
	t.ask(q.build())
	t.wait(5000)
	t.dns(q, q.reply(0, recordAddr("www.example.net", server("www.example.net"))))
}
