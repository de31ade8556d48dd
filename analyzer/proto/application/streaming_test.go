package application

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

func TestStreamingIsRecognised(t *testing.T) {
	ts := string(tsPacketsOf(7))
	opening := func(first byte, middle string) string {
		return string(first) + "\x00\x01\x02\x03" + middle + strings.Repeat("x", 1528)
	}
	connect := "\x03\x00\x00\x00\x00\x00\x20\x14\x00\x00\x00\x00\x02\x00\x07connect\x00\x3f\xf0\x00\x00\x00\x00\x00\x00"
	recognise(t, []dpi.Protocol{MPEGTS, MPEG, RTMP, MMS, RealMedia, Icecast, Shoutcast, Zattoo, H323}, []conversation{
		{name: "transport stream", udp: true, port: 1234, want: "mpeg_ts", say: []string{">" + ts}},
		{name: "one packet a datagram", udp: true, port: 1234, want: "mpeg_ts", say: []string{">" + ts[:188], ">" + ts[:188], ">" + ts[:188], ">" + ts[:188]}},
		{name: "one packet", udp: true, port: 1234, want: "unknown", say: []string{">" + ts[:188]}},
		{name: "cut", udp: true, port: 1234, want: "unknown", say: []string{">" + ts[:1000]}},
		{name: "transport stream over TCP", port: 1234, want: "mpeg_ts", say: []string{"<" + ts + ts}},
		{name: "program stream 2", port: 1234, want: "mpeg", say: []string{bytesOf("<", "000001ba 44 00 04 00 04 01 0001 03 f8 000001bb")}},
		{name: "program stream 1", port: 1234, want: "mpeg", say: []string{bytesOf("<", "000001ba 21 00 01 00 01 80 00 01 000001bb 0000")}},
		{name: "no program stream", port: 1234, want: "unknown", say: []string{bytesOf("<", "000001ba 44 00 04 00 04 01 0001 03 f8 000002bb")}},
		{name: "RTMP", port: 9999, want: "rtmp", say: []string{">" + opening(3, "\x00\x00\x00\x00")}},
		{name: "RTMP, both ends", port: 9999, want: "rtmp", say: []string{">" + opening(3, "\x09\x00\x7c\x02"), "<" + opening(3, "\x03\x05\x01\x01")}},
		{name: "RTMP encrypted", port: 1935, want: "rtmp", say: []string{">" + opening(6, "\x09\x00\x7c\x02")}},
		{name: "RTMP encrypted elsewhere", port: 9999, want: "unknown", say: []string{">" + opening(6, "\x09\x00\x7c\x02")}},
		{name: "RTMP without handshake", port: 9999, want: "rtmp", say: []string{">" + connect}},
		{name: "RTMP answered otherwise", port: 9999, want: "unknown", say: []string{">" + opening(3, "\x09\x00\x7c\x02"), "<HTTP/1.1 400 Bad"}},
		{name: "MMS", port: 1755, want: "mms", say: []string{bytesOf(">", "01000000 cefa0bb0 a0000000 4d4d5320 1400")}},
		{name: "RealMedia", port: 7070, want: "realmedia", say: []string{">PNA\x00\x0a\x00\x01"}},
		{name: "Icecast", port: 8000, want: "icecast", say: []string{">SOURCE /live HTTP/1.0\r\nice-name: x\r\n\r\n"}},
		{name: "Shoutcast", port: 8000, want: "shoutcast", say: []string{"<ICY 200 OK\r\nicy-notice1: x\r\n\r\n"}},
		{name: "Zattoo", port: 9999, want: "zattoo", say: []string{bytesOf(">", "030400040a00 0102")}},
		{name: "Zattoo over UDP", udp: true, port: 5003, want: "unknown", say: []string{">\x03\x7a" + strings.Repeat("a", 30)}},
	})
}

func TestFLUTEIsRecognised(t *testing.T) {
	table := "10100800 00000000 00000000 c0100002 40040000 00000236 0000059c 00000000 3c3f786d6c"
	recognise(t, []dpi.Protocol{FLUTE}, []conversation{
		{name: "table of files", udp: true, port: 4001, want: "flute", say: []string{bytesOf(">", table)}},
		{name: "after an object", udp: true, port: 4001, want: "flute", say: []string{
			bytesOf(">", "10100300 00000000 00000001 00000000 48656c6c6f"), bytesOf(">", table)}},
		{name: "only an object", udp: true, port: 4001, want: "unknown", say: []string{
			bytesOf(">", "10100300 00000000 00000001 00000000 48656c6c6f")}},
		{name: "extensions do not fill the header", udp: true, port: 4001, want: "unknown", say: []string{
			bytesOf(">", "10100800 00000000 00000000 c0100002 40090000 00000236 0000059c 00000000 3c3f786d6c")}},
		{name: "version 2", udp: true, port: 4001, want: "unknown", say: []string{">\x20" + string(prototest.Hex(table)[1:])}},
	})
}

