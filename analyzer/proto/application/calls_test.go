package application

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// callProtocols are those that set up calls and streams, and what they
// announce.
var callProtocols = []dpi.Protocol{
	SIP, RTSP, MGCP, Megaco, H323, Skinny, IAX, NOE, UNIStim, MSRP, RTP, SRTP, RTCP, T38, RDT, SAP,
}

// bytesOf returns a hexadecimal text as a payload of a conversation.
func bytesOf(direction, hex string) string { return direction + string(prototest.Hex(hex)) }

func TestSIPIsRecognised(t *testing.T) {
	const invite = "INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n"
	recognise(t, callProtocols, []conversation{
		{name: "request", udp: true, port: 9999, want: "sip", say: []string{">" + invite}},
		{name: "response", udp: true, port: 9999, want: "sip", say: []string{"<SIP/2.0 100 Trying\r\n\r\n"}},
		{name: "empty lines first", udp: true, port: 9999, want: "sip", say: []string{">\r\n\r\n" + invite}},
		{name: "keep-alive first", udp: true, port: 5060, want: "sip", say: []string{">\x00\x00\x00\x00", ">" + invite}},
		{name: "only keep-alives", udp: true, port: 5060, want: "unknown", say: []string{">\r\n\r\n", ">\r\n\r\n"}},
		{name: "telephone number", udp: true, port: 9999, want: "sip", say: []string{">MESSAGE tel:+123 SIP/2.0\r\n\r\n"}},
		{name: "HTTP", udp: true, port: 5060, want: "unknown", say: []string{">OPTIONS * HTTP/1.1\r\n\r\n"}},
		{name: "another scheme", udp: true, port: 9999, want: "unknown", say: []string{">GET http://a/ HTTP/1.1\r\n\r\n"}},
		{name: "over TCP", port: 5060, want: "sip", say: []string{">" + invite}},
		{name: "response over TCP", port: 7777, want: "sip", say: []string{"<SIP/2.0 200 OK\r\n\r\n"}},
	})
}

func TestRTSPIsRecognised(t *testing.T) {
	frame := "$\x00\x00\x0c" + string(rtpPacket(96, 1, 2, 3, 0))
	recognise(t, callProtocols, []conversation{
		{name: "request", port: 554, want: "rtsp", say: []string{">OPTIONS rtsp://a.example:554/x RTSP/1.0\r\nCSeq: 1\r\n\r\n"}},
		{name: "every target", port: 554, want: "rtsp", say: []string{">OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"}},
		{name: "AirPlay", port: 7000, want: "rtsp", say: []string{">POST /fp-setup RTSP/1.0\r\nCSeq: 1\r\n\r\n"}},
		{name: "response", port: 9999, want: "rtsp", say: []string{"<RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"}},
		{name: "joined among media", port: 9999, want: "rtsp", say: []string{"<" + frame + frame + frame}},
		{name: "two frames", port: 9999, want: "unknown", say: []string{"<" + frame + frame}},
		{name: "HTTP", port: 554, want: "unknown", say: []string{">GET / HTTP/1.1\r\n\r\n"}},
	})
	n := prototest.New(t, callProtocols...)
	if got := n.TCP(1, 554).Up([]byte("DESCRIBE rtsp://u:p@cam.example.org:554/1 RTSP/1.0\r\n\r\n")).Host(); got != "cam.example.org" {
		t.Errorf("host %q", got)
	}
}

func TestGatewayControlIsRecognised(t *testing.T) {
	recognise(t, callProtocols, []conversation{
		{name: "MGCP command", udp: true, port: 9999, want: "mgcp", say: []string{">RSIP 1200 aaln/1@gw.example MGCP 1.0\r\nRM: restart\r\n"}},
		{name: "MGCP response", udp: true, port: 2427, want: "mgcp", say: []string{"<200 1200 OK\r\n"}},
		{name: "a response elsewhere", udp: true, port: 9999, want: "unknown", say: []string{"<200 1200 OK\r\n"}},
		{name: "no number", udp: true, port: 2427, want: "unknown", say: []string{">RSIP x aaln/1@gw.example MGCP 1.0\r\n"}},
		{name: "Megaco, long form", udp: true, port: 9999, want: "megaco", say: []string{">MEGACO/1 [10.0.0.1]:2944\r\nTransaction = 1 {}"}},
		{name: "Megaco, short form", udp: true, port: 9999, want: "megaco", say: []string{">!/1 <mg>\nT=1{C=-{}}"}},
		{name: "Megaco, binary", udp: true, port: 9999, want: "megaco", say: []string{bytesOf(">", "300d a10b 800101 a106 800400000000")}},
		{name: "other BER", udp: true, port: 2944, want: "unknown", say: []string{bytesOf(">", "300d 020101 a108 800400000000 0500")}},
		{name: "Megaco over TCP", port: 2944, want: "megaco", whole: true, say: []string{">\x03\x00\x00\x16!/1 [10.0.0.1]\nT=1"}},
	})
}

