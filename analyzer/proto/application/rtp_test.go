package application

import (
	"math/rand"
	"net/netip"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
	"mmt/dataplane"
)

// rtpPacket builds an RTP packet with n bytes of payload.
func rtpPacket(kind byte, seq uint16, stamp, ssrc uint32, n int) []byte {
	return prototest.Bytes(byte(0x80), kind, seq, stamp, ssrc, make([]byte, n))
}

func TestParseRTP(t *testing.T) {
	good := prototest.Hex("b2 e0 0102 00000003 00000004 00000005 00000006 bede0001 11223344 aabb 0003")
	h, ok := parseRTP(good)
	if want := (rtpHeader{marker: true, kind: 96, seq: 0x102, stamp: 3, ssrc: 4, size: 28, payload: 1}); !ok || h != want {
		t.Errorf("got %+v, %v, want %+v", h, ok, want)
	}
	for name, d := range map[string][]byte{
		"version 1":             prototest.Hex("40 60 0102 00000003 00000004"),
		"RTCP":                  prototest.Hex("80 c8 0006 00000003 00000004"),
		"sources past the end":  prototest.Hex("81 60 0102 00000003 00000004"),
		"extension cut":         prototest.Hex("90 60 0102 00000003 00000004 bede"),
		"extension too long":    prototest.Hex("90 60 0102 00000003 00000004 bede 0001 0000"),
		"padding past the size": prototest.Hex("a0 60 0102 00000003 00000004 00000009"),
	} {
		if h, ok := parseRTP(d); ok {
			t.Errorf("%s: accepted as %+v", name, h)
		}
	}
	prototest.Prefixes(good, func(prefix []byte) { parseRTP(prefix) })
}

var rtpProtocols = []dpi.Protocol{RTP, SRTP, RTCP, STUN, MPEGTS}

func TestRTPIsRecognised(t *testing.T) {
	up := func(d []byte) string { return ">" + string(d) }
	down := func(d []byte) string { return "<" + string(d) }
	framed := func(d []byte) string { return string(prototest.Bytes(uint16(len(d)), d)) }
	recognise(t, rtpProtocols, []conversation{
		{name: "two packets of 20 ms", udp: true, port: 4000, want: "rtp", say: []string{
			up(rtpPacket(8, 1, 160, 7, 160)), up(rtpPacket(8, 2, 320, 7, 160))}},
		{name: "three of a type agreed on", udp: true, port: 4000, want: "rtp", say: []string{
			up(rtpPacket(97, 1, 100, 7, 50)), up(rtpPacket(97, 2, 1107, 7, 61)), up(rtpPacket(97, 3, 2201, 7, 70))}},
		{name: "both directions", udp: true, port: 4000, want: "rtp", say: []string{
			up(rtpPacket(97, 1, 100, 7, 50)), down(rtpPacket(97, 900, 77, 8, 50)), up(rtpPacket(97, 2, 1107, 7, 61))}},
		{name: "after a probe", udp: true, port: 4000, want: "rtp", say: []string{
			">hello", up(rtpPacket(97, 1, 100, 7, 50)), up(rtpPacket(97, 2, 1107, 7, 61)), up(rtpPacket(97, 3, 2201, 7, 70)),
			up(rtpPacket(97, 4, 3201, 7, 70)), up(rtpPacket(97, 5, 4201, 7, 70))}},
		{name: "one packet", udp: true, port: 4000, want: "unknown", say: []string{up(rtpPacket(8, 1, 160, 7, 160))}},
		{name: "sequence does not go on", udp: true, port: 4000, want: "unknown", say: []string{
			up(rtpPacket(8, 1, 160, 7, 160)), up(rtpPacket(8, 9, 320, 7, 160)), up(rtpPacket(8, 40, 480, 7, 160)), up(rtpPacket(8, 77, 640, 7, 160))}},
		{name: "source changes", udp: true, port: 4000, want: "unknown", say: []string{
			up(rtpPacket(8, 1, 160, 7, 160)), up(rtpPacket(8, 2, 320, 8, 160)), up(rtpPacket(8, 3, 480, 9, 160))}},
		{name: "relayed by a server of STUN", udp: true, port: 3478, want: "srtp", say: []string{
			up(rtpPacket(111, 1, 960, 7, 60)), up(rtpPacket(111, 2, 1920, 7, 60))}},
		{name: "transport stream", udp: true, port: 4000, want: "rtp.mpeg_ts", say: []string{
			up(append(rtpPacket(33, 1, 160, 7, 0), tsPacketsOf(7)...)), up(append(rtpPacket(33, 2, 3160, 7, 0), tsPacketsOf(7)...))}},
		{name: "over TCP", port: 4000, want: "rtp", say: []string{
			">" + framed(rtpPacket(8, 1, 160, 7, 80)) + framed(rtpPacket(8, 2, 320, 7, 80)), ">" + framed(rtpPacket(8, 3, 480, 7, 80))}},
		{name: "over TCP, sources differ", port: 4000, want: "unknown", say: []string{
			">" + framed(rtpPacket(8, 1, 160, 7, 80)) + framed(rtpPacket(8, 2, 320, 8, 80)) + framed(rtpPacket(8, 3, 480, 7, 80))}},
	})
}

