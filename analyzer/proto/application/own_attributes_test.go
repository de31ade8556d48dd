package application

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

// ownValue is an attribute and what it must be in the latest packet, "" for none.
type ownValue struct{ name, want string }

// ownCase is a message and what its attributes must be.
type ownCase struct {
	what string
	tcp  bool
	port uint16
	down bool // the message is the server's, behind opening
	open []byte
	send []byte
	want []ownValue
}

// readOwn plays exchanges and compares the attributes of their last packet.
func readOwn(t *testing.T, protocols []dpi.Protocol, list []ownCase) {
	t.Helper()
	n := prototest.New(t, protocols...)
	var look func(p *dpi.Packet)
	if err := n.Handler.AddPacketHandler(2, func(p *dpi.Packet) { look(p) }); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		for _, v := range e.want {
			n.Register(v.name)
		}
		look = func(p *dpi.Packet) { readForNothing(t, p, e) }
		begin := n.UDP
		if e.tcp {
			begin = n.TCP
		}
		f := begin(40000, e.port)
		if e.open != nil {
			f.Up(e.open)
		}
		if e.down {
			f.Down(e.send)
		} else {
			f.Up(e.send)
		}
		for _, v := range e.want {
			if got := n.Value(v.name); got != v.want {
				t.Errorf("%s: %s is %q, want %q", e.what, v.name, got, v.want)
			}
		}
		look = func(*dpi.Packet) {}
		prototest.Prefixes(e.send, func(prefix []byte) {
			begin(40000, e.port).Up(prefix)
		})
	}
}

// readForNothing holds that reading the attributes of a packet takes no memory.
func readForNothing(t *testing.T, p *dpi.Packet, e ownCase) {
	for _, want := range e.want {
		protocol, attribute, _ := strings.Cut(want.name, ".")
		number, a := p.Handler().Registry().AttributeByName(protocol, attribute)
		for i, layer := range p.Layers() {
			if layer.Proto != number {
				continue
			}
			var v dpi.Value
			if n := testing.AllocsPerRun(10, func() { a.Extract(p, i, &v) }); n > 0 {
				t.Errorf("%s: %s takes %v allocations", e.what, want.name, n)
			}
		}
	}
}

func TestOwnAttributesOfDatagrams(t *testing.T) {
	question := prototest.Bytes(uint16(7), uint16(0x0100), uint16(1), uint16(0), uint16(0), uint16(0), 3, "abc", 7, "example", 0, uint16(252), uint16(1))
	invite := "INVITE sip:a@example.org SIP/2.0\r\nFrom: <sip:b@example.org>\r\nUSER-AGENT: friendly-scanner\r\n\r\n"
	readOwn(t, []dpi.Protocol{DNS, SNMP, NTP, TFTP, SIP}, []ownCase{
		{what: "transfer of a zone", port: 53, send: question, want: []ownValue{
			{"dns.query_name", "abc.example"}, {"dns.query_type", "252"}, {"dns.query_name_len", "11"}}},
		{what: "no question", port: 53, send: prototest.Bytes(uint16(7), uint16(0x8005), uint64(0)), want: []ownValue{
			{"dns.query_name", ""}, {"dns.query_type", ""}, {"dns.query_name_len", ""}, {"dns.rcode", "5"}}},
		{what: "get", port: 161, send: berOf(0x30, berOf(2, 1), berOf(4, "public"), berOf(0xa0, berOf(2, 1), berOf(2, 0), berOf(2, 0), berOf(0x30))), want: []ownValue{
			{"snmp.version", "1"}, {"snmp.community", "public"}, {"snmp.pdu_type", "0"}}},
		{what: "version 3", port: 161, send: berOf(0x30, berOf(2, 3), berOf(0x30, berOf(2, 1), berOf(2, 90), berOf(4, 4), berOf(2, 3)), berOf(4, ""), berOf(0x30)), want: []ownValue{
			{"snmp.version", "3"}, {"snmp.community", ""}, {"snmp.pdu_type", ""}}},
		{what: "monitor list", port: 123, send: prototest.Bytes(0x17, 0, 3, 42, uint32(0)), want: []ownValue{
			{"ntp.version", "2"}, {"ntp.mode", "7"}, {"ntp.operation", "42"}, {"ntp.response", "0"}}},
		{what: "variables", port: 123, send: prototest.Bytes(0x16, 0x82, make([]byte, 10)), want: []ownValue{
			{"ntp.mode", "6"}, {"ntp.operation", "2"}, {"ntp.response", "1"}}},
		{what: "time", port: 123, send: prototest.Bytes(0x23, make([]byte, 47)), want: []ownValue{
			{"ntp.version", "4"}, {"ntp.mode", "3"}, {"ntp.operation", ""}, {"ntp.response", ""}}},
		{what: "write", port: 69, send: []byte("\x00\x02run.bin\x00octet\x00"), want: []ownValue{{"tftp.opcode", "2"}, {"tftp.file_name", "run.bin"}}},
		{what: "call", port: 5060, send: []byte(invite), want: []ownValue{
			{"sip.method", "INVITE"}, {"sip.user_agent", "friendly-scanner"}, {"sip.from", "<sip:b@example.org>"}, {"sip.status_code", ""}}},
		{what: "refused call", port: 5060, open: []byte(invite), down: true, send: []byte("SIP/2.0 486 Busy\r\n\r\n"), want: []ownValue{
			{"sip.method", ""}, {"sip.status_code", "486"}, {"sip.user_agent", ""}}},
	})
}

