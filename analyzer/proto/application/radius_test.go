package application

import (
	"strconv"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// radiusAVP makes an attribute.
func radiusAVP(kind int, parts ...any) []byte {
	b := prototest.Bytes(parts...)
	return prototest.Bytes(kind, 2+len(b), b)
}

// radiusPacket makes a packet with the given attributes.
func radiusPacket(code int, attributes ...[]byte) []byte {
	var body []byte
	for _, a := range attributes {
		body = append(body, a...)
	}
	return prototest.Bytes(code, 7, uint16(20+len(body)), "0123456789abcdef", body)
}

func TestRADIUSRecognition(t *testing.T) {
	account := radiusPacket(4, radiusAVP(40, uint32(1)), radiusAVP(31, "33612345678"))
	wrongLength := append([]byte(nil), account...)
	wrongLength[3]++
	recognise(t, []dpi.Protocol{RADIUS}, []conversation{
		{name: "accounting", udp: true, port: 1813, say: []string{clientSays(account), serverSays(radiusPacket(5))}, want: "radius"},
		{name: "answer only", udp: true, port: 1812, say: []string{serverSays(radiusPacket(2))}, want: "radius"},
		{name: "cut by the capture", udp: true, port: 1812, say: []string{clientSays(account[:40])}, want: "radius"},
		{name: "wrong length", udp: true, port: 1812, say: []string{clientSays(wrongLength)}, want: "radius"},
		{name: "other port", udp: true, port: 9999, say: []string{clientSays(account)}, want: "radius"},
		{name: "other port, wrong length", udp: true, port: 9999, say: []string{clientSays(wrongLength)}, want: "unknown"},
		{name: "other port, no attributes", udp: true, port: 9999, say: []string{clientSays(radiusPacket(2))}, want: "unknown"},
		{name: "no such code", udp: true, port: 1812, say: []string{clientSays(radiusPacket(200))}, want: "unknown"},
	})
}

func TestRADIUSAttributes(t *testing.T) {
	vendor := radiusAVP(26, uint32(vendor3GPP), radiusAVP(1, "208011234567890"), radiusAVP(6, []byte{9, 9, 9, 1}),
		radiusAVP(10, "5"), radiusAVP(21, byte(1)), radiusAVP(23, uint16(0x4000)))
	packet := radiusPacket(4,
		radiusAVP(1, "user"), radiusAVP(8, []byte{9, 9, 9, 10}), radiusAVP(26, uint32(9), radiusAVP(1, "cisco")),
		radiusAVP(31, "33612345678"), radiusAVP(40, uint32(1)), radiusAVP(44, "sess0001"),
		radiusAVP(95, uint64(0x20010db800000000), uint64(7)), radiusAVP(96, uint64(77)), vendor, radiusAVP(224, "x"))
	want := map[string]string{
		"radius.code": "4", "radius.id": "7", "radius.len": strconv.Itoa(len(packet)),
		"radius.authenticator": "30313233343536373839616263646566",
		"radius.user_name":     "75736572", "radius.framed_ip_address": "151587082",
		"radius.calling_station_id": "3333363132333435363738", "radius.acct_status_type": "1",
		"radius.acct_session_id": "7365737330303031", "radius.nas_ipv6_address": "2001:db8::7",
		"radius.framed_interface_id": "77",
		"radius.imsi":                "323038303131323334353637383930", "radius.sgsn_ip": "151587073",
		"radius.nsapi": "53", "radius.rat_type": "1", "radius.timezone": "16384",
		"radius.avp1": "010675736572", "radius.avp224": "e00378",
		"radius.user_password": "", "radius.imei": "", "radius.avp2": "", "radius.avp240": "",
	}
	n := prototest.New(t, RADIUS)
	for name := range want {
		n.Register(name)
	}
	n.UDP(40000, 1813).Up(packet)
	for name, value := range want {
		if got := n.Value(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	prototest.Prefixes(packet, func(prefix []byte) { n.UDP(40000, 1813).Up(prefix) })
}
