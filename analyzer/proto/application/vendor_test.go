package application

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

func TestEAQ(t *testing.T) {
	const ask, reply = uint32(0x9000), uint32(0x6000)
	probe := func(n int, what uint32) []byte {
		return prototest.Bytes(uint32(n), uint32(3546+2*n), uint32(0x14b07), what)
	}
	up := func(n int) string { return clientSays(probe(n, ask)) }
	down := func(n int) string { return serverSays(probe(n, reply)) }
	recognise(t, []dpi.Protocol{EAQ}, []conversation{
		{name: "echo", udp: true, port: 6000, say: []string{up(0), down(0)}, want: "eaq"},
		{name: "echo of a later one", udp: true, port: 6000, say: []string{up(0), up(1), down(0)}, want: "eaq"},
		{name: "one direction", udp: true, port: 6000, say: []string{up(0), up(1), up(2)}, want: "eaq"},
		{name: "not counted", udp: true, port: 6000, say: []string{up(0), up(0), up(0)}, want: "unknown"},
		{name: "the same came back", udp: true, port: 6000, say: []string{up(0), serverSays(probe(0, ask))}, want: "unknown"},
		{name: "zeros", udp: true, port: 6000, say: []string{clientSays(make([]byte, 16)), clientSays(make([]byte, 16)), clientSays(make([]byte, 16))}, want: "unknown"},
		{name: "another port", udp: true, port: 6001, say: []string{up(0), down(0)}, want: "unknown"},
	})
}

func TestVendorsOfMagic(t *testing.T) {
	ali := "\xce\xfa\xbe\xba\x80\x00\x00\x00" + strings.Repeat("x", 128)
	nosa := "NOSA\x00\x10\x01\x02\x00\x00\x00\x00\xe8\xe6\x7a\x0c"
	recognise(t, []dpi.Protocol{AliCloud, Avast, VMware, FCIP, CiscoVPN}, []conversation{
		{name: "alicloud", port: 8999, say: []string{">" + ali}, want: "alicloud"},
		{name: "alicloud, the server", port: 4, say: []string{"<" + ali}, want: "alicloud"},
		{name: "alicloud, no length", port: 8999, say: []string{">\xce\xfa\xbe\xba\x00\x00\x00\x00"}, want: "unknown"},
		{name: "alicloud, too long", port: 8999, say: []string{">\xce\xfa\xbe\xba\x80\x00\x00\x80"}, want: "unknown"},
		{name: "avast", port: 80, say: []string{">" + nosa}, want: "avast"},
		{name: "avast, no such version", port: 80, say: []string{">NOSA\x00\x10\x07\x02"}, want: "unknown"},
		{name: "avast, too short", port: 80, say: []string{">NOSA\x00\x03\x01\x02"}, want: "unknown"},
		{name: "vmware", port: 902, say: []string{"<220 VMware Authentication Daemon Version 1.10: SSL Required\r\n"}, want: "vmware"},
		{name: "FCIP", port: 3225, say: []string{">\x01\x01\xfe\xfe\x01\x01\xfe\xfe" + strings.Repeat("\x00", 20)}, want: "fcip"},
		{name: "FCIP, wrong complement", port: 3225, say: []string{">\x01\x01\xfe\xff\x01\x01\xfe\xff" + strings.Repeat("\x00", 20)}, want: "unknown"},
		{name: "IPsec over UDP", udp: true, port: 10000, say: []string{">\xfe\x57\x7e\x2b\x00\x00"}, want: "cisco_vpn"},
		{name: "IPsec over UDP, another port", udp: true, port: 10001, say: []string{">\xfe\x57\x7e\x2b\x00\x00"}, want: "unknown"},
	})
}

// TestAnyConnect checks that the version that AnyConnect alone speaks tells it.
func TestAnyConnect(t *testing.T) {
	alert := func(version uint16) string {
		return clientSays(byte(21), version, uint16(1), make([]byte, 6), uint16(32), strings.Repeat("x", 32))
	}
	recognise(t, []dpi.Protocol{DTLS, CiscoVPN}, []conversation{
		{name: "AnyConnect", udp: true, port: 443, say: []string{alert(0x0100)}, want: "dtls.cisco_vpn"},
		{name: "DTLS 1.2", udp: true, port: 443, say: []string{alert(0xfefd)}, want: "dtls"},
	})
}