func TestOwnAttributesOfStreams(t *testing.T) {
	bind := func(credentials []byte) []byte {
		return berOf(0x30, berOf(2, 1), berOf(0x60, berOf(2, 3), berOf(4, "cn=a"), credentials))
	}
	smb2Reply := prototest.Bytes(uint32(64), "\xfeSMB", 64, 0, uint16(0), 0x6d, 0, 0, 0xc0, uint16(0x0100), uint16(0), 1, make([]byte, 47))
	rdp := prototest.Bytes(3, 0, uint16(39), 34, 0xe0, uint16(0), uint16(0), 0, "Cookie: mstshash=a\r\n", 1, 0, 8, 0, 3, 0, 0, 0)
	readOwn(t, []dpi.Protocol{LDAP, RDP, MySQL, SMB, {ID: id.Netbios, Name: "netbios"}, MQTT}, []ownCase{
		{what: "simple bind", tcp: true, port: 389, send: bind(berOf(0x80, "secret")), want: []ownValue{
			{"ldap.operation", "0"}, {"ldap.bind_method", "0"}, {"ldap.bind_name", "cn=a"}, {"ldap.bind_credentials_len", "6"}, {"ldap.result_code", ""}}},
		{what: "SASL bind", tcp: true, port: 389, send: bind(berOf(0xa3, berOf(4, "GSSAPI"))), want: []ownValue{{"ldap.bind_method", "3"}}},
		{what: "refused bind", tcp: true, port: 389, open: bind(berOf(0x80, "x")), down: true,
			send: berOf(0x30, berOf(2, 1), berOf(0x61, berOf(0x0a, 49), berOf(4, ""), berOf(4, ""))), want: []ownValue{
				{"ldap.operation", "1"}, {"ldap.result_code", "49"}, {"ldap.bind_method", ""}}},
		{what: "desktop", tcp: true, port: 3389, send: rdp, want: []ownValue{{"rdp.cookie", "a"}, {"rdp.requested_protocols", "3"}}},
		{what: "refused login", tcp: true, port: 3306, down: true, send: prototest.Bytes(15, 0, 0, 0, 0xff, 0x15, 0x04, "#28000denied"), want: []ownValue{
			{"mysql.error_code", "1045"}}},
		{what: "refused session", tcp: true, port: 445, down: true, send: smb2Reply, want: []ownValue{
			{"smb.version", "2"}, {"smb.command", "1"}, {"smb.response", "1"}, {"smb.status", "3221225581"}}},
		{what: "connect", tcp: true, port: 1883, send: prototest.Bytes(0x10, 13, "\x00\x04MQTT", 4, 0x82, uint16(60), uint16(1), "x"), want: []ownValue{
			{"mqtt.packet_type", "1"}, {"mqtt.connect_flags", "130"}, {"mqtt.return_code", ""}, {"mqtt.topic", ""}}},
		{what: "refusal", tcp: true, port: 1883, down: true, send: prototest.Bytes(0x20, 2, 0, 5), want: []ownValue{
			{"mqtt.packet_type", "2"}, {"mqtt.return_code", "5"}, {"mqtt.connect_flags", ""}}},
	})
}

