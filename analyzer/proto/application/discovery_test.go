package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

func TestDHCP(t *testing.T) {
	bootp := prototest.Bytes(1, 1, 6, 0, uint32(0x12345678), make([]byte, 20), "\x02\x00\x00\x00\x00\x01", make([]byte, 202))
	discover := prototest.Bytes(bootp, uint32(dhcpCookie), 53, 1, 1, 255)
	infiniband := prototest.Bytes(1, 32, 0, discover[3:])
	v6 := prototest.Bytes(1, 0, uint16(0x1234), uint16(1), behind("\x00\x03\x00\x01\x02\x00\x00\x00\x00\x01"), uint16(8), behind(uint16(0)))
	relay := prototest.Bytes(12, 0, make([]byte, 32), uint16(9), behind(v6))
	all := []dpi.Protocol{DHCP, DHCPv6}
	recognise(t, all, datagrams("dhcp", 67, map[string][]byte{"discover": discover, "BOOTP": bootp, "cut": bootp[:60]}))
	recognise(t, all, datagrams("dhcp", 6767, map[string][]byte{"another port": discover, "not Ethernet": infiniband}))
	recognise(t, all, datagrams("unknown", 6767, map[string][]byte{"BOOTP on another port": bootp}))
	recognise(t, all, datagrams("unknown", 67, map[string][]byte{"text": make([]byte, 300)}))
	recognise(t, all, datagrams("dhcpv6", 547, map[string][]byte{"solicit": v6, "relayed": relay, "broken end": v6[:len(v6)-1]}))
	recognise(t, all, datagrams("unknown", 547, map[string][]byte{"no options": v6[:7], "no such type": prototest.Bytes(99, v6[1:])}))
}

func TestSSDP(t *testing.T) {
	search := "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n"
	found := "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\n\r\n"
	recognise(t, []dpi.Protocol{SSDP}, []conversation{
		{name: "search", udp: true, port: 1900, say: []string{">" + search}, want: "ssdp"},
		{name: "notify", udp: true, port: 1900, say: []string{">NOTIFY * HTTP/1.1\r\n"}, want: "ssdp"},
		{name: "response from another port", udp: true, port: 50001, say: []string{"<" + found}, want: "ssdp"},
		{name: "other response", udp: true, port: 50001, say: []string{"<HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"}, want: "unknown"},
		{name: "other request", udp: true, port: 1900, say: []string{">GET / HTTP/1.1\r\n\r\n"}, want: "unknown"},
	})
}

func TestSLP(t *testing.T) {
	v2 := prototest.Bytes(2, 1, 0, uint16(31), uint16(0), 0, uint16(0), uint16(7), behind("en"), behind(), behind("service:x"), uint16(0))
	v1 := prototest.Bytes(1, 6, uint16(20), 0, 0, "en", uint16(3), uint16(7), behind("service:"))
	all := []dpi.Protocol{SLP}
	recognise(t, all, datagrams("service_location_protocol", 427, map[string][]byte{"version 2": v2, "version 1": v1, "wrong length": append(v2[:len(v2):len(v2)], 0)}))
	recognise(t, all, datagrams("service_location_protocol", 50427, map[string][]byte{"another port": v2}))
	recognise(t, all, datagrams("unknown", 50427, map[string][]byte{"version 1 on another port": v1}))
	recognise(t, all, datagrams("unknown", 427, map[string][]byte{"no such function": prototest.Bytes(2, 99, v2[2:])}))
	recognise(t, all, []conversation{{name: "TCP", port: 427, say: []string{clientSays(v2)}, want: "service_location_protocol"}})
}

func TestWSD(t *testing.T) {
	probe := `<?xml version="1.0"?><soap:Envelope xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"><wsd:Probe/></soap:Envelope>`
	other := `<?xml version="1.0"?><soap:Envelope xmlns:x="http://example.org/x"><x:y/></soap:Envelope>`
	recognise(t, []dpi.Protocol{WSD}, datagrams("wsd", 3702, map[string][]byte{"probe": []byte(probe), "with mark": []byte("\xef\xbb\xbf" + probe), "other SOAP": []byte(other)}))
	recognise(t, []dpi.Protocol{WSD}, datagrams("wsd", 50001, map[string][]byte{"another port": []byte(probe)}))
	recognise(t, []dpi.Protocol{WSD}, datagrams("unknown", 50001, map[string][]byte{"other SOAP, another port": []byte(other)}))
}

