package application

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application/hosts"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

// stunID is a transaction identifier.
const stunID = "transaction1"

// stunOf builds a message with cookie and the given attributes.
func stunOf(kind uint16, attrs ...[]byte) []byte {
	body := prototest.Bytes()
	for _, a := range attrs {
		body = append(body, a...)
	}
	return prototest.Bytes(kind, uint16(len(body)), uint32(stunCookie), stunID, body)
}

// stunAttr builds an attribute with its padding.
func stunAttr(kind uint16, value any) []byte {
	d := prototest.Bytes(value)
	return prototest.Bytes(kind, uint16(len(d)), d, make([]byte, -len(d)&stunPadded))
}

// xorAddress builds the value of an address attribute.
func xorAddress(to string) []byte {
	a := netip.MustParseAddrPort(to)
	key := prototest.Bytes(uint32(stunCookie), stunID)
	value := a.Addr().AsSlice()
	for i := range value {
		value[i] ^= key[i]
	}
	family := byte(stunAddressIPv4)
	if a.Addr().Is6() {
		family = stunAddressIPv6
	}
	return prototest.Bytes(byte(0), family, a.Port()^stunCookie>>16, value)
}

func TestSTUNIsRecognised(t *testing.T) {
	request := string(stunOf(0x0001))
	classic := string(prototest.Bytes(uint16(0x0001), uint16(0), "sixteen bytes id"))
	answer := string(prototest.Bytes(uint16(0x0101), uint16(12), "sixteen bytes id", stunAttr(0x0001, prototest.Hex("0001 1000 0a000001"))))
	empty := string(prototest.Bytes(uint16(0x0101), uint16(0), "sixteen bytes id"))
	channel := string(prototest.Hex("40010003 aabbcc00"))
	ms := string(prototest.Bytes(uint16(0x0003), uint16(8), "sixteen bytes id", stunAttr(stunMSMagic, uint32(msCookie))))
	framed := string(prototest.Bytes(uint16(len(request)), request))
	recognise(t, rtpProtocols, []conversation{
		{name: "request", udp: true, port: 9999, want: "stun", say: []string{">" + request}},
		{name: "only the answer", udp: true, port: 9999, want: "stun", say: []string{"<" + string(stunOf(0x0101, stunAttr(0x20, xorAddress("1.2.3.4:5"))))}},
		{name: "length past the end", udp: true, port: 9999, want: "unknown", say: []string{">" + string(prototest.Bytes(uint16(1), uint16(8), uint32(stunCookie), stunID))}},
		{name: "classic on its port", udp: true, port: 3478, want: "stun", say: []string{">" + classic}},
		{name: "classic elsewhere, alone", udp: true, port: 9999, want: "unknown", say: []string{">" + classic}},
		{name: "classic elsewhere, answered", udp: true, port: 9999, want: "stun", say: []string{">" + classic, "<" + answer}},
		{name: "classic elsewhere, bare answer", udp: true, port: 9999, want: "stun", say: []string{">" + classic, "<" + empty}},
		{name: "classic, attributes do not fill it", udp: true, port: 3478, want: "unknown", say: []string{
			">" + string(prototest.Bytes(uint16(1), uint16(6), "sixteen bytes id", uint16(6), uint16(9), uint16(0)))}},
		{name: "two channel messages", udp: true, port: 9999, want: "stun", say: []string{">" + channel, ">" + channel}},
		{name: "two channels", udp: true, port: 9999, want: "unknown", say: []string{">" + channel, ">@\x02" + channel[2:]}},
		{name: "session of MS-TURN", udp: true, port: 9999, want: "stun", say: []string{
			">" + string(prototest.Bytes(uint16(0xff10), uint16(8+len(request)), "sessions", request))}},
		{name: "DTLS in the flow", udp: true, port: 9999, want: "stun.dtls", say: []string{">" + request, ">" + dtlsRecordText}},
		{name: "DTLS in a message", udp: true, port: 9999, want: "stun.dtls", say: []string{">" + string(stunOf(1, stunAttr(stunMetaDTLS, dtlsRecordText)))}},
		{name: "media in the flow", udp: true, port: 9999, want: "stun.srtp", say: []string{
			">" + request, ">" + string(rtpPacket(111, 1, 960, 7, 50)), ">" + string(rtpPacket(111, 2, 1920, 7, 50))}},
		{name: "media in a channel", udp: true, port: 9999, want: "stun.srtp", say: []string{
			">" + request, ">" + inChannel(rtpPacket(111, 1, 960, 7, 50)), ">" + inChannel(rtpPacket(111, 2, 1920, 7, 50))}},
		{name: "bare over TCP", port: 9999, want: "stun", say: []string{">" + request}},
		{name: "framed over TCP", port: 9999, want: "stun", say: []string{">" + framed}},
		{name: "MS-TURN over TCP", port: 443, want: "stun", say: []string{
			">" + string(prototest.Bytes(byte(2), byte(0), uint16(len(ms)), ms))}},
		{name: "not over TCP", port: 3478, want: "unknown", say: []string{">\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}},
	})
}

// dtlsRecordText is a record of a handshake that says nothing.
const dtlsRecordText = "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10" +
	"\x01\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00"

func inChannel(d []byte) string { return string(prototest.Bytes(uint16(0x4005), uint16(len(d)), d)) }

func TestSTUNServices(t *testing.T) {
	for _, c := range []struct {
		name string
		attr []byte
		want string
	}{
		{"nothing", stunAttr(0x0024, uint32(1)), "stun"},
		{"realm of Telegram", stunAttr(stunRealm, "telegram.org"), "stun.telegram_voip"},
		{"realm of Signal", stunAttr(stunRealm, "turn.voip.signal.org"), "stun.signal_voip"},
		{"realm of Facebook", stunAttr(stunRealm, "turner.facebook"), "stun.facebook_voip"},
		{"WhatsApp", stunAttr(0x4000, "abc"), "stun.whatsapp_call"},
		{"Teams", stunAttr(0x8070, uint32(3)), "stun.skype_teams_call"},
		{"Zoom", stunAttr(0x0101, "12345678901234567890"), "stun.zoom"},
		{"Webex", stunAttr(0xc003, uint32(3)), "stun.webex"},
		{"WebRTC in general", stunAttr(0xc057, uint32(3)), "stun"},
	} {
		n := prototest.New(t, STUN)
		f := n.UDP(40000, 3478).Up(stunOf(0x0003, c.attr))
		if got := f.Final(); got != "ethernet.ip.udp."+c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestSTUNHost notes the realm as the name of the server.
func TestSTUNHost(t *testing.T) {
	n := prototest.New(t, STUN)
	if got := n.UDP(40000, 3478).Up(stunOf(0x0113, stunAttr(stunRealm, "turn.example.org"))).Host(); got != "turn.example.org" {
		t.Errorf("host %q", got)
	}
	if got := n.UDP(40000, 3478).Up(stunOf(0x0113, stunAttr(stunRealm, "not a name"))).Host(); got != "" {
		t.Errorf("host %q of a realm that is no name", got)
	}
}

// TestSTUNFlowsOfACall connects the flows of a call: those of the socket that
// talked to a server, and those of peers that the server was told of.
func TestSTUNFlowsOfACall(t *testing.T) {
	n := prototest.New(t, STUN)
	end := netip.MustParseAddrPort
	local, server, peer, far := end("192.168.1.2:50000"), end("91.1.1.1:3478"), end("10.9.9.9:45678"), end("93.1.1.1:1400")
	n.UDPBetween(local, server).Up(
		stunOf(0x0003, stunAttr(stunRealm, "telegram.org")),
		stunOf(0x0008, stunAttr(stunXORPeer, xorAddress(peer.String()))))
	for name, f := range map[string]*prototest.Flow{
		"same socket": n.UDPBetween(local, far), "named peer": n.UDPBetween(end("192.168.1.2:50001"), peer),
	} {
		if got := f.Up(stunOf(0x0001)).Path(); got != "ethernet.ip.udp.stun.telegram_voip" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := n.UDPBetween(end("192.168.7.7:50000"), server).Up(stunOf(0x0001)).Path(); got != "ethernet.ip.udp.stun" {
		t.Errorf("another client of the server: %s", got)
	}
}

func TestSTUNServerAddresses(t *testing.T) {
	for addr, want := range map[string]dpi.ProtocolID{
		"142.250.82.17": googleCall, "142.250.83.1": dpi.Unknown, "52.115.1.1": id.SkypeTeamsCall, "52.116.0.1": dpi.Unknown,
		"91.108.9.35": id.TelegramVoip, "91.108.17.2": id.TelegramVoip, "91.108.24.1": dpi.Unknown,
		"2001:4860:4864:6::81": googleCall, "2001:4860:4864:7::81": dpi.Unknown, "2001:b28:f23d::1": id.TelegramVoip,
	} {
		a := netip.MustParseAddr(addr).As16()
		if got := stunServer(&a); got != want {
			t.Errorf("%s belongs to %d, want %d", addr, got, want)
		}
	}
}

// TestGoogleCallNumber holds the number that the table of applications has.
func TestGoogleCallNumber(t *testing.T) {
	table, err := hosts.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range table.Applications() {
		if app.ID == uint32(googleCall) {
			if app.Name != "google_call" {
				t.Errorf("number %d is %s", googleCall, app.Name)
			}
			return
		}
	}
	t.Errorf("no application has number %d", googleCall)
}

func TestSTUNAddress(t *testing.T) {
	for _, want := range []string{"192.0.2.1:32853", "[2001:db8::1]:32853"} {
		m, _ := parseSTUN(stunOf(0x0101, stunAttr(0x20, xorAddress(want))))
		addr, port, ok := m.address(m.find(stunXORMapped))
		if got := netip.AddrPortFrom(netip.AddrFrom16(addr).Unmap(), port).String(); !ok || got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// announcer announces the server's end of each of its flows, as the kind that the
// first byte says.
var announcer = dpi.Protocol{
	ID: id.Sip, Name: "sip", Heralds: []dpi.Herald{{L4: ipUDP, Ports: []uint16{9}}},
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 200, Ports: []uint16{9}, Only: true, Classify: func(p *dpi.Packet, d []byte) dpi.Verdict {
		announceRTP(p.Handler(), &p.Flow.Addr[1], p.Flow.Port[1], mediaKind(d[0]))
		return dpi.Yes
	}}},
}

// TestAnnouncedMedia takes what SDP announced for media at the first packet.
func TestAnnouncedMedia(t *testing.T) {
	n := prototest.New(t, append(rtpProtocols, announcer)...)
	end := netip.MustParseAddrPort
	for to, kind := range map[string]mediaKind{"10.0.0.1:4000": mediaRTP, "10.0.0.1:5000": mediaSRTP} {
		n.UDPBetween(end("10.0.0.8:9"), end(to)).Up([]byte{byte(kind)})
	}
	for _, c := range []struct{ to, want string }{{"10.0.0.1:4000", "rtp"}, {"10.0.0.1:5000", "srtp"}, {"10.0.0.2:4000", "unknown"}} {
		f := n.UDPBetween(end("10.0.0.9:7000"), end(c.to)).Up(rtpPacket(98, 1, 1, 1, 33))
		if got := f.Path(); got != "ethernet.ip.udp."+c.want {
			t.Errorf("first packet to %s: %s, want %s", c.to, got, c.want)
		}
	}
	f := n.UDPBetween(end("10.0.0.9:7001"), end("10.0.0.1:4001")).Up(prototest.Hex("80c90009 00000001"))
	if got := f.Path(); got != "ethernet.ip.udp.rtcp" {
		t.Errorf("the port after: %s", got)
	}
}