func TestOokla(t *testing.T) {
	const hello = "<HELLO 2.9 (2.9.9) 2021-11-30.2159.ffae0e0\n"
	recognise(t, []dpi.Protocol{Ookla}, []conversation{
		{name: "with a number", port: 8080, say: []string{">HI 8e17cb65-c6b5-4b39-adcc-970a06a1e453\n"}, want: "ookla"},
		{name: "without", port: 5060, say: []string{">HI\n", hello, ">GETIP\n"}, want: "ookla"},
		{name: "another port", port: 50601, say: []string{">HI\n", hello}, want: "ookla"},
		{name: "the server", port: 8080, say: []string{hello}, want: "ookla"},
		{name: "joined in the middle", port: 8080, say: []string{">PING 1491069115246\n", "<PONG 1491069075027\n"}, want: "ookla"},
		{name: "joined in the middle, another port", port: 6667, say: []string{">PING 1491069115246\n"}, want: "unknown"},
		{name: "no number", port: 8080, say: []string{">HI there\n"}, want: "unknown"},
		{name: "another greeting", port: 8080, say: []string{">HELLO world\n"}, want: "unknown"},
	})
}

func TestMatter(t *testing.T) {
	random := strings.Repeat("r", 32)
	sigma := prototest.Bytes("\x15\x30\x01\x20", random, "\x25\x02\x01\x00\x18")
	first := prototest.Bytes(byte(4), []byte{0, 0, 0}, uint32(1), uint64(7), byte(5), byte(0x30), uint16(9), uint16(0), sigma)
	answer := prototest.Bytes(byte(1), []byte{0, 0, 0}, uint32(1), uint64(7), byte(6), byte(0x31), uint16(9), uint16(0), uint32(1), sigma)
	all := []dpi.Protocol{Matter}
	recognise(t, all, datagrams("matter", 5540, map[string][]byte{"Sigma1": first, "Sigma2": answer}))
	recognise(t, all, datagrams("matter", 40000, map[string][]byte{"another port": first}))
	recognise(t, all, datagrams("unknown", 5540, map[string][]byte{
		"session":          prototest.Bytes(first[:1], byte(1), first[2:]),
		"another protocol": prototest.Bytes(first[:20], byte(1), first[21:]),
		"no structure":     prototest.Bytes(first[:22], byte(0x16), first[23:]),
		"no operation":     prototest.Bytes(first[:17], byte(0x50), first[18:]),
		"to a group":       prototest.Bytes(byte(6), first[1:]),
	}))
}

func TestJSONRPC(t *testing.T) {
	const call = `{"id": 1, "method": "subtract", "params": [42, 23], "jsonrpc" : "2.0"}`
	recognise(t, []dpi.Protocol{JSONRPC}, []conversation{
		{name: "call", port: 4001, say: []string{">" + call}, want: "json_rpc"},
		{name: "batch", port: 4001, say: []string{">[" + call + "]"}, want: "json_rpc"},
		{name: "answer", port: 4001, say: []string{`<{"jsonrpc":"2.0","result":19,"id":1}`, "<\n{}\n", "<{}\n"}, want: "json_rpc"},
		{name: "language server", port: 4001, say: []string{">Content-Length: 70\r\n\r\n" + call}, want: "json_rpc"},
		{name: "datagram", udp: true, port: 4001, say: []string{">" + call}, want: "json_rpc"},
		{name: "version 1", port: 4001, say: []string{`>{"method":"echo","params":[],"id":1}`}, want: "unknown"},
		{name: "another version", port: 4001, say: []string{`>{"jsonrpc":"3.0"}`}, want: "unknown"},
		{name: "only the word", udp: true, port: 4001, say: []string{`>{"text":"jsonrpc"}`}, want: "unknown"},
	})
}