func TestTimeProtocols(t *testing.T) {
	request := prototest.Bytes(0x23, 0, 6, 0xec, make([]byte, 44))
	control := prototest.Bytes(0x16, 2, uint16(1), uint64(0))
	monlist := prototest.Bytes(0x17, 0, 3, 42, uint32(0))
	all := []dpi.Protocol{NTP, PTP, Roughtime, Time, Daytime}
	recognise(t, all, datagrams("ntp", 123, map[string][]byte{"client": request, "authenticated": append(request[:48:48], make([]byte, 20)...), "control": control, "monlist": monlist}))
	recognise(t, all, datagrams("unknown", 123, map[string][]byte{"version 7": prototest.Bytes(0x3b, request[1:]), "stratum 99": prototest.Bytes(0x23, 99, request[2:]), "short": request[:40]}))
	sync := prototest.Bytes(0, 2, uint16(44), make([]byte, 40))
	recognise(t, all, datagrams("ptpv2", 319, map[string][]byte{"sync": sync, "padded": append(sync[:44:44], 0, 0)}))
	recognise(t, all, datagrams("unknown", 319, map[string][]byte{"no such type": prototest.Bytes(5, sync[1:]), "too long": prototest.Bytes(0, 2, uint16(45), sync[4:])}))
	rough := prototest.Bytes(2, 0, 0, 0, 64, 0, 0, 0, "NONC", "PAD\xff", make([]byte, 64+40))
	framed := prototest.Bytes("ROUGHTIM", byte(len(rough)), 0, 0, 0, rough)
	recognise(t, all, datagrams("roughtime", 2002, map[string][]byte{"Google's": rough, "IETF's": framed}))
	recognise(t, all, datagrams("unknown", 2002, map[string][]byte{"tag beyond the end": prototest.Bytes(2, 0, 0, 0, 200, 0, 0, 0, rough[8:])}))
	recognise(t, all, []conversation{
		{name: "daytime", port: 13, say: []string{"<Tuesday, November 14, 2023 22:13:20-UTC\r\n"}, want: "daytime"},
		{name: "daytime by UDP", udp: true, port: 13, say: []string{">\n", "<14 NOV 2023 22:13:20 UTC\r\n"}, want: "daytime"},
		{name: "daytime, no time", port: 13, say: []string{"<hello\r\n"}, want: "unknown"},
		{name: "time", port: 37, say: []string{serverSays(uint32((1_700_000_000 + from1900To1970) & 0xffffffff))}, want: "time"},
		{name: "time of the year 1900", port: 37, say: []string{serverSays(uint32(7))}, want: "unknown"},
	})
}

func TestLineServices(t *testing.T) {
	all := []dpi.Protocol{Whois, Finger, Ident, Gopher, Echo, Chargen}
	pattern := " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n"
	recognise(t, all, []conversation{
		{name: "whois", port: 43, say: []string{">example.com\r\n", "<% IANA WHOIS server\n"}, want: "whois_das"},
		{name: "whois, answer only", port: 43, say: []string{"<   Domain Name: EXAMPLE.COM\r\n   Registrar WHOIS Server: x\r\n"}, want: "whois_das"},
		{name: "whois, not text", port: 43, say: []string{">\x16\x03\x01\x02\x00\x01\n"}, want: "unknown"},
		{name: "finger", port: 79, say: []string{">root\r\n", "<Login: root\r\n"}, want: "finger"},
		{name: "finger, no question", port: 79, say: []string{">GET / HTTP/1.1\r\nHost: x\r\n\r\n"}, whole: true, want: "unknown"},
		{name: "ident", port: 113, say: []string{">6193, 23\r\n", "<6193, 23 : USERID : UNIX : joe\r\n"}, want: "ident"},
		{name: "ident, answer only", port: 113, say: []string{"<6195, 23 : ERROR : NO-USER\r\n"}, want: "ident"},
		{name: "ident, not ports", port: 113, say: []string{">hello, world\r\n"}, want: "unknown"},
		{name: "gopher", port: 70, say: []string{">/about\r\n"}, want: "gopher"},
		{name: "gopher, menu", port: 70, say: []string{"<iWelcome\tfake\t(NULL)\t0\r\n"}, want: "gopher"},
		{name: "gopher, not a menu", port: 70, say: []string{"<hello there\r\n"}, want: "unknown"},
		{name: "echo", port: 7, whole: true, say: []string{">hello echo\r\n", "<hello echo\r\n"}, want: "echo"},
		{name: "not echo", port: 7, whole: true, say: []string{">hello echo\r\n", "<good bye\r\n"}, want: "unknown"},
		{name: "chargen", port: 19, say: []string{"<" + pattern}, want: "chargen"},
		{name: "not chargen", port: 19, say: []string{"<" + "hello there, this is no pattern of characters"}, want: "unknown"},
	})
	n := prototest.New(t, Whois)
	if got := n.TCP(40000, 43).Up([]byte("domain example.com\r\n")).Host(); got != "example.com" {
		t.Errorf("host %q", got)
	}
}