func TestH323IsRecognised(t *testing.T) {
	recognise(t, callProtocols, []conversation{
		{name: "setup", port: 1720, want: "h323", say: []string{bytesOf(">", "0300000f 0802 0001 05 04038890a5 7e00")}},
		{name: "header alone", port: 1720, want: "h323", say: []string{bytesOf(">", "0300000f"), bytesOf(">", "0802 0001 05 04038890a5 7e00")}},
		{name: "control", port: 12000, want: "h323", say: []string{bytesOf(">", "0300001c 02 30 010006 0008817500 0500801bc520401d00800000001bc5")}},
		{name: "another protocol on TPKT", port: 102, want: "unknown", say: []string{bytesOf(">", "03000016 11 e0 0000000100c1020100c2020102c0010a")}},
		{name: "registration", udp: true, port: 1719, want: "h323", say: []string{bytesOf(">", "0220 0000 06 0008914a0004 0011")}},
		{name: "admission and answer", udp: true, port: 1719, want: "h323", say: []string{
			bytesOf(">", "2648 0002 18c0003400370034"), bytesOf("<", "2b00 0002 400a00001102007a")}},
		{name: "answer to another", udp: true, port: 1719, want: "unknown", say: []string{
			bytesOf(">", "2648 0002 18c0003400370034"), bytesOf("<", "2b00 0009 400a00001102007a")}},
	})
}

func TestPhonesAreRecognised(t *testing.T) {
	const skinny = "08000000 00000000 02000000 00000000"
	recognise(t, callProtocols, []conversation{
		{name: "Skinny", port: 2000, want: "cisco_skinny", say: []string{bytesOf(">", skinny)}},
		{name: "Skinny elsewhere", port: 9999, want: "cisco_skinny", say: []string{bytesOf(">", skinny+skinny+skinny+skinny)}},
		{name: "not enough elsewhere", port: 9999, want: "unknown", say: []string{bytesOf(">", skinny+skinny)}},
		{name: "unknown message", port: 2000, want: "unknown", say: []string{bytesOf(">", "08000000 00000000 02700000 00000000")}},
		{name: "IAX new call", udp: true, port: 4569, want: "iax", say: []string{bytesOf(">", "8001 0000 00000002 00 00 06 01 0b020002 0600")}},
		{name: "IAX registration", udp: true, port: 4569, want: "iax", say: []string{bytesOf(">", "8001 0000 00000002 00 00 06 0d 0604616c6578")}},
		{name: "IAX ping and pong", udp: true, port: 4569, want: "iax", say: []string{
			bytesOf(">", "8001 0000 00000002 00 00 06 02"), bytesOf("<", "8007 0001 00000003 00 01 06 03")}},
		{name: "IAX ping alone", udp: true, port: 4569, want: "unknown", say: []string{bytesOf(">", "8001 0000 00000002 00 00 06 02")}},
		{name: "IAX elements do not fit", udp: true, port: 4569, want: "unknown", say: []string{bytesOf(">", "8001 0000 00000002 00 00 06 01 0b050002")}},
		{name: "NOE connection", udp: true, port: 32512, want: "noe", say: []string{bytesOf(">", "00 000101 010201f4 020101"), bytesOf("<", "01")}},
		{name: "NOE keep-alive", udp: true, port: 32640, want: "noe", say: []string{bytesOf(">", "04"), bytesOf("<", "05")}},
		{name: "NOE elsewhere", udp: true, port: 9999, want: "unknown", say: []string{bytesOf(">", "04"), bytesOf("<", "05")}},
		{name: "UNIStim", udp: true, port: 5000, want: "unistim", say: []string{
			bytesOf(">", "00000007 02 01 160405fe"), bytesOf("<", "00000007 01 02 00000009")}},
		{name: "UNIStim, another number", udp: true, port: 5000, want: "unknown", say: []string{
			bytesOf(">", "00000007 02 01 160405fe"), bytesOf("<", "00000008 01 02 00000009")}},
		{name: "MSRP", port: 2855, want: "msrp", say: []string{">MSRP a786hjs2 SEND\r\nTo-Path: msrp://a\r\n"}},
		{name: "SAP", udp: true, port: 9875, want: "sap_announce", say: []string{">\x20\x00\x12\x34\x0a\x00\x00\x01application/sdp\x00v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\n"}},
		{name: "SAP without type", udp: true, port: 9999, want: "sap_announce", say: []string{">\x20\x00\x12\x34\x0a\x00\x00\x01v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\n"}},
	})
}

