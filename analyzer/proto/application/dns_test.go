package application

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

// dnsAnswer makes the answer to dnsAsks: an alias, then an IPv4 and an IPv6
// address.
func dnsAnswer(tid uint16, name string) []byte {
	return prototest.Bytes(tid, uint16(0x8180), uint16(1), uint16(3), uint16(0), uint16(0),
		dnsName(name), uint16(1), uint16(1),
		uint16(0xc00c), uint16(5), uint16(1), uint32(60), behind(dnsName("edge.cdn.test")),
		dnsName("edge.cdn.test"), uint16(1), uint16(1), uint32(60), behind([]byte{192, 0, 2, 7}),
		dnsName("edge.cdn.test"), uint16(28), uint16(1), uint32(60), behind(netip.MustParseAddr("2001:db8::7").AsSlice()))
}

func TestDNSRecognition(t *testing.T) {
	query, answer := dnsAsks(1, 0x0100, "www.example.org"), dnsAnswer(1, "www.example.org")
	withOPT := prototest.Bytes(query[:10], uint16(1), query[12:], byte(0), uint16(41), uint16(1232), uint32(0), uint16(0))
	inverse := prototest.Bytes(uint16(7), uint16(0x0900), uint16(0), uint16(1), uint16(0), uint16(0),
		byte(0), uint16(1), uint16(1), uint32(0), behind([]byte{192, 0, 2, 7}))
	loop := prototest.Bytes(query[:12], uint16(0xc00c), uint16(1), uint16(1))
	badCount := prototest.Bytes(query[:10], uint16(0x2587), query[12:])
	recognise(t, []dpi.Protocol{DNS}, []conversation{
		{name: "query and answer", udp: true, port: 53, say: []string{clientSays(query), serverSays(answer)}, want: "dns"},
		{name: "answer only", udp: true, port: 53, say: []string{serverSays(answer)}, want: "dns"},
		{name: "EDNS", udp: true, port: 53, say: []string{clientSays(withOPT)}, want: "dns"},
		{name: "inverse query", udp: true, port: 53, say: []string{clientSays(inverse)}, want: "dns"},
		{name: "name that points to itself", udp: true, port: 53, say: []string{clientSays(loop)}, want: "dns"},
		{name: "wrong count", udp: true, port: 53, say: []string{clientSays(badCount)}, want: "dns"},
		{name: "cut, then whole", udp: true, port: 53, say: []string{clientSays(query[:9]), clientSays(query)}, want: "dns"},
		{name: "refused, header only", udp: true, port: 53, say: []string{serverSays(uint16(1), uint16(0x8005), uint64(0))}, want: "dns"},
		{name: "other port", udp: true, port: 5300, say: []string{clientSays(query), serverSays(answer)}, want: "dns"},
		{name: "other port with EDNS", udp: true, port: 5300, say: []string{clientSays(withOPT)}, want: "dns"},
		{name: "other port, trailing bytes", udp: true, port: 5300, say: []string{clientSays(query, "x")}, want: "unknown"},
		{name: "other port, wrong count", udp: true, port: 5300, say: []string{clientSays(badCount)}, want: "unknown"},
		{name: "not DNS", udp: true, port: 53, say: []string{clientSays("GET / HTTP/1.1\r\n")}, want: "unknown"},
		{name: "TCP", port: 53, say: []string{clientSays(behind(query)), serverSays(behind(answer))}, want: "dns"},
		{name: "TCP on another port", port: 5300, say: []string{clientSays(behind(query)), serverSays(behind(answer))}, want: "dns"},
		{name: "TCP, not DNS", port: 53, say: []string{clientSays("SSH-2.0-x\r\n")}, want: "unknown"},
	})
}

func TestDNSHost(t *testing.T) {
	n := prototest.New(t, DNS)
	if got := n.UDP(40000, 53).Up(dnsAsks(1, 0x0100, "www.Example.org")).Host(); got != "www.Example.org" {
		t.Errorf("host %q", got)
	}
	stream := prototest.Bytes(behind(dnsAsks(1, 0x0100, "a.example.org")), behind(dnsAsks(2, 0x0100, "b.example.org")))
	if got := n.TCP(40000, 53).Up(stream[:5], stream[5:30], stream[30:]).Host(); got != "a.example.org" {
		t.Errorf("over TCP: host %q", got)
	}
	f := n.UDP(40000, 53).Up(dnsAsks(1, 0x0100, "2.dnscrypt-cert.example.org"))
	if got := f.Path(); got != "ethernet.ip.udp.dns.dnscrypt" {
		t.Errorf("query for a DNSCrypt certificate: path %s", got)
	}
}

