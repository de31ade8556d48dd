package logs

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestRepeats: after the first few of one kind the rest is told when the period is
// over, once; numbers and attributes make no other kind of it, the text and the
// place do.
func TestRepeats(t *testing.T) {
	c, r := newClock(), &recorder{}
	q := newQueue(r, debugging, c.now)
	log := slog.New(&handler{to: q})
	for i := range 20 {
		log.Error(fmt.Sprintf("disk %d of 10.0.0.%d is full", i, i*7), "free", i)
	}
	log.Error("disk is full")
	log.Warn("another place: disk is full")
	if got := len(q.entries); got != burst+2 {
		t.Errorf("%d messages are let through, want %d and two others", got, burst)
	}
	q.tellHeld(false)
	if r.text() != "" {
		t.Errorf("told before the period is over: %s", r.text())
	}
	c.pass(period)
	q.tellHeld(false)
	q.tellHeld(false)
	if want := "error: disk 19 of 10.0.0.133 is full: repeated 15 times in 1m0s"; r.text() != want {
		t.Errorf("told %q, want %q", r.text(), want)
	}
	log.Error("disk 3 of 10.0.0.9 is full")
	if got := len(q.entries); got != burst+3 {
		t.Error("in the next period it is not let through")
	}
	if q.held.Load() != 15 {
		t.Errorf("%d counted", q.held.Load())
	}
}

// TestLimiterMemory: messages that are all different do not make it grow, and are
// held back by the place that logs them.
func TestLimiterMemory(t *testing.T) {
	l, now := newLimiter(), time.Now()
	let := 0
	for i := range 5 * maxKinds {
		text := strings.Repeat("x", i%1000) + strings.Repeat("y", i/1000)
		if l.admit(now, slog.LevelInfo, 1, text) {
			let++
		}
	}
	if len(l.kinds) > maxKinds+1 || let != maxKinds+burst {
		t.Errorf("%d kinds, %d let through", len(l.kinds), let)
	}
	if n := len(l.due(now.Add(period), false)); n != 1 || len(l.kinds) != 0 {
		t.Errorf("%d told, %d remembered", n, len(l.kinds))
	}
}
