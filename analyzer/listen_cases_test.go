package analyzer

import (
	"fmt"
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
	"mmt/dataplane"
)

// cast is the hosts of one play: two that tell of the third, who then talks with
// a fourth one.
type cast struct{ a, b, told, other netip.Addr }

func castOf(i int) cast {
	host := func(k byte) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, byte(i), k}) }
	return cast{host(1), host(2), host(3), host(4)}
}

// script collects the packets of plays, a millisecond apart.
type script struct{ packets []dataplane.Packet }

func (s *script) frame(data []byte) {
	s.packets = append(s.packets, dataplane.Packet{
		Data: data, Len: uint32(len(data)), Link: dataplane.LinkEthernet, Time: 1_700_000_000e9 + int64(len(s.packets))*1e6,
	})
}

func (s *script) udp(from, to netip.Addr, src, dst uint16, payload ...any) {
	s.frame(prototest.IPPacket(17, from, to, prototest.UDPDatagram(src, dst, prototest.Bytes(payload...))))
}

func (s *script) tcp(from, to netip.Addr, src, dst uint16, seq uint32, payload ...any) {
	s.frame(prototest.IPPacket(6, from, to, prototest.TCPSegment(src, dst, seq, 1, prototest.ACK, prototest.Bytes(payload...))))
}

// dnsTold is an answer to the question for a name of a well-known service.
func dnsTold(told netip.Addr) []byte {
	return prototest.Bytes(uint16(1), uint16(0x8180), uint16(1), uint16(1), uint32(0),
		"\x03www\x08facebook\x03com\x00", uint16(1), uint16(1),
		uint16(0xc00c), uint16(1), uint16(1), uint32(60), uint16(4), told.AsSlice())
}

// sdpTold is a session description for media at a host.
func sdpTold(told netip.Addr) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0\r\n", told, told)
}

// sipTold is an answer to a call with a session description.
func sipTold(told netip.Addr, filler int) []byte {
	return prototest.Bytes("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nX: ", string(make([]byte, filler)), "\r\n\r\n", sdpTold(told))
}

// ftpTold is a client who asks for a file, which is to be had from another host.
func ftpTold(s *script, c cast) {
	end := c.told.As4()
	ask := "USER me\r\nPASS secret\r\nPASV\r\n"
	s.tcp(c.b, c.a, 21, 5000, 1, "220 FTP\r\n")
	s.tcp(c.a, c.b, 5000, 21, 1, ask)
	s.tcp(c.b, c.a, 21, 5000, 10, fmt.Sprintf("227 Entering Passive Mode (%d,%d,%d,%d,27,88)\r\n", end[0], end[1], end[2], end[3]))
	s.tcp(c.a, c.b, 5000, 21, 1+uint32(len(ask)), "RETR a.bin\r\n")
}

// toRTP is one packet of media, which alone would not be recognised.
func toRTP(s *script, c cast) {
	s.udp(c.other, c.told, 9000, 7000, uint16(0x8062), uint16(1), uint32(160), uint32(7), make([]byte, 160))
}

// toWeb asks a server without naming it.
func toWeb(s *script, c cast) {
	s.tcp(c.other, c.told, 9000, 80, 1, "GET / HTTP/1.0\r\n\r\n")
}

// play is what two hosts tell, and how the session of the third is found then.
type play struct {
	name string
	tell func(s *script, c cast)
	then func(s *script, c cast)
	want [2]dpi.ProtocolID
}

var rtpAlone, facebookWeb = [2]dpi.ProtocolID{id.Rtp}, [2]dpi.ProtocolID{id.Http, id.Facebook}

