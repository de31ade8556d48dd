package session_test

import (
	"encoding/binary"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
)

// events notes what happens to a connection, one letter for each packet: S the
// answer to a SYN, E established, C closed, - nothing.
func (x *probe) events(segs ...seg) (events string) {
	for _, s := range segs {
		x.after(100).send(s.bytes())
		letter := "-"
		for _, e := range []struct {
			is   bool
			name string
		}{{x.info.SynReceived, "S"}, {x.info.Established, "E"}, {x.info.Closed, "C"}} {
			if e.is {
				letter = e.name
			}
		}
		events += letter
	}
	return events
}

func TestConnectionStates(t *testing.T) {
	open := []seg{{flags: syn, seq: 1000}, {down: true, flags: syn | ack, seq: 5000, ack: 1001}, {flags: ack, seq: 1001, ack: 5001}}
	for _, c := range []struct {
		name, want string
		segs       []seg
	}{
		{"normal end", "-SE---C", append(open[:3:3],
			up(0, "x"), seg{flags: fin | ack, seq: 1002, ack: 5001}, seg{down: true, flags: fin | ack, seq: 5001, ack: 1003}, seg{flags: ack, seq: 1003, ack: 5002})},
		{"ends at once", "-SE---C", append(open[:3:3],
			seg{flags: fin | ack, seq: 1001, ack: 5001}, seg{down: true, flags: fin | ack, seq: 5001, ack: 1001}, seg{flags: ack, seq: 1002, ack: 5002}, seg{down: true, flags: ack, seq: 5002, ack: 1002})},
		{"half closed", "-SE---", append(open[:3:3],
			seg{flags: fin | ack, seq: 1001, ack: 5001}, down(0, "still").with(1002), down(5, "here").with(1002))},
		{"reset", "-SEC-", append(open[:3:3], seg{down: true, flags: rst, seq: 5001}, seg{down: true, flags: rst, seq: 5001})},
		{"reset of another connection", "-SE-", append(open[:3:3], seg{down: true, flags: rst, seq: 5001 + 1<<30})},
		{"refused", "-C", []seg{open[0], {down: true, flags: rst | ack, ack: 1001}}},
		{"both at once", "--SE", []seg{open[0], {down: true, flags: syn, seq: 5000}, {flags: syn | ack, seq: 1000, ack: 5001}, {down: true, flags: syn | ack, seq: 5000, ack: 1001}}},
		{"retransmitted", "--SSE-", []seg{open[0], open[0], open[1], open[1], open[2], open[2]}},
		{"unanswered", "----", []seg{open[0], open[0], open[0], open[0]}},
	} {
		x := newProbe(t, session.Config{}, settings{})
		if got := x.events(c.segs...); got != c.want {
			t.Errorf("%s: events %s, want %s", c.name, got, c.want)
		}
		if n := x.table.Len(); n != 1 {
			t.Errorf("%s: %d sessions", c.name, n)
		}
	}
}

// TestSYNOpensNewSession checks when a SYN on the ends of a known session is a
// session of its own.
func TestSYNOpensNewSession(t *testing.T) {
	again := seg{flags: syn, seq: 90000}
	for _, c := range []struct {
		name string
		before
		want bool
	}{
		{"after both ends", func(x *probe) {
			x.send(seg{flags: fin | ack, seq: 1001, ack: 5001}.bytes())
			x.send(seg{down: true, flags: fin | ack, seq: 5001, ack: 1002}.bytes())
		}, true},
		{"after a reset", func(x *probe) { x.send(seg{flags: rst, seq: 1001}.bytes()) }, true},
		{"on an open connection", func(x *probe) {}, false},
		{"on one that was idle for long", func(x *probe) { x.after(20e6) }, true},
	} {
		x := newProbe(t, session.Config{}, settings{})
		x.handshake()
		c.before(x)
		x.send(again.bytes())
		if got := x.flow.ID == 2; got != c.want {
			t.Errorf("%s: a new session: %v", c.name, got)
		}
		if n := x.table.Stats().Closed; (n == 1) != c.want {
			t.Errorf("%s: %d counted as closed", c.name, n)
		}
	}
	x := newProbe(t, session.Config{}, settings{})
	x.send(seg{flags: syn, seq: 1000}.bytes())
	if x.after(1e6).send(again.bytes()); x.flow.ID != 1 {
		t.Error("a second attempt is a new session")
	}
}