func TestMQTTTopic(t *testing.T) {
	for _, tt := range []struct {
		what string
		d    []byte
		want string
	}{
		{"version 3", prototest.Bytes(0x82, 8, uint16(1), uint16(3), "a/#", 0), "a/#"},
		{"version 5", prototest.Bytes(0x82, 9, uint16(1), 0, uint16(3), "a/#", 0), "a/#"},
		{"version 5 with a property", prototest.Bytes(0x82, 11, uint16(1), 2, 0x0b, 7, uint16(3), "a/#", 0), "a/#"},
		{"message", prototest.Bytes(0x30, 6, uint16(3), "a/b", "x"), "a/b"},
		{"answer", prototest.Bytes(0x90, 3, uint16(1), 0), ""},
		{"cut", prototest.Bytes(0x82, 8, uint16(1), uint16(3), "a/"), ""},
	} {
		if got := string(mqttTopic(tt.d)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.what, got, tt.want)
		}
	}
}

func TestOwnAttributesOfTLS(t *testing.T) {
	hello := record(22, clientHello())
	old := prototest.Bytes(byte(0x80), byte(31), 1, uint16(2), uint16(6), uint16(0), uint16(16), make([]byte, 22))
	readOwn(t, []dpi.Protocol{TLS}, []ownCase{
		{what: "hello", tcp: true, port: 443, send: record(22, clientHello(extension(43, []byte{4, 3, 4, 3, 3}))), want: []ownValue{
			{"ssl.hello_type", "1"}, {"ssl.hello_version", "772"}, {"ssl.certificate_self_signed", ""}}},
		{what: "SSL 2", tcp: true, port: 443, send: old, want: []ownValue{{"ssl.hello_type", "1"}, {"ssl.hello_version", "2"}}},
		{what: "answer", tcp: true, port: 443, open: hello, down: true, send: record(22, append(serverHello(), certificateMessage(t, "a", "CA")...)), want: []ownValue{
			{"ssl.hello_type", "2"}, {"ssl.hello_version", "771"}, {"ssl.certificate_not_before", "0"}, {"ssl.certificate_not_after", "4294967296000000000"}, {"ssl.certificate_self_signed", "0"}, {"ssl.heartbeat_type", ""}}},
		{what: "own certificate", tcp: true, port: 443, open: hello, down: true, send: record(22, append(serverHello(), certificateMessage(t, "a", "a")...)), want: []ownValue{
			{"ssl.certificate_self_signed", "1"}}},
		{what: "heartbeat", tcp: true, port: 443, open: hello, send: record(24, []byte{1, 0x40, 0}), want: []ownValue{
			{"ssl.heartbeat_type", "1"}, {"ssl.heartbeat_length", "16384"}, {"ssl.hello_type", ""}}},
		{what: "encrypted heartbeat", tcp: true, port: 443, open: hello, send: record(24, make([]byte, 40)), want: []ownValue{{"ssl.heartbeat_type", ""}}},
	})
}

func TestDERTime(t *testing.T) {
	for _, tt := range []struct {
		tag  byte
		text string
		want uint64 // seconds
		ok   bool
	}{
		{derUTCTime, "700101000100Z", 60, true},
		{derUTCTime, "490101000000Z", 2493072000, true},
		{derUTCTime, "500101000000Z", 0, true},
		{derGeneralizedTime, "20240101000000Z", 1704067200, true},
		{derGeneralizedTime, "99991231235959Z", 9214646399, true},
		{derGeneralizedTime, "20240101", 0, false},
		{derUTCTime, "7001010001xxZ", 0, false},
		{derUTCTime, "", 0, false},
		{4, "700101000100Z", 0, false},
	} {
		if ns, ok := derTime(tt.tag, []byte(tt.text)); ns != tt.want*1e9 || ok != tt.ok {
			t.Errorf("%q: %d, %v; want %d s, %v", tt.text, ns, ok, tt.want, tt.ok)
		}
	}
}
