package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

func TestSNMP(t *testing.T) {
	pdu := berOf(0xa0, berOf(2, uint32(77)), berOf(2, 0), berOf(2, 0), berOf(0x30, berOf(0x30, berOf(6, 0x2b, 6, 1), berOf(5))))
	v1 := berOf(0x30, berOf(2, 0), berOf(4, "public"), pdu)
	v2 := berOf(0x30, berOf(2, 1), berOf(4, "public"), pdu)
	v3 := berOf(0x30, berOf(2, 3), berOf(0x30, berOf(2, uint32(9)), berOf(2, uint16(1500)), berOf(4, byte(4)), berOf(2, 3)), berOf(4, "usm"), berOf(4, "secret"))
	all := []dpi.Protocol{SNMP, LDAP}
	recognise(t, all, datagrams("snmp", 161, map[string][]byte{"version 1": v1, "version 2c": v2, "version 3": v3, "cut": v2[:len(v2)-4]}))
	recognise(t, all, datagrams("snmp", 50000, map[string][]byte{"other port": v2, "other port, version 3": v3}))
	recognise(t, all, datagrams("unknown", 50000, map[string][]byte{"other port, cut": v2[:len(v2)-4], "other port, trailing": append(v2[:len(v2):len(v2)], 0)}))
	recognise(t, all, datagrams("unknown", 161, map[string][]byte{"version 9": berOf(0x30, berOf(2, 9), berOf(4, "public"), pdu)}))
}

func TestLDAP(t *testing.T) {
	bind := berOf(0x30, berOf(2, 1), berOf(0x60, berOf(2, 3), berOf(4), berOf(0x80)))
	bound := berOf(0x30, berOf(2, 1), berOf(0x61, berOf(10, 0), berOf(4), berOf(4)))
	search := berOf(0x30, berOf(2, 2), berOf(0x63, berOf(4, "dc=example"), berOf(10, 0), berOf(10, 0), berOf(2, 0), berOf(2, 0), berOf(1, 0)))
	unbind := berOf(0x30, berOf(2, 3), berOf(0x42))
	odd := berOf(0x30, berOf(2, 1), berOf(0x60, berOf(4, "no"), berOf(4), berOf(0x80)))
	all := []dpi.Protocol{LDAP, SNMP, Kerberos}
	recognise(t, all, []conversation{
		{name: "bind", port: 389, say: []string{clientSays(bind), serverSays(bound)}, want: "ldap"},
		{name: "bind, another port", port: 10389, say: []string{clientSays(bind), serverSays(bound)}, want: "ldap"},
		{name: "answer only", port: 389, say: []string{serverSays(bound)}, want: "ldap"},
		{name: "search", port: 3268, say: []string{clientSays(search)}, want: "ldap"},
		{name: "unbind", port: 389, say: []string{clientSays(unbind)}, want: "ldap"},
		{name: "bind without version", port: 389, say: []string{clientSays(odd)}, want: "unknown"},
	})
	recognise(t, all, datagrams("ldap", 389, map[string][]byte{"CLDAP": search}))
}

func TestKerberos(t *testing.T) {
	request := berOf(0x6a, berOf(0x30, berOf(0xa1, berOf(2, 5)), berOf(0xa2, berOf(2, 10)), berOf(0xa4, berOf(0x30, berOf(0xa0, berOf(3, uint32(0)))))))
	failure := berOf(0x7e, berOf(0x30, berOf(0xa0, berOf(2, 5)), berOf(0xa1, berOf(2, 30)), berOf(0xa6, berOf(2, 25))))
	version4 := berOf(0x6a, berOf(0x30, berOf(0xa1, berOf(2, 4)), berOf(0xa2, berOf(2, 10))))
	tcp := func(b []byte) []byte { return prototest.Bytes(uint32(len(b)), b) }
	apReq := berOf(0x6e, berOf(0x30, berOf(0xa0, berOf(2, 5)), berOf(0xa1, berOf(2, 14))))
	change := prototest.Bytes(uint16(1), uint16(len(apReq)), apReq, "private part")
	change = prototest.Bytes(uint16(2+len(change)), change)
	all := []dpi.Protocol{Kerberos, LDAP, SNMP}
	recognise(t, all, []conversation{
		{name: "UDP", udp: true, port: 88, say: []string{clientSays(request), serverSays(failure)}, want: "kerberos"},
		{name: "another port", udp: true, port: 8888, say: []string{clientSays(request)}, want: "kerberos"},
		{name: "error only", udp: true, port: 88, say: []string{serverSays(failure)}, want: "kerberos"},
		{name: "version 4", udp: true, port: 88, say: []string{clientSays(version4)}, want: "unknown"},
		{name: "TCP", port: 88, say: []string{clientSays(tcp(request)), serverSays(tcp(failure))}, want: "kerberos"},
		{name: "change of password", udp: true, port: 464, say: []string{clientSays(change)}, want: "kerberos"},
		{name: "TCP, version 4", port: 88, say: []string{clientSays(tcp(version4))}, want: "unknown"},
	})
}

func TestTACACS(t *testing.T) {
	start := prototest.Bytes(0xc1, 1, 1, 0, uint32(0xdeadbeef), uint32(8), "\x11\x22\x33\x44\x55\x66\x77\x88")
	reply := prototest.Bytes(0xc1, 1, 2, 0, uint32(0xdeadbeef), uint32(6), "\x11\x22\x33\x44\x55\x66")
	odd := prototest.Bytes(0xc1, 9, 1, 0, uint32(0xdeadbeef), uint32(8), "12345678")
	recognise(t, []dpi.Protocol{TACACS}, []conversation{
		{name: "session", port: 49, say: []string{clientSays(start), serverSays(reply)}, want: "tacacs"},
		{name: "another port", port: 4949, whole: true, say: []string{clientSays(start), serverSays(reply)}, want: "tacacs"},
		{name: "no such type", port: 49, say: []string{clientSays(odd)}, want: "unknown"},
	})
}