type before = func(x *probe)

func TestTimes(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{})
	x.send(seg{flags: syn, seq: 1000}.bytes())
	x.after(1000).send(seg{flags: syn, seq: 1000}.bytes())
	x.after(200).send(seg{down: true, flags: syn | ack, seq: 5000, ack: 1001}.bytes())
	x.after(30).send(seg{flags: ack, seq: 1001, ack: 5001}.bytes())
	check := func(when string, handshake, response, transfer uint32) {
		t.Helper()
		if s := x.session(); s.HandshakeTime() != handshake || s.ResponseTime() != response || s.TransferTime() != transfer {
			t.Errorf("%s: handshake %d, response %d, transfer %d us, want %d, %d, %d", when,
				s.HandshakeTime(), s.ResponseTime(), s.TransferTime(), handshake, response, transfer)
		}
	}
	period := func() { x.table.Period(func(*session.Session) {}) }
	check("after the handshake", 1230, 0, 0)
	x.after(50).send(seg{flags: ack, seq: 1001, ack: 5001}.bytes())
	check("an empty segment", 1230, 0, 0)
	period()
	check("a new period without data", 0, 0, 0)
	x.after(7).send(up(0, "request").bytes())
	check("the first data", 0, 57, 0)
	x.after(400).send(down(0, "answer").bytes())
	check("more data", 0, 57, 400)
	period()
	check("a new period", 0, 0, 0)
	x.after(90).send(up(7, "").bytes())
	check("a packet in it", 0, 0, 90)
}

func TestTimesWithoutHandshake(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{})
	x.send(up(0, "a").bytes())
	x.after(10).send(down(0, "b").bytes())
	x.after(10).send(up(1, "c").bytes())
	if s := x.session(); s.HandshakeTime() != 0 || s.ResponseTime() != 0 || s.TransferTime() != 0 {
		t.Errorf("times of a connection that was open before the capture: %d, %d, %d", s.HandshakeTime(), s.ResponseTime(), s.TransferTime())
	}
}

func TestRTT(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{})
	x.handshake() // the last segment was sent 10 us ago
	x.send(up(0, "0123456789").bytes())
	x.after(300).send(down(0, "").with(1011).bytes())
	if x.info.RTT != 300e3 {
		t.Errorf("the packet measures %d ns", x.info.RTT)
	}
	x.after(1000).send(up(10, "0123456789").bytes())
	x.after(500).send(down(0, "").with(1016).bytes()) // in the middle of a segment
	if x.info.RTT != 0 {
		t.Errorf("an acknowledgement of no end measures %d ns", x.info.RTT)
	}
	x.after(500).send(down(0, "").with(1021).bytes())
	// 300 counts twice: the last segment of the handshake was covered too.
	if got, want := x.session().RTT(dpi.Up), (session.RTT{Min: 300, Max: 1000, Avg: 1600 / 3}); got != want {
		t.Errorf("client's segments: %+v, want %+v", got, want)
	}
	x.send(down(0, "x").with(1021).bytes())
	x.after(40).send(up(20, "").with(5002).bytes())
	// The acknowledgements were acknowledged too, by the next segment.
	if got, want := x.session().RTT(dpi.Down), (session.RTT{Min: 40, Max: 1000, Avg: (1000 + 40 + 40) / 3}); got != want {
		t.Errorf("server's segments: %+v, want %+v", got, want)
	}
	x.table.Period(func(*session.Session) {})
	if got := x.session().RTT(dpi.Up); got != (session.RTT{}) {
		t.Errorf("a new period begins with %+v", got)
	}
}

func TestRTTOfLongAgo(t *testing.T) {
	x := newProbe(t, session.Config{Timeouts: [4]int64{90000, 90000, 90000, 90000}}, settings{})
	x.handshake()
	x.send(up(0, "x").bytes())
	x.after(4500e6).send(down(0, "").with(1002).bytes())
	if got := x.session().RTT(dpi.Up); got != (session.RTT{}) || x.flow.ID != 1 {
		t.Errorf("an acknowledgement after 75 minutes measures %+v", got)
	}
}