func TestDNSCryptRelay(t *testing.T) {
	query := prototest.Bytes(dnscryptRelay, netip.MustParseAddr("2001:db8::7").AsSlice(), uint16(443), "12345678", make([]byte, 100))
	recognise(t, []dpi.Protocol{DNSCrypt, DNS}, []conversation{
		{name: "UDP", udp: true, port: 443, say: []string{clientSays(query)}, want: "dnscrypt"},
		{name: "TCP", port: 443, say: []string{clientSays(behind(query))}, want: "dnscrypt", whole: true},
		{name: "too short", udp: true, port: 443, say: []string{clientSays(query[:60])}, want: "unknown"},
	})
}

// owner is the services of one host name.
type owner struct {
	host string
	id   dpi.ProtocolID
}

func (o owner) ByHost(host []byte) (dpi.ProtocolID, bool)    { return o.id, string(host) == o.host }
func (o owner) ByAddr(addr *[16]byte) (dpi.ProtocolID, bool) { return 0, false }

// TestDNSLearns holds that flows to an address that DNS gave for a name belong
// to the owner of the name that was asked for.
func TestDNSLearns(t *testing.T) {
	hosted := dpi.Protocol{ID: id.Http, Name: "http", Hosted: true, Classifiers: []dpi.Classifier{{Parent: id.Udp, Ports: []uint16{9}, Only: true,
		Classify: func(*dpi.Packet, []byte) dpi.Verdict { return dpi.Yes }}}}
	reg := prototest.New(t, DNS, hosted).Handler.Registry()
	for _, tcp := range []bool{false, true} {
		n := prototest.NewWith(t, reg, owner{"www.example.org", id.Facebook})
		if tcp {
			n.TCP(40000, 53).Up(behind(dnsAsks(1, 0x0100, "www.example.org"))).Down(behind(dnsAnswer(1, "www.example.org")))
		} else {
			n.UDP(40000, 53).Up(dnsAsks(1, 0x0100, "www.example.org")).Down(dnsAnswer(1, "www.example.org"))
		}
		client, server := netip.MustParseAddrPort("10.9.9.9:40000"), netip.MustParseAddrPort("192.0.2.7:9")
		if got := n.UDPBetween(client, server).Up([]byte("what")).Final(); got != "ethernet.ip.udp.http.facebook" {
			t.Errorf("TCP %v, IPv4: path %s", tcp, got)
		}
		client, server = netip.MustParseAddrPort("[2001:db8::1]:40000"), netip.MustParseAddrPort("[2001:db8::7]:9")
		if got := n.UDPBetween(client, server).Up([]byte("what")).Final(); got != "ethernet.ipv6.udp.http.facebook" {
			t.Errorf("TCP %v, IPv6: path %s", tcp, got)
		}
	}
}

