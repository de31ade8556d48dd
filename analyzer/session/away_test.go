package session_test

import (
	"fmt"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
)

// distance notes what a table asks of where packets are counted, and adds what
// tests say.
type distance struct {
	table     *session.Table
	adds      map[uint64]session.Traffic // at the next Refresh, by session
	recalled  []uint64
	inherited []uint64
}

func (d *distance) Refresh(s *session.Session) {
	if n, ok := d.adds[s.ID]; ok {
		delete(d.adds, s.ID)
		d.table.Count(s, dpi.Down, n)
	}
}

func (d *distance) Recall(s *session.Session)  { d.recalled = append(d.recalled, s.ID) }
func (d *distance) Inherit(s *session.Session) { d.inherited = append(d.inherited, s.ID) }

// newAway returns a probe whose sessions can leave, and a list of those that have
// ended.
func newAway(t *testing.T, max int) (*probe, *distance, *[]uint64) {
	d := &distance{adds: map[uint64]session.Traffic{}}
	var ended []uint64
	x := newProbe(t, session.Config{Max: max, Elsewhere: d, Ended: func(s *session.Session) { ended = append(ended, s.ID) }}, settings{})
	d.table = x.table
	return x, d, &ended
}

func fromPort(port int) []byte {
	return seg{from: fmt.Sprintf("10.0.0.1:%d", port), proto: 17, data: "x"}.bytes()
}

// TestAwayExpires: a session that is away does not expire while packets are
// counted elsewhere, and not before it is back.
func TestAwayExpires(t *testing.T) {
	x, d, ended := newAway(t, 0)
	x.send(fromPort(1))
	s := x.session()
	x.table.Leave(s)
	begin := x.at
	d.adds[s.ID] = session.Traffic{Packets: 3, Bytes: 300, Data: 30, Last: begin + 50e9}
	x.table.Advance(begin + 70e9)
	if len(*ended) > 0 || len(d.recalled) > 0 || s.Packets[dpi.Down] != 3 || s.LastTime != begin+50e9 {
		t.Fatalf("after 70 s, with packets at 50 s: ended %v, recalled %v, %d packets until %d", *ended, d.recalled, s.Packets[dpi.Down], s.LastTime)
	}
	x.table.Advance(begin + 112e9)
	if len(*ended) > 0 || len(d.recalled) == 0 {
		t.Fatalf("62 s after its last packet: ended %v, recalled %v; it has to be recalled first", *ended, d.recalled)
	}
	x.table.Return(s)
	x.table.Advance(begin + 115e9)
	if len(*ended) != 1 {
		t.Error("a session that is back does not expire")
	}
}

// TestAwayIsNotEvicted: in a full table only sessions go that are here, even if
// those that are away would be over sooner.
func TestAwayIsNotEvicted(t *testing.T) {
	x, _, ended := newAway(t, 1000)
	away := map[uint64]bool{}
	for port := range 1000 {
		x.after(1e4).send(fromPort(1 + port))
		if port < 500 {
			x.table.Leave(x.session())
			away[x.session().ID] = true
		}
	}
	for port := range 1000 {
		x.after(1e3).send(fromPort(2000 + port))
	}
	if len(*ended) != 1000 {
		t.Errorf("%d sessions ended, want 1000", len(*ended))
	}
	for _, id := range *ended {
		if away[id] {
			t.Fatalf("session %d ended while it was away", id)
		}
	}
}

// TestAwayIsInherited: a new connection of the same ends takes over what is
// counted elsewhere.
func TestAwayIsInherited(t *testing.T) {
	x, d, ended := newAway(t, 0)
	x.handshake()
	old := x.session().ID
	x.table.Leave(x.session())
	x.after(20e6).send(seg{flags: syn, seq: 90000}.bytes())
	s := x.session()
	if len(*ended) != 1 || (*ended)[0] != old || len(d.inherited) != 1 || d.inherited[0] != s.ID || !s.IsAway() {
		t.Errorf("ended %v, inherited by %v, now %d, away: %v", *ended, d.inherited, s.ID, s.IsAway())
	}
	if len(d.recalled) != 1 || d.recalled[0] != old {
		t.Errorf("recalled %v, want %d", d.recalled, old)
	}
}

// TestReturnIsNoLoss: what was counted elsewhere is neither lost nor sent again,
// and times of segments before it measure nothing after.
func TestReturnIsNoLoss(t *testing.T) {
	x, _, _ := newAway(t, 0)
	x.handshake()
	x.send(seg{flags: ack, seq: 1001, ack: 5001, data: "before"}.bytes())
	s := x.session()
	x.table.Leave(s)
	x.table.Return(s)
	x.after(5e6).send(seg{down: true, flags: ack, seq: 70001, ack: 50000}.bytes())
	x.send(seg{flags: ack, seq: 50000, ack: 70001, data: "after"}.bytes())
	x.send(seg{down: true, flags: fin | ack, seq: 70001, ack: 50005}.bytes())
	x.send(seg{flags: fin | ack, seq: 50005, ack: 70002}.bytes())
	x.send(seg{down: true, flags: ack, seq: 70002, ack: 50006}.bytes())
	if n := x.table.Stats().Streams; n.Gaps != 0 || n.Held != 0 || n.LostBytes != 0 {
		t.Errorf("%+v", n)
	}
	if s.Retransmissions(dpi.Up)+s.Retransmissions(dpi.Down) != 0 || s.RTT(dpi.Up).Max >= 5e6 {
		t.Errorf("%d retransmissions, round-trip times to %d us", s.Retransmissions(dpi.Up)+s.Retransmissions(dpi.Down), s.RTT(dpi.Up).Max)
	}
	if s.IsSteady() || !x.info.Closed {
		t.Error("the end of the connection was not seen")
	}
}

func TestIsSteady(t *testing.T) {
	x, _, _ := newAway(t, 0)
	x.send(seg{flags: syn, seq: 1000}.bytes())
	if x.session().IsSteady() {
		t.Error("a SYN without answer")
	}
	x.send(seg{down: true, flags: syn | ack, seq: 5000, ack: 1001}.bytes())
	if x.session().IsSteady() {
		t.Error("half of a handshake")
	}
	x.send(seg{flags: ack, seq: 1001, ack: 5001}.bytes())
	if !x.session().IsSteady() {
		t.Error("a connection is open and not steady")
	}
	x.send(seg{flags: rst, seq: 1001}.bytes())
	if x.session().IsSteady() {
		t.Error("a connection was reset")
	}
}