// TestReportRTT checks the order of the columns, which is by address.
func TestReportRTT(t *testing.T) {
	for _, c := range []struct {
		from, to string
		swapped  bool
	}{
		{"10.0.0.9:1", "10.0.0.8:2", false}, {"10.0.0.8:1", "10.0.0.9:2", true},
		{"10.0.0.8:1", "9.9.9.9:2", true}, {"10.0.0.9:1", "99.9.9.8:2", false}, // the last byte counts most
		{"127.0.0.1:1", "127.0.0.1:2", false},
		{"[2001:db8::1]:1", "[2001:db8::2]:2", true}, {"[2001:db8::2]:1", "[2001:db8::1]:2", false},
		{"[2001:db8:0:1::]:1", "[2001:db8:0:2::]:2", true}, {"[2001:db8:0:2::1]:1", "[2001:db8:0:1::2]:2", false},
	} {
		x := newProbe(t, session.Config{}, settings{})
		for i, s := range []seg{up(0, "abc"), down(0, "x").with(1004), up(3, "").with(5002)} {
			s.from, s.to = c.from, c.to
			x.after(int64(i) * 100).send(s.bytes())
		}
		client, server := x.session().ReportRTT()
		if c.swapped {
			client, server = server, client
		}
		if client.Avg != 100 || server.Avg != 200 {
			t.Errorf("%s to %s: %+v and %+v", c.from, c.to, client, server)
		}
	}
}

func TestRetransmissions(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{})
	x.handshake()
	for i, c := range []struct {
		s            seg
		again, order bool
	}{
		{up(0, "abc"), false, false},
		{up(0, "abc"), true, false},
		{up(6, "ghi"), false, false},
		{up(3, "def"), true, false}, // nobody waits for it any more
		{down(0, "xy").with(1010), false, false},
		{up(8, "?"), false, false}, // keep-alive
		{up(8, ""), false, false},
		{seg{flags: fin | ack, seq: 1010, ack: 5003}, false, false},
		{seg{flags: fin | ack, seq: 1010, ack: 5003}, false, false},
		{up(7, "hi"), true, false},
		{down(0, "xy").with(1010), true, false},
	} {
		x.send(c.s.bytes())
		if x.info.Retransmitted != c.again || x.info.OutOfOrder != c.order {
			t.Errorf("segment %d: retransmitted %v, out of order %v", i, x.info.Retransmitted, x.info.OutOfOrder)
		}
	}
	s := x.session()
	if s.Retransmissions(dpi.Up) != 3 || s.Retransmissions(dpi.Down) != 1 || x.info.Retransmissions != [2]uint32{3, 1} {
		t.Errorf("%d and %d retransmissions, %v", s.Retransmissions(dpi.Up), s.Retransmissions(dpi.Down), x.info.Retransmissions)
	}
	x.table.Period(func(*session.Session) {})
	x.send(down(0, "xy").bytes())
	if s.Retransmissions(dpi.Up) != 0 || s.Retransmissions(dpi.Down) != 1 || x.info.Retransmissions != [2]uint32{3, 2} {
		t.Errorf("in the next period %d and %d, %v", s.Retransmissions(dpi.Up), s.Retransmissions(dpi.Down), x.info.Retransmissions)
	}
	if x.info.UpLen != uint32(s.Data[0]) || x.info.DownLen != 6 {
		t.Errorf("payload %d up, %d down", x.info.UpLen, x.info.DownLen)
	}
}

func TestOutOfOrder(t *testing.T) {
	x := newProbe(t, session.Config{Reassembly: true}, settings{})
	x.handshake()
	x.send(up(3, "def").bytes())
	if x.info.OutOfOrder || x.info.Retransmitted {
		t.Errorf("a segment after a hole: %+v", x.info)
	}
	x.send(up(0, "abc").bytes())
	if !x.info.OutOfOrder || !x.info.Retransmitted {
		t.Errorf("a segment that fills it: %+v", x.info)
	}
}

// stamped returns the options that carry timestamps.
func stamped(value, echo uint32) []byte {
	b := []byte{1, 1, 8, 10}
	b = binary.BigEndian.AppendUint32(b, value)
	return binary.BigEndian.AppendUint32(b, echo)
}