var plays = []play{
	{"DNS", func(s *script, c cast) { s.udp(c.a, c.b, 53, 5000, dnsTold(c.told)) }, toWeb, facebookWeb},
	{"DNS on another port", func(s *script, c cast) { s.udp(c.a, c.b, 5399, 5000, dnsTold(c.told)) }, toWeb, facebookWeb},
	{"DNS over TCP, in two segments that overtake each other", func(s *script, c cast) {
		answer := prototest.Bytes(uint16(len(dnsTold(c.told))), dnsTold(c.told))
		s.tcp(c.b, c.a, 5000, 53, 1, prototest.Bytes(uint16(17+4+12), answer[2:4], uint16(0x100), answer[6:8], uint16(0), uint32(0), answer[14:35]))
		s.tcp(c.a, c.b, 53, 5000, 1, answer[:20])
		s.tcp(c.a, c.b, 53, 5000, 41, answer[40:])
		s.tcp(c.a, c.b, 53, 5000, 21, answer[20:40])
	}, toWeb, facebookWeb},
	{"SIP", func(s *script, c cast) { s.udp(c.a, c.b, 5060, 5060, sipTold(c.told, 0)) }, toRTP, rtpAlone},
	{"SIP on another port", func(s *script, c cast) { s.udp(c.a, c.b, 6060, 6061, sipTold(c.told, 0)) }, toRTP, rtpAlone},
	{"SIP over TCP, in two segments", func(s *script, c cast) {
		message := sipTold(c.told, 0)
		s.tcp(c.a, c.b, 5060, 5000, 1, message[:30])
		s.tcp(c.a, c.b, 5060, 5000, 31, message[30:])
	}, toRTP, rtpAlone},
	{"RTSP, by the server's answer, without its beginning", func(s *script, c cast) {
		s.tcp(c.a, c.b, 8600, 5000, 1, fmt.Sprintf("RTSP/1.0 200 OK\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;destination=%s;client_port=7000-7001\r\n\r\n", c.told))
	}, toRTP, rtpAlone},
	{"RTSP, of the client itself", func(s *script, c cast) {
		s.tcp(c.a, c.told, 554, 5000, 1, "RTSP/1.0 200 OK\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;client_port=7000-7001\r\n\r\n")
	}, toRTP, rtpAlone},
	{"MGCP", func(s *script, c cast) {
		s.udp(c.a, c.b, 2427, 2727, "MDCX 1234 aaln/1@gw MGCP 1.0\r\nC: 1\r\n\r\n", sdpTold(c.told))
	}, toRTP, rtpAlone},
	{"Skinny", func(s *script, c cast) {
		end := c.told.As4()
		s.tcp(c.a, c.b, 2000, 5000, 1, []byte{28, 0, 0, 0, 0, 0, 0, 0, 0x8a, 0, 0, 0}, make([]byte, 8), end[:], []byte{0x58, 0x1b, 0, 0}, make([]byte, 8))
	}, toRTP, rtpAlone},
	{"FTP, to another address of the server", ftpTold, func(s *script, c cast) {
		s.tcp(c.a, c.told, 9000, 7000, 1, "nothing that tells what it is")
	}, [2]dpi.ProtocolID{id.Ftp}},
	{"FTP, from server to server", ftpTold, func(s *script, c cast) {
		s.tcp(c.told, c.other, 7000, 20, 1, "nothing that tells what it is")
	}, [2]dpi.ProtocolID{id.Ftp}},
	{"STUN", func(s *script, c cast) {
		realm := prototest.Bytes(uint16(0x14), uint16(12), "telegram.org")
		s.udp(c.a, c.told, 3478, 7000, uint16(0x0113), uint16(len(realm)), uint32(0x2112a442), "transaction1", realm)
	}, func(s *script, c cast) {
		s.udp(c.told, c.other, 7000, 9000, uint16(1), uint16(0), uint32(0x2112a442), "transaction2")
	}, [2]dpi.ProtocolID{id.Stun, id.TelegramVoip}},
}

// fragmented is a play for those who put fragments together.
var fragmented = play{"SIP in fragments, the last one first", func(s *script, c cast) {
	whole := prototest.UDPDatagram(5060, 5060, sipTold(c.told, 100))
	for _, from := range []int{160, 80, 0} {
		part, field := whole[from:], from/8
		if from < 160 {
			part, field = whole[from:from+80], field|0x2000
		}
		frame := prototest.IPPacket(17, c.a, c.b, part)
		frame[20], frame[21] = byte(field>>8), byte(field)
		s.frame(frame)
	}
}, toRTP, rtpAlone}

// TestTold: what two hosts tell of a third one is known to whichever analyzer has
// the third one's sessions, from the next packet on and not earlier.
func TestTold(t *testing.T) {
	for _, p := range plays {
		checkPlay(t, p, teamChoice{})
		checkPlay(t, p, teamChoice{defragment: true})
	}
	checkPlay(t, fragmented, teamChoice{defragment: true})
}

// checkPlay has a play given by many casts, to teams of one to four.
func checkPlay(t *testing.T, p play, c teamChoice) {
	t.Helper()
	const casts = 12
	var s script
	var early, late []uint64 // the numbers of the sessions before and after
	for i := range casts {
		before, after := castOf(2*i), castOf(2*i+1)
		early = append(early, uint64(len(s.packets)+1))
		p.then(&s, before)
		p.tell(&s, before)
		p.tell(&s, after)
		late = append(late, uint64(len(s.packets)+1))
		p.then(&s, after)
	}
	one := newTeam(t, 1, c)
	one.bursts(s.packets)
	one.close()
	for i := range casts {
		if x := one.ends[late[i]]; [2]dpi.ProtocolID(x.app[:2]) != p.want {
			t.Fatalf("%s, %+v: %s after it was told", p.name, c, one.text(x))
		}
		if x := one.packets[early[i]-1]; x.app[0] == p.want[0] && (p.want[1] == 0 || x.app[1] == p.want[1]) {
			t.Fatalf("%s, %+v: %s before it was told", p.name, c, one.text(x))
		}
	}
	for n := 2; n <= 4; n++ {
		one, many := newTeam(t, 1, c), newTeam(t, n, c)
		one.bursts(s.packets)
		many.bursts(s.packets)
		same(t, p.name, one, many)
	}
}