// tsPacketsOf builds n packets of a transport stream.
func tsPacketsOf(n int) []byte {
	var d []byte
	for i := range n {
		d = append(d, prototest.Bytes(byte(tsSync), byte(1), byte(0), byte(0x10|i), make([]byte, 184))...)
	}
	return d
}

// TestRandomIsNotMedia holds that random datagrams are none of the protocols
// that have no magic.
func TestRandomIsNotMedia(t *testing.T) {
	n := prototest.New(t, rtpProtocols...)
	rnd := rand.New(rand.NewSource(1))
	for range 3000 {
		f := n.UDP(40000, 3478)
		for range 6 {
			d := make([]byte, 1+rnd.Intn(60))
			rnd.Read(d)
			if rnd.Intn(2) == 0 {
				d[0] = 0x80
			}
			f.Up(d).Down(d[len(d)/2:])
		}
		if got := f.Final(); got != "ethernet.ip.udp.unknown" {
			t.Fatalf("random datagrams are %s", got)
		}
	}
}

func TestRTCPIsRecognised(t *testing.T) {
	report := prototest.Hex("80c90001 00000007")
	sender := prototest.Bytes(prototest.Hex("81c8000c 00000007"), make([]byte, 44))
	names := prototest.Hex("81ca0003 00000007 0104 74657374 0000")
	srtcp := func(n byte) string {
		return ">" + string(prototest.Bytes(prototest.Hex("80c80006 00000009"), make([]byte, 30), n))
	}
	recognise(t, rtpProtocols, []conversation{
		{name: "receiver's report", udp: true, port: 4001, want: "rtcp", say: []string{">" + string(report)}},
		{name: "compound", udp: true, port: 4001, want: "rtcp", say: []string{"<" + string(sender) + string(names)}},
		{name: "encrypted", udp: true, port: 4001, want: "rtcp", say: []string{srtcp(1), srtcp(2), srtcp(3), srtcp(4)}},
		{name: "encrypted, too few", udp: true, port: 4001, want: "unknown", say: []string{srtcp(1), srtcp(2)}},
		{name: "length does not fit", udp: true, port: 4001, want: "unknown", say: []string{">" + string(report) + "xxx"}},
		{name: "media follows", udp: true, port: 4001, want: "rtp", say: []string{
			">" + string(report), ">" + string(rtpPacket(8, 1, 160, 7, 160)), ">" + string(rtpPacket(8, 2, 320, 7, 160))}},
	})
}

// rtpNet is a handler that tracks RTP, and a flow that is recognised already.
func rtpNet(t *testing.T) (*prototest.Net, *prototest.Flow) {
	n := prototest.New(t, rtpProtocols...)
	n.Register("rtp.version", "rtp.pad", "rtp.ext", "rtp.cc", "rtp.mark", "rtp.type", "rtp.seqnb", "rtp.timestamp", "rtp.ssrc",
		"rtp.csrc", "rtp.quality", "rtp.jitter", "rtp.inter_jitter", "rtp.inter_delay", "rtp.loss", "rtp.burst_loss",
		"rtp.unorder", "rtp.duplicate", "rtp.order_err")
	f := n.UDP(5000, 6000).Up(rtpPacket(8, 100, 0, 7, 160)).Wait(19 * time.Millisecond).Up(rtpPacket(8, 101, 160, 7, 160))
	return n, f
}

