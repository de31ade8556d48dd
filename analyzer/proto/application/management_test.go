package application

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

func TestSyslog(t *testing.T) {
	old, current := "<34>Oct 11 22:14:15 host su: failed", "<165>1 2003-10-11T22:14:15.003Z host app - ID47 - text"
	all := []dpi.Protocol{Syslog}
	recognise(t, all, datagrams("syslog", 514, map[string][]byte{"RFC 3164": []byte(old), "RFC 5424": []byte(current), "neither": []byte("<14>date=2023-01-01 x")}))
	recognise(t, all, datagrams("syslog", 5514, map[string][]byte{"another port": []byte(old), "RFC 5424, another port": []byte(current)}))
	recognise(t, all, datagrams("unknown", 5514, map[string][]byte{"neither, another port": []byte("<14>date=2023-01-01 x")}))
	recognise(t, all, datagrams("unknown", 514, map[string][]byte{"priority too high": []byte("<999>Oct 11 22:14:15 x"), "XML": []byte("<a>text</a>")}))
	recognise(t, all, []conversation{
		{name: "TCP", port: 514, say: []string{">" + old + "\n"}, want: "syslog"},
		{name: "TCP with length", port: 601, say: []string{">57 " + current}, want: "syslog"},
		{name: "TCP, no priority", port: 514, say: []string{">hello there, this is a longer line of text\n"}, want: "unknown"},
	})
}

func TestFlowExport(t *testing.T) {
	v5 := prototest.Bytes(uint16(5), uint16(1), make([]byte, 20+48))
	v9 := prototest.Bytes(uint16(9), uint16(1), uint32(1), uint32(1_700_000_000), uint32(1), uint32(0), uint16(0), uint16(12), uint16(256), uint16(1), uint16(8), uint16(4))
	ipfix := prototest.Bytes(uint16(10), uint16(28), uint32(1_700_000_000), uint32(1), uint32(0), uint16(2), uint16(12), uint16(256), uint16(1), uint16(8), uint16(4))
	v1 := prototest.Bytes(uint16(1), uint16(2), make([]byte, 12+2*52))
	sflow5 := prototest.Bytes(uint32(5), uint32(1), []byte{192, 0, 2, 1}, uint32(0), uint32(1), uint32(1000), uint32(1), uint32(1), uint32(8), uint64(0))
	all := []dpi.Protocol{NetFlow, SFlow}
	recognise(t, all, datagrams("netflow", 2055, map[string][]byte{"version 1": v1, "version 5": v5, "version 9": v9, "IPFIX": ipfix}))
	recognise(t, all, datagrams("netflow", 50001, map[string][]byte{"another port": v9}))
	recognise(t, all, datagrams("unknown", 2055, map[string][]byte{"wrong length": v5[:60], "no set": prototest.Bytes(v9[:20], uint16(99), v9[22:]), "IPFIX, wrong length": ipfix[:24]}))
	recognise(t, all, datagrams("sflow", 6343, map[string][]byte{"sFlow": sflow5, "sFlow, no samples": prototest.Bytes(sflow5[:24], uint32(0))}))
	recognise(t, all, datagrams("unknown", 6343, map[string][]byte{"sFlow, odd sample": prototest.Bytes(sflow5[:28], uint32(77), sflow5[32:]), "sFlow, odd address": prototest.Bytes(uint32(5), uint32(9), sflow5[8:])}))
	recognise(t, all, []conversation{{name: "IPFIX over TCP", port: 4739, say: []string{clientSays(ipfix)}, want: "netflow"}})
}

func TestCollectd(t *testing.T) {
	part := func(kind uint16, s string) []byte { return prototest.Bytes(kind, uint16(4+len(s)), s) }
	message := prototest.Bytes(part(0, "host.example\x00"), part(8, "12345678"), part(2, "cpu\x00"))
	encrypted := part(0x0210, "\x00\x04user"+strings.Repeat("x", 60))
	all := []dpi.Protocol{Collectd}
	recognise(t, all, datagrams("collectd", 25826, map[string][]byte{"plain": message, "encrypted": encrypted}))
	recognise(t, all, datagrams("collectd", 50001, map[string][]byte{"another port": message}))
	recognise(t, all, datagrams("unknown", 25826, map[string][]byte{"broken part": message[:len(message)-1], "no such part": prototest.Bytes(message, part(99, "x"))}))
}

