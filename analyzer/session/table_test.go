package session_test

import (
	"fmt"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
)

const second = int64(1e9)

// udp is a datagram of flow k.
func udp(k int, down bool) []byte {
	return seg{proto: 17, from: fmt.Sprintf("10.1.%d.%d:5000", k>>8&255, k&255), to: "10.9.9.9:6000", down: down, data: "hello"}.bytes()
}

func TestSessionCountsBothDirections(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{})
	x.send(udp(1, false))
	first := x.flow
	x.after(7).send(udp(1, true))
	s := x.session()
	if x.flow != first || x.table.Len() != 1 {
		t.Fatal("the answer is another session")
	}
	if s.ID != 1 || s.LastTime-s.FirstTime != 7000 {
		t.Errorf("session %d, %d ns long", s.ID, s.LastTime-s.FirstTime)
	}
	for d := range 2 {
		if s.Packets[d] != 1 || s.Bytes[d] != 33 || s.Data[d] != 5 || s.Period.Packets[d] != 1 || s.Period.Bytes[d] != 33 || s.Period.Data[d] != 5 {
			t.Errorf("direction %d: %d packets, %d bytes, %d of payload, period %+v", d, s.Packets[d], s.Bytes[d], s.Data[d], s.Period)
		}
	}
}

// TestTimeouts checks each kind of timeout on both ways that a session ends: a
// packet that comes too late, and the timer.
func TestTimeouts(t *testing.T) {
	open := func(x *probe) { x.handshake() }
	for _, c := range []struct {
		name  string
		kind  session.Timeout
		start func(x *probe)
		again func(x *probe)
		want  int64 // seconds
	}{
		{"default", session.DefaultTimeout, func(x *probe) { x.send(udp(1, false)) }, func(x *probe) { x.send(udp(1, false)) }, 60},
		{"long", session.LongTimeout, func(x *probe) { x.send(udp(1, false)) }, func(x *probe) { x.send(udp(1, false)) }, 600},
		{"live", session.LiveTimeout, func(x *probe) { x.send(udp(1, false)) }, func(x *probe) { x.send(udp(1, false)) }, 1500},
		{"half open", session.LongTimeout, func(x *probe) { x.send(seg{flags: syn, seq: 1000}.bytes()) }, func(x *probe) { x.send(seg{flags: syn, seq: 1000}.bytes()) }, 60},
		{"refused", session.LongTimeout, func(x *probe) {
			x.send(seg{flags: syn, seq: 1000}.bytes())
			x.send(seg{down: true, flags: rst | ack, ack: 1001}.bytes())
		}, func(x *probe) { x.send(seg{down: true, flags: rst | ack, ack: 1001}.bytes()) }, 15},
		{"open", session.LongTimeout, open, func(x *probe) { x.send(seg{flags: ack, seq: 1001, ack: 5001}.bytes()) }, 600},
		{"closed", session.LongTimeout, func(x *probe) {
			open(x)
			x.send(seg{flags: rst, seq: 1001}.bytes())
		}, func(x *probe) { x.send(seg{flags: ack, seq: 1001, ack: 5001}.bytes()) }, 15},
		{"open before the capture", session.LongTimeout, func(x *probe) { x.send(up(0, "").bytes()) }, func(x *probe) { x.send(up(0, "").bytes()) }, 600},
		{"one way with data", session.LongTimeout, func(x *probe) { x.send(seg{flags: ack, seq: 1, data: "x"}.bytes()) },
			func(x *probe) { x.send(seg{flags: ack, seq: 2, data: "x"}.bytes()) }, 600},
	} {
		for _, past := range []bool{false, true} {
			x := newProbe(t, session.Config{Kind: func(*dpi.Flow) session.Timeout { return c.kind }}, settings{})
			c.start(x)
			start := x.session().LastTime
			x.at = start + c.want*second - 1
			if past {
				x.at++
			}
			c.again(x)
			if got := x.flow.ID == 2; got != past {
				t.Errorf("%s: a packet after %d ns begins a new session: %v", c.name, x.at-start, got)
			}
		}
		x := newProbe(t, session.Config{Kind: func(*dpi.Flow) session.Timeout { return c.kind }}, settings{})
		c.start(x)
		start := x.session().LastTime
		for x.table.Len() > 0 {
			x.at += second / 3
			x.table.Advance(x.at)
		}
		if idle := x.at - start; idle < c.want*second || idle > (c.want+2)*second {
			t.Errorf("%s: ended after %d ns, want %d s", c.name, idle, c.want)
		}
		if n := x.table.Stats().Expired; n != 1 {
			t.Errorf("%s: %d sessions expired", c.name, n)
		}
	}
}