// TestCallsAnnounceMedia sends one packet of media to ends that call control
// announced.
func TestCallsAnnounceMedia(t *testing.T) {
	end := netip.MustParseAddrPort
	const sdp = "v=0\r\no=- 1 1 IN IP4 10.7.0.1\r\ns=-\r\nc=IN IP4 10.7.0.1\r\nt=0 0\r\n" +
		"m=audio 4000 RTP/AVP 0\r\nm=video 5000 RTP/SAVP 99\r\nc=IN IP6 2001:db8::7\r\nm=image 6000 udptl t38\r\nm=audio 0 RTP/AVP 0\r\n"
	setups := map[string]func(n *prototest.Net){
		"SIP": func(n *prototest.Net) {
			n.UDP(5060, 5060).Up([]byte("INVITE sip:a@b SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n" + sdp))
		},
		"SIP over TCP": func(n *prototest.Net) {
			n.TCP(5060, 5060).Up([]byte("INVITE sip:a@b SIP/2.0\r\n"), []byte("Content-Type: application/sdp\r\n\r\n"), []byte(sdp))
		},
		"MGCP": func(n *prototest.Net) {
			n.UDP(2727, 2427).Up([]byte("CRCX 1 a@b MGCP 1.0\r\n\r\n" + sdp))
		},
	}
	for name, set := range setups {
		n := prototest.New(t, callProtocols...)
		set(n)
		for to, want := range map[string]string{
			"10.7.0.1:4000": "ip.udp.rtp", "[2001:db8::7]:5000": "ipv6.udp.srtp", "10.7.0.1:5000": "ip.udp.unknown",
		} {
			from := "10.8.0.1:777"
			if end(to).Addr().Is6() {
				from = "[2001:db8::8]:777"
			}
			if got := n.UDPBetween(end(from), end(to)).Up(rtpPacket(99, 1, 2, 3, 40)).Path(); got != "ethernet."+want {
				t.Errorf("%s: packet to %s is %s, want %s", name, to, got, want)
			}
		}
		if got := n.UDPBetween(end("10.8.0.1:777"), end("10.7.0.1:6000")).Up(prototest.Hex("0001 03 010203 00")).Path(); got != "ethernet.ip.udp.t38" {
			t.Errorf("%s: fax is %s", name, got)
		}
		if got := n.UDPBetween(end("10.8.0.1:777"), end("10.7.0.1:4001")).Up(prototest.Hex("80c9000f 00000001")).Path(); got != "ethernet.ip.udp.rtcp" {
			t.Errorf("%s: control is %s", name, got)
		}
	}
}

func TestRTSPAnnouncesMedia(t *testing.T) {
	end := netip.MustParseAddrPort
	n := prototest.New(t, callProtocols...)
	n.TCPBetween(end("10.1.0.1:1000"), end("10.2.0.1:554")).
		Up([]byte("SETUP rtsp://a/1 RTSP/1.0\r\nTransport: RTP/AVP;unicast;client_port=4000-4001\r\n\r\n")).
		Down([]byte("RTSP/1.0 200 OK\r\nTransport: RTP/AVP;unicast;source=10.2.0.9;client_port=4000-4001;server_port=5000-5001\r\n\r\n")).
		Up([]byte("SETUP rtsp://a/2 RTSP/1.0\r\nTransport: x-real-rdt/udp;client_port=4100;mode=play\r\n\r\n"))
	for _, c := range []struct{ from, to, want string }{
		{"10.2.0.5:1", "10.1.0.1:4000", "rtp"}, {"10.1.0.1:777", "10.2.0.1:5000", "rtp"}, {"10.2.0.9:5000", "10.1.0.1:4444", "rtp"},
		{"10.2.0.5:1", "10.1.0.1:4100", "rdt"}, {"10.2.0.5:1", "10.1.0.1:4200", "unknown"},
	} {
		if got := n.UDPBetween(end(c.from), end(c.to)).Up(rtpPacket(96, 1, 2, 3, 40)).Path(); got != "ethernet.ip.udp."+c.want {
			t.Errorf("%s to %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
}

func TestSkinnyAnnouncesMedia(t *testing.T) {
	end := netip.MustParseAddrPort
	n := prototest.New(t, callProtocols...)
	n.TCP(1000, 2000).
		Up(prototest.Hex("14000000 00000000 22000000 00000000 0a070001 a00f0000 01000000")).
		Down(prototest.Hex("18000000 00000000 8a000000 01000000 02000000 0a070002 a10f0000 14000000"))
	for _, to := range []string{"10.7.0.1:4000", "10.7.0.2:4001"} {
		if got := n.UDPBetween(end("10.8.0.1:777"), end(to)).Up(rtpPacket(0, 1, 2, 3, 160)).Path(); got != "ethernet.ip.udp.rtp" {
			t.Errorf("media to %s is %s", to, got)
		}
	}
}

func TestParseAddr(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::1", "192.0.2": "", "192.0.2.1/127": "", "example.org": "",
		"1234567890123456789012345678901234567890123456": "",
	} {
		got := ""
		if a, ok := parseAddr([]byte(text)); ok {
			got = netip.AddrFrom16(a).Unmap().String()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