// TestSenderRTT measures by the clocks of the senders: the client's counts in
// steps of 10 ms, the server's of 1 ms. The capture is next to the server.
func TestSenderRTT(t *testing.T) {
	for _, base := range []session.RTTBase{session.Captor, session.Sender, session.PreferSender} {
		x := newProbe(t, session.Config{RTT: base}, settings{})
		seq := uint32(0)
		start := x.at
		now := func() int64 { return (x.at - start) / 1e6 } // ms
		for range 40 {
			// The client's segments are 30 ms old when they are seen.
			a := up(seq, "request")
			a.options = stamped(uint32(1000+(now()-30)/10), uint32(now()))
			x.send(a.bytes())
			seq += 7
			b := down(seq, "").with(1001 + seq)
			b.options = stamped(uint32(now()+50), binary.BigEndian.Uint32(a.options[4:]))
			x.after(2000).send(b.bytes())
			x.after(60e3)
			c := up(seq, "")
			c.options = stamped(uint32(1000+(now()-30)/10), binary.BigEndian.Uint32(b.options[4:]))
			x.send(c.bytes())
			x.after(5e6)
		}
		// An answer that comes late is none.
		a, b := up(seq, "request"), down(seq, "").with(1001+seq+7)
		a.options = stamped(uint32(1000+now()/10), 0)
		b.options = stamped(uint32(now()+50), uint32(1000+now()/10))
		x.send(a.bytes())
		x.after(2000).send(b.bytes())
		x.after(3e6)
		a.options = stamped(uint32(1000+now()/10), uint32(now()+50))
		x.send(a.bytes())
		got := x.session().RTT(dpi.Up)
		switch {
		case base == session.Captor && (got.Min != 2000 || got.Max != 2000):
			t.Errorf("by capture time: %+v", got)
		case base != session.Captor && (got.Min < 50e3 || got.Max > 80e3):
			t.Errorf("by sender's time: %+v, want about 60 ms", got)
		}
	}
}

func TestSenderRTTWithoutTimestamps(t *testing.T) {
	for base, want := range map[session.RTTBase]uint32{session.Captor: 300, session.Sender: 0, session.PreferSender: 300} {
		x := newProbe(t, session.Config{RTT: base}, settings{})
		x.handshake()
		x.send(up(0, "x").bytes())
		x.after(300).send(down(0, "").with(1002).bytes())
		if got := x.session().RTT(dpi.Up).Avg; got != want {
			t.Errorf("base %d: %d us, want %d", base, got, want)
		}
	}
}

// TestMemoryComesBack checks that nothing is kept of sessions that have ended.
func TestMemoryComesBack(t *testing.T) {
	x := newProbe(t, session.Config{Reassembly: true}, settings{})
	x.handshake()
	for i := range uint32(40) {
		x.send(up(i*20, "ten bytes.").bytes())
	}
	if s := x.table.Stats().Streams; s.Memory == 0 || x.table.RTTBlocks() != 1 {
		t.Fatalf("nothing waits: %+v, %d blocks", s, x.table.RTTBlocks())
	}
	x.send(up(1<<26, "far away").bytes())
	if s := x.table.Stats().Streams; s.Memory != 0 || s.Dropped != 390 || x.table.RTTBlocks() != 0 {
		t.Errorf("after a new beginning: %+v, %d blocks", s, x.table.RTTBlocks())
	}
	for i := range uint32(40) {
		x.send(up(1<<26+100+i*20, "ten bytes.").bytes())
	}
	x.table.Close()
	if s := x.table.Stats().Streams; s.Memory != 0 || s.Dropped != 790 || x.table.RTTBlocks() != 0 {
		t.Errorf("at the end: %+v, %d blocks", s, x.table.RTTBlocks())
	}
}

// FuzzTCPHeader sends TCP headers of all kinds of wrong lengths and options.
func FuzzTCPHeader(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add(up(0, "x").bytes()[20:], uint8(1))
	f.Add(append(up(0, "").bytes()[20:32], 0xf0, 0x1f, 0, 0, 0, 0, 0, 0, 8, 1, 8, 0, 8, 200), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, base uint8) {
		x := newProbe(t, session.Config{RTT: session.RTTBase(base % 3), Reassembly: base > 100}, settings{undecided: base%2 == 0})
		x.handshake()
		for i := 0; i < len(b); i += 7 {
			x.send(ip(addr("10.0.0.1"), addr("10.0.0.2"), 6, b[i:]))
			x.send(ip(addr("10.0.0.2"), addr("10.0.0.1"), 6, b[i:]))
		}
		x.table.Close()
		if s := x.table.Stats().Streams; s.Memory != 0 {
			t.Fatalf("%d bytes of memory are lost", s.Memory)
		}
	})
}