func TestVoiceServersAreRecognised(t *testing.T) {
	hello := string(prototest.Hex("010003 c84ac4528718cda2b8477a1b899f3383 0000000000000000 02006f613f"))
	answer := string(prototest.Hex("020003 c84ac4528718cda2b8477a1b899f3383 004f8378006f613f0000"))
	peer := ">" + string(prototest.Bytes(prototest.Hex("1f02 0100080001000400 0102030400000064 000001020304"),
		uint32(9), "10.0.0.12", uint32(36), "A065D880-AA94-4ABC-8DEF-0123456789AB"))
	media := func(seq uint16) string {
		return ">" + string(prototest.Bytes(byte(5), seq, byte(0), []byte("conn")[:3], byte(4), byte(15), make([]byte, 40)))
	}
	name := "1-2-3-4.edge.agora.io"
	agora := func(kind byte, tag string) string {
		return string(prototest.Bytes(prototest.Hex("005a384c0000"), kind, prototest.Hex("00000000 0400"), tag, byte(len(name)), make([]byte, 3), name, make([]byte, 40)))
	}
	recognise(t, []dpi.Protocol{TeamSpeak, Mumble, Zoom, SDRTN, TelegramVoIP}, []conversation{
		{name: "TeamSpeak 3", udp: true, port: 9999, want: "teamspeak", say: []string{">TS3INIT1\x00\x65\x00\x00\x88"}},
		{name: "TeamSpeak 2", udp: true, port: 9999, want: "teamspeak", say: []string{">\xf4\xbe\x03\x00" + strings.Repeat("\x00", 176)}},
		{name: "TeamSpeak's list", udp: true, port: 2010, want: "teamspeak", say: []string{bytesOf(">", "01808401"), bytesOf("<", "018084017c65d9a7")}},
		{name: "TeamSpeak's list, another number", udp: true, port: 2010, want: "unknown", say: []string{bytesOf(">", "01808401"), bytesOf("<", "018184017c65d9a7")}},
		{name: "TeamSpeak's console", port: 10011, want: "teamspeak", say: []string{"<TS3\n\rWelcome to the TeamSpeak 3 ServerQuery interface"}},
		{name: "Mumble", udp: true, port: 64738, want: "mumble", say: []string{
			bytesOf(">", "00000000 0102030405060708"), bytesOf("<", "00010204 0102030405060708 00000001 00000064 00011940")}},
		{name: "Mumble, another ping", udp: true, port: 64738, want: "unknown", say: []string{
			bytesOf(">", "00000000 0102030405060708"), bytesOf("<", "00010204 0102030405060709 00000001 00000064 00011940")}},
		{name: "Zoom greets", udp: true, port: 8801, want: "zoom", say: []string{">" + hello}},
		{name: "Zoom greets elsewhere", udp: true, port: 9999, want: "zoom", say: []string{">" + hello, "<" + answer}},
		{name: "not answered", udp: true, port: 9999, want: "unknown", say: []string{">" + hello, "<" + hello}},
		{name: "Zoom among peers", udp: true, port: 9999, want: "zoom", say: []string{peer}},
		{name: "Zoom media", udp: true, port: 8801, want: "zoom", say: []string{media(1), media(2)}},
		{name: "Zoom media, one packet", udp: true, port: 8801, want: "unknown", say: []string{media(1)}},
		{name: "Agora", udp: true, port: 8130, want: "sd_rtn", say: []string{">" + agora(0x21, "SNI\x00")}},
		{name: "Agora's answer", udp: true, port: 9999, want: "sd_rtn", say: []string{"<" + agora(0x23, "PEID")}},
		{name: "Agora, another tag", udp: true, port: 8130, want: "unknown", say: []string{">" + agora(0x21, "CHLO")}},
		{name: "Telegram's reflector", udp: true, port: 599, want: "telegram_voip", say: []string{
			bytesOf(">", "0102030405060708090a0b0c0d0e0f10 ffffffffffffffffffffffff fefffffff 0000000")}},
		{name: "nothing but ones", udp: true, port: 599, want: "unknown", say: []string{">" + strings.Repeat("\xff", 60)}},
	})
	n := prototest.New(t, SDRTN)
	if got := n.UDP(1, 8130).Up([]byte(agora(0x21, "SNI\x00"))).Host(); got != name {
		t.Errorf("host %q, want %q", got, name)
	}
}