func TestRTPAttributes(t *testing.T) {
	n, f := rtpNet(t)
	f.Up(prototest.Hex("b1 e0 0102 00000003 00000004 00000005 bede0000 0001"))
	for name, want := range map[string]string{
		"version": "2", "pad": "1", "ext": "1", "cc": "1", "mark": "1", "type": "96", "seqnb": "258", "timestamp": "3",
		"ssrc": "4", "csrc": "00000005", "loss": "", "quality": "",
	} {
		if got := n.Value("rtp." + name); got != want {
			t.Errorf("rtp.%s = %q, want %q", name, got, want)
		}
	}
	f.Up([]byte("no RTP at all"))
	if got := n.Value("rtp.version"); got != "" {
		t.Errorf("rtp.version of other bytes = %q", got)
	}
}

// TestRTPOrder follows sequence numbers through the window of 8.
func TestRTPOrder(t *testing.T) {
	n, f := rtpNet(t)
	for i, c := range []struct {
		seq                                          uint16
		loss, burst, unordered, duplicate, outOfTime string
	}{
		{seq: 102},
		{seq: 102, duplicate: "1"},
		{seq: 104}, // 103 is missing
		{seq: 103, unordered: "1"},
		{seq: 107}, // 105 and 106 are missing
		{seq: 112},
		{seq: 113, loss: "1"},               // 105 can no longer come
		{seq: 114, loss: "1"},               // nor 106
		{seq: 115, burst: "2"},              // 107 came: the run is over
		{seq: 105, outOfTime: "1"},          //
		{seq: 135, loss: "16", burst: "4"},  // 108-111 and 116-127
		{seq: 60000},                        // a new beginning
		{seq: 60001},                        //
		{seq: 59999 - 8, outOfTime: "1"},    //
		{seq: 60009},                        // 60002-60008 are missing
		{seq: 60010, loss: "1"},             // 60002
		{seq: 60017, loss: "6", burst: "7"}, // 60003-60008, and 60009 came
	} {
		f.Up(rtpPacket(8, c.seq, 320+160*uint32(i), 7, 160))
		for name, want := range map[string]string{
			"loss": c.loss, "burst_loss": c.burst, "unorder": c.unordered, "duplicate": c.duplicate, "order_err": c.outOfTime,
		} {
			if got := n.Value("rtp." + name); got != want {
				t.Errorf("packet %d (%d): rtp.%s = %q, want %q", i, c.seq, name, got, want)
			}
		}
	}
}

// TestRTPInfo holds what a report gets.
func TestRTPInfo(t *testing.T) {
	n, f := rtpNet(t)
	if got := RTPOf(n.Handler, n.UDP(1, 2).Up([]byte("x")).Flow()); got != nil {
		t.Errorf("a flow without RTP has %+v", got)
	}
	for _, seq := range []uint16{102, 105, 106, 107, 108, 109, 110, 111, 112, 113, 103} {
		f.Up(rtpPacket(8, seq, uint32(seq)*160, 7, 160))
	}
	info := RTPOf(n.Handler, f.Flow())
	if info == nil || info.Packets != 12 || info.Lost != 2 || info.Bursts != 1 || info.OrderErrors != 1 {
		t.Fatalf("got %+v, want 12 packets, 2 lost in 1 burst, 1 too late", info)
	}
	if info.LossRate() != 2.0/14 || info.Burstiness() != 2 || info.OrderErrorRate() != 1.0/12 {
		t.Errorf("rates %v %v %v", info.LossRate(), info.Burstiness(), info.OrderErrorRate())
	}
	if info.Reset(); info.Packets != 0 || info.LossRate() != 0 || info.Burstiness() != 0 {
		t.Errorf("after a reset: %+v", info)
	}
}

// TestRTPJitter computes the example of RFC 3550 appendix A.8 by hand.
func TestRTPJitter(t *testing.T) {
	n, f := rtpNet(t)
	f.Wait(19 * time.Millisecond).Up(rtpPacket(8, 102, 320, 7, 160)) // 20 ms after the second
	if got := n.Value("rtp.jitter"); got != "0" {
		t.Errorf("regular packets: jitter %s", got)
	}
	if got := n.Value("rtp.inter_delay"); got != "20000" {
		t.Errorf("inter_delay %s, want 20000", got)
	}
	f.Wait(35 * time.Millisecond).Up(rtpPacket(8, 103, 480, 7, 160)) // 36 ms: 16 late
	if got := n.Value("rtp.jitter"); got != "1000" {
		t.Errorf("one packet 16 ms late: jitter %s, want 1000", got)
	}
	if got := n.Value("rtp.inter_jitter"); got != "1000" {
		t.Errorf("one packet 16 ms late: inter_jitter %s, want 1000", got)
	}
	f.Wait(19 * time.Millisecond).Up(rtpPacket(8, 104, 640, 7, 160))
	if got := n.Value("rtp.jitter"); got != "937" {
		t.Errorf("the next in time: jitter %s, want 937", got)
	}
	if got := RTPOf(n.Handler, f.Flow()).MaxJitter; got != 1000 {
		t.Errorf("largest jitter %d, want 1000", got)
	}
}