// TestTimeJumps lets the time of packets jump; a session that goes on must not
// end, and those left behind must.
func TestTimeJumps(t *testing.T) {
	t.Run("merged traces", func(t *testing.T) {
		x := newProbe(t, session.Config{}, settings{})
		start := x.at
		for i := range int64(300) {
			x.at = start + i*second
			x.table.Advance(x.at)
			x.send(udp(1, false))
			x.at -= 50 * second // another trace, whose clock is behind
			x.table.Advance(x.at)
			x.send(udp(2, false))
		}
		if n := x.table.Stats().Created; n != 2 {
			t.Errorf("%d sessions, want 2", n)
		}
	})
	t.Run("years ahead", func(t *testing.T) {
		x := newProbe(t, session.Config{}, settings{})
		for k := range 100 {
			x.send(udp(k, false))
			x.table.Advance(x.at)
		}
		x.at += 200 * 365 * 86400 * second // looking at each second would take long
		x.send(udp(7, false))
		x.table.Advance(x.at)
		if s := x.table.Stats(); s.Created != 101 || s.Expired != 100 || s.Active != 1 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("years ahead, then a connection", func(t *testing.T) {
		var ends []int64
		for _, before := range []bool{false, true} {
			x := newProbe(t, session.Config{}, settings{})
			start := x.at
			if before {
				x.at -= 2 * 365 * 86400 * second
				x.send(udp(1, false))
				x.table.Advance(x.at)
				x.at = start
			}
			x.send(seg{flags: syn, seq: 1000}.bytes())
			x.table.Advance(x.at)
			x.send(seg{down: true, flags: rst | ack, ack: 1001}.bytes())
			for x.table.Len() > 0 {
				x.at += second
				x.table.Advance(x.at)
			}
			ends = append(ends, x.at-start)
		}
		if ends[0] != ends[1] {
			t.Errorf("ended after %d ns, after another session %d ns", ends[0], ends[1])
		}
	})
	t.Run("years back", func(t *testing.T) {
		x := newProbe(t, session.Config{}, settings{})
		x.send(udp(0, false))
		x.at -= 10 * 365 * 86400 * second
		for k := range 200 {
			x.at += second
			x.table.Advance(x.at)
			x.send(udp(1000+k/100, false))
		}
		if s := x.table.Stats(); s.Created != 3 || s.Expired != 2 || s.Active != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestFullTableEvictsTheNearestToItsEnd(t *testing.T) {
	const limit = 64
	var evicted []uint64
	x := newProbe(t, session.Config{Max: limit, Ended: func(s *session.Session) { evicted = append(evicted, s.ID) }}, settings{})
	for k := range limit {
		x.send(udp(k, false))
		x.at += second / 2
		x.table.Advance(x.at)
	}
	for k := range limit / 2 { // the first half is active again
		x.send(udp(k, true))
		x.at += second / 100
	}
	for k := range limit / 2 {
		x.send(udp(1000+k, false))
	}
	if s := x.table.Stats(); s.Evicted != limit/2 || s.Active != limit || x.table.Len() != limit {
		t.Errorf("%+v", s)
	}
	slices.Sort(evicted)
	var want []uint64
	for id := uint64(limit/2 + 1); id <= limit; id++ {
		want = append(want, id)
	}
	if !slices.Equal(evicted, want) {
		t.Errorf("evicted %v, want the second half", evicted)
	}
	x.table.Close()
	if len(evicted) != limit+limit/2 || x.table.Len() != 0 {
		t.Errorf("%d sessions ended in all, %d left", len(evicted), x.table.Len())
	}
}

func TestHalfOpenGoFirst(t *testing.T) {
	x := newProbe(t, session.Config{Max: 100}, settings{})
	x.handshake()
	x.send(seg{flags: ack, seq: 1001, ack: 5001, data: "x"}.bytes())
	open := x.flow.ID
	for k := range 10000 {
		x.send(seg{from: fmt.Sprintf("10.7.%d.%d:1000", k>>8, k&255), flags: syn}.bytes())
		x.at += second / 1000
		x.table.Advance(x.at)
	}
	x.send(seg{flags: ack, seq: 1002, ack: 5001, data: "y"}.bytes())
	if x.flow.ID != open {
		t.Error("a flood of SYNs has pushed an open connection out")
	}
}

func TestPeriod(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{})
	period := func(then func(s *session.Session)) (ids []uint64) {
		x.table.Period(func(s *session.Session) {
			ids = append(ids, s.ID)
			then(s)
		})
		return ids
	}
	nothing := func(*session.Session) {}
	x.send(udp(1, false))
	x.send(udp(2, false))
	x.send(udp(1, true))
	if ids := period(nothing); !slices.Equal(ids, []uint64{1, 2}) {
		t.Errorf("first period: %v", ids)
	}
	x.send(udp(2, false))
	if ids := period((*session.Session).Carry); !slices.Equal(ids, []uint64{2}) {
		t.Errorf("second period: %v", ids)
	}
	if ids := period(nothing); ids != nil {
		t.Errorf("a period without packets: %v", ids)
	}
	x.send(udp(2, false))
	period(func(s *session.Session) {
		if s.Period.Packets[0] != 2 || s.Packets[0] != 3 {
			t.Errorf("the carried period has %d packets of %d, want 2 of 3", s.Period.Packets[0], s.Packets[0])
		}
	})
}

func TestTunnelChoosesTheTuple(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{})
	inner := udp(3, false)
	x.send(ip(addr("192.0.2.1"), addr("192.0.2.2"), 4, inner))
	if s := x.session(); s.L4 != 17 || s.Port[1] != 6000 || s.Data[0] != 5 {
		t.Errorf("session of protocol %d, port %d, %d bytes of payload", s.L4, s.Port[1], s.Data[0])
	}
}

// TestCutPackets checks that lengths are those on the wire where the capture
// has only the headers, or not even these.
func TestCutPackets(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		s := seg{flags: ack, seq: 100, ack: 1, options: make([]byte, 12), data: string(make([]byte, 500))}
		header := 20 + 32
		if v6 {
			s.from, s.to = "[2001:db8::1]:1000", "[2001:db8::2]:80"
			header = 40 + 32
		}
		for cut, want := range map[int]uint64{header + 500: 500, header + 100: 500, header: 500, header - 12: 500, header - 20: 0} {
			x := newProbe(t, session.Config{}, settings{})
			x.sendCut(s.bytes(), cut)
			if got := x.session().Data[0]; got != want {
				t.Errorf("IPv6 %v, %d bytes captured: payload of %d bytes, want %d", v6, cut, got, want)
			}
		}
	}
}

// mixture returns packets of everything that the table does: connections with
// segments out of order and lost, many on their way, fragments, datagrams.
func mixture(port int) (packets [][]byte) {
	from := fmt.Sprintf("10.3.0.9:%d", port)
	add := func(s seg) {
		s.from = from
		packets = append(packets, s.bytes())
	}
	add(seg{flags: syn, seq: 1000})
	add(seg{down: true, flags: syn | ack, seq: 5000, ack: 1001})
	add(seg{flags: ack, seq: 1001, ack: 5001})
	for i := range uint32(12) {
		add(seg{flags: ack, seq: 1001 + 100*(i^1), ack: 5001, data: string(make([]byte, 100))})
	}
	add(seg{down: true, flags: ack, seq: 5001, ack: 2201})
	add(seg{down: true, flags: ack, seq: 5101, ack: 2201, data: "after a hole"})
	add(seg{flags: ack, seq: 2201, ack: 5113})
	add(seg{down: true, flags: ack, seq: 5113, ack: 2201, data: "more"})
	add(seg{flags: fin | ack, seq: 2201, ack: 5117})
	add(seg{down: true, flags: fin | ack, seq: 5117, ack: 2202})
	add(seg{proto: 17, data: "datagram"})
	whole := seg{proto: 17, from: from, data: string(make([]byte, 2000))}.bytes()
	return append(packets, fragmentsOf(whole, uint16(port), 0, 800, 1600, 2008)...)
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	x := newProbe(t, session.Config{Max: 24, Reassembly: true}, settings{defragment: true})
	var scripts [16][][]byte
	for i := range scripts {
		scripts[i] = mixture(2000 + i)
	}
	step := 0
	run := func() {
		script := scripts[step%len(scripts)]
		if step%3 == 0 {
			script = scripts[0] // the same ends again, while their connection is known
		}
		for _, p := range script {
			x.at += second / 100
			x.table.Advance(x.at)
			x.send(p)
		}
		if step++; step%20 == 0 {
			x.table.Period(func(*session.Session) {})
		}
	}
	for range 100 {
		run()
	}
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations for %d packets", n, len(scripts[0]))
	}
	s := x.table.Stats()
	if s.Streams.Held == 0 || s.Streams.Gaps == 0 || s.Fragments.Datagrams == 0 || s.Evicted == 0 || s.Closed == 0 {
		t.Errorf("the test does not do what it is for: %+v", s)
	}
}
