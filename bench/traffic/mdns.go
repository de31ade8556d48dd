package traffic

import "strings"

// cacheFlush and unicastReply are the class bits of RFC 6762 section 18.
const (
	cacheFlush   = 0x8001
	unicastReply = 0x8001
)

// mdns is the scenario of the protocols that find names on the local link.
func mdns(g *Gen) {
	g.mdnsBrowse()
	g.mdns6()
	g.llmnr()
	g.netbiosName()
	g.ssdp()
}

// group is a talk with a multicast group, from a port on which the client
// listens too.
func (g *Gen) group(p path, port uint16) *talk {
	t := g.talk(p, port)
	t.clientPort = port
	return t
}

// mdnsBrowse looks for printers; the printer answers to the group.
func (g *Gen) mdnsBrowse() {
	service, instance, host := "_ipp._tcp.local", "Office._ipp._tcp.local", "printer.local"
	group := addr("224.0.0.251")
	t := g.group(path{client: g.client(), server: group}, 5353)
	t.ask(dnsMessage{questions: []dnsQuestion{{name: service, typ: dnsPTR, class: unicastReply},
		{name: "_googlecast._tcp.local", typ: dnsPTR}}}.build())
	printer := g.neighbour(t.client)
	reply := g.group(path{client: printer, server: group}, 5353)
	reply.now = t.now + 20*millisecond
	txt, address := recordTXT(instance, "txtvers=1", "rp=ipp/print"), recordAddr(host, printer)
	txt.class, address.class = cacheFlush, cacheFlush
	reply.ask(dnsMessage{flags: dnsResponse | dnsAuthoritative, answers: []dnsRecord{recordName(service, dnsPTR, instance)},
		additional: []dnsRecord{recordSRV(instance, 631, host), txt, address}}.build())
}

// mdns6 announces a host over IPv6.
func (g *Gen) mdns6() {
	t := g.group(path{client: linkLocal(g.rng.Uint64()), server: addr("ff02::fb")}, 5353)
	t.ask(dnsMessage{flags: dnsResponse | dnsAuthoritative,
		answers: []dnsRecord{recordAddr("laptop.local", t.client)}}.build())
}

// llmnr asks the group for a name (RFC 4795); the owner answers the asker.
func (g *Gen) llmnr() {
	const port = 5355
	host := g.client()
	q := dnsMessage{id: g.u16(), questions: []dnsQuestion{{name: "fileserver", typ: dnsA}}}
	t := g.talk(path{client: host, server: addr("224.0.0.252")}, port)
	t.ask(q.build())
	owner := g.neighbour(host)
	reply := g.talk(path{client: host, server: owner}, port)
	reply.clientPort, reply.now = t.clientPort, t.now
	q.flags, q.answers = dnsResponse, []dnsRecord{recordAddr("fileserver", owner)}
	reply.answer(q.build())
}

// netbiosName asks the network for a NetBIOS name (RFC 1002 section 4.2).
func (g *Gen) netbiosName() {
	const port, broadcast = 137, 0x0110
	t := g.group(path{client: g.client(), server: addr("255.255.255.255")}, port)
	q := dnsMessage{id: g.u16(), flags: broadcast, questions: []dnsQuestion{{name: netbiosEncode("WORKGROUP", 0x1d), typ: dnsNB}}}
	t.ask(q.build())
}

// netbiosEncode spreads the half bytes of a padded name over letters (RFC 1001
// section 14.1); kind is the service that the name stands for.
func netbiosEncode(name string, kind byte) string {
	padded := append([]byte(name+strings.Repeat(" ", 15-len(name))), kind)
	var w wire
	for _, c := range padded {
		w = w.u8('A'+c>>4, 'A'+c&15)
	}
	return string(w)
}

// ssdp searches devices and gets one answer.
func (g *Gen) ssdp() {
	const port = 1900
	host := g.client()
	t := g.talk(path{client: host, server: addr("239.255.255.250")}, port)
	t.ask(message("M-SEARCH * HTTP/1.1", nil, "HOST: 239.255.255.250:1900", `MAN: "ssdp:discover"`, "MX: 2", "ST: ssdp:all"))
	device := g.talk(path{client: host, server: g.neighbour(host)}, port)
	device.clientPort, device.now = t.clientPort, t.now
	device.answer(message("HTTP/1.1 200 OK", nil, "CACHE-CONTROL: max-age=1800", "ST: upnp:rootdevice",
		"LOCATION: http://"+device.server.String()+":49152/desc.xml", "SERVER: Linux UPnP/1.0 MediaServer/2.1",
		"USN: uuid:2f402f80-da50-11e1-9b23-001788255acc::upnp:rootdevice"))
}
