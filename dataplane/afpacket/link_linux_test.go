package afpacket

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

// states notes what OnState tells.
type states struct{ list []string }

func (s *states) note(err error) {
	text := "up"
	if err != nil {
		text = err.Error()
	}
	s.list = append(s.list, text)
}

// await receives until there are n states, and returns how many packets came.
func (s *states) await(t *testing.T, src *Source, n int) {
	t.Helper()
	var b dataplane.Burst
	for deadline := time.Now().Add(10 * time.Second); len(s.list) < n; {
		if err := src.Receive(&b); err != nil {
			t.Fatal(err)
		}
		src.Release(&b)
		if time.Now().After(deadline) {
			t.Fatalf("states %q, want %d", s.list, n)
		}
	}
}

func (s *states) expect(t *testing.T, want ...string) {
	t.Helper()
	if strings.Join(s.list, ",") != strings.Join(want, ",") {
		t.Errorf("states %q, want %q", s.list, want)
	}
}

// TestDownAndUp: the capture goes on when its interface comes up again.
func TestDownAndUp(t *testing.T) {
	w := newWire(t)
	var told states
	s := w.open(Options{OnState: told.note, Wait: 10 * time.Millisecond})
	packets := traffic.Generate(1, []string{"dns"}, 1)
	w.sender.Replay(packets, 0)
	for range 2 {
		if err := w.out.SetUp(false); err != nil {
			t.Fatal(err)
		}
		told.await(t, s, len(told.list)+1)
		if err := w.out.SetUp(true); err != nil {
			t.Fatal(err)
		}
		told.await(t, s, len(told.list)+1)
		w.out.WaitRunning(t, true)
		w.sender.Replay(packets, 0)
	}
	s.Stop()
	collect(t, s)
	exact(t, s, w.sender.Sent)
	if n := s.Stats(); n.Received != w.sender.Sent {
		t.Errorf("%+v, want %d received", n, w.sender.Sent)
	}
	told.expect(t, "out0 is down", "up", "out0 is down", "up")
	if n := s.Counters().Downs; n != 2 {
		t.Errorf("%d times down", n)
	}
}

// TestDownAtTheStart: an interface that is down is waited for.
func TestDownAtTheStart(t *testing.T) {
	w := newWire(t)
	if err := w.out.SetUp(false); err != nil {
		t.Fatal(err)
	}
	var told states
	s := w.open(Options{OnState: told.note, Wait: 10 * time.Millisecond})
	told.await(t, s, 1)
	if err := w.out.SetUp(true); err != nil {
		t.Fatal(err)
	}
	told.await(t, s, 2)
	told.expect(t, "out0 is down", "up")
}

// TestRemoved: an interface that is removed and made anew is captured again, by
// a group, too.
func TestRemoved(t *testing.T) {
	for _, sockets := range []int{1, 2} {
		t.Run(fmt.Sprint(sockets), func(t *testing.T) {
			w := newWire(t)
			told := make([]states, sockets)
			group := w.openGroup(sockets, Options{Wait: 10 * time.Millisecond})
			packets := traffic.Generate(1, []string{"dns", "icmp"}, 1)
			for i, s := range group {
				s.options.OnState = told[i].note
			}
			w.sender.Replay(packets, 0)
			sent := w.sender.Sent
			w.in.Delete(t)
			w.inside(func() {
				awaitAll(t, group, func() bool { return everyState(told, "out0 was removed") })
				w.pair()
				awaitAll(t, group, func() bool { return everyState(told, "up") })
			})
			w.sender.Replay(packets, 0)
			var sum dataplane.Stats
			for _, s := range group {
				s.Stop()
				collect(t, s)
				sum.Received += s.Stats().Received
				sum.Dropped += s.Stats().Dropped
			}
			if sent += w.sender.Sent; sum.Received != sent || sum.Dropped != 0 {
				t.Errorf("%d sent, %+v", sent, sum)
			}
		})
	}
}

func everyState(told []states, want string) bool {
	for _, s := range told {
		if len(s.list) == 0 || s.list[len(s.list)-1] != want {
			return false
		}
	}
	return true
}

// awaitAll receives from all sources in turn until something is so.
func awaitAll(t *testing.T, group []*Source, done func() bool) {
	t.Helper()
	var b dataplane.Burst
	for deadline := time.Now().Add(10 * time.Second); !done(); {
		for _, s := range group {
			if err := s.Receive(&b); err != nil {
				t.Fatal(err)
			}
			s.Release(&b)
		}
		if time.Now().After(deadline) {
			t.Fatal("what was waited for does not happen")
		}
	}
}

func (w *wire) openGroup(n int, o Options) (group []*Source) {
	w.t.Helper()
	w.inside(func() {
		var err error
		if group, err = OpenGroup(w.out.Name, n, o); err != nil {
			w.t.Fatal(err)
		}
	})
	for _, s := range group {
		w.t.Cleanup(func() { s.Close() })
	}
	return group
}