func TestTFTP(t *testing.T) {
	block := clientSays(uint16(3), uint16(1), strings.Repeat("x", 512))
	recognise(t, []dpi.Protocol{TFTP}, []conversation{
		{name: "read", udp: true, port: 69, say: []string{clientSays(uint16(1), "boot.img\x00octet\x00")}, want: "tftp"},
		{name: "write with options", udp: true, port: 50069, say: []string{clientSays(uint16(2), "x\x00NetASCII\x00blksize\x001428\x00")}, want: "tftp"},
		{name: "no such mode", udp: true, port: 69, say: []string{clientSays(uint16(1), "boot.img\x00fast\x00")}, want: "unknown"},
		{name: "transfer", udp: true, port: 50001, say: []string{block, serverSays(uint16(4), uint16(1))}, want: "tftp"},
		{name: "options accepted", udp: true, port: 50001, say: []string{serverSays(uint16(6), "tsize\x001024\x00")}, want: "tftp"},
		{name: "error", udp: true, port: 69, say: []string{serverSays(uint16(5), uint16(1), "not found\x00")}, want: "tftp"},
		{name: "blocks, one direction", udp: true, port: 50001, say: []string{block, clientSays(uint16(3), uint16(2), "the end")}, want: "tftp"},
		{name: "acknowledgements, one direction", udp: true, port: 50001, say: []string{clientSays(uint16(4), uint16(8)), clientSays(uint16(4), uint16(9))}, want: "tftp"},
		{name: "blocks without order", udp: true, port: 50001, say: []string{block, clientSays(uint16(3), uint16(99), "the end")}, want: "unknown"},
		{name: "block without answer", udp: true, port: 50001, say: []string{block}, want: "unknown"},
		{name: "answer of another block", udp: true, port: 50001, say: []string{block, serverSays(uint16(4), uint16(9))}, want: "unknown"},
	})
}

func TestManagementDatagrams(t *testing.T) {
	dtls := prototest.Bytes(uint32(0x01000000), 22, 0xfe, 0xff, make([]byte, 10))
	discovery := prototest.Bytes(0, 0x10, 2, 0, uint32(0), uint32(1), 0, uint16(7), 0, uint16(20), uint16(0))
	probe := prototest.Bytes(uint32(0), "\xff\xff\xff\xff\xff\xff", strings.Repeat("\x02\x00\x00\x00\x00\x01", 16))
	stamp := prototest.Bytes(uint32(1), uint64(0x83aa7e8012345678), uint16(1), make([]byte, 30))
	all := []dpi.Protocol{RMCP, XDMCP, WOL, CAPWAP, TWAMP, Iperf, RipeAtlas, CPHA}
	recognise(t, all, datagrams("rmcp", 623, map[string][]byte{
		"ASF": prototest.Bytes(6, 0, 255, 6, uint32(4542), uint32(0)), "IPMI": prototest.Bytes(6, 0, 255, 7, make([]byte, 12)), "RMCP ack": {6, 0, 1, 0x86}}))
	recognise(t, all, datagrams("unknown", 623, map[string][]byte{"RMCP version 7": prototest.Bytes(7, 0, 255, 6, uint32(4542), uint32(0)), "ASF of another": prototest.Bytes(6, 0, 255, 6, uint32(1), uint32(0))}))
	recognise(t, all, datagrams("xdmcp", 177, map[string][]byte{"XDMCP": prototest.Bytes(uint16(1), uint16(2), uint16(1), 0)}))
	recognise(t, all, datagrams("unknown", 177, map[string][]byte{"XDMCP, wrong length": prototest.Bytes(uint16(1), uint16(2), uint16(9), 0)}))
	recognise(t, all, datagrams("wol", 9, map[string][]byte{"WOL": probe[4:], "WOL with password": append(probe[4:len(probe):len(probe)], 1, 2, 3, 4, 5, 6)}))
	recognise(t, all, datagrams("unknown", 9, map[string][]byte{"WOL, two addresses": append(probe[4:len(probe)-1:len(probe)-1], 9)}))
	recognise(t, all, datagrams("capwap", 5246, map[string][]byte{"CAPWAP": discovery, "CAPWAP in DTLS": dtls}))
	recognise(t, all, datagrams("capwap", 5247, map[string][]byte{"CAPWAP data": discovery[:12]}))
	recognise(t, all, datagrams("unknown", 5246, map[string][]byte{"CAPWAP, element too long": prototest.Bytes(discovery[:13], uint16(700), discovery[15:])}))
	recognise(t, all, datagrams("twamp", 862, map[string][]byte{"STAMP": stamp}))
	recognise(t, all, datagrams("unknown", 862, map[string][]byte{"STAMP without error estimate": prototest.Bytes(stamp[:12], uint16(0), stamp[14:])}))
	recognise(t, all, datagrams("iperf", 5201, map[string][]byte{"iperf3": []byte("9876"), "iperf2": prototest.Bytes(make([]byte, 100), strings.Repeat("0123456789", 20))}))
	recognise(t, all, datagrams("ripe_atlas", 33000, map[string][]byte{"RIPE Atlas": []byte("MGLNDD_192.0.2.1_4711")}))
	recognise(t, all, datagrams("cpha", 8116, map[string][]byte{"CPHA": prototest.Bytes(uint16(0x1a90), make([]byte, 30))}))
}