// TestRTPClock finds out the clock of a type that is agreed on elsewhere, and
// estimates quality.
func TestRTPClock(t *testing.T) {
	n, f := rtpNet(t)
	quality := ""
	for i := range uint32(300) {
		f.Wait(19 * time.Millisecond).Up(rtpPacket(111, uint16(500+i), 960*i, 9, 100))
		if q := n.Value("rtp.quality"); q != "" {
			quality = q
		}
		if i == 5 && n.Value("rtp.jitter") != "" {
			t.Errorf("jitter %s before the clock is known", n.Value("rtp.jitter"))
		}
	}
	if got := n.Value("rtp.jitter"); got != "0" {
		t.Errorf("jitter at 48 kHz %q, want 0", got)
	}
	if quality != "440" {
		t.Errorf("quality of a flawless call %q, want 440", quality)
	}
}

func TestMeanOpinion(t *testing.T) {
	last := meanOpinion(0, 0)
	for _, loss := range []float64{0.01, 0.05, 0.2, 0.9} {
		if q := meanOpinion(loss, 0); q >= last || q < 100 {
			t.Errorf("quality at loss %v is %d, not below %d", loss, q, last)
		} else {
			last = q
		}
	}
	if meanOpinion(0, 200) >= meanOpinion(0, 1) {
		t.Error("jitter does not lower the quality")
	}
}

// TestRTPOverTCPIsTracked cuts the stream at every place.
func TestRTPOverTCPIsTracked(t *testing.T) {
	var stream []byte
	for i := range uint16(6) {
		d := rtpPacket(8, i, 160*uint32(i), 7, 20)
		stream = append(stream, prototest.Bytes(uint16(len(d)), d)...)
	}
	n := prototest.New(t, rtpProtocols...)
	n.Handler.TrackProtocol(id.Rtp)
	for cut := 1; cut < len(stream); cut++ {
		f := n.TCP(5000, 6000).Up(stream[:cut], stream[cut:])
		if info := RTPOf(n.Handler, f.Flow()); info == nil || info.Packets != 6 || info.Lost != 0 {
			t.Fatalf("cut after %d bytes: %+v, want 6 packets", cut, info)
		}
	}
}

// TestMediaDoesNotAllocate takes RTP through everything that a packet of a
// known flow meets, and datagrams that are no media through the questions.
func TestMediaDoesNotAllocate(t *testing.T) {
	n, f := rtpNet(t)
	n.Handler.RemovePacketHandler(1) // of the test's own
	frames := func(payload func(i uint16) []byte) []dataplane.Packet {
		packets := make([]dataplane.Packet, 200)
		for i := range packets {
			d := prototest.UDPDatagram(5000, 6000, payload(uint16(i)))
			src, dst := netip.AddrFrom16(f.Flow().Addr[0]).Unmap(), netip.AddrFrom16(f.Flow().Addr[1]).Unmap()
			data := prototest.IPPacket(17, src, dst, d)
			packets[i] = dataplane.Packet{Data: data, Len: uint32(len(data)), Time: 1_700_000_001e9 + int64(i)*20e6, Link: dataplane.LinkEthernet}
		}
		return packets
	}
	for name, packets := range map[string][]dataplane.Packet{
		"media": frames(func(i uint16) []byte { return rtpPacket(8, 102+i, 320+160*uint32(i), 7, 160) }),
		"STUN":  frames(func(uint16) []byte { return stunOf(0x0001, stunAttr(0x0024, uint32(1))) }),
	} {
		if allocs := testing.AllocsPerRun(3, func() { n.Handler.Process(packets) }); allocs > 0 {
			t.Errorf("%s: %v allocations for %d packets", name, allocs, len(packets))
		}
	}
}