func TestDNSAttributes(t *testing.T) {
	names := map[string]string{
		"dns.tid": "4660", "dns.qr": "1", "dns.opcode": "0", "dns.aa": "1", "dns.tc": "0", "dns.rd": "1", "dns.ra": "0",
		"dns.z": "0", "dns.ans_auth": "1", "dns.data_auth": "0", "dns.rcode": "3",
		"dns.qdcount": "1", "dns.ancount": "1", "dns.nscount": "1", "dns.arcount": "0",
		"dns.queries": "016100" + "00010001", "dns.answers": "c00c" + "00010001" + "00000000" + "0004" + "c0000207",
		"dns.auth_records": "00" + "00020001" + "00000000" + "0000",
	}
	message := prototest.Bytes(uint16(0x1234), uint16(0x8523), uint16(1), uint16(1), uint16(1), uint16(0),
		dnsName("a"), uint16(1), uint16(1),
		uint16(0xc00c), uint16(1), uint16(1), uint32(0), behind([]byte{192, 0, 2, 7}),
		byte(0), uint16(2), uint16(1), uint32(0), uint16(0))
	n := prototest.New(t, DNS)
	for name := range names {
		n.Register(name)
	}
	n.UDP(40000, 53).Down(message)
	for name, want := range names {
		if got := n.Value(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	n.TCP(40000, 53).Down(behind(message))
	for name, want := range names {
		if got := n.Value(name); got != want {
			t.Errorf("over TCP: %s = %q, want %q", name, got, want)
		}
	}
	n.TCP(40000, 53).Down(behind(message)[:35], []byte("descriptive text of a record that goes on"))
	if got := n.Value("dns.tid"); got != "" {
		t.Errorf("a segment from the middle of a message has an identifier %q", got)
	}
	prototest.Prefixes(message, func(prefix []byte) { n.UDP(40000, 53).Down(prefix) })
	n.UDP(40000, 53).Up(dnsAsks(1, 0x0100, "a"))
	if got := n.Value("dns.answers"); got != "" {
		t.Errorf("a query has answers %q", got)
	}
}

func TestDNSNames(t *testing.T) {
	message := prototest.Bytes(make([]byte, dnsHeader), // offset 12
		dnsName("a.b"), []byte{1, 'c', 0xc0, 12}, []byte{0xc0, 21}, []byte{0xc0, 25}, []byte{3, 'x'})
	var buf [maxDNSName]byte
	for off, want := range map[int]string{12: "a.b", 14: "b", 17: "c.a.b", 21: "", 23: "", 25: ""} {
		if got := string(dnsMessage(message).name(off, &buf)); got != want {
			t.Errorf("name at %d = %q, want %q", off, got, want)
		}
	}
}

func TestDNSRelatives(t *testing.T) {
	query := dnsAsks(0, 0, "printer.local")
	announce := prototest.Bytes(uint16(0), uint16(0x8400), uint16(0), uint16(1), uint16(0), uint16(0),
		dnsName("printer.local"), uint16(1), uint16(0x8001), uint32(120), behind([]byte{192, 0, 2, 7}))
	nbName := append([]byte{32}, "EKEPEIEOCACACACACACACACACACACAAA"...)
	nbQuery := prototest.Bytes(uint16(5), uint16(0x0110), uint16(1), uint16(0), uint16(0), uint16(0), nbName, byte(0), uint16(0x20), uint16(1))
	datagram := prototest.Bytes(byte(0x11), byte(2), uint16(9), []byte{10, 1, 0, 1}, uint16(138), uint16(72), uint16(0), nbName, byte(0), nbName, byte(0))
	all := []dpi.Protocol{DNS, MDNS, LLMNR, NetBIOS}
	recognise(t, all, datagrams("mdns", 5353, map[string][]byte{"mDNS query": query, "mDNS announcement": announce}))
	recognise(t, all, datagrams("llmnr", 5355, map[string][]byte{"LLMNR query": query}))
	recognise(t, all, datagrams("netbios", 137, map[string][]byte{"name query": nbQuery, "broken name": prototest.Bytes(nbQuery[:20], "\xaa\xaa\xaa")}))
	recognise(t, all, datagrams("netbios", 138, map[string][]byte{"datagram": datagram}))
	recognise(t, all, datagrams("netbios.smb", 138, map[string][]byte{"datagram with SMB": prototest.Bytes(datagram, "\xffSMB%")}))
	recognise(t, all, datagrams("unknown", 5353, map[string][]byte{"mDNS with an error": prototest.Bytes(uint16(0), uint16(0x8403), query[4:], "x")}))
	recognise(t, all, datagrams("unknown", 5355, map[string][]byte{"LLMNR without question": announce}))
	recognise(t, all, datagrams("unknown", 137, map[string][]byte{"no name service": []byte("hello there, this is text")}))
	recognise(t, all, datagrams("unknown", 138, map[string][]byte{"no datagram service": []byte("\x11hello there, this is text")}))
	recognise(t, all, []conversation{{name: "LLMNR over TCP", port: 5355, say: []string{clientSays(behind(query))}, want: "llmnr"}})
	n := prototest.New(t, all...)
	if got := n.UDP(5353, 5353).Up(query).Host(); got != "printer.local" {
		t.Errorf("mDNS: host %q", got)
	}
	if got := n.UDP(40000, 5355).Up(query).Host(); got != "printer.local" {
		t.Errorf("LLMNR: host %q", got)
	}
}