func TestManagementStreams(t *testing.T) {
	hello, hello13 := prototest.Bytes(1, 0, uint16(8), uint32(1)), prototest.Bytes(4, 0, uint16(16), uint32(9), uint16(1), uint16(8), uint32(0x12))
	greeting := prototest.Bytes(make([]byte, 12), uint32(1), strings.Repeat("c", 16), strings.Repeat("s", 16), uint32(1024), make([]byte, 12))
	cookie := strings.Repeat("abcdefghijklmnop2345", 2)[:36] + "\x00"
	recognise(t, []dpi.Protocol{Munin, Zabbix, Checkmk, Kismet, OpenFlow, TWAMP, OWAMP, Iperf}, []conversation{
		{name: "munin", port: 4949, say: []string{"<# munin node at db1\n", ">list\n"}, want: "munin"},
		{name: "munin, client only", port: 4949, say: []string{">config df\n"}, want: "munin"},
		{name: "munin, other text", port: 4949, say: []string{">hello\n"}, want: "unknown"},
		{name: "zabbix", port: 10051, say: []string{clientSays("ZBXD\x01", uint64(5), "hello")}, want: "zabbix"},
		{name: "zabbix, no such flags", port: 10051, say: []string{clientSays("ZBXD\x70", uint64(5), "hello")}, want: "unknown"},
		{name: "checkmk", port: 6556, say: []string{"<<<<check_mk>>>\nVersion: 2.1\n"}, want: "checkmk"},
		{name: "kismet", port: 2501, say: []string{"<*KISMET: 0.0.0 1144004381\n"}, want: "kismet"},
		{name: "kismet, client only", port: 2501, say: []string{">!0 ENABLE GPS lat,lon\n!0 ENABLE REMOVE *\n"}, want: "kismet"},
		{name: "kismet, no such command", port: 2501, say: []string{">!0 LOGIN GPS lat,lon\n"}, want: "unknown"},
		{name: "openflow", port: 6653, say: []string{clientSays(hello), serverSays(hello)}, want: "openflow"},
		{name: "openflow, another port", port: 16653, whole: true, say: []string{clientSays(hello13), serverSays(hello)}, want: "openflow"},
		{name: "openflow, one side", port: 16653, say: []string{clientSays(hello)}, want: "unknown"},
		{name: "twamp", port: 862, say: []string{serverSays(greeting)}, want: "twamp"},
		{name: "owamp", port: 861, say: []string{serverSays(greeting)}, want: "owamp"},
		{name: "owamp, odd count", port: 861, say: []string{serverSays(greeting[:48], uint32(1000), greeting[52:])}, want: "unknown"},
		{name: "iperf3", port: 5201, say: []string{">" + cookie}, want: "iperf"},
		{name: "iperf2", port: 5001, say: []string{clientSays(make([]byte, 60), strings.Repeat("0123456789", 20))}, want: "iperf"},
		{name: "iperf, no end of cookie", port: 5201, say: []string{">" + strings.Repeat("a", 60)}, want: "unknown"},
	})
}
