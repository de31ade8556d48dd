package logs

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestStuck: who logs into a log that takes nothing goes on, what has no room is
// counted, and told when it takes messages again.
func TestStuck(t *testing.T) {
	r, stuck := &recorder{}, make(chan struct{})
	r.set(nil, stuck)
	q := newQueue(r, debugging, time.Now)
	go q.run()
	const n = 2 * room
	for range n {
		q.put(entry{text: "m"})
	}
	r.set(nil, nil)
	close(stuck)
	await(t, "the loss is told", func() bool { return strings.Contains(r.text(), "messages of this log were lost: too many") })
	if err := q.close(); err != nil {
		t.Error(err)
	}
	if q.written.Load()+q.lost.Load() != n || q.lost.Load() < n-room-1 {
		t.Errorf("%d written, %d lost of %d", q.written.Load(), q.lost.Load(), n)
	}
}

// TestCloseStuck: a log that never comes back does not keep the program.
func TestCloseStuck(t *testing.T) {
	r, stuck := &recorder{}, make(chan struct{})
	r.set(nil, stuck)
	defer close(stuck)
	q := newQueue(r, debugging, time.Now)
	go q.run()
	slog.New(&handler{to: q}).Info("m")
	if err := q.close(); err == nil || !strings.Contains(err.Error(), "the log takes nothing") {
		t.Errorf("closed: %v", err)
	}
}

func TestFailing(t *testing.T) {
	r := &recorder{err: errors.New("no space left on device")}
	q := newQueue(r, debugging, time.Now)
	go q.run()
	q.put(entry{sev: failure, text: "one"})
	q.put(entry{sev: failure, text: "two"})
	await(t, "both fail", func() bool { return q.lost.Load() == 2 })
	r.set(nil, nil)
	await(t, "the loss is told", func() bool { return r.text() != "" })
	if want := "warning: 2 messages of this log were lost: no space left on device"; r.text() != want {
		t.Errorf("%q, want %q", r.text(), want)
	}
	q.hangup <- struct{}{}
	await(t, "it cannot be opened", func() bool { return strings.Contains(r.text(), "goes on where it was: no such folder") })
	q.put(entry{sev: failure, text: "three"})
	if err := q.close(); err != nil || !strings.HasSuffix(r.text(), "\nerror: three") {
		t.Errorf("%v %q", err, r.text())
	}
	q.put(entry{text: "late"})
	if q.lost.Load() != 3 || q.close() != nil {
		t.Error("what comes after the end is not counted")
	}
}