func TestXOT(t *testing.T) {
	call := prototest.Bytes(uint16(0), uint16(8), []byte{0x10, 1, 0x0b, 0x22, 1, 2, 3, 4})
	ready := prototest.Bytes(uint16(0), uint16(3), []byte{0x10, 1, 0x21})
	recognise(t, []dpi.Protocol{XOT}, []conversation{
		{name: "call", port: 1998, say: []string{clientSays(call)}, want: "x25"},
		{name: "several", port: 1998, say: []string{clientSays(ready, call)}, want: "x25"},
		{name: "another port", port: 1999, say: []string{clientSays(call)}, want: "unknown"},
		{name: "another version", port: 1998, say: []string{clientSays(uint16(1), call[2:])}, want: "unknown"},
		{name: "no such format", port: 1998, say: []string{clientSays(call[:4], byte(0x40), call[5:])}, want: "unknown"},
		{name: "no such type", port: 1998, say: []string{clientSays(call[:6], byte(0x3d), call[7:])}, want: "unknown"},
	})
}

// TestNotOpenVPN holds that a number that both sides of NTP send is no session.
func TestNotOpenVPN(t *testing.T) {
	recognise(t, []dpi.Protocol{OpenVPN}, []conversation{
		{name: "NTP", udp: true, port: 40001, say: []string{clientSays(byte(0x23), make([]byte, 47)), serverSays(byte(0x24), make([]byte, 47))}, want: "unknown"},
		{name: "text", port: 40001, say: []string{">00 20 quick brown foxes\n", "<00 20 quick brown foxes 20 quick brown\n"}, want: "unknown"},
	})
}

func TestUFTP(t *testing.T) {
	common := []byte{0x40, 1, 0, 1, 1, 2, 3, 4, 9, 9, 9, 9, 0, 100, 10, 0}
	announce := prototest.Bytes(common, byte(1), byte(2), make([]byte, 6))
	recognise(t, []dpi.Protocol{UFTP}, datagrams("uftp", 1044, map[string][]byte{"announcement": announce}))
	recognise(t, []dpi.Protocol{UFTP}, datagrams("unknown", 1044, map[string][]byte{
		"functions differ": prototest.Bytes(common, byte(2), byte(2), make([]byte, 6)),
		"too long":         prototest.Bytes(common, byte(1), byte(3), make([]byte, 6)),
		"another version":  prototest.Bytes(byte(0x30), announce[1:]),
	}))
}

func TestBFCP(t *testing.T) {
	message := func(version, primitive byte, transaction uint16, attributes string) []byte {
		return prototest.Bytes(version<<5, primitive, uint16(len(attributes)/4), uint32(1), transaction, uint16(234), attributes)
	}
	const floor = "\x05\x04\x02\x1f" // FLOOR-ID 543, mandatory
	request, status := message(1, 1, 123, floor), message(1, 4, 123, "\x1f\x08\x00\x2e\x0b\x04\x01\x00")
	recognise(t, []dpi.Protocol{BFCP}, []conversation{
		{name: "request", port: 5070, say: []string{clientSays(request), serverSays(status)}, want: "bfcp", whole: true},
		{name: "datagrams", udp: true, port: 5070, say: []string{clientSays(message(2, 11, 5, "")), serverSays(message(2, 12, 5, "\x15\x03\x01\x00"))}, want: "bfcp"},
		{name: "no answer", port: 5070, say: []string{clientSays(request)}, want: "unknown"},
		{name: "another transaction", udp: true, port: 5070, say: []string{clientSays(request), serverSays(message(1, 4, 9, floor))}, want: "unknown"},
		{name: "attributes do not fill", udp: true, port: 5070, say: []string{clientSays(message(1, 1, 1, "\x05\x06\x00\x00")), serverSays(message(1, 4, 1, "\x05\x06\x00\x00"))}, want: "unknown"},
		{name: "no such primitive", udp: true, port: 5070, say: []string{clientSays(message(1, 40, 1, "")), serverSays(message(1, 40, 1, ""))}, want: "unknown"},
	})
}

// A STUN answer has the bytes of an old version of DTLS where a record has its
// version; it must not be taken for AnyConnect.
func TestSTUNIsNotCiscoVPN(t *testing.T) {
	answer := prototest.Hex("0101000c2112a442000102030405060708090a0b00200008000111223344556f")
	record := []byte(dtlsRecordText)
	flow := prototest.New(t, STUN, DTLS, CiscoVPN).UDP(40000, 50000).Up(answer).Down(record).Up(answer, answer)
	if want := "ethernet.ip.udp.stun.dtls"; flow.Path() != want {
		t.Errorf("path %s, want %s", flow.Path(), want)
	}
}
